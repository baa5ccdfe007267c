"""One server for each file of attacks that go through HTTP; a house for those within."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from signoff.actions.house import House
from tests.actions.cast import empty_house, move_in
from tests.journeys.server import Server, running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    async with running(tmp_path_factory.mktemp("server")) as started:
        await started.found()
        yield started


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scribe(server: Server) -> AsyncIterator[httpx.AsyncClient]:
    """An agent."""
    async with server.agent() as client:
        yield client


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ada(server: Server) -> AsyncIterator[httpx.AsyncClient]:
    """The owner, signed in."""
    async with server.signed_in("ada") as client:
        yield client


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """Acme on SQLite with its bytes in memory, and the cast of the acts' tests in it."""
    opened = empty_house(tmp_path)
    await move_in(opened)
    yield opened
    await opened.close()
