"""Every journey goes through HTTP, on SQLite and on PostgreSQL."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.databases import KINDS, new_database
from tests.journeys.server import Server, running


@pytest.fixture(params=KINDS)
async def server(
    request: pytest.FixtureRequest, tmp_path: Path, postgres_url: str
) -> AsyncIterator[Server]:
    """A running server with a workspace, Ada (owner), Ben (reviewer) and Scribe (agent)."""
    if request.param == "sqlite":
        async with running(tmp_path) as started:
            await started.found()
            yield started
        return
    key = tmp_path / "root.key"
    key.write_text("ab" * 32)
    async with running(
        tmp_path, database_url=new_database(postgres_url), root_key_file=str(key)
    ) as started:
        await started.found()
        yield started
