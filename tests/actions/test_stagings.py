"""Copies of large folders: made out of sight in chunks, and there all at once."""

import pytest
from msgspec.structs import replace

from signoff.actions import copies, files, handoffs, locks, names, reach, stagings, sweeps
from signoff.actions.context import Context
from signoff.actions.copies import Copy, CopyView
from signoff.actions.files import ReadFile
from signoff.actions.handoffs import One
from signoff.actions.house import House
from signoff.actions.locks import TakeLock
from signoff.actions.names import Find
from signoff.actions.retries import Retry
from signoff.domain.actors import Caller, system
from signoff.domain.errors import Code, Conflict, Held, Invalid, NotFound, TooLarge
from signoff.domain.files import clean_path
from signoff.domain.ids import HOUR
from signoff.domain.stagings import MOST, Staging
from signoff.store.transaction import Transaction
from tests.actions.cast import ACME, BEN, DAN, SCRIBE, do, last, log
from tests.actions.tree import copy, delete, folder, move, rows
from tests.actions.works import later, many, names_in, put, text_of

CLOCK = system(ACME)
NODES = "SELECT count(*) FROM nodes WHERE ws = :ws"


async def chunk(
    house: House, caller: Caller, path: str, staging: Staging | None = None
) -> Staging:
    """Copy the first chunk of a folder, or the next one."""

    def work(tx: Transaction) -> Staging:
        ctx = Context(tx, caller, keys=None)
        place = reach.find(ctx, clean_path(path))
        begun = staging or stagings.first(ctx, place, shallow=False, is_package=False)
        return stagings.fill(ctx, begun)

    return (await house.engine.write(work, workspace=ACME))[0]


async def all_chunks(house: House, caller: Caller, path: str) -> Staging:
    staging = await chunk(house, caller, path)
    while not staging.whole:
        staging = await chunk(house, caller, path, staging)
    return staging


async def publish(house: House, caller: Caller, staging: Staging, to: str) -> CopyView:
    """Run the act with what was staged, as the house does."""

    def work(tx: Transaction) -> CopyView:
        staged = {staging.source: staging}
        ctx = Context(tx, caller, keys=None, staged=staged)
        return copies.copy(ctx, Copy(from_=staging.path, to=to))

    return (await house.engine.write(work, workspace=ACME))[0]


async def test_a_large_folder_is_copied_whole(acme):
    await many(acme, "shared/x", folders=10, files=120)

    done = await copy(acme, DAN, "shared/x", "other/y")

    assert (done.path, done.type, done.nodes, done.created) == ("other/y", "folder", 1211, True)
    assert await names_in(acme, "other/y") == await names_in(acme, "shared/x")
    assert await text_of(acme, DAN, "other/y/f007/119.txt") == "one"
    entry = await last(acme)
    assert (entry["type"], entry["codes"]) == ("file.copied", {"nodes": 1211})
    assert await rows(
        acme, "SELECT count(*) FROM nodes WHERE ws = :ws AND parent = '@staging'"
    ) == [(0,)]


async def test_a_folder_of_very_many_files_is_copied_whole(house):
    await many(house, "shared/x", folders=1, files=5000)

    done = await copy(house, DAN, "shared/x", "shared/y")

    assert done.nodes == 5002
    found = await house.ask(names.find, DAN, Find(q="4999"))
    assert [item.path for item in found.items] == [
        "shared/x/f000/4999.txt",
        "shared/y/f000/4999.txt",
    ]


async def test_what_is_copied_by_parts_is_one_event(house):
    await many(house, "shared/x", folders=3, files=150)
    before = len(await log(house))

    await copy(house, DAN, "shared/x", "shared/y")

    assert len(await log(house)) == before + 1


async def test_what_is_staged_is_nowhere_to_be_seen(house):
    await many(house, "shared/x", folders=3, files=150)

    staging = await chunk(house, DAN, "shared/x")

    assert not staging.whole
    assert await names_in(house, "shared") == ["x"]
    found = await house.ask(names.find, DAN, Find(q="007"))
    assert all(item.path.startswith("shared/x/") for item in found.items)
    with pytest.raises(NotFound):
        await house.ask(files.open_, DAN, ReadFile(path=f"@staging/{staging.top}"))


async def test_what_a_crash_left_staged_is_swept_away_in_chunks_and_without_a_word(house):
    await many(house, "shared/x", folders=3, files=150)
    before = (await rows(house, NODES), len(await log(house)))
    staging = await chunk(house, DAN, "shared/x")
    await chunk(house, DAN, "shared/x", staging)

    early = await do(house, sweeps.forget_staged, CLOCK, sweeps.Chunk())
    later(house, 3 * HOUR)
    went = [await do(house, sweeps.forget_staged, CLOCK, sweeps.Chunk()) for _ in range(4)]

    assert (early, went[0], went[-1]) == (0, 64, 0)
    assert (await rows(house, NODES), len(await log(house))) == before


