"""Rows of what people are told and of what goes out, on both databases."""

from typing import Any

import pytest
from msgspec.structs import replace

from signoff.domain.ids import ActorId, HandoffId, Instant
from signoff.domain.messages import ChannelKind
from signoff.domain.outbox import Outgoing, State
from signoff.domain.topics import Topic
from signoff.store.engine import Engine
from signoff.store.notifications import Notification
from tests.store.scenes import ACME

MAIL = ChannelKind.EMAIL
BEGINNING = (2, 0)


def note(position: int, **more: Any) -> Notification:
    one = Notification(
        whom="pe_ada",
        thing=f"ev_{position}",
        id=f"ev_{position}",
        position=position,
        at=Instant(position),
        topic=Topic.ASKED,
        by=ActorId("ag_scribe"),
        handoff=HandoffId("ho_1"),
        round=1,
        ways=((MAIL, "now"), (ChannelKind.SLACK, "daily")),
    )
    return replace(one, **more)


def outgoing(number: int, *, last: int, due: int = 100) -> Outgoing:
    return Outgoing(
        id=f"ms_{number}",
        whom="pe_ada",
        channel=MAIL,
        lane="now",
        state=State.GATHERING,
        first=number,
        last=last,
        began_at=Instant(1),
        due_at=Instant(due),
    )


async def write(store: Engine, work):
    done, _ = await store.write(work, workspace=ACME)
    return done


async def read(store: Engine, work):
    return await store.read(work, workspace=ACME)


async def test_what_was_told_comes_back_as_it_was(store: Engine) -> None:
    one = note(3)
    await write(store, lambda tx: tx.notifications.add([one]))

    found = await read(
        store, lambda tx: tx.notifications.page("pe_ada", before=BEGINNING, limit=9)
    )

    assert found == [one]


async def test_nobody_is_told_twice_of_the_same_thing(store: Engine) -> None:
    first = await write(store, lambda tx: tx.notifications.add([note(1), note(2)]))
    again = await write(
        store, lambda tx: tx.notifications.add([note(2), note(2, whom="pe_ben")])
    )

    assert (first, again) == ({"pe_ada"}, {"pe_ben"})


async def test_what_goes_out_only_is_in_no_list_and_not_counted(store: Engine) -> None:
    quiet = note(1, unread=False, quiet=True)
    await write(store, lambda tx: tx.notifications.add([quiet]))

    page = await read(
        store, lambda tx: tx.notifications.page("pe_ada", before=BEGINNING, limit=9)
    )
    reached = await read(store, lambda tx: tx.notifications.between("pe_ada", 1, 1, limit=9))
    assert (page, reached) == ([], [quiet])


async def test_what_is_settled_is_no_longer_unread(store: Engine) -> None:
    await write(store, lambda tx: tx.notifications.add([note(1), note(2)]))

    await write(store, lambda tx: tx.notifications.settle(note(1)))

    counted = await read(store, lambda tx: tx.notifications.count_unread("pe_ada", most=9))
    (first, second) = await read(
        store, lambda tx: tx.notifications.between("pe_ada", 1, 2, limit=9)
    )
    assert counted == 1
    assert (first.settled, first.unread) == (True, False)
    assert (second.settled, second.unread) == (False, True)


async def test_the_oldest_of_very_much_is_forgotten_but_nothing_unread(store: Engine) -> None:
    told = [note(n, unread=n == 1) for n in range(1, 31)]
    await write(store, lambda tx: tx.notifications.add(told))

    crowded = await read(store, lambda tx: tx.notifications.crowded(most=10))
    gone = await write(
        store,
        lambda tx: tx.notifications.thin("pe_ada", most=10, before=Instant(1000), limit=99),
    )

    left = await read(
        store, lambda tx: tx.notifications.page("pe_ada", before=BEGINNING, limit=99)
    )
    assert crowded == ["pe_ada"]
    assert gone == 19
    assert [one.position for one in left] == [1, *range(30, 20, -1)]


async def test_one_message_gathers_at_a_time(store: Engine) -> None:
    await write(store, lambda tx: tx.outbox.gather(outgoing(1, last=1)))
    await write(store, lambda tx: tx.outbox.gather(outgoing(2, last=2, due=200)))

    (one,) = await read(store, lambda tx: tx.outbox.due(limit=9))

    assert (one.id, one.first, one.last, one.due_at) == ("ms_1", 1, 2, 200)


async def test_what_comes_after_a_try_began_is_another_message(store: Engine) -> None:
    await write(store, lambda tx: tx.outbox.gather(outgoing(1, last=1)))
    (one,) = await read(store, lambda tx: tx.outbox.due(limit=9))
    began = await write(store, lambda tx: tx.outbox.begin(one, until=Instant(500)))

    await write(store, lambda tx: tx.outbox.gather(outgoing(2, last=2)))

    found = await read(store, lambda tx: tx.outbox.due(limit=9))
    assert began
    assert [(each.id, each.state, each.last) for each in found] == [
        ("ms_2", State.GATHERING, 2),
        ("ms_1", State.SENDING, 1),
    ]


@pytest.mark.parametrize("changed", [{"last": 9}, {"due_at": Instant(7)}])
async def test_a_try_begins_only_with_what_was_looked_at(store: Engine, changed) -> None:
    await write(store, lambda tx: tx.outbox.gather(outgoing(1, last=1)))
    (one,) = await read(store, lambda tx: tx.outbox.due(limit=9))

    stale = replace(one, **changed)

    assert not await write(store, lambda tx: tx.outbox.begin(stale, until=Instant(500)))
    assert await write(store, lambda tx: tx.outbox.begin(one, until=Instant(500)))
    assert not await write(store, lambda tx: tx.outbox.begin(one, until=Instant(500)))


async def test_what_is_done_is_due_no_more(store: Engine) -> None:
    await write(store, lambda tx: tx.outbox.gather(outgoing(1, last=1)))
    (one,) = await read(store, lambda tx: tx.outbox.due(limit=9))

    await write(store, lambda tx: tx.outbox.end(one, State.SENT))

    due = await read(store, lambda tx: tx.outbox.due(limit=9))
    sent = await read(store, lambda tx: tx.outbox.sent_since("pe_ada", MAIL, since=Instant(0)))
    assert (due, len(sent)) == ([], 1)


async def test_the_last_reference_counts(store: Engine) -> None:
    for word in ("<1>", "<2>"):
        await write(store, lambda tx, w=word: tx.outbox.refer("pe_ada", MAIL, "ho_1", w))

    found = await read(store, lambda tx: tx.outbox.reference("pe_ada", MAIL, "ho_1"))
    other = await read(store, lambda tx: tx.outbox.reference("pe_ada", MAIL, "ho_2"))
    assert (found, other) == ("<2>", None)
