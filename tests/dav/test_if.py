"""The `If` header held against what stands: what litmus asks, and more (RFC 4918, 10.4)."""

import pytest

from signoff.actions import grants
from signoff.domain.grants import Access
from tests.actions.cast import ADA, CLERK, log
from tests.dav.drive import LOCKINFO, Drive, Town

pytestmark = pytest.mark.asyncio(loop_scope="module")

LOCKED = [
    ("(<{token}> [{etag}])", 204),
    ("(<{token}>) (Not <DAV:no-lock>)", 204),
    ("(<{token}> [{etag}]) (Not <DAV:no-lock> [{etag}])", 204),
    ('(Not <DAV:no-lock> [{etag}]) (<{token}> ["bad"])', 204),
    ("(<DAV:no-lock>) (<{token}>)", 204),
    ("<{path}> (<{token}>)", 204),
    ("<http://signoff.example{path}> (<{token}>)", 204),
    ("<{path}> (<{token}> [{etag}])", 204),
    ("<http://elsewhere.example{path}> (<{token}>) <{path}> (Not <DAV:no-lock>)", 204),
    ("(<DAV:no-lock> [{etag}])", 412),
    ('(<{token}> ["bad"])', 412),
    ('(<{token}> ["bad"]) (Not <DAV:no-lock> ["bad"])', 412),
    ("(<{token}> [W/{etag}])", 412),
    ("(Not <{token}>)", 412),
    ("<http://elsewhere.example{path}> (<{token}>)", 412),
    ("</dav/other/x> (<{token}>)", 412),
    ("(<{token}x>) (Not <DAV:no-lock>)", 423),
    ("(Not <DAV:no-lock>)", 423),
    ("([{etag}])", 423),
    ("(<{token}x>) ([{etag}])", 423),
    ("()", 400),
    ("(<{token}>", 400),
    ("<{path}>", 400),
]


@pytest.mark.parametrize(("said", "expected"), LOCKED)
async def test_a_locked_file_is_written_by_who_says_the_truth_and_the_token(
    town: Town, said: str, expected: int
):
    dan = town["dan"]
    name = f"if-{LOCKED.index((said, expected))}.txt"
    await dan.put(name, "before")
    taken = await dan.lock(name, depth="0")
    header = said.format(token=taken.token, etag=await dan.etag(name), path=f"/dav/acme/{name}")

    put = await dan("PUT", name, {"If": header}, b"after")

    assert put.status == expected
    assert await dan.get(name) == (b"after" if expected == 204 else b"before")


FREE = [
    ("(<DAV:no-lock>)", 412),
    ("(Not <DAV:no-lock>)", 204),
    ("(<opaquelocktoken:dead>)", 412),
    ("([{etag}])", 204),
    ('(["bad"])', 412),
    ('(Not ["bad"])', 204),
    ("(Not [{etag}])", 412),
    ("(<opaquelocktoken:dead>) ([{etag}])", 204),
]


@pytest.mark.parametrize(("said", "expected"), FREE)
async def test_a_free_file_is_written_by_who_says_the_truth(
    town: Town, said: str, expected: int
):
    dan = town["dan"]
    name = f"free-{FREE.index((said, expected))}.txt"
    await dan.put(name, "before")

    put = await dan("PUT", name, {"If": said.format(etag=await dan.etag(name))}, b"after")

    assert put.status == expected
    assert await dan.get(name) == (b"after" if expected == 204 else b"before")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "MOVE", "COPY", "LOCK", "GET", "PROPFIND"])
async def test_every_method_asks_what_is_said(dan: Drive, method: str):
    name = f"every-{method}.txt"
    await dan.put(name, "x")
    headers = dan.to(f"{name}.to", If='(["bad"])')
    if method == "PROPFIND":
        headers["Depth"] = "0"
    body = LOCKINFO.format(scope="shared", owner="") if method == "LOCK" else ""

    refused = await dan(method, name, headers, body)

    assert refused.status == 412
    assert not await dan.there(f"{name}.to")


async def test_a_name_that_is_not_there_has_no_entity_tag(dan: Drive):
    assert (await dan.put("unmapped.txt", If='(["x"])')).status == 412
    assert (await dan.put("unmapped.txt", If='(Not ["x"])')).status == 201


async def test_a_right_that_is_missing_is_told_before_what_is_not_so(town: Town):
    dan, rita = town["dan"], town["rita"]
    await dan.put("order.txt", "x")
    before = len(await log(town.house))

    refused = await rita("PUT", "order.txt", {"If": '(["bad"])'}, b"y")

    assert refused.status == 403
    told = (await log(town.house))[before:]
    assert [each["type"] for each in told] in (["access.denied"], [])
    missing = await rita("PUT", "../x", {"If": '(["bad"])'}, b"y")
    assert missing.status == 400


async def test_a_lost_race_leaves_the_other_ones_bytes(town: Town):
    dan, ben = town["dan"], town["ben"]
    await dan.put("race.txt", "one")
    seen = await dan.etag("race.txt")
    await ben.put("race.txt", "two")

    late = await dan.put("race.txt", "three", If=f"([{seen}])")
    match = await dan.put("race.txt", "three", If_Match=seen)

    assert (late.status, match.status) == (412, 412)
    assert await dan.get("race.txt") == b"two"


async def test_an_if_header_tells_nothing_of_what_one_may_not_see(town: Town):
    """Who once knew a file's entity tag learns no more whether the file is still that one."""
    dan = town["dan"]
    await dan.make("hidden")
    await dan.put("hidden/secret.txt", "x")
    await dan.put("seen.txt", "x")
    asked = f"</dav/acme/hidden/secret.txt> ([{await dan.etag('hidden/secret.txt')}])"
    before = await town["clerk"]("PROPFIND", "seen.txt", {"Depth": "0", "If": asked})
    assert before.status == 207
    grant = grants.Set(subject=CLERK.actor.id, path="hidden", access=Access.NONE)
    await town.house.do(grants.set, ADA, grant)

    after = await town["clerk"]("PROPFIND", "seen.txt", {"Depth": "0", "If": asked})

    assert (await town["clerk"]("HEAD", "hidden/secret.txt")).status == 404
    assert after.status == 412
