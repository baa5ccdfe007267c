import pytest

from signoff.actions import followers, names
from signoff.actions.followers import FOLLOWERS, Follow
from signoff.actions.grants import Set as SetGrant
from signoff.actions.grants import set as set_grant
from signoff.actions.house import House
from signoff.actions.names import Find
from signoff.domain.actors import Caller, system
from signoff.domain.errors import Forbidden, Invalid
from signoff.domain.permissions import Access
from signoff.domain.words import words_of
from tests.actions.cast import ACME, ADA, DAN, MAY, do, log
from tests.actions.tree import copy, delete, folder, move, rows
from tests.actions.works import put

CLOCK = system(ACME)
FOLLOW = Follow(follower=next(each for each in FOLLOWERS if each.name == "names"))


async def find(house: House, q: str, caller: Caller = DAN) -> list[str]:
    more = True
    while more:
        more = (await do(house, followers.follow, CLOCK, FOLLOW)).more
    found = await house.ask(names.find, caller, Find(q=q))
    return [item.path for item in found.items]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Q3_salesReport.pdf", ("q3", "salesreport", "sales", "report", "pdf")),
        ("Jahresübersicht 2024-05.XLSX", ("jahresübersicht", "2024", "05", "xlsx")),
        ("STRASSE straße", ("strasse",)),
        ("HTTPServer", ("httpserver", "http", "server")),
        ("...", ()),
    ],
)
def test_a_name_is_made_of_words(name, words):
    assert words_of(name) == words


async def test_a_file_is_found_by_the_beginnings_of_its_words(house):
    await put(house, DAN, "shared/deep/Q3_salesReport.pdf")
    await put(house, DAN, "shared/other.pdf")

    assert await find(house, "sal rep") == ["shared/deep/Q3_salesReport.pdf"]
    assert await find(house, "PDF") == ["shared/deep/Q3_salesReport.pdf", "shared/other.pdf"]
    assert await find(house, "ales") == []


async def test_a_folder_is_found_too(house):
    await folder(house, DAN, "shared/Contracts 2024")

    assert await find(house, "contr") == ["shared/Contracts 2024"]


async def test_a_renamed_file_is_found_by_its_new_name(house):
    await put(house, DAN, "shared/old.txt")
    assert await find(house, "old") == ["shared/old.txt"]

    await move(house, DAN, "shared/old.txt", "shared/new.txt")

    assert await find(house, "old") == []
    assert await find(house, "new") == ["shared/new.txt"]


async def test_what_moves_with_its_folder_keeps_its_words_and_shows_its_new_path(house):
    await put(house, DAN, "shared/x/report.txt")
    await find(house, "report")
    before = await rows(
        house, "SELECT word, node FROM words WHERE ws = :ws AND word = 'report'"
    )

    await move(house, DAN, "shared/x", "shared/y")

    assert await find(house, "report") == ["shared/y/report.txt"]
    after = await rows(house, "SELECT word, node FROM words WHERE ws = :ws AND word = 'report'")
    assert after == before


async def test_what_is_deleted_is_found_no_more_nor_what_was_below(house):
    await put(house, DAN, "shared/x/report.txt")
    await find(house, "report")

    await delete(house, DAN, "shared/x")

    assert await find(house, "report") == []
    assert await find(house, "x") == []


async def test_what_is_copied_with_its_folder_is_found_at_both_places(house):
    await put(house, DAN, "shared/x/report.txt")

    await copy(house, DAN, "shared/x", "shared/y")

    assert await find(house, "report") == ["shared/x/report.txt", "shared/y/report.txt"]


async def test_nobody_finds_what_they_may_not_see(house):
    await put(house, MAY, "secret/report.txt")
    await do(
        house,
        set_grant,
        ADA,
        SetGrant(subject="dan@acme.example", path="secret", access=Access.NONE),
    )

    assert await find(house, "report", DAN) == []
    assert await find(house, "report", MAY) == ["secret/report.txt"]


async def test_following_twice_changes_nothing_and_writes_no_entry(house):
    await put(house, DAN, "shared/a.txt")
    await find(house, "a")
    entries = len(await log(house))

    again = await do(house, followers.follow, CLOCK, FOLLOW)

    assert again.more is False
    assert again.position == entries
    assert len(await log(house)) == entries


async def test_looking_for_no_word_is_refused_and_only_the_system_indexes(house):
    with pytest.raises(Invalid):
        await house.ask(names.find, DAN, Find(q=" -- "))
    with pytest.raises(Forbidden):
        await do(house, followers.follow, DAN, FOLLOW)
