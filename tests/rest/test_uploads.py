"""tus 1.0 as it is written: versions, offsets, lengths, metadata, checksums, and what is refused."""

import asyncio
import base64
import hashlib
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urljoin

import httpx
import pytest

from signoff.asgi.contents import http_date
from tests.journeys.server import Server

pytestmark = pytest.mark.asyncio(loop_scope="module")

OFFSETS = "application/offset+octet-stream"
TUS = {"Tus-Resumable": "1.0.0"}


def metadata(**said: str) -> str:
    pairs = (
        f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in said.items()
    )
    return ",".join(pairs)


def sum_of(algorithm: str, data: bytes) -> str:
    digest = hashlib.new(algorithm, data, usedforsecurity=False).digest()
    return f"{algorithm} {base64.b64encode(digest).decode()}"


async def begin(
    client: httpx.AsyncClient, path: str, length: int | None, **headers: str
) -> str:
    """Begin an upload; return its address."""
    whole = {"Upload-Defer-Length": "1"} if length is None else {"Upload-Length": str(length)}
    said = {"Upload-Metadata": metadata(path=path)}
    answer = await client.post("uploads", headers={**TUS, **whole, **said, **headers})
    assert answer.status_code == 201, answer.text
    return urljoin(str(client.base_url), answer.headers["location"])


async def send(
    client: httpx.AsyncClient, address: str, offset: int, data: Any, **headers: str
) -> httpx.Response:
    told = {**TUS, "Upload-Offset": str(offset), "Content-Type": OFFSETS, **headers}
    return await client.patch(address, content=data, headers=told)


async def look(client: httpx.AsyncClient, address: str) -> httpx.Response:
    return await client.head(address, headers=TUS)


async def test_options_say_what_is_spoken_to_anybody(server: Server) -> None:
    async with server.client() as nobody:
        answer = await nobody.options("/api/v1/workspaces/acme/uploads")

    assert answer.status_code == 204
    assert answer.headers["tus-version"] == "1.0.0"
    assert answer.headers["tus-resumable"] == "1.0.0"
    assert answer.headers["tus-max-size"] == str(64 * 1024**3)
    assert answer.headers["tus-checksum-algorithm"] == "sha256,sha1,md5"
    assert answer.headers["tus-extension"].split(",") == [
        "creation",
        "creation-with-upload",
        "creation-defer-length",
        "expiration",
        "checksum",
        "termination",
    ]


async def test_an_upload_from_its_beginning_to_its_file(scribe: httpx.AsyncClient) -> None:
    address = await begin(scribe, "input/tus/a.bin", 11)

    first = await send(scribe, address, 0, b"hello ")
    between = await look(scribe, address)
    last = await send(scribe, address, 6, b"world")
    after = await look(scribe, address)
    read = await scribe.get("files/input/tus/a.bin")

    assert (first.status_code, first.headers["upload-offset"]) == (204, "6")
    assert "etag" not in first.headers
    assert between.headers["upload-offset"] == "6"
    assert between.headers["upload-length"] == "11"
    assert between.headers["upload-metadata"] == metadata(path="input/tus/a.bin")
    assert between.headers["cache-control"] == "no-store"
    assert last.status_code == 204
    assert last.headers["upload-offset"] == "11"
    assert last.headers["etag"] == read.headers["etag"]
    assert last.headers["signoff-version"] == "1"
    assert last.headers["signoff-digest"] == read.headers["signoff-digest"]
    assert "position=" in last.headers["signoff-event"]
    assert after.headers["upload-offset"] == "11"
    assert after.headers["etag"] == read.headers["etag"]
    assert read.content == b"hello world"


async def test_every_answer_names_the_version(scribe: httpx.AsyncClient) -> None:
    for answer in (
        await scribe.post("uploads", headers=TUS),
        await scribe.head("uploads/up_none", headers=TUS),
        await scribe.patch("uploads/up_none"),
        await scribe.put("uploads/up_none"),
    ):
        assert answer.headers["tus-resumable"] == "1.0.0", answer.status_code


