"""The feed: its shape, who sees what of it, where the next page begins."""

import msgspec
import pytest

from signoff.actions import events
from signoff.actions.events import FindEvents
from signoff.actions.house import House
from signoff.domain.actors import Caller, Role, Scope, system
from signoff.domain.errors import Forbidden, Invalid, NotFound
from signoff.domain.events import Event, Type
from signoff.domain.files import Node, NodeKind
from signoff.domain.ids import INSTANCE, ROOT, HandoffId, Instant, LockToken, NodeId, Path
from signoff.domain.locks import Lock, Mode
from signoff.store.holds import HoldKind
from signoff.store.transaction import Transaction
from tests.actions.cast import ACME, ADA, BEN, CLERK, DAN, MAY, RITA, SCRIBE, at


async def record(house: House, *recorded: Event, caller: Caller = SCRIBE) -> int:
    """Record events in one transaction; return the position before the first."""

    def work(tx: Transaction) -> None:
        for event in recorded:
            tx.record(event, caller=caller)

    _, entries = await house.engine.write(work, workspace=ACME)
    return entries[0].position - 1


def written(path: str, **more: object) -> Event:
    return Event(type=Type.FILE_WRITTEN, path=Path(path), **more)  # type: ignore[arg-type]


async def types_for(house: House, caller: Caller, after: int) -> list[str]:
    page = await house.ask(events.find, caller, FindEvents(after=after))
    return [event.type for event in page.items]


async def grant(house: House, subject: Caller, path: str, right: str) -> None:
    def work(tx: Transaction) -> None:
        tx.members.set_grant(
            f"gr_{right}_{path}",
            subject=subject.actor.id,
            path=path,
            rights=frozenset({right}),
        )
        tx.record(Event(type=Type.GRANT_SET, subject=subject.actor.id), caller=system(ACME))

    await house.engine.write(work, workspace=ACME)


async def test_an_event_has_exactly_the_promised_shape(house: House) -> None:
    event = Event(
        type=Type.HANDOFF_REJECTED,
        path=Path("rejected/report.pdf"),
        from_path=Path("needs-review/report.pdf"),
        to_path=Path("rejected/report.pdf"),
        handoff=HandoffId("ho_1"),
        round=2,
        reason="The numbers do not add up",
    )
    after = await record(house, event, caller=BEN)

    page = await house.ask(events.find, SCRIBE, FindEvents(after=after))

    shown = msgspec.json.decode(msgspec.json.encode(page.items[0]))
    assert shown.pop("id").startswith("ev_")
    assert shown.pop("at").endswith("Z")
    assert shown == {
        "position": after + 1,
        "type": "handoff.rejected",
        "actor": {"id": "pe_ben", "kind": "person", "name": "Ben"},
        "credential": {"id": "se_ben", "kind": "session"},
        "door": "web",
        "path": "rejected/report.pdf",
        "from": "needs-review/report.pdf",
        "to": "rejected/report.pdf",
        "handoff": "ho_1",
        "round": 2,
        "reason": "The numbers do not add up",
    }


async def test_pages_follow_one_another_without_gap_or_repetition(house: House) -> None:
    after = await record(house, *(written(f"input/{n}.csv") for n in range(7)))

    found, start = [], after
    while page := await house.ask(events.find, RITA, FindEvents(after=start, limit=3)):
        if not page.items:
            break
        found += [event.position for event in page.items]
        start = page.next

    assert found == list(range(after + 1, after + 8))


async def test_the_next_page_begins_behind_what_was_not_wanted(house: House) -> None:
    after = await record(house, written("input/a.csv"), written("input/b.csv"))
    wanted = FindEvents(after=after, type="handoff.")

    page = await house.ask(events.find, BEN, wanted)

    assert page.items == ()
    assert page.next == after + 2


async def test_events_are_filtered_by_place_actor_type_and_handoff(house: House) -> None:
    opened = Event(
        type=Type.HANDOFF_OPENED,
        handoff=HandoffId("ho_9"),
        path=Path("needs-review/r.pdf"),
    )
    after = await record(house, written("input/deep/a.csv"), written("inputs.csv"), opened)
    await record(house, written("input/b.csv"), caller=CLERK)

    async def found(**filters: str) -> list[int]:
        asked = FindEvents(after=after, **filters)  # type: ignore[arg-type]
        page = await house.ask(events.find, BEN, asked)
        return [event.position - after for event in page.items]

    assert await found(path="input") == [1, 4]
    assert await found(actor="ag_clerk") == [4]
    assert await found(type="handoff.opened") == [3]
    assert await found(type="handoff.") == [3]
    assert await found(handoff="ho_9") == [3]
    assert await found(handoff="ho_8") == []


async def test_what_a_grant_hides_is_not_told(house: House) -> None:
    await grant(house, DAN, "input/secret", "none")
    after = await record(house, written("input/secret/a.csv"), written("input/b.csv"))

    dans = await house.ask(events.find, DAN, FindEvents(after=after))
    bens = await house.ask(events.find, BEN, FindEvents(after=after))

    assert [event.path for event in dans.items] == ["input/b.csv"]
    assert dans.next == after + 2
    assert len(bens.items) == 2


async def test_of_a_move_out_of_sight_only_the_visible_end_is_told(house: House) -> None:
    await grant(house, DAN, "input/secret", "none")
    moved = Event(
        type=Type.FILE_MOVED,
        path=Path("input/a.csv"),
        from_path=Path("input/secret/a.csv"),
        to_path=Path("input/a.csv"),
    )
    after = await record(house, moved)

    page = await house.ask(events.find, DAN, FindEvents(after=after))

    shown = msgspec.json.decode(msgspec.json.encode(page.items[0]))
    assert shown["to"] == "input/a.csv"
    assert "from" not in shown


