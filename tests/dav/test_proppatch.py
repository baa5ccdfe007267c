"""PROPPATCH: what clients note comes back as it was, all of it or none (RFC 4918, 9.2)."""

from xml.etree import ElementTree as ET

import pytest

from tests.dav.drive import Answer, D, Drive, Town

pytestmark = pytest.mark.asyncio(loop_scope="module")


def update(*steps: str) -> str:
    return f'<D:propertyupdate xmlns:D="DAV:">{"".join(steps)}</D:propertyupdate>'


def setting(inner: str) -> str:
    return f"<D:set><D:prop>{inner}</D:prop></D:set>"


def removing(inner: str) -> str:
    return f"<D:remove><D:prop>{inner}</D:prop></D:remove>"


def told(answer: Answer) -> dict[str, list[str]]:
    """Which properties got which status."""
    assert answer.status == 207, answer.body
    return {
        (stat.findtext(f"{D}status") or "").split()[1]: [
            each.tag for each in stat.find(f"{D}prop") or ()
        ]
        for stat in answer.xml.iter(f"{D}propstat")
    }


async def noted(drive: Drive, path: str, tag: str) -> ET.Element | None:
    body = (
        f'<D:propfind xmlns:D="DAV:"><D:prop><n:{tag.rpartition("}")[2]} '
        f'xmlns:n="{tag[1:].partition("}")[0]}"/></D:prop></D:propfind>'
    )
    return (await drive("PROPFIND", path, {"Depth": "0"}, body)).prop(tag)


async def test_what_is_set_comes_back_and_what_is_removed_does_not(dan: Drive):
    await dan.put("noted.txt", "x")

    done = await dan(
        "PROPPATCH",
        "noted.txt",
        {},
        update(
            setting('<a xmlns="urn:x" xml:lang="de">Gr\u00fc\u00dfe &amp; \U0001f600</a>'),
            setting('<b xmlns="urn:x"><c xmlns="urn:y" d="&lt;">t</c></b>'),
        ),
    )

    assert told(done) == {"200": ["{urn:x}a", "{urn:x}b"]}
    first, second = (
        await noted(dan, "noted.txt", "{urn:x}a"),
        await noted(dan, "noted.txt", "{urn:x}b"),
    )
    assert first is not None
    assert first.text == "Gr\u00fc\u00dfe & \U0001f600"
    assert first.get("{http://www.w3.org/XML/1998/namespace}lang") == "de"
    assert second is not None
    assert (second[0].tag, second[0].attrib, second[0].text) == ("{urn:y}c", {"d": "<"}, "t")
    gone = await dan("PROPPATCH", "noted.txt", {}, update(removing('<a xmlns="urn:x"/>')))
    again = await dan("PROPPATCH", "noted.txt", {}, update(removing('<a xmlns="urn:x"/>')))
    assert told(gone) == told(again) == {"200": ["{urn:x}a"]}
    assert await noted(dan, "noted.txt", "{urn:x}a") is None


async def test_the_order_of_the_document_is_kept(dan: Drive):
    await dan.put("order-of.txt", "x")
    one, two = '<a xmlns="urn:x">1</a>', '<a xmlns="urn:x">2</a>'

    await dan("PROPPATCH", "order-of.txt", {}, update(removing(one), setting(two)))
    set_last = await noted(dan, "order-of.txt", "{urn:x}a")
    await dan("PROPPATCH", "order-of.txt", {}, update(setting(one), removing(two)))

    assert set_last is not None
    assert set_last.text == "2"
    assert await noted(dan, "order-of.txt", "{urn:x}a") is None


async def test_what_is_protected_of_what_is_not_there_is_not_there(dan: Drive):
    live = update(setting("<D:getetag>x</D:getetag>"))
    await dan.put("stale.txt", "x")

    assert (await dan("PROPPATCH", "nothing.txt", {}, live)).status == 404
    assert (await dan("PROPPATCH", "stale.txt", {"If": '(["x"])'}, live)).status == 412


async def test_one_that_is_protected_keeps_all_from_being_set(dan: Drive):
    await dan.put("protected.txt", "x")

    done = await dan(
        "PROPPATCH",
        "protected.txt",
        {},
        update(setting('<a xmlns="urn:x">1</a>'), setting("<D:getetag>no</D:getetag>")),
    )

    assert told(done) == {"403": [f"{D}getetag"], "424": ["{urn:x}a"]}
    assert done.xml.find(f".//{D}error/{D}cannot-modify-protected-property") is not None
    assert await noted(dan, "protected.txt", "{urn:x}a") is None


