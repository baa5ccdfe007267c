"""Rows of webhooks: once in line, due in order, each line at its own pace."""

from typing import Any

import pytest
from msgspec.structs import replace

from signoff.domain.actors import Kind, system
from signoff.domain.deliveries import Attempt, Delivery, Standing, State
from signoff.domain.endpoints import Ending, Endpoint
from signoff.domain.events import Event, Type
from signoff.domain.ids import ActorId, CredentialId, EndpointId, Instant
from signoff.store.deliveries import Line, Packed, Replaying
from signoff.store.engine import Engine
from signoff.store.transaction import Transaction, Unrecorded
from tests.store.scenes import ACME

ONE, OTHER = EndpointId("ep_1"), EndpointId("ep_2")
OLD = Instant(1)


def packed(position: int, endpoint: EndpointId = ONE, **said: Any) -> Packed:
    how: dict[str, Any] = {"created_at": OLD, "due_at": OLD} | said
    delivery = Delivery(
        id=f"ev_{position}", endpoint=endpoint, position=position, type=Type.FILE_WRITTEN, **how
    )
    return Packed(delivery=delivery, payload=b"{}")


async def write(store: Engine, work: Any) -> Any:
    return (await store.write(work, workspace=ACME))[0]


async def read(store: Engine, work: Any) -> Any:
    return await store.read(work, workspace=ACME)


async def test_a_delivery_is_put_in_line_once(store: Engine) -> None:
    later = packed(7, due_at=Instant(9))

    added = await write(
        store, lambda tx: [tx.deliveries.add(each) for each in (packed(7), later, packed(8))]
    )

    assert added == [True, False, True]
    assert await read(store, lambda tx: tx.deliveries.at(ONE, 7)) == packed(7)


async def test_what_is_due_longest_comes_first_and_what_is_not_due_does_not(
    store: Engine,
) -> None:
    def work(tx: Transaction) -> None:
        for each in (
            packed(1, due_at=Instant(5)),
            packed(2, due_at=Instant(3)),
            packed(3, due_at=Instant(tx.now + 60_000_000)),
            packed(4, state=State.DELIVERED, due_at=None),
            packed(5, OTHER),
        ):
            tx.deliveries.add(each)

    await write(store, work)

    due = await read(store, lambda tx: tx.deliveries.due(ONE, limit=10))
    assert [each.delivery.position for each in due] == [2, 1]
    assert await read(store, lambda tx: tx.deliveries.first_due(ONE)) == 3
    assert await read(store, lambda tx: tx.deliveries.waits(ONE, most=10)) == 3
    assert await read(store, lambda tx: tx.deliveries.waits(ONE, most=2)) == 2


async def test_deliveries_are_paged_from_the_newest(store: Engine) -> None:
    def work(tx: Transaction) -> None:
        for position in range(1, 6):
            state = State.DEAD if position % 2 else State.DELIVERED
            tx.deliveries.add(packed(position, state=state, due_at=None))

    await write(store, work)

    page = await read(store, lambda tx: tx.deliveries.page(ONE, before=5, limit=2))
    dead = await read(
        store, lambda tx: tx.deliveries.page(ONE, state="dead", before=99, limit=9)
    )
    assert [each.delivery.position for each in page] == [4, 3]
    assert [each.delivery.position for each in dead] == [5, 3, 1]


async def test_a_line_goes_on_at_its_time_and_a_rest_is_not_cut_short(store: Engine) -> None:
    def rest(tx: Transaction) -> Instant:
        until = Instant(tx.now + 60_000_000)
        line = Line(standing=Standing(failures=9, rests_until=until))
        tx.deliveries.save_line(ONE, line, next_at=until)
        tx.deliveries.hasten(ONE)
        tx.deliveries.hasten(OTHER)
        return until

    until = await write(store, rest)

    due = await read(store, lambda tx: tx.deliveries.lines_due(limit=10))
    assert due == [(ACME, OTHER)]
    assert await read(store, lambda tx: tx.deliveries.next_line_at()) == until