@pytest.mark.parametrize("said", [{}, {"Tus-Resumable": "0.2.2"}, {"Tus-Resumable": "1.0.1"}])
async def test_another_version_is_refused_with_ours(
    scribe: httpx.AsyncClient, said: dict[str, str]
) -> None:
    address = await begin(scribe, "input/tus/version.bin", 3)
    told = {"Upload-Offset": "0", "Content-Type": OFFSETS, **said}

    for answer in (
        await scribe.post("uploads", headers=said),
        await scribe.patch(address, content=b"abc", headers=told),
        await scribe.head(address, headers=said),
        await scribe.delete(address, headers=said),
    ):
        assert answer.status_code == 412
        assert answer.headers["tus-version"] == "1.0.0"

    assert (await look(scribe, address)).headers["upload-offset"] == "0"


async def test_bytes_that_are_not_announced_as_such_are_415(scribe: httpx.AsyncClient) -> None:
    address = await begin(scribe, "input/tus/type.bin", 3)

    answer = await send(scribe, address, 0, b"abc", **{"Content-Type": "text/plain"})
    begun = await scribe.post(
        "uploads",
        content=b"abc",
        headers={
            **TUS,
            "Upload-Length": "3",
            "Upload-Metadata": metadata(path="input/tus/t.bin"),
            "Content-Type": "text/plain",
        },
    )

    assert (answer.status_code, begun.status_code) == (415, 415)
    assert (await look(scribe, address)).headers["upload-offset"] == "0"


@pytest.mark.parametrize("offset", ["1", "3"])
async def test_another_offset_is_409_and_says_where_it_is(
    scribe: httpx.AsyncClient, offset: str
) -> None:
    address = await begin(scribe, f"input/tus/offset{offset}.bin", 5)

    answer = await send(scribe, address, int(offset), b"ab")

    assert answer.status_code == 409
    assert answer.json()["code"] == "offset_mismatch"
    assert answer.json()["offset"] == 0


