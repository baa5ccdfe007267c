import pytest

from signoff.actions import locks, purging, submitting, trash
from signoff.actions.house import House
from signoff.actions.locks import TakeLock
from signoff.actions.submitting import Submit
from signoff.actions.trash import ListTrash, Purge, Restore, Sweep
from signoff.domain.actors import Caller, system
from signoff.domain.errors import (
    Code,
    Conflict,
    Forbidden,
    Gone,
    Held,
    NotFound,
    Unconditional,
)
from signoff.domain.ids import DAY
from tests.actions.cast import ACME, ADA, BEN, CLERK, DAN, MAY, RITA, SCRIBE, do, held, last
from tests.actions.tree import delete, folder, move, rows
from tests.actions.works import later, many, names_in, node_at, put, text_of

CLOCK = system(ACME)


async def restore(house: House, caller: Caller, name: str, to: str = "") -> trash.RestoredView:
    return await do(house, trash.restore, caller, Restore(id=name, to=to))


async def test_what_is_deleted_is_gone_from_the_tree_and_on_the_record(house):
    await put(house, DAN, "shared/a.txt", "one")

    gone = await delete(house, DAN, "shared/a.txt")

    entry = await last(house)
    assert await names_in(house, "shared") == []
    assert (entry["type"], entry["private"]["path"]) == ("file.deleted", "shared/a.txt")
    assert (gone.path, gone.deleted_by.name, gone.type) == ("shared/a.txt", "Dan", "file")
    assert (gone.expires_at - gone.deleted_at).days == 30


async def test_an_agent_says_which_version_it_deletes(house):
    written = await put(house, SCRIBE, "shared/a.txt", "one")

    with pytest.raises(Unconditional):
        await delete(house, SCRIBE, "shared/a.txt")
    await delete(house, SCRIBE, "shared/a.txt", if_match=(written.etag,))

    assert await names_in(house, "shared") == []


async def test_nothing_is_deleted_where_there_is_nothing(house):
    with pytest.raises(NotFound):
        await delete(house, DAN, "shared/a.txt")


async def test_a_stage_is_not_deleted(house):
    with pytest.raises(Forbidden) as refused:
        await delete(house, ADA, "input")

    assert refused.value.code is Code.STAGE_FIXED


async def test_a_reader_deletes_nothing(house):
    await put(house, DAN, "shared/a.txt")

    with pytest.raises(Forbidden):
        await delete(house, RITA, "shared/a.txt")


async def test_a_lock_below_of_somebody_else_keeps_the_folder(house):
    await put(house, DAN, "shared/x/a.txt")
    await do(house, locks.take, BEN, TakeLock(path="shared/x/a.txt"))

    with pytest.raises(Held) as refused:
        await delete(house, DAN, "shared/x")

    assert refused.value.code is Code.LOCKED


async def test_ones_own_locks_below_end_with_it(house):
    await put(house, DAN, "shared/x/a.txt")
    lock = await do(house, locks.take, DAN, TakeLock(path="shared/x/a.txt"))

    await delete(house, DAN, "shared/x", held(lock))

    assert await rows(house, "SELECT token FROM locks WHERE ws = :ws") == []


async def _box_in_review(house: House) -> str:
    await put(house, SCRIBE, "input/box/a.txt", "a")
    await put(house, SCRIBE, "input/box/b.txt", "b")
    shown = await do(house, submitting.submit, SCRIBE, Submit(paths=("input/box",)))
    return str(shown.id)


async def test_a_place_that_holds_packages_is_not_deleted(house):
    await put(house, SCRIBE, "input/q3/r.pdf", "text")
    await do(house, submitting.submit, SCRIBE, Submit(paths=("input/q3/r.pdf",)))

    with pytest.raises(Conflict) as refused:
        await delete(house, ADA, "needs-review/q3")

    assert refused.value.code is Code.HOLDS_HANDOFFS


async def test_a_person_deletes_a_file_of_a_package_in_review_but_not_the_last(house):
    await _box_in_review(house)

    await delete(house, BEN, "needs-review/box/a.txt")
    with pytest.raises(Held) as refused:
        await delete(house, BEN, "needs-review/box/b.txt")

    assert refused.value.code is Code.FROZEN
    assert await names_in(house, "needs-review/box") == ["b.txt"]


async def test_deleting_in_review_changes_the_revision(house):
    handoff = await _box_in_review(house)
    sql = "SELECT revision FROM handoffs WHERE ws = :ws AND id = :id"
    before = await rows(house, sql, id=handoff)

    await delete(house, BEN, "needs-review/box/a.txt")

    assert (await rows(house, sql, id=handoff))[0][0] > before[0][0]


