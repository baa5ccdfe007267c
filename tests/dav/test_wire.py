"""What only shows on a real connection: waiting for bytes, chunks, answers without a body."""

import asyncio
import base64
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.journeys.server import Server, running

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    async with running(tmp_path_factory.mktemp("wire")) as started:
        await started.found()
        yield started


class Line:
    """A connection, and what came over it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    async def head(self) -> tuple[int, dict[str, str]]:
        raw = await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), 20)
        first, *lines = raw.decode("latin-1").rstrip().split("\r\n")
        headers = {}
        for line in lines:
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        return int(first.split()[1]), headers

    async def answer(self, *, body: bool = True) -> tuple[int, dict[str, str], bytes]:
        status, headers = await self.head()
        length = int(headers.get("content-length", "0"))
        data = await asyncio.wait_for(self.reader.readexactly(length), 20) if body else b""
        return status, headers, data


@pytest_asyncio.fixture(loop_scope="module")
async def line(server: Server) -> AsyncIterator[Line]:
    port = int(server.url.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    yield Line(reader, writer)
    writer.close()
    await writer.wait_closed()


def request(server: Server, method: str, path: str, *more: str) -> bytes:
    both = base64.b64encode(f"x:{server.keys['scribe']}".encode()).decode()
    lines = [
        f"{method} /dav/acme/{path} HTTP/1.1",
        f"Host: {server.url.removeprefix('http://')}",
        f"Authorization: Basic {both}",
        *more,
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


async def test_who_expects_a_word_before_the_body_gets_it(server: Server, line: Line):
    line.send(request(server, "PUT", "expect.txt", "Content-Length: 4", "Expect: 100-continue"))
    status, _ = await line.head()
    assert status == 100
    line.send(b"data")

    status, headers, _ = await line.answer()

    assert status == 201
    line.send(request(server, "GET", "expect.txt"))
    assert (await line.answer())[2] == b"data"
    assert headers["etag"]


async def test_who_may_not_write_is_told_before_sending_a_large_body(
    server: Server, line: Line
):
    line.send(
        request(
            server, "PUT", "approved/x.bin", "Content-Length: 900000", "Expect: 100-continue"
        )
    )

    status, _ = await line.head()

    assert status == 403


async def test_a_body_comes_in_chunks_and_the_connection_goes_on(server: Server, line: Line):
    line.send(request(server, "PUT", "chunks.txt", "Transfer-Encoding: chunked"))
    line.send(b"5\r\nhello\r\n")
    await asyncio.sleep(0.05)
    line.send(b"1\r\n \r\n5\r\nworld\r\n0\r\n\r\n")
    assert (await line.answer())[0] == 201

    line.send(request(server, "HEAD", "chunks.txt") + request(server, "GET", "chunks.txt"))

    status, headers, _ = await line.answer(body=False)
    assert (status, headers["content-length"]) == (200, "11")
    assert (await line.answer())[2] == b"hello world"


async def test_an_upload_that_breaks_off_leaves_nothing(server: Server, line: Line):
    port = int(server.url.rpartition(":")[2])
    for more in ("Content-Length: 1000000", "Transfer-Encoding: chunked"):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request(server, "PUT", "broken.bin", more))
        writer.write(b"ffff\r\n" + b"x" * 30_000)
        await writer.drain()
        await asyncio.sleep(0.1)
        writer.close()
        await writer.wait_closed()

    line.send(request(server, "HEAD", "broken.bin"))

    assert (await line.answer(body=False))[0] == 404


async def test_a_fragment_in_the_target_deletes_nothing(server: Server, line: Line):
    line.send(request(server, "MKCOL", "frag"))
    assert (await line.answer())[0] == 201
    line.send(request(server, "DELETE", "frag/#ment"))

    assert (await line.answer())[0] == 400

    port = int(server.url.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    again = Line(reader, writer)
    again.send(request(server, "PROPFIND", "frag", "Depth: 0"))
    assert (await again.answer())[0] == 207
    writer.close()
    await writer.wait_closed()


async def test_a_path_is_taken_as_it_was_sent(server: Server, line: Line):
    for path, status in [("a%2Fb", 400), ("../x", 400), ("%2e%2e/x", 400), ("ok%20name", 201)]:
        line.send(request(server, "PUT", path, "Content-Length: 1") + b"x")
        assert (await line.answer())[0] == status, path


async def test_nobody_is_sent_to_a_page_to_sign_in(server: Server, line: Line):
    line.send(
        b"PROPFIND /dav/acme/ HTTP/1.1\r\nHost: x\r\nUser-Agent: WebDAVFS/3.0.0\r\nDepth: 0\r\n\r\n"
    )

    status, headers, _ = await line.answer()

    assert status == 401
    assert headers["www-authenticate"].startswith("Basic ")
    assert "location" not in headers