@pytest.mark.parametrize("offset", ["", "-1", "x", "1.0", "9" * 20])
async def test_an_offset_is_a_whole_number(scribe: httpx.AsyncClient, offset: str) -> None:
    address = await begin(scribe, "input/tus/number.bin", 5)

    answer = await scribe.patch(
        address, content=b"a", headers={**TUS, "Upload-Offset": offset, "Content-Type": OFFSETS}
    )

    assert answer.status_code == 400


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Upload-Length": "5", "Upload-Defer-Length": "1"},
        {"Upload-Defer-Length": "2"},
        {"Upload-Length": "-5"},
        {"Upload-Length": "five"},
        {"Upload-Length": "5", "Upload-Concat": "partial"},
    ],
)
async def test_a_length_is_said_once_or_put_off(
    scribe: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    said = {"Upload-Metadata": metadata(path="input/tus/length.bin")}

    answer = await scribe.post("uploads", headers={**TUS, **said, **headers})

    assert answer.status_code == 400


async def test_what_is_longer_than_files_may_be_is_413(scribe: httpx.AsyncClient) -> None:
    answer = await scribe.post(
        "uploads",
        headers={
            **TUS,
            "Upload-Length": str(64 * 1024**3 + 1),
            "Upload-Metadata": metadata(path="input/tus/huge.bin"),
        },
    )

    assert answer.status_code == 413


async def test_a_length_that_was_put_off_is_said_later(scribe: httpx.AsyncClient) -> None:
    address = await begin(scribe, "input/tus/later.bin", None)

    await send(scribe, address, 0, b"abc")
    between = await look(scribe, address)
    last = await send(scribe, address, 3, b"de", **{"Upload-Length": "5"})

    assert between.headers["upload-defer-length"] == "1"
    assert "upload-length" not in between.headers
    assert last.headers["signoff-version"] == "1"
    assert (await scribe.get("files/input/tus/later.bin")).content == b"abcde"


async def test_a_length_does_not_change(scribe: httpx.AsyncClient) -> None:
    address = await begin(scribe, "input/tus/fixed.bin", 5)

    answer = await send(scribe, address, 0, b"abc", **{"Upload-Length": "3"})

    assert answer.status_code == 400


@pytest.mark.parametrize("sent", [b"", b"whole", b"x" * 20_000])
async def test_all_of_it_may_come_with_the_beginning(
    scribe: httpx.AsyncClient, sent: bytes
) -> None:
    path = f"input/tus/at-once-{len(sent)}.bin"

    answer = await scribe.post(
        "uploads",
        content=sent,
        headers={
            **TUS,
            "Upload-Length": str(len(sent)),
            "Upload-Metadata": metadata(path=path, filetype="image/png"),
            "Content-Type": OFFSETS,
        },
    )
    read = await scribe.get(f"files/{path}")

    assert answer.status_code == 201
    assert answer.headers["upload-offset"] == str(len(sent))
    assert answer.headers["etag"] == read.headers["etag"]
    assert read.content == sent
    assert read.headers["content-type"] == "image/png"


async def test_some_of_it_may_come_with_the_beginning(scribe: httpx.AsyncClient) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"ab"
        yield b"c"

    answer = await scribe.post(
        "uploads",
        content=pieces(),
        headers={
            **TUS,
            "Upload-Length": "5",
            "Upload-Metadata": metadata(path="input/tus/some.bin"),
            "Content-Type": OFFSETS,
        },
    )
    address = urljoin(str(scribe.base_url), answer.headers["location"])
    last = await send(scribe, address, 3, b"de")

    assert answer.headers["upload-offset"] == "3"
    assert last.headers["signoff-version"] == "1"


async def test_until_when_it_is_kept_moves_on(scribe: httpx.AsyncClient) -> None:
    address = await begin(scribe, "input/tus/expires.bin", 5)

    answer = await send(scribe, address, 0, b"ab")
    state = (await scribe.get(address)).json()

    assert answer.headers["upload-expires"].endswith(" GMT")
    assert (await look(scribe, address)).headers["upload-expires"] == answer.headers[
        "upload-expires"
    ]
    assert len(http_date(0)) == len(answer.headers["upload-expires"])
    assert state["offset"] == 2
    assert state["length"] == 5
    assert state["file"] is None


@pytest.mark.parametrize("algorithm", ["sha1", "sha256", "md5"])
async def test_a_checksum_is_held_against_what_came(
    scribe: httpx.AsyncClient, algorithm: str
) -> None:
    address = await begin(scribe, f"input/tus/{algorithm}.bin", 6)

    wrong = await send(
        scribe, address, 0, b"abd", **{"Upload-Checksum": sum_of(algorithm, b"abc")}
    )
    right = await send(
        scribe, address, 0, b"abc", **{"Upload-Checksum": sum_of(algorithm, b"abc")}
    )

    assert wrong.status_code == 460
    assert wrong.json()["code"] == "checksum_mismatch"
    assert right.headers["upload-offset"] == "3"


@pytest.mark.parametrize("said", ["crc32 AAAA", "sha1", "sha1 !!", "sha1 AAAA"])
async def test_a_checksum_that_is_none_is_400(scribe: httpx.AsyncClient, said: str) -> None:
    address = await begin(scribe, "input/tus/no-sum.bin", 3)

    answer = await send(scribe, address, 0, b"abc", **{"Upload-Checksum": said})

    assert answer.status_code == 400
    assert (await look(scribe, address)).headers["upload-offset"] == "0"


async def test_what_is_given_up_is_gone(scribe: httpx.AsyncClient) -> None:
    address = await begin(scribe, "input/tus/gone.bin", 5)
    await send(scribe, address, 0, b"ab")

    answer = await scribe.delete(address, headers=TUS)

    assert answer.status_code == 204
    assert (await look(scribe, address)).status_code == 404
    assert (await send(scribe, address, 2, b"cde")).status_code == 404
    assert (await scribe.get("files/input/tus/gone.bin")).status_code == 404


@pytest.mark.parametrize(("method", "status"), [("PATCH", 204), ("DELETE", 204), ("GET", 405)])
async def test_another_method_may_be_meant(
    scribe: httpx.AsyncClient, method: str, status: int
) -> None:
    address = await begin(scribe, f"input/tus/{method}.bin", 3)
    told = {**TUS, "Upload-Offset": "0", "Content-Type": OFFSETS}

    answer = await scribe.post(
        address, content=b"abc", headers={**told, "X-HTTP-Method-Override": method}
    )

    assert answer.status_code == status


async def test_another_method_is_meant_of_uploads_alone(scribe: httpx.AsyncClient) -> None:
    await scribe.put("files/input/tus/kept.txt", content=b"1")

    answer = await scribe.post(
        "files/input/tus/kept.txt", headers={"X-HTTP-Method-Override": "DELETE"}
    )

    assert answer.status_code == 405
    assert (await scribe.get("files/input/tus/kept.txt")).status_code == 200


# Metadata.


async def test_a_name_in_a_folder_is_a_path(scribe: httpx.AsyncClient) -> None:
    said = metadata(filename="bericht ä.csv", folder="input/tus/june", filetype="text/csv")

    answer = await scribe.post(
        "uploads",
        content=b"a",
        headers={
            **TUS,
            "Upload-Length": "1",
            "Upload-Metadata": said,
            "Content-Type": OFFSETS,
        },
    )

    assert answer.status_code == 201
    read = await scribe.get("files/input/tus/june/bericht ä.csv")
    assert read.headers["content-type"] == "text/csv"


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ("", 400),
        ("path", 400),
        ("path !!!", 400),
        ("path /w==", 400),
        (metadata(path="input/a") + "," + metadata(path="input/b"), 400),
        (metadata(path="input/a") + ",,", 400),
        (metadata(filename="a/b.csv"), 400),
        (metadata(path="input/a", sha256="abc"), 422),
        (metadata(path="input/a", mtime="yesterday"), 422),
        (metadata(path="input/a", mtime="999999999999"), 422),
        (metadata(path="input/a", other="x" * 9000), 422),
        (metadata(path="input/" + "n" * 300), 400),
        (metadata(path="/"), 400),
    ],
)
async def test_metadata_that_makes_no_sense(
    scribe: httpx.AsyncClient, said: str, status: int
) -> None:
    answer = await scribe.post(
        "uploads", headers={**TUS, "Upload-Length": "5", "Upload-Metadata": said}
    )

    assert answer.status_code == status, answer.text


