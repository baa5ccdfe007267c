"""Deliveries: listed, looked into, told once more; the same on each database."""

import pytest

from signoff.actions import deliveries, endpoints, sending
from signoff.actions.deliveries import ListDeliveries, OneDelivery
from signoff.actions.endpoints import Change
from signoff.domain.deliveries import Outcome, State
from signoff.domain.errors import Conflict, Invalid, NotFound
from signoff.domain.ids import DAY, MINUTE, EndpointId
from tests.actions.cast import ACME, DAN, MAY, do, last
from tests.actions.hooks import (
    CLOCK,
    announce,
    answer,
    endpoint,
    in_line,
    lines,
    pull,
    settle,
    tried,
)
from tests.actions.works import later, put

GOOD, BROKEN = Outcome(status=204), Outcome(status=500)


async def test_a_delivery_goes_through_its_line_on_each_database(acme):
    made = await endpoint(acme, events=("file.*",))
    await put(acme, DAN, "shared/a.txt")

    failed = await answer(acme, BROKEN)
    at_once = await pull(acme)
    later(acme, MINUTE)
    arrived = await answer(acme, GOOD)

    assert [len(each.parcels) for each in (failed, at_once, arrived)] == [1, 0, 1]
    position = failed.parcels[0].delivery.position
    asked = OneDelivery(endpoint=made.id, position=position)
    seen = await acme.ask(deliveries.read, MAY, asked)
    assert (seen.state, seen.tries) == ("delivered", 2)
    assert [each.status for each in seen.attempts] == [500, 204]
    assert seen.payload["data"]["position"] == position
    assert (await lines(acme)).by_workspace == {}


async def test_a_line_sleeps_until_its_next_try_is_due(acme):
    await endpoint(acme, events=("file.*",))
    await put(acme, DAN, "shared/a.txt")
    await answer(acme, BROKEN)

    waiting = await lines(acme)

    assert waiting.by_workspace == {}
    assert waiting.next_at is not None
    assert 0 < waiting.next_at - acme.engine.now() <= 5_500_000


async def test_what_comes_in_line_meanwhile_is_not_forgotten(acme):
    made = await endpoint(acme, events=("file.*",))
    await put(acme, DAN, "shared/a.txt")
    first = await pull(acme)
    await put(acme, DAN, "shared/b.txt")
    await announce(acme)

    await settle(acme, *(tried(parcel, GOOD) for parcel in first.parcels))

    assert [each.endpoint for each in (await pull(acme)).parcels] == [made.id]


async def test_deliveries_are_listed_by_state_the_newest_first(house):
    made = await endpoint(house, events=("file.*",))
    for n in range(5):
        await put(house, DAN, f"shared/{n}.txt")
    told = await in_line(house, made.id)
    parcels = (await pull(house)).parcels
    await settle(house, *(tried(each, GOOD) for each in parcels[:3]))

    asked = ListDeliveries(endpoint=made.id, state=State.DELIVERED, limit=2)
    page = await house.ask(deliveries.every, MAY, asked)
    rest = await house.ask(
        deliveries.every,
        MAY,
        ListDeliveries(endpoint=made.id, state=State.DELIVERED, cursor=str(page.next)),
    )

    positions = [each.delivery.position for each in told]
    assert [each.position for each in page.items] == [positions[2], positions[1]]
    assert [each.position for each in rest.items] == [positions[0]]
    assert rest.next is None


async def test_one_event_is_told_once_more_under_its_id(house):
    made = await endpoint(house, events=("file.*",))
    await put(house, DAN, "shared/a.txt")
    first = (await answer(house, GOOD)).parcels[0]
    asked = OneDelivery(endpoint=made.id, position=first.delivery.position)

    seen = await do(house, deliveries.replay, MAY, asked)

    entry = await last(house)
    assert (entry["type"], entry["subject"]) == ("endpoint.replayed", made.id)
    assert (seen.state, seen.tries, len(seen.attempts)) == ("waiting", 0, 1)
    again = (await answer(house, GOOD)).parcels[0]
    assert (again.delivery.id, again.payload) == (first.delivery.id, first.payload)
    seen = await house.ask(deliveries.read, MAY, asked)
    assert [each.number for each in seen.attempts] == [1, 2]


