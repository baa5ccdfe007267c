"""A drive opens to who may still come in, by what they typed, and to no page of another site."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from signoff.actions import members, people
from signoff.asgi.contents import SAFE
from signoff.domain.ids import INSTANCE
from tests.actions.cast import ADA, OPERATOR, at, do
from tests.dav.conftest import open_town
from tests.dav.drive import Drive, Town


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    opened = await open_town(tmp_path)
    await opened.settle_in()
    yield opened
    await opened.app.close()


async def test_who_left_the_workspace_finds_none(town: Town) -> None:
    assert (await town["dan"].put("a.txt")).status == 201

    await do(town.house, members.remove, ADA, members.Remove(person="dan@acme.example"))

    for method in ("GET", "PUT", "DELETE", "PROPFIND", "LOCK", "OPTIONS"):
        assert (await town["dan"](method, "a.txt", {"Depth": "0"})).status == 404, method
    listed = await town["dan"]("PROPFIND", "/dav/", {"Depth": "1"})
    assert listed.members == ["/dav/"]


async def test_who_was_disabled_opens_nothing(town: Town) -> None:
    assert (await town["dan"].put("a.txt")).status == 201

    await do(town.house, people.disable, at(OPERATOR, INSTANCE), people.Of(person="pe_dan"))

    for path in ("/dav/", "a.txt"):
        refused = await town["dan"]("PROPFIND", path, {"Depth": "0"})
        assert refused.status == 401
        assert refused.headers["www-authenticate"].startswith("Basic ")


async def test_what_a_browser_sends_by_itself_changes_nothing_for_another_site(
    town: Town,
) -> None:
    """Browsers ask before they send more than a GET, a HEAD or a POST elsewhere (Fetch, 4.8)."""
    dan, nobody = town["dan"], Drive(town.app)
    await dan.put("a.txt", "before")
    foreign = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}

    posted = await dan("POST", "a.txt", foreign, "after")
    for method in ("PUT", "DELETE", "MOVE", "PROPFIND"):
        asked = await nobody(
            "OPTIONS", "a.txt", {**foreign, "Access-Control-Request-Method": method}
        )
        assert asked.status == 401
        assert not [each for each in asked.headers if each.startswith("access-control")]

    assert posted.status == 405
    assert await dan.get("a.txt") == b"before"


@pytest.mark.parametrize("name", ["a.html", "._a.html", "a.svg", "~$a.js"])
async def test_nothing_in_a_drive_runs_in_a_page_of_ours(town: Town, name: str) -> None:
    dan = town["dan"]
    await dan.put(name, "<script>alert(1)</script>", **{"Content-Type": "text/html"})

    opened = await dan("GET", name)
    for kind in ("script", "serviceworker", "worker", "style", "object"):
        assert (await dan("GET", name, {"Sec-Fetch-Dest": kind})).status == 403, kind

    for header, value in SAFE:
        assert opened.headers[header.decode()] == value.decode()