async def test_a_digest_of_the_whole_is_held_against_it(scribe: httpx.AsyncClient) -> None:
    digest = hashlib.sha256(b"abc").hexdigest()
    said = {"Upload-Metadata": metadata(path="input/tus/digest.bin", sha256=digest)}
    address = await begin(scribe, "unused", 3, **said)

    wrong = await send(scribe, address, 0, b"abd")
    address = await begin(scribe, "unused", 3, **said)
    right = await send(scribe, address, 0, b"abc")

    assert (wrong.status_code, wrong.json()["code"]) == (422, "digest_mismatch")
    assert right.headers["signoff-digest"] == f"sha256:{digest}"


async def test_a_condition_comes_as_metadata_or_as_a_header(scribe: httpx.AsyncClient) -> None:
    first = await scribe.put("files/shared/tus.txt", content=b"1")
    etag = first.headers["etag"]
    none = await scribe.post(
        "uploads",
        headers={
            **TUS,
            "Upload-Length": "1",
            "Upload-Metadata": metadata(path="shared/tus.txt"),
        },
    )
    by_word = {"Upload-Metadata": metadata(path="shared/tus.txt", if_match=etag)}
    address = await begin(scribe, "shared/tus.txt", 1, **by_word)
    second = await send(scribe, address, 0, b"2")
    stale = await scribe.post("uploads", headers={**TUS, "Upload-Length": "1", **by_word})
    address = await begin(scribe, "shared/tus.txt", 1, **{"If-Match": second.headers["etag"]})
    third = await send(scribe, address, 0, b"3")

    assert (none.status_code, none.json()["code"]) == (428, "precondition_required")
    assert second.headers["signoff-version"] == "2"
    assert stale.status_code == 412
    assert third.headers["signoff-version"] == "3"


async def test_what_is_refused_at_the_end_is_finished_under_another_condition(
    scribe: httpx.AsyncClient,
) -> None:
    address = await begin(scribe, "shared/raced.txt", 5, **{"If-None-Match": "*"})
    other = await scribe.put("files/shared/raced.txt", content=b"other")

    refused = await send(scribe, address, 0, b"mine!")
    between = await look(scribe, address)
    finished = await send(scribe, address, 5, b"", **{"If-Match": other.headers["etag"]})

    assert refused.status_code == 412
    assert between.headers["upload-offset"] == "4"
    assert finished.status_code == 204
    assert finished.headers["upload-offset"] == "5"
    assert finished.headers["signoff-version"] == "2"


