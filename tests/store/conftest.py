"""Every test of the store runs on SQLite and on PostgreSQL."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from signoff.store.engine import Engine
from tests.databases import KINDS, engine


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest_asyncio.fixture
async def store(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> AsyncIterator[Engine]:
    """An empty store."""
    url = request.getfixturevalue("postgres_url") if kind == "postgres" else ""
    opened = engine(kind, folder=tmp_path, postgres_url=url)
    yield opened
    await opened.close()