async def test_what_was_swept_is_not_published(house):
    await many(house, "shared/x", folders=1, files=10)
    staging = await all_chunks(house, DAN, "shared/x")
    later(house, 3 * HOUR)
    await do(house, sweeps.forget_staged, CLOCK, sweeps.Chunk())

    with pytest.raises(Conflict) as refused:
        await publish(house, DAN, staging, "shared/y")

    assert refused.value.code is Code.GONE


async def test_a_copy_holds_files_as_they_were_when_its_chunk_was_read(house):
    await many(house, "shared/x", folders=1, files=10)
    await put(house, DAN, "shared/x/f000/003.txt", "two")
    staging = await all_chunks(house, DAN, "shared/x")
    await put(house, DAN, "shared/x/f000/003.txt", "three")

    await publish(house, DAN, staging, "shared/y")

    assert await text_of(house, DAN, "shared/y/f000/003.txt") == "two"


async def test_a_folder_that_is_rearranged_while_it_is_copied_is_not_copied(house):
    await many(house, "shared/x", folders=2, files=10)
    staging = await all_chunks(house, DAN, "shared/x")
    await move(house, DAN, "shared/x/f000/003.txt", "shared/x/f001/moved.txt")

    with pytest.raises(Conflict):
        await publish(house, DAN, staging, "shared/y")

    assert await names_in(house, "shared") == ["x"]


async def test_moves_elsewhere_do_not_hinder_a_copy(house):
    await many(house, "shared/x", folders=2, files=10)
    await put(house, DAN, "other/a.txt")
    staging = await all_chunks(house, DAN, "shared/x")
    await move(house, DAN, "other/a.txt", "other/b.txt")
    await delete(house, DAN, "shared/x/f000/003.txt")

    done = await publish(house, DAN, staging, "shared/y")

    assert done.nodes == 23


async def test_a_folder_that_goes_away_while_it_is_copied_is_not_copied(house):
    await many(house, "shared/x", folders=3, files=150)
    staging = await chunk(house, DAN, "shared/x")
    await move(house, DAN, "shared/x", "shared/z")

    with pytest.raises(Conflict):
        await chunk(house, DAN, "shared/x", staging)


async def test_a_draft_that_begins_while_a_folder_is_copied_stops_the_copy(house):
    await many(house, "shared/x", folders=3, files=150)
    staging = await chunk(house, BEN, "shared/x")
    await do(house, locks.take, DAN, TakeLock(path="shared/x/f000/000.txt", mode="draft"))

    with pytest.raises(Held):
        await chunk(house, BEN, "shared/x", staging)


async def test_names_and_locks_at_the_target_are_judged_when_it_is_published(house):
    await many(house, "shared/x", folders=1, files=10)
    await folder(house, DAN, "other")
    staging = await all_chunks(house, DAN, "shared/x")
    await folder(house, BEN, "shared/y")
    await do(house, locks.take, BEN, TakeLock(path="other"))

    with pytest.raises(Conflict) as taken:
        await publish(house, DAN, staging, "shared/y")
    with pytest.raises(Held) as locked:
        await publish(house, DAN, staging, "other/y")

    assert (taken.value.code, locked.value.code) == (Code.EXISTS, Code.LOCKED)


async def test_a_large_copy_gives_the_same_answer_to_a_retry(house):
    await many(house, "shared/x", folders=3, files=150)
    retry = Retry(key="k", route="POST copies", body_hash=b"h", status=201)
    asked = Copy(from_="shared/x", to="shared/y")
    await house.do(copies.copy, DAN, asked, retry=retry)

    again = await house.do(copies.copy, DAN, asked, retry=retry)

    assert (again.status, again.replay is not None) == (201, True)
    assert await names_in(house, "shared") == ["x", "y"]


async def test_a_large_folder_copied_into_needs_review_is_one_package(acme):
    await many(acme, "shared/x", folders=3, files=150)

    done = await copy(acme, SCRIBE, "shared/x", "needs-review/x")

    shown = await acme.ask(handoffs.read, BEN, One(handoff=str(done.handoff)))
    assert (shown.state, shown.path, shown.files_count) == ("in_review", "needs-review/x", 450)


async def test_a_copy_into_needs_review_of_more_than_a_package_holds_is_refused(house):
    await many(house, "shared/x", folders=1, files=10_001)

    with pytest.raises(Invalid) as refused:
        await copy(house, SCRIBE, "shared/x", "needs-review/x")

    assert refused.value.code is Code.PACKAGE_TOO_LARGE
    assert await names_in(house, "needs-review") == []


async def test_more_than_an_act_copies_is_refused(house):
    await many(house, "shared/x", folders=3, files=150)
    staging = await chunk(house, DAN, "shared/x")

    with pytest.raises(TooLarge):
        await chunk(house, DAN, "shared/x", replace(staging, nodes=MOST))


async def test_a_large_folder_overwrites_one_that_goes_to_the_trash(house):
    await many(house, "shared/x", folders=3, files=150)
    await put(house, DAN, "shared/y/old.txt")

    await copy(house, DAN, "shared/x", "shared/y", overwrite=True)

    assert await names_in(house, "shared/y") == ["f000", "f001", "f002"]
