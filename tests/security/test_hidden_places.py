"""What a grant, a narrowed key or a draft hides is hidden at every act."""

from base64 import urlsafe_b64decode
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from signoff.actions import (
    comments,
    comparisons,
    deciding,
    folders,
    grants,
    handoff_files,
    handoffs,
    inboxes,
    listings,
    locks,
    names,
    overviews,
    tiles,
    trash,
    versions,
)
from signoff.actions.comments import AddComment
from signoff.actions.folder_views import PathOnly
from signoff.actions.handoff_views import HandoffView
from signoff.actions.handoffs import ListFiles, ListHandoffs, One
from signoff.domain.actors import Caller
from signoff.domain.errors import Code
from signoff.domain.permissions import Access
from tests.actions.cast import ADA, BEN, CLERK, DAN, MAY, SCRIBE, do
from tests.actions.desk import Desk, opened_desk, refused
from tests.actions.tree import copy, delete, move
from tests.actions.works import names_in, put, text_of

NARROW = replace(CLERK, credential=replace(CLERK.credential, paths=("input/clerk",)))
"""A key that may see one folder alone."""


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    opened = await opened_desk(tmp_path)
    yield opened
    await opened.house.close()


async def hide(desk: Desk, subject: str, path: str) -> None:
    asked = grants.Set(subject=subject, path=path, access=Access.NONE)
    await do(desk.house, grants.set, ADA, asked)


async def secret_handoff(desk: Desk) -> HandoffView:
    await hide(desk, "ben@acme.example", "needs-review/hr")
    await desk.put(SCRIBE, "input/hr/salaries.txt", "42")
    return await desk.submit(SCRIBE, "input/hr/salaries.txt", title="Salaries")


@pytest.mark.parametrize("caller", [BEN, NARROW], ids=["by a grant", "by a narrowed key"])
async def test_a_handoff_in_a_hidden_place_is_not_there(desk: Desk, caller: Caller) -> None:
    handoff = await secret_handoff(desk)
    asks = (
        (handoffs.read, One(handoff=handoff.id)),
        (handoffs.list_files, ListFiles(handoff=handoff.id)),
        (comments.list_, comments.ListComments(handoff=handoff.id)),
        (handoff_files.desk, handoff_files.LookAt(handoff=handoff.id)),
        (comparisons.changes, comparisons.Changes(handoff=handoff.id)),
    )

    for query, asked in asks:
        with refused(Code.NOT_FOUND):
            await desk.house.ask(query, caller, asked)  # type: ignore[arg-type]
    with refused(Code.NOT_FOUND):
        comment = AddComment(handoff=handoff.id, text="Well?")
        await desk.do(comments.add, caller, comment)
    listed = await desk.house.ask(handoffs.list_, caller, ListHandoffs())
    assert listed.items == ()
    titles = overviews.AskTitles(handoffs=(handoff.id,))
    assert await desk.house.ask(overviews.titles, caller, titles) == {}
    for view in (inboxes.MINE, inboxes.EVERYTHING):
        found = await desk.house.ask(inboxes.look, caller, inboxes.LookThrough(view=view))
        assert found.items == ()
    assert (await desk.house.ask(inboxes.count, caller, inboxes.CountThrough())).mine == 0


async def test_nobody_decides_on_what_they_may_not_see(desk: Desk) -> None:
    handoff = await secret_handoff(desk)

    with refused(Code.NOT_FOUND):
        await desk.decide(BEN, handoff, "approve")
    with refused(Code.NOT_FOUND):
        await desk.do(deciding.recall, BEN, deciding.Recall(handoff=handoff.id, reason="No"))

    assert (await desk.read(MAY, handoff.id)).state == "in_review"


async def test_a_narrowed_key_sees_what_its_agent_submitted(desk: Desk) -> None:
    await put(desk.house, NARROW, "input/clerk/a.txt", "a")

    handoff = await desk.submit(NARROW, "input/clerk/a.txt")

    assert (await desk.read(NARROW, handoff.id)).state == "in_review"
    listed = await desk.house.ask(handoffs.list_, NARROW, ListHandoffs())
    assert [each.id for each in listed.items] == [handoff.id]