async def test_what_waits_is_not_replayed_nor_what_nobody_is_told(house):
    made = await endpoint(house, events=("file.*",))
    await put(house, DAN, "shared/a.txt")
    position = (await in_line(house, made.id))[0].delivery.position
    asked = OneDelivery(endpoint=made.id, position=position)

    with pytest.raises(Conflict):
        await do(house, deliveries.replay, MAY, asked)
    with pytest.raises(NotFound):
        await do(house, deliveries.replay, MAY, OneDelivery(endpoint=made.id, position=1))
    await do(house, endpoints.change, MAY, Change(endpoint=made.id, enabled=False))
    with pytest.raises(Conflict):
        await do(house, deliveries.replay, MAY, asked)


async def test_a_cursor_of_ones_own_making_is_refused(house):
    made = await endpoint(house)

    with pytest.raises(Invalid):
        await house.ask(
            deliveries.every, MAY, ListDeliveries(endpoint=made.id, cursor="nowhere")
        )


async def test_a_try_that_two_workers_made_counts_once(house):
    made = await endpoint(house, events=("file.*",))
    await put(house, DAN, "shared/a.txt")
    parcel = (await pull(house)).parcels[0]

    await settle(house, tried(parcel, GOOD))
    await settle(house, tried(parcel, BROKEN))

    asked = OneDelivery(endpoint=made.id, position=parcel.delivery.position)
    seen = await house.ask(deliveries.read, MAY, asked)
    assert (seen.state, [each.status for each in seen.attempts]) == ("delivered", [204, 500])


async def test_a_replay_puts_no_more_in_line_than_can_be_sent_soon(house, monkeypatch):
    made = await endpoint(house, events=("file.*",))
    for n in range(6):
        await put(house, DAN, f"shared/{n}.txt")
    await answer(house, GOOD)
    monkeypatch.setattr(sending, "CHUNK", 3)
    monkeypatch.setattr(sending, "AHEAD", 2)
    await do(house, endpoints.replay, MAY, endpoints.Replay(endpoint=made.id, after=0))

    rounds, told = 0, 0
    while rounds < 60:
        rounds += 1
        asked = sending.Replaying(endpoint=EndpointId(made.id))
        while (await house.do(sending.go_on_replaying, CLOCK, asked)).result:
            pass
        parcels = (await answer(house, GOOD)).parcels
        assert len(parcels) <= 4
        told += len(parcels)

    assert told == 6
    line = await house.engine.read(
        lambda tx: tx.deliveries.line(EndpointId(made.id)), workspace=ACME
    )
    assert line.replaying is None


async def test_an_endpoint_that_is_hopelessly_behind_ends_and_goes_on_from_there(
    house, monkeypatch
):
    made = await endpoint(house, events=("file.*",))
    for n in range(3):
        await put(house, DAN, f"shared/{n}.txt")
    await announce(house)
    monkeypatch.setattr(sending, "MOST_WAITING", 3)

    await house.do(sending.forget, CLOCK, sending.Forget())

    seen = await house.ask(endpoints.read, MAY, endpoints.One(endpoint=made.id))
    assert (seen.state, seen.waiting) == ("behind", 3)
    assert (await last(house))["codes"] == {"reason": "behind", "by": "pe_may"}


async def test_what_arrived_is_forgotten_after_a_week_and_what_did_not_after_a_month(house):
    made = await endpoint(house, events=("file.*",))
    await put(house, DAN, "shared/a.txt")
    await answer(house, GOOD)
    await put(house, DAN, "shared/b.txt")
    await announce(house)

    later(house, 8 * DAY)
    await house.do(sending.forget, CLOCK, sending.Forget())
    assert [each.delivery.state for each in await in_line(house, made.id)] == ["waiting"]
    later(house, 23 * DAY)
    await house.do(sending.forget, CLOCK, sending.Forget())

    assert await in_line(house, made.id) == []
    left = await house.engine.read(
        lambda tx: tx.all("SELECT count(*) FROM attempts"), workspace=ACME
    )
    assert left[0][0] == 0
