"""Who comes in at the drive's door, and what is asked before all else."""

import base64

import pytest

from signoff.actions import app_passwords, keys, workspaces
from signoff.domain.ids import INSTANCE, Slug
from tests.actions.cast import ADA, OPERATOR, at, log
from tests.dav.drive import D, Drive, Town

pytestmark = pytest.mark.asyncio(loop_scope="module")

ALL = "OPTIONS, GET, HEAD, PUT, DELETE, MKCOL, COPY, MOVE, PROPFIND, PROPPATCH, LOCK, UNLOCK"


async def test_options_tell_the_classes_and_the_methods(dan: Drive):
    for path in ("", "/dav/acme", "absent.txt"):
        found = await dan("OPTIONS", path)
        assert found.status == 200
        assert found.headers["dav"] == "1, 2, 3"
        assert found.headers["allow"] == ALL
        assert found.headers["ms-author-via"] == "DAV"


async def test_windows_asks_at_the_root(dan: Drive):
    for path in ("/", "/dav", "/dav/"):
        options = await dan("OPTIONS", path)
        assert (options.status, options.headers["dav"]) == (200, "1, 2, 3")
        assert options.headers["ms-author-via"] == "DAV"
    root = await dan("PROPFIND", "/", {"Depth": "1"})
    assert root.members == ["/", "/dav/"]
    drives = await dan("PROPFIND", "/dav/", {"Depth": "1"})
    assert drives.members == ["/dav/", "/dav/acme/"]
    assert (await dan("PROPFIND", "/dav/", {"Depth": "0"})).members == ["/dav/"]
    assert (await dan("PROPFIND", "/dav/")).condition == "propfind-finite-depth"
    assert (await dan("GET", "/dav/")).status == 200
    assert (await dan("HEAD", "/dav/")).body == b""


async def test_an_agent_sees_its_own_workspace_among_the_drives(scribe: Drive):
    found = await scribe("PROPFIND", "/dav/", {"Depth": "1"})

    assert found.members == ["/dav/", "/dav/acme/"]


async def test_what_makes_no_sense_at_the_top_is_405(dan: Drive):
    for method in ("PUT", "MKCOL", "DELETE", "LOCK", "MOVE"):
        refused = await dan(method, "/dav/")
        assert refused.status == 405
        assert refused.headers["allow"] == "OPTIONS, GET, HEAD, PROPFIND"
    unknown = await dan("REPORT", "x")
    assert unknown.status == 405
    assert "PROPFIND" in unknown.headers["allow"]
    assert (await dan("POST", "x")).status == 405


@pytest.mark.parametrize(
    "path", ["/", "/dav", "/dav/", "/dav/acme/", "/dav/acme/a.txt", "/dav/none/"]
)
@pytest.mark.parametrize("method", ["OPTIONS", "PROPFIND", "PUT"])
async def test_who_is_nobody_is_asked_who_they_are(town: Town, method: str, path: str):
    if path == "/" and method == "PUT":
        return
    for headers in (
        {},
        {"Authorization": "Basic nonsense"},
        {"Authorization": "Basic " + base64.b64encode(b"dan:wrong").decode()},
        {"Authorization": "Basic " + base64.b64encode(b"\xff\xfe").decode()},
        {"Authorization": "Bearer so_acme_wrong"},
        {"Authorization": "Digest x"},
        {"Cookie": "signoff_session=abc"},
    ):
        refused = await Drive(town.app)(method, path, headers)
        assert refused.status == 401, headers
        assert refused.headers["www-authenticate"] == 'Basic realm="Signoff", charset="UTF-8"'
        assert "location" not in refused.headers


async def test_a_key_opens_with_any_name_an_app_password_with_its_own(town: Town):
    key, password = town.keys["scribe"], town["dan"].secret

    for user in ("", "scribe", "anything", "DOMAIN\\x"):
        assert (await Drive(town.app, user, key)("OPTIONS", "")).status == 200
    for user in ("dan@acme.example", "ACME\\dan@acme.example", "Dan@Acme.Example"):
        assert (await Drive(town.app, user, password)("OPTIONS", "")).status == 200
    for user in ("ben@acme.example", "", "dan"):
        assert (await Drive(town.app, user, password)("OPTIONS", "")).status == 401
    bearer = await Drive(town.app)("OPTIONS", "", {"Authorization": f"Bearer {key}"})
    assert bearer.status == 200
    as_bearer = await Drive(town.app)("OPTIONS", "", {"Authorization": f"Bearer {password}"})
    assert as_bearer.status == 401