async def test_a_retry_under_a_key_is_the_same_upload(scribe: httpx.AsyncClient) -> None:
    headers = {
        **TUS,
        "Upload-Length": "3",
        "Upload-Metadata": metadata(path="input/tus/retried.bin"),
        "Idempotency-Key": "once-only",
    }

    first = await scribe.post("uploads", headers=headers)
    again = await scribe.post("uploads", headers=headers)
    other = await scribe.post("uploads", headers={**headers, "Upload-Length": "4"})

    assert first.headers["location"] == again.headers["location"]
    assert (again.status_code, other.status_code) == (201, 422)


async def test_a_token_lets_its_holder_finish(scribe: httpx.AsyncClient) -> None:
    await scribe.put("files/shared/held.txt", content=b"1")
    lock = (await scribe.post("locks", json={"path": "shared/held.txt"})).json()

    address = await begin(scribe, "shared/held.txt", 1, **{"Lock-Token": lock["token"]})
    without = await send(scribe, address, 0, b"2")
    with_it = await send(scribe, address, 1, b"", **{"Lock-Token": lock["token"]})

    assert without.status_code == 428
    assert with_it.headers["signoff-version"] == "2"


# Lines that break.


async def test_a_line_that_breaks_off_leaves_what_came(
    server: Server, scribe: httpx.AsyncClient
) -> None:
    address = await begin(scribe, "input/tus/broken.bin", 400_000)
    path = address.removeprefix(server.url)
    host, _, port = server.url.removeprefix("http://").partition(":")
    _, writer = await asyncio.open_connection(host, int(port))
    head = (
        f"PATCH {path} HTTP/1.1\r\nHost: {host}\r\nTus-Resumable: 1.0.0\r\n"
        f"Authorization: Bearer {server.keys['scribe']}\r\nContent-Type: {OFFSETS}\r\n"
        "Upload-Offset: 0\r\nContent-Length: 400000\r\n\r\n"
    )
    writer.write(head.encode() + b"x" * 150_000)
    await writer.drain()
    await asyncio.sleep(0.3)
    writer.transport.abort()

    for _ in range(100):
        at = int((await look(scribe, address)).headers["upload-offset"])
        if at:
            break
        await asyncio.sleep(0.05)
    last = await send(scribe, address, at, b"x" * (400_000 - at))

    assert at == 150_000
    assert last.headers["signoff-version"] == "1"
    read = await scribe.get("files/input/tus/broken.bin")
    assert read.content == b"x" * 400_000


async def test_who_comes_back_does_not_wait_for_a_line_that_hangs(
    server: Server, scribe: httpx.AsyncClient
) -> None:
    address = await begin(scribe, "input/tus/hangs.bin", 10)
    going_on = asyncio.Event()

    async def hanging() -> AsyncIterator[bytes]:
        yield b"12345"
        await going_on.wait()

    async with server.agent() as before:
        hung = asyncio.create_task(send(before, address, 0, hanging()))
        await asyncio.sleep(0.3)
        at = (await look(scribe, address)).headers["upload-offset"]
        last = await send(scribe, address, 5, b"67890")
        going_on.set()
        answer = await hung

    assert at == "5"
    assert last.headers["signoff-version"] == "1"
    assert answer.status_code == 423


async def test_a_browser_uploads_with_its_session(ada: httpx.AsyncClient) -> None:
    origin = {"Origin": str(ada.base_url).partition("/api")[0], "Sec-Fetch-Site": "same-origin"}
    address = await begin(ada, "input/tus/dropped.bin", 3, **origin)

    answer = await send(ada, address, 0, b"abc", **origin)

    assert answer.headers["signoff-version"] == "1"


async def test_a_page_of_another_site_uploads_nothing(ada: httpx.AsyncClient) -> None:
    address = await begin(ada, "input/tus/foreign.bin", 3)

    answer = await send(ada, address, 0, b"abc", **{"Sec-Fetch-Site": "cross-site"})
    overridden = await ada.post(
        address,
        headers={**TUS, "X-HTTP-Method-Override": "DELETE", "Origin": "https://evil.example"},
    )

    assert (answer.status_code, overridden.status_code) == (403, 403)
    assert (await look(ada, address)).headers["upload-offset"] == "0"
