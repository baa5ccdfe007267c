"""GET, HEAD and PUT: a file's bytes out and in (RFC 4918, 9.4 and 9.7; RFC 9110)."""

import hashlib
import zlib

import pytest

from tests.dav.drive import Drive, Town

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_file_is_made_and_written_and_its_entity_tag_changes_each_time(dan: Drive):
    made = await dan.put("etag.txt", "one")
    again = await dan.put("etag.txt", "two")
    same = await dan.put("etag.txt", "two")

    assert [made.status, again.status, same.status] == [201, 204, 204]
    tags = {each.headers["etag"] for each in (made, again, same)}
    assert len(tags) == 3
    assert all(tag.startswith('"') for tag in tags)
    assert await dan.etag("etag.txt") == same.headers["etag"]
    assert same.headers["oc-etag"] == same.headers["etag"]


async def test_head_tells_what_get_would(dan: Drive):
    await dan.put("head.txt", "data")

    head, get = await dan("HEAD", "head.txt"), await dan("GET", "head.txt")

    assert (head.body, get.body) == (b"", b"data")
    assert head.headers == get.headers
    assert head.headers["content-length"] == "4"
    assert head.headers["content-type"].startswith("text/plain")
    assert "last-modified" in head.headers


async def test_what_is_not_there_is_404(dan: Drive):
    for method in ("GET", "HEAD", "PROPFIND", "DELETE"):
        refused = await dan(method, "absent.txt", {"Depth": "0"} if method != "DELETE" else {})
        assert refused.status == 404, method
        assert (refused.body == b"") is (method == "HEAD")


async def test_a_folder_has_no_bytes_but_head_finds_it(dan: Drive):
    await dan.make("dir")

    assert (await dan("HEAD", "dir")).status == 200
    assert (await dan("GET", "dir/")).status == 200
    put = await dan.put("dir", "x")
    assert put.status == 405
    assert (await dan.put("", "x")).status in (400, 405)


async def test_a_part_of_a_file_is_given(dan: Drive):
    await dan.put("range.txt", "0123456789")
    etag = await dan.etag("range.txt")

    for said, status, body in [
        ("bytes=2-4", 206, b"234"),
        ("bytes=7-", 206, b"789"),
        ("bytes=-2", 206, b"89"),
        ("bytes=0-99", 206, b"0123456789"),
        ("bytes=0-0", 206, b"0"),
        ("items=0-1", 200, b"0123456789"),
        ("bytes=0-1,4-5", 200, b"0123456789"),
    ]:
        part = await dan("GET", "range.txt", {"Range": said})
        assert (part.status, part.body) == (status, body), said
        assert part.headers["content-length"] == str(len(body))
    beyond = await dan("GET", "range.txt", {"Range": "bytes=10-"})
    assert (beyond.status, beyond.headers["content-range"]) == (416, "bytes */10")
    known = await dan("GET", "range.txt", {"Range": "bytes=2-4", "If-Range": etag})
    other = await dan("GET", "range.txt", {"Range": "bytes=2-4", "If-Range": '"x"'})
    assert (known.status, other.status) == (206, 200)


async def test_what_the_client_has_is_not_sent_again(dan: Drive):
    await dan.put("known.txt", "x")
    head = await dan("HEAD", "known.txt")
    etag, when = head.headers["etag"], head.headers["last-modified"]

    for headers, status in [
        ({"If-None-Match": etag}, 304),
        ({"If-None-Match": f'"x", {etag}'}, 304),
        ({"If-None-Match": f"W/{etag}"}, 304),
        ({"If-None-Match": "*"}, 304),
        ({"If-None-Match": '"x"'}, 200),
        ({"If-Modified-Since": when}, 304),
        ({"If-Modified-Since": "Sat, 01 Jan 2000 00:00:00 GMT"}, 200),
        ({"If-Modified-Since": "nonsense"}, 200),
        ({"If-None-Match": '"x"', "If-Modified-Since": when}, 200),
        ({"If-Match": etag}, 200),
        ({"If-Match": '"x"'}, 412),
    ]:
        found = await dan("GET", "known.txt", headers)
        assert found.status == status, headers
        assert (found.body == b"x") is (status == 200)


async def test_a_write_says_what_it_saw(dan: Drive):
    first = await dan.put("match.txt", "1", If_None_Match="*")
    again = await dan.put("match.txt", "2", If_None_Match="*")
    etag = first.headers["etag"]
    right = await dan.put("match.txt", "3", If_Match=etag)
    wrong = await dan.put("match.txt", "4", If_Match=etag)
    absent = await dan.put("no-match.txt", "5", If_Match="*")

    statuses = [each.status for each in (first, again, right, wrong, absent)]
    assert statuses == [201, 412, 204, 412, 412]
    assert await dan.get("match.txt") == b"3"
    assert not await dan.there("no-match.txt")
    assert (await dan("DELETE", "match.txt", {"If-Match": etag})).status == 412
    now = right.headers["etag"]
    assert (await dan("DELETE", "match.txt", {"If-Match": now})).status == 204


async def test_a_file_comes_in_chunks_of_any_size(dan: Drive):
    pieces = [b"a", b"", b"b" * 70_000, b"c" * 3]

    put = await dan("PUT", "chunked.bin", {"Transfer-Encoding": "chunked"}, pieces)

    assert put.status == 201
    assert await dan.get("chunked.bin") == b"".join(pieces)


