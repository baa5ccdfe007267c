"""What a client says that it saw of what it changes: If-Match, If-Unmodified-Since (RFC 9110)."""

from typing import Any

import pytest

from signoff.asgi.contents import http_date
from tests.dav.drive import LOCKINFO, Drive, Town

pytestmark = pytest.mark.asyncio(loop_scope="module")

METHODS = ("PUT", "DELETE", "COPY", "MOVE", "PROPPATCH", "LOCK")
PROPERTY = (
    '<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><x xmlns="urn:x">1</x></D:prop></D:set>'
    "</D:propertyupdate>"
)
BODIES = {
    "PUT": "after",
    "PROPPATCH": PROPERTY,
    "LOCK": LOCKINFO.format(scope="exclusive", owner="x"),
}
LONG_AGO = http_date(1_000_000_000)
LATER = http_date(4_000_000_000)


async def tried(drive: Drive, method: str, name: str, said: dict[str, str]) -> int:
    """Try to change a file; return the status."""
    headers: dict[str, Any] = drive.to(f"to-{name}") | said
    return (await drive(method, name, headers, BODIES.get(method, ""))).status


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "said",
    [
        {"If-Match": '"other"'},
        {"If-Match": '"other", "another"', "If-Unmodified-Since": LATER},
        {"If-Unmodified-Since": LONG_AGO},
    ],
    ids=["another one", "one of others", "an older one"],
)
async def test_what_is_not_as_it_was_seen_is_not_changed(
    town: Town, method: str, said: dict[str, str]
):
    dan = town["dan"]
    name = f"not-{method}.txt"
    await dan.put(name, "before")

    status = await tried(dan, method, name, said)

    assert status == 412
    assert await dan.get(name) == b"before"
    assert not await dan.there(f"to-{name}")


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "said",
    [
        {"If-Match": "*"},
        {"If-Match": '"other", {etag}'},
        {"If-Match": "{etag}", "If-Unmodified-Since": LONG_AGO},
        {"If-Unmodified-Since": LATER},
        {"If-Unmodified-Since": "long ago"},
    ],
    ids=["any", "one of them", "the tag counts", "since then", "no time"],
)
async def test_what_is_as_it_was_seen_is_changed(
    dan: Drive, method: str, said: dict[str, str], request: pytest.FixtureRequest
):
    name = f"{abs(hash(request.node.name))}.txt"
    await dan.put(name, "before")
    etag = await dan.etag(name)

    status = await tried(
        dan, method, name, {key: each.replace("{etag}", etag) for key, each in said.items()}
    )

    assert status in (200, 201, 204, 207)


async def test_of_a_move_what_is_moved_was_seen_and_not_what_is_there(dan: Drive):
    await dan.put("from.txt", "mine")
    await dan.put("to.txt", "theirs")
    theirs = await dan.etag("to.txt")

    for method in ("COPY", "MOVE"):
        refused = await dan(method, "from.txt", dan.to("to.txt", **{"If-Match": theirs}))
        assert refused.status == 412
    mine = await dan.etag("from.txt")
    moved = await dan("MOVE", "from.txt", dan.to("to.txt", **{"If-Match": mine}))

    assert moved.status == 204
    assert await dan.get("to.txt") == b"mine"


async def test_a_folder_has_no_entity_tag_and_is_there(dan: Drive):
    await dan.make("seen-folder")

    named = await dan("DELETE", "seen-folder", {"If-Match": '"x"'})
    moved = await dan("MOVE", "seen-folder", dan.to("seen-moved", **{"If-Match": "*"}))

    assert (named.status, moved.status) == (412, 201)


async def test_the_time_is_the_one_that_was_told(dan: Drive):
    await dan.put("old.txt", "old", **{"X-OC-Mtime": "1000000000"})
    told = (await dan("HEAD", "old.txt")).headers["last-modified"]
    assert told == LONG_AGO

    kept = await dan.put("old.txt", "new", **{"If-Unmodified-Since": told})
    late = await dan.put("old.txt", "newer", **{"If-Unmodified-Since": told})

    assert (kept.status, late.status) == (204, 412)


async def test_what_was_changed_since_is_not_given_out_as_what_was_seen(dan: Drive):
    await dan.put("read.txt", "x")

    late = await dan("GET", "read.txt", {"If-Unmodified-Since": LONG_AGO})
    read = await dan("GET", "read.txt", {"If-Unmodified-Since": LATER})

    assert (late.status, read.status) == (412, 200)
