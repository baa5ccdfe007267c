"""Every journey goes through HTTP, on SQLite and on PostgreSQL."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.databases import KINDS
from tests.journeys.server import Server, running_on


@pytest.fixture(params=KINDS)
async def server(
    request: pytest.FixtureRequest, tmp_path: Path, postgres_url: str
) -> AsyncIterator[Server]:
    """A running server with a workspace, Ada (owner), Ben (reviewer) and Scribe (agent)."""
    async with running_on(request.param, tmp_path, postgres_url=postgres_url) as started:
        yield started