@pytest.mark.parametrize("caller", [BEN, NARROW], ids=["by a grant", "by a narrowed key"])
async def test_entries_as_they_are_are_for_whom_nothing_is_hidden_from(
    desk: Desk, caller: Caller
) -> None:
    await secret_handoff(desk)
    bundle = tiles.TilePath(path="tile/entries/000.p/1")

    with refused(Code.FORBIDDEN):
        await desk.house.ask(tiles.tile, caller, bundle)

    with refused(Code.NOT_FOUND):  # nothing is sealed yet
        await desk.house.ask(tiles.tile, MAY, bundle)


# Grants, and the folders above what they hide.


async def vault(desk: Desk) -> None:
    await put(desk.house, ADA, "clients/secret/plan.txt", "the plan")
    await put(desk.house, ADA, "clients/open.txt", "open")
    await hide(desk, "dan@acme.example", "clients/secret")


@pytest.mark.parametrize("to", ["mine", "input/clients", "processing/clients"])
async def test_the_folder_above_a_hidden_one_is_not_moved_from_over_it(
    desk: Desk, to: str
) -> None:
    await vault(desk)

    with refused(Code.FORBIDDEN):
        await move(desk.house, DAN, "clients", to)

    with refused(Code.NOT_FOUND):
        await text_of(desk.house, DAN, "clients/secret/plan.txt")


async def test_the_folder_above_a_hidden_one_is_not_deleted_or_replaced(
    desk: Desk,
) -> None:
    await vault(desk)
    await put(desk.house, DAN, "mine/x.txt", "x")

    with refused(Code.FORBIDDEN):
        await delete(desk.house, DAN, "clients")
    with refused(Code.FORBIDDEN):
        await move(desk.house, DAN, "mine", "clients", overwrite=True)


async def test_the_folder_above_a_hidden_one_is_not_handed_over(desk: Desk) -> None:
    await vault(desk)

    with refused(Code.FORBIDDEN):
        await desk.submit(DAN, "clients")


async def test_what_hid_something_does_not_come_out_of_the_trash_elsewhere(desk: Desk) -> None:
    await vault(desk)
    deleted = await delete(desk.house, ADA, "clients")

    with refused(Code.FORBIDDEN):
        asked = trash.Restore(id=deleted.id, to="mine")
        await do(desk.house, trash.restore, DAN, asked)


async def test_a_folder_whose_part_may_only_be_read_is_not_moved_from_over_it(
    desk: Desk,
) -> None:
    await put(desk.house, ADA, "shared/fixed/a.txt", "a")
    asked = grants.Set(subject="pe_dan", path="shared/fixed", access=Access.READ)
    await do(desk.house, grants.set, ADA, asked)

    with refused(Code.FORBIDDEN):
        await move(desk.house, DAN, "shared", "mine")


async def test_a_copy_leaves_out_what_is_hidden(desk: Desk) -> None:
    await vault(desk)

    await copy(desk.house, DAN, "clients", "mine")

    assert await names_in(desk.house, "mine", DAN) == ["open.txt"]


# Cursors.


def plain(cursor: str) -> bytes:
    """Return all that somebody could read out of a cursor, as it is or decoded."""
    padded = cursor.removeprefix("/") + "=="
    return cursor.encode() + b" " + urlsafe_b64decode(padded)


