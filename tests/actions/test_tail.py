"""Waiting for what happens: once per commit batch, and only who is concerned."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, suppress

import apsw
import pytest
from msgspec.structs import replace

from signoff.actions import feeds, keys
from signoff.actions.events import EventsPage, FindEvents
from signoff.actions.house import House
from signoff.actions.tail import Tail
from signoff.domain.actors import system
from signoff.domain.errors import Forbidden
from signoff.domain.events import Event, Type
from signoff.domain.ids import HandoffId, Path
from signoff.store.sqlite import Sqlite
from signoff.store.transaction import Transaction
from tests.actions.cast import ACME, ADA, BEN, MAY, SCRIBE, do

SOON = 5.0
NEVER = 0.05


@pytest.fixture
async def tail(house: House) -> AsyncIterator[Tail]:
    started = Tail(house)
    started.start()
    yield started
    await started.close()


async def happen(house: House, handoff: str = "ho_1") -> int:
    """Have one thing happen to a handoff; return its position."""

    def work(tx: Transaction) -> None:
        event = Event(
            type=Type.HANDOFF_TAKEN, handoff=HandoffId(handoff), path=Path("needs-review/a")
        )
        tx.record(event, caller=BEN)

    _, recorded = await house.engine.write(work, workspace=ACME)
    return recorded[0].position


async def test_a_waiter_is_told_of_the_next_entry(house: House, tail: Tail) -> None:
    before = await happen(house)
    waiting = asyncio.create_task(tail.wait(ACME, before, SOON))
    await asyncio.sleep(0)

    position = await happen(house)

    assert await waiting == position


async def test_who_is_behind_does_not_wait(house: House, tail: Tail) -> None:
    position = await happen(house)

    assert await tail.wait(ACME, position - 1, SOON) == position


async def test_a_wait_ends_when_its_time_is_over(house: House, tail: Tail) -> None:
    position = await happen(house)

    assert await tail.wait(ACME, position, NEVER) == position


async def test_a_waiter_for_a_handoff_is_woken_by_that_one_only(
    house: House, tail: Tail
) -> None:
    async with tail.watch(ACME, HandoffId("ho_1")) as watch:
        await happen(house, "ho_2")
        other = await watch.heard(NEVER)
        await happen(house, "ho_1")
        mine = await watch.heard(SOON)

    assert (other, mine) == (False, True)


async def test_a_waiter_for_a_handoff_is_woken_when_a_key_is_revoked(
    house: House, tail: Tail
) -> None:
    key = await do(house, keys.create, ADA, keys.Create(agent="Scribe"))
    async with tail.watch(ACME, HandoffId("ho_1")) as watch:
        before = await watch.heard(NEVER)
        await do(house, keys.revoke, ADA, keys.Revoke(key=key.id))
        revoked = await watch.heard(SOON)
        await happen(house, "ho_2")
        other = await watch.heard(NEVER)

    assert (before, revoked, other) == (False, True, False)


async def test_what_happens_right_after_the_look_is_not_missed(
    house: House, tail: Tail
) -> None:
    looks = 0

    async def look() -> str | None:
        nonlocal looks
        looks += 1
        if looks == 1:
            await happen(house, "ho_1")
            return None
        return "decided"

    found = await tail.until(ACME, (HandoffId("ho_1"),), look, SOON)

    assert (found, looks) == ("decided", 2)


async def test_ten_thousand_waiters_cost_one_reading_of_the_log(
    house: House, tail: Tail
) -> None:
    looks: dict[str, int] = {}

    async def wait(handoff: str) -> bool | None:
        async def look() -> bool | None:
            looks[handoff] = looks.get(handoff, 0) + 1
            return True if looks[handoff] > 1 else None

        return await tail.until(ACME, (HandoffId(handoff),), look, SOON * 4)

    waiting = [asyncio.create_task(wait(f"ho_{number}")) for number in range(10_000)]
    while len(looks) < 10_000:  # noqa: ASYNC110  each look is a read of its own
        await asyncio.sleep(0.01)
    before = tail.reads

    await happen(house, "ho_77")
    found = await waiting[77]

    assert found is True
    assert tail.reads - before == 1
    assert looks["ho_77"] == 2
    assert sum(looks.values()) == 10_001
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)


async def first_page(house: House, tail: Tail, asked: FindEvents) -> EventsPage:
    async with aclosing(feeds.stream(house, tail, BEN, asked)) as pages:
        return await anext(page async for page in pages if page.items)


async def test_a_thousand_readers_of_events_cost_one_reading_of_them(
    house: House, tail: Tail
) -> None:
    before = await happen(house)
    asked = FindEvents(after=before)
    waiting = [asyncio.create_task(first_page(house, tail, asked)) for _ in range(1000)]
    await asyncio.sleep(0.2)
    line = tail.line(ACME)
    assert line is not None
    reads = line.reads

    position = await happen(house)

    pages = await asyncio.gather(*waiting)
    assert {page.next for page in pages} == {position}
    assert {len(page.items) for page in pages} == {1}
    assert line.reads - reads == 1


async def test_a_page_at_hand_is_the_one_that_the_database_gives(
    house: House, tail: Tail
) -> None:
    start = await happen(house)
    async with tail.watch(ACME):
        await feeds.page(house, tail, BEN, FindEvents(after=start))
        for number in range(5):
            await happen(house, f"ho_{number}")
        await tail.wait(ACME, start + 4, SOON)
        asked = FindEvents(after=start + 1, limit=3)
        at_hand = await feeds.page(house, tail, BEN, asked)
    from_database = await feeds.page(house, tail, BEN, asked)

    assert at_hand == from_database
    assert [event.position - start for event in at_hand.items] == [2, 3, 4]


async def test_a_stream_catches_up_and_goes_on(house: House, tail: Tail) -> None:
    start = await happen(house) - 1
    found: list[int] = []
    async with aclosing(feeds.stream(house, tail, SCRIBE, FindEvents(after=start))) as pages:
        async for page in pages:
            found += [event.position - start for event in page.items]
            if found == [1, 2, 3]:
                break
            if page.items:
                await happen(house)

    assert found == [1, 2, 3]


async def test_the_feed_at_hand_asks_for_the_right_to_read(house: House, tail: Tail) -> None:
    credential = replace(SCRIBE.credential, scopes=frozenset())
    start = await happen(house)
    async with tail.watch(ACME):
        await feeds.page(house, tail, BEN, FindEvents(after=start - 1))

        with pytest.raises(Forbidden):
            await feeds.page(
                house, tail, replace(SCRIBE, credential=credential), FindEvents(after=start - 1)
            )


async def test_what_another_process_records_is_heard(house: House, tail: Tail) -> None:
    before = await happen(house)
    tail._stop()  # type: ignore[misc]  # no notification comes any more, as from elsewhere
    tail._stop = None
    waiting = asyncio.create_task(tail.wait(ACME, before, SOON))
    await asyncio.sleep(0.01)

    position = await happen(house)

    assert await waiting == position


async def test_a_durable_follower_gets_every_entry_once_in_order(
    house: House, tail: Tail
) -> None:
    last = await happen(house)
    got: list[int] = []

    async def follow(count: int) -> None:
        followed = feeds.follow(house, tail, ACME, "mail", holder="node-1")
        async with aclosing(followed) as batches:
            async for batch in batches:
                got.extend(told.entry.position for told in batch)
                if len(got) >= count:
                    return

    await asyncio.wait_for(follow(last), SOON)
    first = list(got)
    for _ in range(3):
        await happen(house)
    await asyncio.wait_for(follow(2 * last + 3), SOON)

    assert first == list(range(1, last + 1))
    # The batch in hand when the first one stopped was not acknowledged, so it came again.
    assert got[last:] == list(range(1, last + 4))


async def test_a_second_follower_of_the_name_stands_by(house: House, tail: Tail) -> None:
    last = await happen(house)
    got: list[str] = []

    async def follow(holder: str) -> None:
        followed = feeds.follow(house, tail, ACME, "mail", holder=holder)
        async with aclosing(followed) as batches:
            async for batch in batches:
                got.extend(holder for _ in batch)

    first = asyncio.create_task(follow("node-1"))
    await asyncio.sleep(0.1)
    second = asyncio.create_task(follow("node-2"))
    await asyncio.sleep(0.1)
    await happen(house)
    await asyncio.sleep(0.1)

    cursor = await house.engine.read(lambda tx: tx.books.cursor("mail"), workspace=ACME)
    assert set(got) == {"node-1"}
    assert cursor[0] == last + 1
    for task in (first, second):
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_who_was_erased_is_forgotten_by_the_feed(house: House, tail: Tail) -> None:
    start = await happen(house)
    async with tail.watch(ACME):
        await feeds.page(house, tail, BEN, FindEvents(after=start - 1))

        def work(tx: Transaction) -> None:
            tx.audit.erase(start)
            tx.record(Event(type=Type.ENTRY_ERASED, subject=str(start)), caller=system(ACME))

        await house.engine.write(work, workspace=ACME)
        await tail.wait(ACME, start, SOON)
        page = await feeds.page(house, tail, MAY, FindEvents(after=start - 1))

    assert "needs-review/a" not in str(page.items)


async def test_a_grant_that_ended_elsewhere_holds_before_its_entry_is_heard_of(
    house: House, tail: Tail
) -> None:
    after = await happen(house) - 1
    store = house.engine
    assert isinstance(store, Sqlite)
    async with tail.watch(ACME):
        await happen(house)
        before = await feeds.page(house, tail, SCRIBE, FindEvents(after=after + 1))
        other = apsw.Connection(store.path)
        other.execute(
            "INSERT INTO grants (ws, id, subject, path, rights, set_at)"
            " VALUES ('acme', 'gr_1', 'ag_scribe', 'needs-review', 'none', 1)"
        )
        other.close()
        await asyncio.sleep(0)

        page = await feeds.page(house, tail, SCRIBE, FindEvents(after=after + 1))

    assert [event.path for event in before.items] == ["needs-review/a"]
    assert page.items == ()
