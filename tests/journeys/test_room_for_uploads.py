"""Uploads together are promised what the disk has, in whatever workspace they are begun."""

import asyncio

import httpx
import pytest

from signoff.actions import agents, workspaces
from tests.journeys.server import OPERATOR, Server, in_workspace


async def begin(client: httpx.AsyncClient, path: str, length: int) -> int:
    encoded = {"a": "aW5wdXQvYQ==", "b": "aW5wdXQvYg=="}[path]
    headers = {
        "Tus-Resumable": "1.0.0",
        "Upload-Length": str(length),
        "Upload-Metadata": f"path {encoded}",
    }
    return (await client.post("uploads", headers=headers)).status_code


async def test_no_two_are_promised_the_same_room(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = server.parts.house
    await house.do(workspaces.create, OPERATOR, workspaces.Create(slug="globex"))
    made = await house.do(agents.create, in_workspace("globex"), agents.Create(name="hank"))
    assert made.result is not None

    async def free() -> int:
        return 100

    monkeypatch.setattr(house.blobs, "free", free)
    key = f"Bearer {made.result.key.secret}"
    base = f"{server.url}/api/v1/workspaces/globex/"
    async with server.agent() as scribe, server.client(Authorization=key) as hank:
        hank.base_url = httpx.URL(base)
        together = await asyncio.gather(begin(scribe, "a", 60), begin(hank, "a", 60))
        rest = await asyncio.gather(begin(scribe, "b", 40), begin(hank, "b", 41))

    assert sorted(together) == [201, 507]
    assert tuple(rest) == (201, 507)