async def test_another_workspace_is_not_there(town: Town):
    await town.house.do(workspaces.create, OPERATOR, workspaces.Create(slug=Slug("rival")))

    for name in ("dan", "scribe"):
        for path in ("/dav/rival/", "/dav/rival/input/", "/dav/nowhere/"):
            for method in ("PROPFIND", "GET", "PUT", "MKCOL", "DELETE"):
                refused = await town[name](
                    method, path, {"Depth": "0"} if method == "PROPFIND" else {}
                )
                assert refused.status == 404, (name, path, method)
    listed = await town["dan"]("PROPFIND", "/dav/", {"Depth": "1"})
    assert "/dav/rival/" not in listed.members


async def test_a_key_with_a_path_reaches_no_further(town: Town):
    ada = town["ada"]
    await ada.make("narrow", "narrow/in", "narrow/out")
    await ada.put("narrow/in/a.txt", "a")
    await ada.put("narrow/out/b.txt", "b")
    asked = keys.Create(agent="ag_scribe", paths=("narrow/in",))
    done = await town.house.do(keys.create, ADA, asked)
    assert done.result is not None
    narrow = Drive(town.app, "x", done.result.secret or "")

    assert await narrow.get("narrow/in/a.txt") == b"a"
    assert (await narrow.put("narrow/in/c.txt", "c")).status == 201
    for method, path, headers in [
        ("GET", "narrow/out/b.txt", {}),
        ("PUT", "narrow/out/c.txt", {}),
        ("PROPFIND", "narrow/out", {"Depth": "1"}),
        ("MKCOL", "narrow/more", {}),
        ("COPY", "narrow/in/a.txt", narrow.to("narrow/out/a.txt")),
        ("MOVE", "narrow/in/a.txt", narrow.to("narrow/out/a.txt")),
        ("COPY", "narrow/out/b.txt", narrow.to("narrow/in/b.txt")),
        ("DELETE", "narrow/out/b.txt", {}),
    ]:
        assert (await narrow(method, path, headers)).status in (403, 404), (method, path)
    assert (await narrow.lock("narrow/out/b.txt")).status in (403, 404)
    assert await ada.names("narrow/out") == ["b.txt"]


async def test_a_reader_writes_nothing_and_the_attempt_is_on_the_record(town: Town):
    dan, rita = town["dan"], town["rita"]
    await dan.make("readonly")
    await dan.put("readonly/a.txt", "a")
    before = len(await log(town.house))

    statuses = [
        (await rita(method, path, headers)).status
        for method, path, headers in [
            ("PUT", "readonly/a.txt", {}),
            ("PUT", "readonly/b.txt", {}),
            ("MKCOL", "readonly/c", {}),
            ("DELETE", "readonly/a.txt", {}),
            ("COPY", "readonly/a.txt", rita.to("readonly/d.txt")),
            ("MOVE", "readonly/a.txt", rita.to("readonly/d.txt")),
        ]
    ]
    statuses.append((await rita.lock("readonly/a.txt")).status)
    statuses.append((await rita.lock("readonly/e.txt")).status)

    assert statuses == [403] * 8
    assert await rita.get("readonly/a.txt") == b"a"
    denied = [
        each for each in (await log(town.house))[before:] if each["type"] == "access.denied"
    ]
    assert denied
    assert {(each["actor"], each["door"]) for each in denied} == {("pe_rita", "dav")}


async def test_refusals_are_webdavs_with_a_sentence_and_a_way_out(dan: Drive):
    refused = await dan("GET", "absent & <odd>.txt")

    root = refused.xml
    assert root.tag == f"{D}error"
    assert root.findtext("{urn:signoff:dav}code") == "not_found"
    assert "absent & <odd>.txt" in (root.findtext("{urn:signoff:dav}message") or "")
    assert root.findtext("{urn:signoff:dav}hint")
    assert refused.headers["cache-control"] == "no-store"


async def test_a_revoked_password_opens_nothing_from_the_next_request_on(town: Town):
    drive = await town.drive_of("may")
    assert (await drive("OPTIONS", "")).status == 200
    operator = at(OPERATOR, INSTANCE)
    every = await town.house.ask(
        app_passwords.every, operator, app_passwords.Every(person="may@acme.example")
    )
    for each in every.items:
        if each.revoked_at is None:
            asked = app_passwords.Revoke(password=each.id, person="may@acme.example")
            await town.house.do(app_passwords.revoke, operator, asked)

    assert (await drive("OPTIONS", "")).status == 401
    town.drives["may"] = await town.drive_of("may")
