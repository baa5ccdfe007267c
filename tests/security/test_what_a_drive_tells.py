"""A drive tells nothing of what a grant or a narrowed key hides: by no status, address or hint."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from signoff.actions import grants, keys, locks
from signoff.actions.locks import TakeLock
from signoff.domain.grants import Access
from tests.actions.cast import ADA, CLERK, DAN, do, held
from tests.dav.conftest import open_town
from tests.dav.drive import LOCKINFO, Answer, Drive, Town

EXCLUSIVE = LOCKINFO.format(scope="exclusive", owner="x")
QUOTA = (
    '<D:propfind xmlns:D="DAV:"><D:prop><D:quota-used-bytes/><D:quota-available-bytes/>'
    "</D:prop></D:propfind>"
)


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    """A town in which `work/secret` is hidden from Dan, and all but `work/open` from a key."""
    opened = await open_town(tmp_path)
    await opened.settle_in()
    ada = opened["ada"]
    await ada.make("work", "work/secret", "work/open")
    await ada.put("work/secret/plan.txt", "hidden")
    await ada.put("work/open/a.txt", "seen")
    hidden = grants.Set(subject=DAN.actor.id, path="work/secret", access=Access.NONE)
    await do(opened.house, grants.set, ADA, hidden)
    asked = keys.Create(agent=CLERK.actor.id, paths=("work/open",))
    secret = (await do(opened.house, keys.create, ADA, asked)).secret
    opened.drives["narrow"] = Drive(opened.app, "narrow", secret or "")
    yield opened
    await opened.app.close()


async def every_way(drive: Drive, path: str) -> dict[str, Answer]:
    """Do everything with a path; return the answers by what was done."""
    evil = "work/open/evil.txt"
    await drive.put(evil, "x")
    return {
        "GET": await drive("GET", path),
        "HEAD": await drive("HEAD", path),
        "PROPFIND": await drive("PROPFIND", path, {"Depth": "0"}),
        "PUT": await drive("PUT", path, {}, "x"),
        "PUT if": await drive("PUT", path, {"If-Match": '"x"'}, "x"),
        "PUT unless": await drive("PUT", path, {"If-None-Match": "*"}, "x"),
        "MKCOL": await drive("MKCOL", path),
        "DELETE": await drive("DELETE", path),
        "DELETE if": await drive("DELETE", path, {"If-Match": '"x"'}),
        "LOCK": await drive("LOCK", path, {}, EXCLUSIVE),
        "LOCK 0": await drive("LOCK", path, {"Depth": "0"}, EXCLUSIVE),
        "UNLOCK": await drive("UNLOCK", path, {"Lock-Token": "<opaquelocktoken:x>"}),
        "refresh": await drive("LOCK", path, {"If": "(<opaquelocktoken:x>)"}),
        "PROPPATCH": await drive("PROPPATCH", path, {}, PATCH),
        "PROPPATCH live": await drive("PROPPATCH", path, {}, LIVE),
        "COPY from": await drive("COPY", path, drive.to("work/open/out")),
        "COPY to": await drive("COPY", evil, drive.to(path)),
        "COPY over": await drive("COPY", evil, drive.to(path, Overwrite="F")),
        "MOVE from": await drive("MOVE", path, drive.to("work/open/out")),
        "MOVE to": await drive("MOVE", evil, drive.to(path)),
        "MOVE over": await drive("MOVE", evil, drive.to(path, Overwrite="F")),
        "litter": await drive("PUT", f"{path}/._x", {}, "x"),
        "litter look": await drive("PROPFIND", f"{path}/._x", {"Depth": "0"}),
    }


PATCH = (
    '<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><x xmlns="urn:x">1</x></D:prop></D:set>'
    "</D:propertyupdate>"
)
LIVE = (
    '<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><D:getetag>1</D:getetag></D:prop></D:set>'
    "</D:propertyupdate>"
)


@pytest.mark.parametrize("name", ["dan", "narrow"])
@pytest.mark.parametrize("locked", [(), ("work/secret/plan.txt",)], ids=["free", "locked"])
async def test_what_is_hidden_answers_as_what_is_not_there(
    town: Town, name: str, locked: tuple[str, ...]
) -> None:
    drive = town[name]
    for path in locked:
        await town["ada"].lock(path)

    there = await every_way(drive, "work/secret/plan.txt")
    not_there = await every_way(drive, "work/secret/none.txt")

    for way, answer in there.items():
        said = answer.body.replace(b"plan.txt", b"none.txt")
        assert (answer.status, said) == (not_there[way].status, not_there[way].body), way
    assert await town["ada"].get("work/secret/plan.txt") == b"hidden"


async def test_a_refusal_names_no_lock_that_one_may_not_see(town: Town) -> None:
    await town["ada"].lock("work/secret/plan.txt")

    answers = [
        await town["dan"]("LOCK", "work", {}, EXCLUSIVE),
        await town["dan"]("DELETE", "work"),
        await town["dan"]("MOVE", "work", town["dan"].to("elsewhere")),
        await town["dan"]("COPY", "work/open", town["dan"].to("work")),
    ]

    for answer in answers:
        assert answer.status in (403, 409, 423)
        assert b"plan.txt" not in answer.body, answer.body
        assert b"Ada" not in answer.body


@pytest.mark.parametrize("spelled", ["work/Secret", "work/SECRET/plan.txt"])
async def test_another_case_tells_no_more(town: Town, spelled: str) -> None:
    dan = town["dan"]

    answer = await dan.put(spelled, "x")

    assert answer.status == 404
    assert b"work/secret" not in answer.body
    assert (await town["ben"].put(spelled, "x")).status == 409


@pytest.mark.parametrize("name", ["dan", "narrow"])
async def test_who_sees_a_part_is_not_told_how_much_the_whole_holds(
    town: Town, name: str
) -> None:
    for path in ("", "work", "work/open"):
        found = await town[name]("PROPFIND", path, {"Depth": "0"}, QUOTA)
        assert found.status == 207
        assert found.prop("quota-used-bytes") is None
        assert found.prop("quota-available-bytes") is None
    whole = await town["ada"]("PROPFIND", "work", {"Depth": "0"}, QUOTA)
    assert whole.prop("quota-used-bytes") is not None


async def test_a_copy_of_a_folder_tells_of_no_draft_that_one_may_not_see(town: Town) -> None:
    draft = TakeLock(path="work/secret/plan.txt", mode="draft")
    await do(town.house, locks.take, ADA, draft)

    copied = await town["dan"]("COPY", "work", town["dan"].to("copied"))

    assert copied.status == 201
    assert await town["ada"].names("copied") == ["open"]


async def test_a_folder_in_somebodys_draft_is_not_copied_unfinished(town: Town) -> None:
    ada, ben = town["ada"], town["ben"]
    token = held(await do(town.house, locks.take, ADA, TakeLock(path="work", mode="draft")))
    said = {"If": f"</dav/acme/work> (<{token}>)"}
    await ada("PUT", "work/open/new.txt", said, "unfinished")
    await ada("PUT", "work/open/a.txt", said, "unfinished")
    assert (await ben("GET", "work/open/new.txt")).status == 404
    assert await ben.get("work/open/a.txt") == b"seen"

    copied = await ben("COPY", "work/open", ben.to("copied"))

    assert copied.status == 423
    assert not await ben.there("copied")