async def test_an_agent_deletes_nothing_in_review(house):
    await _box_in_review(house)
    sql = "SELECT id FROM nodes WHERE ws = :ws AND name = 'a.txt'"
    node = (await rows(house, sql))[0][0]

    with pytest.raises(Held) as refused:
        await delete(house, SCRIBE, "needs-review/box/a.txt", if_match=(f'"{node}-1"',))

    assert refused.value.code is Code.FROZEN


async def test_a_package_in_review_is_not_deleted(house):
    await _box_in_review(house)

    with pytest.raises(Held):
        await delete(house, ADA, "needs-review/box")


async def test_it_comes_back_to_where_it_was(house):
    await put(house, DAN, "shared/a.txt", "one")
    node = await node_at(house, "shared/a.txt")
    gone = await delete(house, DAN, "shared/a.txt")

    back = await restore(house, DAN, gone.id)

    assert (back.path, back.version) == ("shared/a.txt", 1)
    assert await node_at(house, "shared/a.txt") == node
    assert (await last(house))["type"] == "file.restored"
    assert (await house.ask(trash.list_, DAN, ListTrash())).items == ()


async def test_its_place_is_made_again(house):
    await put(house, DAN, "shared/x/a.txt", "one")
    gone = await delete(house, DAN, "shared/x/a.txt")
    await delete(house, DAN, "shared/x")

    back = await restore(house, DAN, gone.id)

    assert back.path == "shared/x/a.txt"
    assert await text_of(house, DAN, "shared/x/a.txt") == "one"


async def test_a_taken_name_gives_way(house):
    await put(house, DAN, "shared/a.txt", "one")
    gone = await delete(house, DAN, "shared/a.txt")
    await put(house, BEN, "shared/a.txt", "two")

    back = await restore(house, DAN, gone.id)

    assert back.path == "shared/a (2).txt"


async def test_it_comes_back_elsewhere_if_one_says_so(house):
    await put(house, DAN, "shared/a.txt", "one")
    gone = await delete(house, DAN, "shared/a.txt")

    back = await restore(house, DAN, gone.id, to="other/b.txt")

    assert back.path == "other/b.txt"
    assert await text_of(house, DAN, "other/b.txt") == "one"


async def test_what_comes_back_into_input_can_be_claimed_again(house):
    await put(house, DAN, "input/a.csv", "one")
    gone = await delete(house, DAN, "input/a.csv")
    assert await rows(house, "SELECT node FROM queue WHERE ws = :ws") == []

    await restore(house, DAN, gone.id)

    assert len(await rows(house, "SELECT node FROM queue WHERE ws = :ws")) == 1


async def test_what_comes_back_into_needs_review_is_submitted(house):
    await put(house, DAN, "shared/a.txt", "one")
    gone = await delete(house, DAN, "shared/a.txt")

    back = await restore(house, DAN, gone.id, to="needs-review/a.txt")

    assert str(back.handoff).startswith("ho_")


async def test_nothing_comes_back_into_what_is_decided(house):
    await put(house, DAN, "shared/a.txt", "one")
    gone = await delete(house, DAN, "shared/a.txt")

    with pytest.raises(Forbidden) as refused:
        await restore(house, BEN, gone.id, to="approved/a.txt")

    assert refused.value.code is Code.BY_DECISION_ONLY


async def test_the_trash_is_listed_newest_first_a_page_at_a_time(house):
    for name in ("a", "b", "c"):
        await put(house, DAN, f"shared/{name}.txt", name)
        await delete(house, DAN, f"shared/{name}.txt")

    first = await house.ask(trash.list_, DAN, ListTrash(limit=2))
    second = await house.ask(trash.list_, DAN, ListTrash(limit=2, cursor=first.next or ""))

    assert [each.path for each in first.items] == ["shared/c.txt", "shared/b.txt"]
    assert [each.path for each in second.items] == ["shared/a.txt"]
    assert second.next is None


async def test_a_manager_destroys_before_the_time_and_nobody_else(house):
    await put(house, DAN, "shared/x/a.txt", "one")
    gone = await delete(house, DAN, "shared/x")

    with pytest.raises(Forbidden):
        await do(house, trash.purge, DAN, Purge(id=gone.id))
    done = await do(house, trash.purge, MAY, Purge(id=gone.id))

    assert (done.nodes, done.more) == (2, False)
    assert await rows(house, "SELECT node FROM versions WHERE ws = :ws") == []
    assert await rows(house, "SELECT count(*) FROM blobs WHERE doomed_at IS NOT NULL") == [(1,)]
    assert (await last(house))["type"] == "file.purged"
    with pytest.raises(NotFound):
        await restore(house, DAN, gone.id)


