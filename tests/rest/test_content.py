"""Bytes in and out: entity tags, ranges, conditions, names."""

import asyncio
import hashlib
from collections.abc import AsyncIterator

import httpx
import pytest

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_file_is_written_and_read(scribe: httpx.AsyncClient) -> None:
    written = await scribe.put(
        "files/input/a/b/first.txt", content=b"hello", headers={"Content-Type": "text/plain"}
    )
    read = await scribe.get("files/input/a/b/first.txt")

    assert written.status_code == 201
    assert written.json()["digest"] == "sha256:" + hashlib.sha256(b"hello").hexdigest()
    assert written.json()["version"] == 1
    assert "position=" in written.headers["signoff-event"]
    assert read.content == b"hello"
    assert read.headers["content-type"] == "text/plain"
    assert read.headers["etag"] == written.headers["etag"]
    assert read.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in read.headers["content-security-policy"]


async def test_a_body_is_whole_in_whatever_pieces_it_comes(scribe: httpx.AsyncClient) -> None:
    data = hashlib.shake_128(b"x").digest(3_000_000)

    async def pieces() -> AsyncIterator[bytes]:
        at = 0
        for size in (1, 2, 3, 70_000, 1, 65_536, 1, 1_100_000, 5, len(data)):
            yield data[at : at + size]
            at += size

    written = await scribe.put("files/shared/pieces.bin", content=pieces())
    read = await scribe.get("files/shared/pieces.bin")

    assert written.json()["digest"] == "sha256:" + hashlib.sha256(data).hexdigest()
    assert read.content == data


async def test_large_files_are_whole_for_many_who_read_at_once(
    scribe: httpx.AsyncClient,
) -> None:
    files = {f"many-{n}.bin": hashlib.shake_128(b"%d" % n).digest(2_500_000) for n in range(4)}
    for name, data in files.items():
        await scribe.put(f"files/shared/{name}", content=data)

    read = await asyncio.gather(
        *(scribe.get(f"files/shared/{name}") for name in [*files, *files, *files])
    )

    assert [answer.content for answer in read] == [*files.values()] * 3


async def test_the_next_version_is_200(scribe: httpx.AsyncClient) -> None:
    first = await scribe.put("files/shared/next.txt", content=b"1")

    second = await scribe.put(
        "files/shared/next.txt", content=b"2", headers={"If-Match": first.headers["etag"]}
    )

    assert second.status_code == 200
    assert second.json()["version"] == 2
    assert (await scribe.get("files/shared/next.txt?version=1")).content == b"1"


async def test_head_says_all_but_the_bytes(scribe: httpx.AsyncClient) -> None:
    await scribe.put("files/shared/head.txt", content=b"12345")

    answer = await scribe.head("files/shared/head.txt")

    assert answer.status_code == 200
    assert answer.headers["content-length"] == "5"
    assert answer.content == b""


@pytest.mark.parametrize(
    ("asked", "said", "content"),
    [
        ("bytes=0-3", "bytes 0-3/10", b"0123"),
        ("bytes=7-", "bytes 7-9/10", b"789"),
        ("bytes=-2", "bytes 8-9/10", b"89"),
        ("bytes=5-500", "bytes 5-9/10", b"56789"),
        ("bytes=-500", "bytes 0-9/10", b"0123456789"),
    ],
)
async def test_a_range_of_a_file(
    ada: httpx.AsyncClient, asked: str, said: str, content: bytes
) -> None:
    await ada.put("files/shared/range.txt", content=b"0123456789")

    answer = await ada.get("files/shared/range.txt", headers={"Range": asked})

    assert answer.status_code == 206
    assert answer.headers["content-range"] == said
    assert answer.content == content


@pytest.mark.parametrize("asked", ["bytes=10-", "bytes=99-100", "bytes=-0", "bytes=5-3"])
async def test_a_range_that_is_not_there(ada: httpx.AsyncClient, asked: str) -> None:
    await ada.put("files/shared/ranged.txt", content=b"0123456789")

    answer = await ada.get("files/shared/ranged.txt", headers={"Range": asked})

    assert answer.status_code == 416
    assert answer.json()["code"] == "range_unsatisfiable"
    assert answer.headers["content-range"] == "bytes */10"


async def test_several_ranges_are_answered_with_the_whole(ada: httpx.AsyncClient) -> None:
    await ada.put("files/shared/ranges.txt", content=b"0123456789")

    answer = await ada.get("files/shared/ranges.txt", headers={"Range": "bytes=0-1,3-4"})

    assert answer.status_code == 200
    assert answer.content == b"0123456789"


async def test_a_range_of_a_version_that_is_no_more_is_the_whole(
    ada: httpx.AsyncClient,
) -> None:
    await ada.put("files/shared/if-range.txt", content=b"0123456789")
    headers = {"Range": "bytes=0-1", "If-Range": '"another-1"'}

    answer = await ada.get("files/shared/if-range.txt", headers=headers)

    assert answer.status_code == 200


async def test_what_one_has_is_not_sent_again(scribe: httpx.AsyncClient) -> None:
    written = await scribe.put("files/shared/known.txt", content=b"1")
    known = {"If-None-Match": written.headers["etag"]}

    answer = await scribe.get("files/shared/known.txt", headers=known)

    assert answer.status_code == 304
    assert answer.content == b""
    assert answer.headers["etag"] == written.headers["etag"]


async def test_a_file_without_bytes_is_read(scribe: httpx.AsyncClient) -> None:
    await scribe.put("files/shared/empty.txt", content=b"")

    answer = await scribe.get("files/shared/empty.txt")

    assert answer.status_code == 200
    assert answer.content == b""


async def test_a_download_keeps_its_name(scribe: httpx.AsyncClient) -> None:
    await scribe.put("files/shared/%C3%A9t%C3%A9.txt", content=b"1")

    answer = await scribe.get("files/shared/%C3%A9t%C3%A9.txt?download")

    disposition = answer.headers["content-disposition"]
    assert disposition == "attachment; filename*=UTF-8''%C3%A9t%C3%A9.txt"


async def test_a_large_file_comes_back_as_it_was(scribe: httpx.AsyncClient) -> None:
    data = bytes(range(256)) * 4096

    written = await scribe.put("files/shared/large.bin", content=data)
    read = await scribe.get("files/shared/large.bin")

    assert written.json()["size"] == 1024 * 1024
    assert read.content == data