async def test_no_namespace_is_one_too(dan: Drive):
    await dan.put("bare.txt", "x")

    done = await dan("PROPPATCH", "bare.txt", {}, update(setting('<a xmlns="">1</a>')))

    assert told(done) == {"200": ["a"]}
    found = await dan(
        "PROPFIND",
        "bare.txt",
        {"Depth": "0"},
        '<D:propfind xmlns:D="DAV:"><D:prop><a xmlns=""/></D:prop></D:propfind>',
    )
    assert [each.text for each in found.xml.iter("a")] == ["1"]


@pytest.mark.parametrize("method", ["COPY", "MOVE"])
async def test_properties_go_with_what_they_are_of(town: Town, method: str):
    dan, folder = town["dan"], f"props-{method}"
    await dan.make(folder)
    await dan.put(f"{folder}/a.txt", "x")
    body = update(setting('<a xmlns="urn:x">1</a>'))
    for path in (folder, f"{folder}/a.txt"):
        assert told(await dan("PROPPATCH", path, {}, body)) == {"200": ["{urn:x}a"]}

    done = await dan(method, folder, dan.to(f"{folder}-2"))

    assert done.status == 201
    for path in (f"{folder}-2", f"{folder}-2/a.txt"):
        assert await noted(dan, path, "{urn:x}a") is not None


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("<", 400),
        ("<propertyupdate/>", 400),
        (update(), 400),
        (update("<D:set/>"), 400),
        ('<!DOCTYPE a><D:propertyupdate xmlns:D="DAV:"/>', 403),
    ],
)
async def test_what_changes_nothing_is_refused(town: Town, body: str, status: int):
    await town["dan"].put("refused.txt", "x")

    assert (await town["dan"]("PROPPATCH", "refused.txt", {}, body)).status == status


async def test_an_address_that_was_sent_raw_is_answered_in_one_that_may_stand(dan: Drive):
    await dan.put("\u00dcber & uns.txt", "x")
    body = update(setting('<a xmlns="urn:x">1</a>'))

    raw = "/dav/acme/\u00dcber%20&%20uns.txt".encode()
    done = await dan.raw("PROPPATCH", raw, {}, body)

    assert told(done) == {"200": ["{urn:x}a"]}
    assert done.members == ["/dav/acme/%C3%9Cber%20&%20uns.txt"]


async def test_where_nothing_stands_nothing_is_noted(town: Town):
    body = update(setting('<a xmlns="urn:x">1</a>'))

    assert (await town["dan"]("PROPPATCH", "absent.txt", {}, body)).status == 404
    await town["dan"].put("read-by-rita.txt", "x")
    assert (await town["rita"]("PROPPATCH", "read-by-rita.txt", {}, body)).status == 403


async def test_rclone_sets_and_reads_the_time_of_a_file(dan: Drive):
    await dan.put("timed.txt", "x", X_OC_Mtime="1000000000")
    found = await dan("PROPFIND", "timed.txt", {"Depth": "0"})
    modified = found.prop("getlastmodified")
    assert modified is not None
    assert modified.text == "Sun, 09 Sep 2001 01:46:40 GMT"
    body = update(setting("<D:lastmodified>1000000060</D:lastmodified>"))

    assert told(await dan("PROPPATCH", "timed.txt", {}, body)) == {"200": [f"{D}lastmodified"]}

    found = await dan("PROPFIND", "timed.txt", {"Depth": "0"})
    modified = found.prop("getlastmodified")
    assert modified is not None
    assert modified.text == "Sun, 09 Sep 2001 01:47:40 GMT"


@pytest.mark.parametrize("digits", ["\u00b2", "\u0661\u00b9"])
async def test_digits_that_are_no_number_are_no_fault_of_ours(dan: Drive, digits: str):
    await dan.put("untimed.txt", "x")
    body = update(setting(f"<D:lastmodified>{digits}</D:lastmodified>"))

    assert (await dan("PROPPATCH", "untimed.txt", {}, body)).status == 207
