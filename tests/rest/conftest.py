"""One server for each file of tests; each test keeps to paths of its own."""

from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from tests.journeys.server import Server, running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    async with running(tmp_path_factory.mktemp("server")) as started:
        await started.found()
        yield started


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scribe(server: Server) -> AsyncIterator[httpx.AsyncClient]:
    async with server.agent() as client:
        yield client


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ada(server: Server) -> AsyncIterator[httpx.AsyncClient]:
    """The owner, signed in."""
    client = await server.person("ada")
    yield client
    await client.aclose()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ben(server: Server) -> AsyncIterator[httpx.AsyncClient]:
    """A reviewer, signed in."""
    client = await server.person("ben")
    yield client
    await client.aclose()
