"""What `signoff mcp` makes of a stream: notifications go on, and an answer is an answer."""

import asyncio
import json
from typing import Any

import httpx

from signoff.cli.bridges import Bridge

ASKED = {"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": {"name": "x"}}


async def heard(*told: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what is written when a server streams this in answer to one request."""
    frames = "".join(f"event: message\ndata: {json.dumps(one)}\n\n" for one in told)

    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(
            200, headers={"Content-Type": "text/event-stream"}, text=f": here\n\n{frames}"
        )

    written: list[bytes] = []
    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
        bridge = Bridge(client, "http://localhost/mcp", written.append)
        bridge.take(json.dumps(ASKED).encode())
        async with asyncio.timeout(5):
            await asyncio.gather(*bridge._tasks.values())
    return [json.loads(line) for line in written]


async def test_an_answer_that_speaks_of_a_method_is_an_answer() -> None:
    said = {"structuredContent": {"answers": {"method": "bank transfer"}}}
    answer = {"jsonrpc": "2.0", "id": 7, "result": said}

    assert await heard(answer) == [answer]


async def test_a_stream_of_notifications_alone_is_no_answer() -> None:
    note = {"method": "notifications/progress", "jsonrpc": "2.0", "params": {"progress": 1}}

    told = await heard(note)

    assert told[0] == note
    assert told[1]["error"]["message"] == "The stream ended without an answer; ask again."
