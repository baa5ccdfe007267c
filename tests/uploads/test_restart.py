"""A server that is stopped and started again in the middle of what it is sent."""

import asyncio
import hashlib
from collections.abc import AsyncIterator

import httpx

from tests.rest.test_uploads import OFFSETS, TUS, begin, look, send
from tests.uploads.sites import INSIDE, Site, noise

MIB = 1 << 20


async def test_one_request_that_a_restart_ends_keeps_all_that_came(site: Site) -> None:
    data = noise(2 * MIB)
    node = site.node
    async with httpx.AsyncClient(
        base_url=node.url + INSIDE, headers=site.headers, timeout=60
    ) as client:
        address = await begin(client, "input/stopped.bin", len(data))
        sent, stopped = asyncio.Event(), asyncio.Event()

        async def most_of_it() -> AsyncIterator[bytes]:
            yield data[: MIB + 345]
            sent.set()
            await stopped.wait()

        told = {**TUS, "Content-Type": OFFSETS, "Upload-Offset": "0"}
        sending = asyncio.create_task(client.patch(address, content=most_of_it(), headers=told))
        await sent.wait()
        await asyncio.sleep(0.3)
        assert node.process is not None
        node.process.terminate()
        await asyncio.to_thread(node.process.wait, 30)
        stopped.set()
        answer = await sending
        await asyncio.to_thread(node.start)

        at = int((await look(client, address)).headers["upload-offset"])
        last = await send(client, address, at, data[at:])

    assert (answer.status_code, answer.json()["code"]) == (503, "busy")
    assert at == MIB + 345
    assert last.headers["signoff-digest"] == f"sha256:{hashlib.sha256(data).hexdigest()}"
