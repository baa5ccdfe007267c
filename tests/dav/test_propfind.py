"""PROPFIND: what stands at a place, and in it (RFC 4918, 9.1)."""

import pytest

from tests.dav.drive import D, Drive, Town

pytestmark = pytest.mark.asyncio(loop_scope="module")

PROP = '<D:propfind xmlns:D="DAV:"><D:prop>{}</D:prop></D:propfind>'


async def test_depth_1_lists_a_folder_and_its_members(dan: Drive):
    await dan.make("list", "list/sub")
    await dan.put("list/a b.txt", "1234")
    await dan.put("list/sub/deep.txt")

    found = await dan("PROPFIND", "list", {"Depth": "1"})

    assert found.status == 207
    assert found.headers["content-type"] == 'application/xml; charset="utf-8"'
    assert sorted(found.members) == [
        "/dav/acme/list/",
        "/dav/acme/list/a%20b.txt",
        "/dav/acme/list/sub/",
    ]
    of = found.members.index("/dav/acme/list/a%20b.txt")
    shown = {name: found.prop(name, of=of) for name in ("getcontentlength", "getetag")}
    assert shown["getcontentlength"] is not None
    assert shown["getcontentlength"].text == "4"
    assert shown["getetag"] is not None
    assert shown["getetag"].text == await dan.etag("list/a b.txt")
    folder = found.members.index("/dav/acme/list/sub/")
    kind = found.prop("resourcetype", of=folder)
    assert kind is not None
    assert [each.tag for each in kind] == [f"{D}collection"]
    assert found.prop("getcontentlength", of=folder) is None


async def test_depth_0_shows_it_alone_and_a_file_has_no_members(dan: Drive):
    await dan.make("alone")
    await dan.put("alone/a.txt")

    assert (await dan("PROPFIND", "alone/", {"Depth": "0"})).members == ["/dav/acme/alone/"]
    found = await dan("PROPFIND", "alone/a.txt", {"Depth": "1"})
    assert found.members == ["/dav/acme/alone/a.txt"]


async def test_a_whole_tree_is_refused_with_its_condition(dan: Drive):
    for headers in ({}, {"Depth": "infinity"}, {"Depth": "Infinity"}):
        refused = await dan("PROPFIND", "", headers)
        assert (refused.status, refused.condition) == (403, "propfind-finite-depth")
    assert (await dan("PROPFIND", "", {"Depth": "2"})).status == 400


@pytest.mark.parametrize(
    "kind", ["text/xml", "application/xml", 'text/xml; charset="utf-8"', ""]
)
async def test_what_is_asked_for_is_told_and_what_there_is_not_too(town: Town, kind: str):
    dan = town["dan"]
    await dan.put("asked.txt", "x")
    body = PROP.format('<D:getetag/><x xmlns="urn:x"/><D:nothing/><bare xmlns=""/>')

    found = await dan("PROPFIND", "asked.txt", {"Depth": "0", "Content-Type": kind}, body)

    stats = {
        (stat.findtext(f"{D}status") or "")[9:12]: [
            each.tag for each in stat.find(f"{D}prop") or ()
        ]
        for stat in found.xml.iter(f"{D}propstat")
    }
    assert stats == {"200": [f"{D}getetag"], "404": ["{urn:x}x", f"{D}nothing", "bare"]}


async def test_all_is_what_a_client_without_a_body_gets(dan: Drive):
    await dan.put("every.txt", "x")

    without = await dan("PROPFIND", "every.txt", {"Depth": "0"})
    said = await dan(
        "PROPFIND", "every.txt", {"Depth": "0"}, '<propfind xmlns="DAV:"><allprop/></propfind>'
    )
    names = await dan(
        "PROPFIND", "every.txt", {"Depth": "0"}, '<propfind xmlns="DAV:"><propname/></propfind>'
    )

    def told(answer: object) -> set[str]:
        (stat,) = answer.xml.iter(f"{D}propstat")  # type: ignore[attr-defined]
        return {each.tag for each in stat.find(f"{D}prop")}

    assert told(without) == told(said) == told(names)
    assert told(names) == {
        D + name
        for name in (
            "creationdate",
            "displayname",
            "getcontentlength",
            "getcontenttype",
            "getetag",
            "getlastmodified",
            "lockdiscovery",
            "resourcetype",
            "supportedlock",
        )
    }


async def test_quota_is_told_by_name(dan: Drive):
    body = PROP.format("<D:quota-available-bytes/><D:quota-used-bytes/><D:quota/>")
    await dan.put("quota.txt", "x" * 1000)

    found = await dan("PROPFIND", "", {"Depth": "0"}, body)

    used, left = found.prop("quota-used-bytes"), found.prop("quota-available-bytes")
    assert used is not None
    assert int(used.text or "") >= 1000
    assert left is None or int(left.text or "") > 0
    every = await dan("PROPFIND", "", {"Depth": "0"})
    assert every.prop("quota-used-bytes") is None


async def test_a_folder_longer_than_a_page_is_listed_whole_and_once(dan: Drive):
    await dan.make("long")
    for n in range(205):
        await dan.put(f"long/{n:03}.txt", b"")

    found = await dan("PROPFIND", "long", {"Depth": "1"})

    assert found.members == [
        "/dav/acme/long/",
        *(f"/dav/acme/long/{n:03}.txt" for n in range(205)),
    ]


async def test_a_body_that_is_no_propfind_is_refused(dan: Drive):
    for body in ("<", "nonsense", '<D:other xmlns:D="DAV:"/>', "<propfind/>"):
        assert (await dan("PROPFIND", "", {"Depth": "0"}, body)).status == 400


async def test_who_may_not_see_a_place_does_not_find_it_listed(town: Town):
    secret = Drive(town.app, "x", town.keys["scribe"])
    assert (await secret("PROPFIND", "", {"Depth": "1"})).status == 207
    assert (await secret("PROPFIND", "/dav/other/", {"Depth": "1"})).status == 404