async def test_an_empty_file_is_a_file(dan: Drive):
    assert (await dan.put("empty.txt", b"")).status == 201
    assert await dan.get("empty.txt") == b""
    assert (await dan("PUT", "empty-too.txt", {}, [b""])).status == 201


@pytest.mark.parametrize("length", [None, "1000000", "100"])
async def test_an_upload_that_breaks_off_leaves_nothing(town: Town, length: str | None):
    dan, name = town["dan"], f"broken-{length}.bin"
    headers = {} if length is None else {"Content-Length": length}

    broken = await dan("PUT", name, headers, [b"x" * 50], breaks_off=True)

    assert broken.status in (0, 400)
    assert not await dan.there(name)
    await dan.put(name, "whole")
    await dan("PUT", name, headers, [b"x" * 50], breaks_off=True)
    assert await dan.get(name) == b"whole"


async def test_fewer_bytes_than_announced_are_refused(dan: Drive):
    short = await dan("PUT", "short.bin", {"Content-Length": "100"}, [b"x" * 50])

    assert short.status == 400
    assert not await dan.there("short.bin")


async def test_a_file_needs_its_folder(dan: Drive):
    assert (await dan.put("missing/a.txt")).status == 409
    await dan.put("is-a-file.txt")
    assert (await dan.put("is-a-file.txt/a.txt")).status == 409
    large = await dan.put("missing/large.bin", b"x" * 100_000)
    assert large.status == 409


async def test_a_part_of_a_file_cannot_be_written(dan: Drive):
    await dan.put("whole.txt", "0123456789")

    part = await dan("PUT", "whole.txt", {"Content-Range": "bytes 2-4/10"}, b"abc")

    assert part.status == 400
    assert await dan.get("whole.txt") == b"0123456789"


async def test_a_checksum_is_held_against_the_bytes(dan: Drive):
    data = b"some bytes"
    good = {
        "SHA1": hashlib.sha1(data, usedforsecurity=False).hexdigest(),
        "MD5": hashlib.md5(data, usedforsecurity=False).hexdigest(),
        "SHA256": hashlib.sha256(data).hexdigest(),
        "ADLER32": f"{zlib.adler32(data):08x}",
        "Sha1": hashlib.sha1(data, usedforsecurity=False).hexdigest().upper(),
        "UNKNOWN": "0",
    }
    for n, (kind, value) in enumerate(good.items()):
        put = await dan.put(f"sum-{n}.bin", data, OC_Checksum=f"{kind}:{value}")
        assert put.status == 201, kind
    for kind in ("SHA1", "MD5", "SHA256", "ADLER32"):
        put = await dan.put(f"bad-{kind}.bin", data, OC_Checksum=f"{kind}:00")
        assert put.status == 400, kind
        assert not await dan.there(f"bad-{kind}.bin")


async def test_the_clients_time_is_taken(dan: Drive):
    put = await dan.put("time.txt", "x", X_OC_Mtime="1000000000.5")
    odd = await dan.put("odd.txt", "x", X_OC_Mtime="yesterday")

    assert (put.status, put.headers["x-oc-mtime"]) == (201, "accepted")
    assert (odd.status, odd.headers.get("x-oc-mtime")) == (201, None)


async def test_nothing_that_was_uploaded_runs_in_our_origin(dan: Drive):
    await dan.put("page.html", "<script>alert(1)</script>")

    page = await dan("GET", "page.html")

    assert page.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in page.headers["content-security-policy"]


@pytest.mark.parametrize(
    "name",
    [
        "a b.txt",
        "100%.txt",
        "a&b<c>.txt",
        "Müller.txt",
        "日本語/ファイル.txt",
        "a+b=c;d,e!f$(g)*'h'@:~.txt",
        "#hash?.txt",
        "%41.txt",
        "x" * 255,
    ],
)
async def test_names_of_every_kind_come_back_as_they_were(town: Town, name: str):
    dan = town["dan"]
    folder, _, last = name.rpartition("/")
    if folder and not await dan.there(folder):
        await dan.make(folder)

    assert (await dan.put(name, "x")).status == 201

    assert await dan.get(name) == b"x"
    assert last in await dan.names(folder)
    found = await dan("PROPFIND", folder, {"Depth": "1"})
    mine = [
        each
        for each, shown in zip(found.members[1:], await dan.names(folder), strict=True)
        if shown == last
    ]
    assert await Drive.get(dan, mine[0]) == b"x"


async def test_a_mac_finds_by_its_own_spelling_what_others_wrote(dan: Drive):
    await dan.put("Übung.txt", "x")

    found = await dan.raw("GET", b"/dav/acme/U%CC%88bung.txt")

    assert (found.status, found.body) == (200, b"x")


@pytest.mark.parametrize(
    ("target", "status"),
    [
        (b"/dav/acme/..%2Fx", 400),
        (b"/dav/acme/../x", 400),
        (b"/dav/acme/a%2Fb", 400),
        (b"/dav/acme/a%00b", 400),
        (b"/dav/acme/%ff", 400),
        (b"/dav/acme/" + b"x" * 256, 400),
        (b"/dav/acme/" + b"a/" * 40 + b"x", 400),
        (b"/dav/nobodys/x", 404),
        (b"/dav/UPPER/x", 404),
    ],
)
async def test_addresses_that_cannot_be_are_refused(town: Town, target: bytes, status: int):
    for method in ("PUT", "GET", "MKCOL", "PROPFIND"):
        assert (await town["dan"].raw(method, target, {"Depth": "0"})).status == status, method
