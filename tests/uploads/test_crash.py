"""A server killed in the middle of what it is sent: what it acknowledged is there, and is right."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from tests.databases import KINDS, new_database
from tests.journeys.crash.node import Node
from tests.ports import free_port
from tests.rest.test_uploads import OFFSETS, TUS, metadata
from tests.uploads.sites import INSIDE

MIB = 1 << 20
SIZE = 90 * MIB


@pytest.fixture(params=KINDS)
def node(request: pytest.FixtureRequest, tmp_path: Path, postgres_url: str) -> Iterator[Node]:
    url = new_database(postgres_url) if request.param == "postgres" else ""
    made = Node(tmp_path / "data", port=free_port(), database_url=url)
    yield made
    if made.process is not None:
        made.kill()


def piece(number: int) -> bytes:
    """One of the mebibytes of the file, no two alike."""
    return hashlib.sha256(b"%d" % number).digest() * (MIB // 32)


async def _reached(client: httpx.AsyncClient, address: str, offset: int) -> None:
    """Wait until so much is acknowledged, without disturbing who sends."""
    for _ in range(1200):
        if (await client.get(address)).json()["offset"] >= offset:
            return
        await asyncio.sleep(0.05)
    pytest.fail("nothing is acknowledged while more comes")


async def test_one_request_that_a_kill_cuts_off_goes_on_from_what_was_acknowledged(
    node: Node,
) -> None:
    key = node.found()
    node.start()
    async with httpx.AsyncClient(
        base_url=node.url + INSIDE, headers={"Authorization": f"Bearer {key}"}, timeout=60
    ) as client:
        said = {"Upload-Length": str(SIZE), "Upload-Metadata": metadata(path="input/a.bin")}
        begun = await client.post("uploads", headers={**TUS, **said})
        address = node.url + begun.headers["location"]
        sent, killed = asyncio.Event(), asyncio.Event()

        async def most_of_it() -> AsyncIterator[bytes]:
            for number in range(80):
                yield piece(number)
            sent.set()
            await killed.wait()
            yield piece(80)

        told = {**TUS, "Content-Type": OFFSETS}
        sending = asyncio.create_task(
            client.patch(address, content=most_of_it(), headers={**told, "Upload-Offset": "0"})
        )
        await sent.wait()
        await _reached(client, address, 64 * MIB)
        node.kill()
        killed.set()
        with pytest.raises(httpx.TransportError):
            await sending
        await asyncio.to_thread(node.start)

        at = int((await client.head(address, headers=TUS)).headers["upload-offset"])
        rest = b"".join(piece(number) for number in range(at // MIB, SIZE // MIB))
        last = await client.patch(
            address, content=rest, headers={**told, "Upload-Offset": str(at)}
        )
        hashed = hashlib.sha256()
        async with client.stream("GET", "files/input/a.bin") as read:
            async for chunk in read.aiter_bytes():
                hashed.update(chunk)

    whole = hashlib.sha256(b"".join(piece(number) for number in range(SIZE // MIB)))
    assert 64 * MIB <= at <= 80 * MIB
    assert at % MIB == 0
    assert last.status_code == 204, last.text
    assert last.headers["signoff-digest"] == f"sha256:{whole.hexdigest()}"
    assert hashed.hexdigest() == whole.hexdigest()
    assert "sound" in await asyncio.to_thread(node.command, "audit", "verify")