async def test_bytes_that_another_file_has_are_not_given_up(house):
    await put(house, DAN, "shared/a.txt", "same")
    await put(house, DAN, "shared/b.txt", "same")
    gone = await delete(house, DAN, "shared/a.txt")

    await do(house, trash.purge, MAY, Purge(id=gone.id))

    assert await rows(house, "SELECT count(*) FROM blobs WHERE doomed_at IS NOT NULL") == [(0,)]
    assert await text_of(house, DAN, "shared/b.txt") == "same"


async def test_after_thirty_days_it_is_swept(house):
    await put(house, DAN, "shared/a.txt", "one")
    await delete(house, DAN, "shared/a.txt")
    early = await do(house, trash.sweep, CLOCK, Sweep())

    later(house, 30 * DAY)
    done = await do(house, trash.sweep, CLOCK, Sweep())

    assert (early.nodes, done.nodes, done.more) == (0, 1, False)
    assert await rows(house, "SELECT id FROM trash WHERE ws = :ws") == []
    assert await rows(house, "SELECT id FROM nodes WHERE ws = :ws AND parent = '@trash'") == []


async def test_much_is_swept_in_chunks_and_nothing_is_left_behind(house):
    for place in ("x/a", "x/b", "x/y/z/c", "x/y/d", "x/w/e"):
        await put(house, DAN, f"shared/{place}.txt", place)
    await folder(house, DAN, "shared/x/empty/er")
    await delete(house, DAN, "shared/x")
    later(house, 30 * DAY)

    rounds = 0
    more = True
    while more and rounds < 20:
        more = (await do(house, trash.sweep, CLOCK, Sweep(limit=2))).more
        rounds += 1

    assert rounds > 3
    left = await rows(
        house, "SELECT name FROM nodes WHERE ws = :ws AND parent NOT IN ('', 'root')"
    )
    assert left == []
    assert await rows(house, "SELECT node FROM versions WHERE ws = :ws") == []


async def test_an_agent_deletes_another_ones_loose_work_never(house):
    written = await put(house, SCRIBE, "processing/notes.txt", "mine")

    with pytest.raises(Forbidden):
        await delete(house, CLERK, "processing/notes.txt", if_match=(written.etag,))


async def test_the_trash_remembers_where_a_moved_thing_was(house):
    await put(house, DAN, "shared/a.txt", "one")
    await move(house, DAN, "shared/a.txt", "shared/b.txt")

    gone = await delete(house, DAN, "shared/b.txt")

    assert gone.path == "shared/b.txt"


async def test_a_large_folder_goes_and_comes_back_whole(house):
    await many(house, "shared/x", folders=2, files=2500)

    gone = await delete(house, DAN, "shared/x")
    back = await restore(house, DAN, gone.id)

    assert (back.path, await names_in(house, "shared/x")) == ("shared/x", ["f000", "f001"])
    assert await text_of(house, DAN, "shared/x/f001/2499.txt") == "one"
    assert await rows(house, "SELECT id FROM trash WHERE ws = :ws") == []


async def test_a_large_folder_is_destroyed_in_chunks_down_to_its_last_row(acme):
    await many(acme, "shared/x", folders=2, files=2500)
    gone = await delete(acme, DAN, "shared/x")

    went: list[trash.SweptView] = []
    while not went or went[-1].more:
        went.append(await do(acme, trash.purge, MAY, Purge(id=gone.id)))

    assert max(each.nodes for each in went) <= purging.CHUNK
    assert sum(each.nodes for each in went) == 5003
    for table in ("trash", "versions", "words"):
        assert await rows(acme, f"SELECT count(*) FROM {table} WHERE ws = :ws") == [(0,)]
    below = "SELECT count(*) FROM nodes WHERE ws = :ws AND kind = 'file'"
    assert await rows(acme, below) == [(0,)]


async def test_what_is_half_destroyed_does_not_come_back(house):
    await many(house, "shared/x", folders=1, files=250)
    gone = await delete(house, DAN, "shared/x")
    first = await do(house, trash.purge, MAY, Purge(id=gone.id))

    with pytest.raises(Gone):
        await restore(house, DAN, gone.id)
    later(house, 1)
    rest = await do(house, trash.sweep, CLOCK, Sweep())

    assert (first.more, rest.nodes > 0) == (True, True)
