"""No credential slows others by listening on more streams than anybody needs."""

import asyncio
from contextlib import AsyncExitStack

import httpx
import pytest

from signoff.asgi import streams
from tests.journeys.server import Server

pytestmark = pytest.mark.asyncio(loop_scope="module")

STREAM = {"Accept": "text/event-stream"}
OLD = STREAM | {"MCP-Protocol-Version": "2025-11-25"}


@pytest.fixture(autouse=True)
def _few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "MOST", 2)


async def opened(open_: AsyncExitStack, client: httpx.AsyncClient, door: str) -> int:
    """Open one more stream, and return the status of the answer."""
    headers = OLD if door.endswith("/mcp") else STREAM
    answer = await open_.enter_async_context(client.stream("GET", door, headers=headers))
    return answer.status_code


async def test_one_stream_too_many_is_refused_at_every_door_and_to_nobody_else(
    server: Server, scribe: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    mcp = f"{server.url}/mcp"
    async with AsyncExitStack() as open_:
        first = [await opened(open_, scribe, door) for door in ("events", mcp)]
        more = [await opened(open_, scribe, door) for door in ("events", mcp)]
        hers = await opened(open_, ada, "events")

    assert (first, more, hers) == ([200, 200], [429, 429], 200)


async def test_a_stream_that_was_closed_counts_no_more(scribe: httpx.AsyncClient) -> None:
    for _ in range(2):
        async with AsyncExitStack() as open_:
            for _ in range(2):
                assert await until_open(open_, scribe) == 200


async def until_open(open_: AsyncExitStack, client: httpx.AsyncClient) -> int:
    """Open a stream, once the server has noticed that others were closed."""
    for _ in range(100):
        status = await opened(open_, client, "events")
        if status != 429:
            break
        await asyncio.sleep(0.05)
    return status
