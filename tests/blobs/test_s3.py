import asyncio
import re
import socket
from collections.abc import AsyncIterator

import pytest

from signoff.blobs import BlobStore, BlobWriter, open_store
from signoff.blobs.s3 import part_size
from signoff.domain.errors import Busy, Invalid
from tests.blobs.conftest import BUCKET, ask
from tests.blobs.contract import MIB, EncryptedContract, StoreContract, names


@pytest.fixture
async def store(s3_url: str) -> AsyncIterator[BlobStore]:
    opened = open_store(s3_url)
    yield opened
    await opened.close()


class TestS3(StoreContract):
    pass


class TestEncryptedS3(EncryptedContract):
    keeps = False


async def test_an_abandoned_upload_leaves_no_hidden_parts(
    store: BlobStore, s3_server: str, s3_url: str
) -> None:
    prefix = s3_url.partition("?")[0].rpartition("/")[2]
    writer = await store.create("blobs/acme/one")
    for _ in range(20):
        await writer.write(bytes(MIB))
    during = await _upload_id(s3_server, f"{prefix}/blobs/acme/one")

    await writer.abort()

    assert during
    assert f"{prefix}/blobs/acme/one" not in ask(s3_server, "GET", f"/{BUCKET}?uploads")


async def test_an_unfinished_large_object_is_seen_by_the_sweeper(store: BlobStore) -> None:
    writer = await store.create("blobs/acme/one")
    await writer.write(bytes(9 * MIB))

    found = [(info.name, info.size) async for info in store.walk("blobs")]
    await writer.abort()

    assert found == [("blobs/acme/one", 0)]


async def test_a_network_that_dies_midway_is_refused_and_does_not_hang(
    store: BlobStore, s3_server: str, s3_url: str
) -> None:
    wire = Wire(s3_server)
    over_the_wire = open_store(s3_url.replace(s3_server, await wire.lay()))
    writer = await over_the_wire.create("blobs/acme/one")
    await writer.write(bytes(9 * MIB))
    await writer.write(bytes(9 * MIB))

    await wire.cut()
    async with asyncio.timeout(60):
        with pytest.raises(Busy):
            await _write_on(writer)

    # It could not be removed over a dead wire: the sweeper will see it.
    assert await names(store) == ["blobs/acme/one"]
    assert await store.size("blobs/acme/one") == 0


async def test_a_bucket_that_does_not_exist_says_so(s3_url: str) -> None:
    store = open_store(s3_url.replace(BUCKET, "no-such-bucket"))

    with pytest.raises(Busy) as refusal:
        await store.put("keys/acme", b"key")

    assert "see that the bucket exists and lets you in" in refusal.value.hint


async def test_a_bucket_that_nobody_serves_is_busy(s3_url: str) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{probe.getsockname()[1]}"
    store = open_store(f"s3://{BUCKET}/x?endpoint={nobody}")

    with pytest.raises(Busy):
        await store.put("keys/acme", b"key")


@pytest.mark.parametrize("url", ["s3:///x", "s3://bucket/x?endpiont=y", "gs://b/x?region=y"])
def test_a_bucket_url_with_a_slip_is_refused(url: str) -> None:
    with pytest.raises(Invalid) as refusal:
        open_store(url)

    assert "s3://bucket/prefix" in refusal.value.hint


async def test_two_writers_of_one_name_have_one_winner(store: BlobStore) -> None:
    first = await store.create("blobs/acme/one")
    await first.write(b"first" * (3 * MIB))
    second = await store.create("blobs/acme/one")

    with pytest.raises(Exception, match="exists already"):
        await second.write(b"second" * (3 * MIB))
    await second.abort()
    await first.finish()

    assert await names(store) == ["blobs/acme/one"]
    assert await store.read("blobs/acme/one", 0, 10) == b"firstfirst"


@pytest.mark.parametrize(
    ("hint", "expected"),
    [(0, 8 * MIB), (70 << 30, 8 * MIB), (100 << 30, 12 * MIB), (1 << 40, 117 * MIB)],
)
def test_parts_grow_so_that_ten_thousand_hold_the_object(hint: int, expected: int) -> None:
    assert part_size(hint) == expected


async def _write_on(writer: BlobWriter) -> None:
    for _ in range(50):
        await writer.write(bytes(MIB))
    await writer.finish()


class Wire:
    """A wire to the S3 server that can be cut."""

    def __init__(self, endpoint: str) -> None:
        self._port = int(endpoint.rpartition(":")[2])
        self._ends: list[asyncio.StreamWriter] = []
        self._tasks: list[asyncio.Task[None]] = []

    async def lay(self) -> str:
        self._server = await asyncio.start_server(self._join, "127.0.0.1", 0)
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def cut(self) -> None:
        self._server.close()
        for end in self._ends:
            end.transport.abort()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _join(self, here: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        there, forth = await asyncio.open_connection("127.0.0.1", self._port)
        self._ends += [back, forth]
        pumps = [
            asyncio.create_task(_pump(here, forth)),
            asyncio.create_task(_pump(there, back)),
        ]
        self._tasks += pumps
        await asyncio.gather(*pumps, return_exceptions=True)


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    while data := await source.read(1 << 16):
        sink.write(data)
        await sink.drain()
    sink.close()


async def _upload_id(endpoint: str, key: str) -> str:
    for _ in range(100):
        uploads = await asyncio.to_thread(ask, endpoint, "GET", f"/{BUCKET}?uploads")
        found = re.search(rf"<UploadId>([^<]+)</UploadId><Key>{key}</Key>", uploads)
        if found:
            return found[1]
        await asyncio.sleep(0.05)
    raise AssertionError(uploads)