async def test_a_narrowed_key_is_told_of_its_own_paths_only(house: House) -> None:
    credential = msgspec.structs.replace(SCRIBE.credential, paths=("input/mine",))
    narrowed = msgspec.structs.replace(SCRIBE, credential=credential)
    after = await record(house, written("input/mine/a.csv"), written("input/theirs/b.csv"))

    page = await house.ask(events.find, narrowed, FindEvents(after=after))

    assert [event.path for event in page.items] == ["input/mine/a.csv"]


async def test_a_key_without_the_right_to_read_is_refused(house: House) -> None:
    credential = msgspec.structs.replace(SCRIBE.credential, scopes=frozenset({Scope.WRITE}))

    with pytest.raises(Forbidden):
        await house.ask(
            events.find, msgspec.structs.replace(SCRIBE, credential=credential), FindEvents()
        )


async def test_who_may_sign_in_is_told_to_managers_and_to_themselves(house: House) -> None:
    key = Event(type=Type.KEY_CREATED, subject="ag_scribe")
    after = await record(house, key, caller=ADA)

    assert await types_for(house, MAY, after) == ["key.created"]
    assert await types_for(house, SCRIBE, after) == ["key.created"]
    assert await types_for(house, CLERK, after) == []
    assert await types_for(house, BEN, after) == []


async def test_unfinished_work_is_told_to_its_author_only(house: House) -> None:
    node = NodeId("nd_draft")

    def work(tx: Transaction) -> None:
        tx.files.add(Node(id=node, parent=ROOT, name="draft.md", kind=NodeKind.FILE))
        lock = Lock(
            token=LockToken("opaquelocktoken:1"),
            node=node,
            path=Path("draft.md"),
            mode=Mode.DRAFT,
            holder=DAN.actor.id,
            credential=DAN.credential.id,
            taken_at=tx.now,
            expires_at=Instant(tx.now + 60_000_000),
        )
        tx.locks.add(lock)
        tx.holds.add(HoldKind.LOCK, lock.token, chain=(ROOT, node))
        tx.record(Event(type=Type.LOCK_TAKEN, node=node, path=Path("draft.md")), caller=DAN)

    await house.engine.write(work, workspace=ACME)
    after = await record(house, written("draft.md", node=node), caller=DAN)

    assert await types_for(house, DAN, after) == ["file.written"]
    assert await types_for(house, BEN, after) == []


async def test_an_entry_without_its_text_is_placed_by_where_its_node_stands(
    house: House,
) -> None:
    await grant(house, DAN, "secret", "none")
    hidden, folder = NodeId("nd_hidden"), NodeId("nd_secret")

    def work(tx: Transaction) -> None:
        tx.files.add(Node(id=folder, parent=ROOT, name="secret", kind=NodeKind.FOLDER))
        tx.files.add(Node(id=hidden, parent=folder, name="a.csv", kind=NodeKind.FILE))
        tx.record(Event(type=Type.FILE_CREATED, node=hidden), caller=ADA)

    _, entries = await house.engine.write(work, workspace=ACME)
    after = entries[0].position - 1

    assert await types_for(house, BEN, after) == ["file.created"]
    assert await types_for(house, DAN, after) == []


async def test_a_stranger_and_a_wrong_page_are_refused(house: House) -> None:
    with pytest.raises(NotFound):
        await house.ask(events.find, at(BEN, INSTANCE), FindEvents())
    with pytest.raises(Invalid):
        await house.ask(events.find, BEN, FindEvents(limit=0))
    with pytest.raises(Invalid):
        await house.ask(events.find, BEN, FindEvents(after=-1))


async def test_the_newest_events_come_first_when_read_backwards(house: House) -> None:
    after = await record(house, *(written(f"input/{n}.csv") for n in range(5)))

    first = await house.ask(events.recent, BEN, events.Recent(limit=2))
    second = await house.ask(events.recent, BEN, events.Recent(limit=2, before=first.next))

    positions = [event.position - after for event in (*first.items, *second.items)]
    assert positions == [5, 4, 3, 2]


async def test_a_follower_begins_where_it_ended(house: House) -> None:
    head = (await house.ask(events.head, BEN, events.Head())).position
    begin = events.Begin(name="mail", holder="node-1")
    me = system(ACME)
    cursor = (await house.do(events.begin, me, begin)).result
    assert cursor is not None
    done = events.SaveCursor(name="mail", position=head, epoch=cursor.epoch)

    assert (await house.do(events.save_cursor, me, done)).result is True

    again = (await house.do(events.begin, me, begin)).result
    assert again == events.Cursor(position=head, epoch=cursor.epoch)


async def test_a_follower_whose_name_was_taken_over_cannot_save(house: House) -> None:
    me = system(ACME)
    first = await house.do(
        events.begin, me, events.Begin(name="mail", holder="node-1", seconds=0)
    )
    second = await house.do(events.begin, me, events.Begin(name="mail", holder="node-2"))
    assert first.result is not None
    assert second.result is not None
    late = events.SaveCursor(name="mail", position=3, epoch=first.result.epoch)
    good = events.SaveCursor(name="mail", position=5, epoch=second.result.epoch)

    assert (await house.do(events.save_cursor, me, good)).result is True
    assert (await house.do(events.save_cursor, me, late)).result is False


async def test_only_the_house_follows_under_a_name(house: House) -> None:
    with pytest.raises(Forbidden):
        await house.do(events.begin, ADA, events.Begin(name="mail", holder="ada"))


def test_the_cast_has_the_roles_that_these_tests_rely_on() -> None:
    assert (MAY.role, BEN.role, RITA.role) == (Role.MANAGER, Role.REVIEWER, Role.READER)