async def listed(desk: Desk, caller: Caller, path: str, limit: int) -> tuple[list[str], int]:
    """Return the names of a whole listing, and on how many pages; no cursor tells a name."""
    found, cursor, pages = [], "", 0
    while True:
        asked = folders.ListFolder(path=path, limit=limit, cursor=cursor)
        page = await desk.house.ask(folders.list_folder, caller, asked)
        found += [each.name for each in page.items]
        pages += 1
        if page.next is None:
            return found, pages
        cursor = page.next
        if cursor.startswith("/"):
            assert b"secret" not in plain(cursor)
        else:
            assert cursor == found[-1]


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
@pytest.mark.parametrize("looked_at", [1, 1000])
async def test_a_cursor_tells_no_name_that_is_hidden(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, limit: int, looked_at: int
) -> None:
    monkeypatch.setattr(listings, "LOOKED_AT", looked_at)
    for name in ("a", "secret1", "secret2", "secret3", "secret4", "t", "u", "zsecret"):
        await put(desk.house, DAN, f"work/{name}")
    for name in ("secret1", "secret2", "secret3", "secret4", "zsecret"):
        await hide(desk, "ben@acme.example", f"work/{name}")

    names_seen, pages = await listed(desk, BEN, "work", limit)

    assert names_seen == ["a", "t", "u"]
    if looked_at == 1000:
        assert pages == -(-3 // limit)


async def test_a_cursor_tells_no_name_of_a_draft(desk: Desk) -> None:
    await put(desk.house, DAN, "work/a", "1")
    token = await drafting(desk, "work")
    await put(desk.house, DAN, "work/secret", "names", token)

    asked = folders.ListFolder(path="work", limit=1)
    page = await desk.house.ask(folders.list_folder, BEN, asked)

    assert ([each.name for each in page.items], page.next) == (["a"], None)


@pytest.mark.parametrize("cursor", ["/", "/AAAA", "/ä", "/" + "A" * 400])
async def test_a_cursor_that_is_none_of_ours_is_refused(desk: Desk, cursor: str) -> None:
    await put(desk.house, DAN, "work/a")

    asked = folders.ListFolder(path="work", cursor=cursor)
    with refused(Code.INVALID):
        await desk.house.ask(folders.list_folder, BEN, asked)


# Drafts.


async def drafting(desk: Desk, path: str) -> str:
    asked = locks.TakeLock(path=path, mode="draft")
    lock = await desk.do(locks.take, DAN, asked)
    return str(lock.token)  # type: ignore[union-attr]


async def test_others_are_told_of_the_version_before_a_draft(desk: Desk) -> None:
    before = await put(desk.house, DAN, "work/report.txt", "as it was")
    token = await drafting(desk, "work/report.txt")
    await put(desk.house, DAN, "work/report.txt", "unfinished, and longer", token)

    page = await desk.house.ask(folders.list_folder, BEN, folders.ListFolder(path="work"))
    one = await desk.house.ask(folders.stat, BEN, PathOnly(path="work/report.txt"))
    found = await desk.house.ask(names.find, BEN, names.Find(q="report"))

    for item in (*page.items, one, *found.items):
        assert (item.version, item.digest, item.size) == (1, before.digest, 9)
    mine = await desk.house.ask(folders.stat, DAN, PathOnly(path="work/report.txt"))
    assert (mine.version, mine.size) == (2, 22)


async def test_what_is_new_below_a_draft_is_not_there_for_others(desk: Desk) -> None:
    await put(desk.house, DAN, "work/old.txt", "old")
    token = await drafting(desk, "work")
    await put(desk.house, DAN, "work/layoffs.txt", "names", token)
    await put(desk.house, DAN, "work/deep/layoffs.txt", "names", token)
    await put(desk.house, DAN, "work/old.txt", "newer", token)

    page = await desk.house.ask(folders.list_folder, BEN, folders.ListFolder(path="work"))

    assert [(each.name, each.version, each.size) for each in page.items] == [("old.txt", 1, 3)]
    for path in ("work/layoffs.txt", "work/deep", "work/deep/layoffs.txt"):
        with refused(Code.NOT_FOUND):
            await desk.house.ask(folders.stat, BEN, PathOnly(path=path))
    with refused(Code.NOT_FOUND):
        await desk.house.ask(folders.list_folder, BEN, folders.ListFolder(path="work/deep"))
    with refused(Code.NOT_FOUND):
        asked = versions.ListVersions(path="work/layoffs.txt")
        await desk.house.ask(versions.list_, BEN, asked)
    assert await names_in(desk.house, "work", DAN) == ["deep", "layoffs.txt", "old.txt"]
