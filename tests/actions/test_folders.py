import pytest

from signoff.actions import folders
from signoff.actions.folder_views import PathOnly
from signoff.actions.folders import ListFolder
from signoff.domain.errors import Code, Conflict, Forbidden, NotFound
from tests.actions.cast import DAN, RITA, SCRIBE, last
from tests.actions.tree import folder
from tests.actions.works import put


async def test_a_folder_is_made_with_those_above_it(house):
    made = await folder(house, DAN, "shared/a/b")

    entry = await last(house)
    assert (made.path, made.type, made.modified_by.name) == ("shared/a/b", "folder", "Dan")
    assert (entry["type"], entry["private"]["path"]) == ("folder.created", "shared/a/b")


async def test_a_name_is_given_once(house):
    await folder(house, DAN, "shared/a")

    for path in ("shared/a", "shared/A"):
        with pytest.raises(Conflict) as refused:
            await folder(house, DAN, path)
        assert refused.value.code is Code.EXISTS


async def test_a_reader_makes_none_and_nobody_makes_one_that_looks_like_a_stage(house):
    with pytest.raises(Forbidden):
        await folder(house, RITA, "shared/a")
    with pytest.raises(Forbidden) as refused:
        await folder(house, DAN, "Approved")

    assert refused.value.code is Code.RESERVED_NAME


async def test_a_folder_is_listed_by_name_a_page_at_a_time(house):
    for name in ("b.txt", "C.txt", "a.txt"):
        await put(house, DAN, f"shared/{name}")

    first = await house.ask(folders.list_folder, RITA, ListFolder(path="shared", limit=2))
    rest = await house.ask(
        folders.list_folder,
        RITA,
        ListFolder(path="shared", limit=2, cursor=first.next or ""),
    )

    assert [item.name for item in first.items] == ["a.txt", "b.txt"]
    assert [item.name for item in rest.items] == ["C.txt"]
    assert rest.next is None


async def test_what_is_not_there_or_no_folder_is_not_listed(house):
    await put(house, DAN, "shared/a.txt")

    with pytest.raises(NotFound):
        await house.ask(folders.list_folder, DAN, ListFolder(path="none"))
    with pytest.raises(Conflict) as refused:
        await house.ask(folders.list_folder, DAN, ListFolder(path="shared/a.txt"))

    assert refused.value.code is Code.NOT_A_FOLDER


async def test_one_thing_is_shown_as_its_folder_lists_it(house):
    await put(house, SCRIBE, "shared/a.csv", "one")

    item = await house.ask(folders.stat, RITA, PathOnly(path="shared/a.csv"))

    assert (item.name, item.type, item.version, item.size) == ("a.csv", "file", 1, 3)
    assert (item.media_type, item.modified_by.kind) == ("text/csv", "agent")
