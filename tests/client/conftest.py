"""A real server on loopback, and the client in both its faces."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.client.faces import FACES, client
from tests.journeys.server import Server, running


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    """A running server with a workspace, Ada (owner), Ben (reviewer) and Scribe (agent)."""
    async with running(tmp_path) as started:
        await started.found()
        yield started


@pytest.fixture(params=FACES)
async def signoff(request: pytest.FixtureRequest, server: Server) -> AsyncIterator[Any]:
    async with client(request.param, server.url, server.keys["scribe"]) as opened:
        yield opened