async def test_a_line_that_stands_still_is_not_due_until_it_is_hastened(store: Engine) -> None:
    line = Line(replaying=Replaying(after=3, until=9))
    await write(store, lambda tx: tx.deliveries.save_line(ONE, line, next_at=None))
    still = await read(store, lambda tx: tx.deliveries.lines_due(limit=10))

    await write(store, lambda tx: tx.deliveries.hasten(ONE))

    assert still == []
    assert await read(store, lambda tx: tx.deliveries.lines_due(limit=10)) == [(ACME, ONE)]
    assert await read(store, lambda tx: tx.deliveries.line(ONE)) == line
    assert await read(store, lambda tx: tx.deliveries.line(OTHER)) == Line()


async def test_lines_are_found_by_how_their_names_begin(store: Engine) -> None:
    names = [EndpointId(each) for each in ("cb_ag_1_x", "cb_ag_1_y", "cb_ag_12_z", "ep_1")]
    await write(store, lambda tx: [tx.deliveries.hasten(each) for each in names])

    found = await read(store, lambda tx: tx.deliveries.lines_of("cb_ag_1_"))

    assert [name for name, _ in found] == names[:2]


async def test_tries_are_kept_in_order_and_forgotten_with_their_delivery(store: Engine) -> None:
    def attempt(number: int) -> Attempt:
        return Attempt(
            number=number, at=OLD, seconds=0.5, url="https://x.example", request={"a": "b"}
        )

    def work(tx: Transaction) -> None:
        tx.deliveries.add(packed(1, state=State.DELIVERED, due_at=None))
        for number in (2, 1):
            tx.deliveries.tried(ONE, 1, attempt(number))

    await write(store, work)
    kept = await read(store, lambda tx: tx.deliveries.attempts(ONE, 1))
    old = await read(
        store, lambda tx: tx.deliveries.old(State.DELIVERED, before=Instant(2), limit=9)
    )
    await write(store, lambda tx: tx.deliveries.forget(ONE, 1))

    assert kept == [attempt(1), attempt(2)]
    assert old == [(ONE, 1)]
    assert await read(store, lambda tx: tx.deliveries.attempts(ONE, 1)) == []
    assert await read(store, lambda tx: tx.deliveries.at(ONE, 1)) is None


def endpoint(name: EndpointId) -> Endpoint:
    return Endpoint(
        id=name,
        url="https://flows.acme.example/",
        by=ActorId("pe_ada"),
        by_kind=Kind.PERSON,
        credential=CredentialId("se_1"),
        created_at=OLD,
    )


def recorded(tx: Transaction) -> None:
    tx.record(Event(type=Type.ENDPOINT_CREATED), caller=system(ACME))


async def test_endpoints_keep_their_secrets_when_they_change(store: Engine) -> None:
    ended = replace(endpoint(ONE), ending=Ending.GONE, stopped_at=4)

    def work(tx: Transaction) -> None:
        tx.endpoints.save(endpoint(ONE), sealed=b"secret")
        tx.endpoints.save(endpoint(OTHER), sealed=b"other")
        tx.endpoints.save(ended)
        recorded(tx)

    await write(store, work)

    kept = await read(store, lambda tx: tx.endpoints.by_id(ONE))
    assert (kept.endpoint, kept.sealed) == (ended, b"secret")
    assert await read(store, lambda tx: tx.endpoints.all()) == [ended, endpoint(OTHER)]
    assert await read(store, lambda tx: tx.endpoints.listening()) == [endpoint(OTHER)]


async def test_an_endpoint_that_changes_without_an_event_is_rolled_back(store: Engine) -> None:
    with pytest.raises(Unrecorded):
        await write(store, lambda tx: tx.endpoints.save(endpoint(ONE), sealed=b"s"))

    assert await read(store, lambda tx: tx.endpoints.all()) == []


async def test_the_keys_of_callbacks_are_kept_by_their_owner(store: Engine) -> None:
    def work(tx: Transaction) -> None:
        tx.endpoints.save_callback_keys("ag_1", b"one")
        tx.endpoints.save_callback_keys("ag_1", b"two")
        recorded(tx)

    await write(store, work)

    assert await read(store, lambda tx: tx.endpoints.callback_keys("ag_1")) == b"two"
    assert await read(store, lambda tx: tx.endpoints.callback_keys("")) is None
