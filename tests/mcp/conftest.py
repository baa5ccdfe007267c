"""One server for each file of tests and database; each test keeps to paths of its own."""

from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from tests.databases import KINDS
from tests.journeys.server import Server, running_on
from tests.mcp import judges
from tests.mcp.wire import Wire

CORE = frozenset({"test_files", "test_handoffs", "test_listening", "test_tools"})
"""Files of tests that ask what is in the rows."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Have the judges installed, before it is asked whether they are there, if any is wanted."""
    if any("judges" in mark.args for item in items for mark in item.iter_markers("needs")):
        judges.install()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what the door does with rows on both databases; the rest speaks of messages alone."""
    if "server" in metafunc.fixturenames:
        is_core = metafunc.module.__name__.rpartition(".")[2] in CORE
        kinds = KINDS if is_core else KINDS[:1]
        metafunc.parametrize("server", kinds, indirect=True, scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Server]:
    kind, folder = request.param, tmp_path_factory.mktemp("server")
    url = request.getfixturevalue("postgres_url") if kind == "postgres" else ""
    async with running_on(kind, folder, postgres_url=url) as started:
        yield started


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def line(server: Server) -> AsyncIterator[httpx.AsyncClient]:
    """The agent's connection."""
    async with server.client(Authorization=f"Bearer {server.keys['scribe']}") as client:
        yield client


@pytest.fixture(params=["2026-07-28", "2025-11-25"])
def wire(request: pytest.FixtureRequest, line: httpx.AsyncClient) -> Wire:
    """The agent, as clients of each era speak."""
    return Wire(line, modern=request.param == "2026-07-28")


@pytest.fixture
def modern(line: httpx.AsyncClient) -> Wire:
    """The agent, as a client of 2026-07-28 speaks."""
    return Wire(line)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ada(server: Server) -> AsyncIterator[httpx.AsyncClient]:
    """The owner, signed in."""
    async with server.signed_in("ada") as client:
        yield client


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ben(server: Server) -> AsyncIterator[httpx.AsyncClient]:
    """A reviewer, signed in."""
    async with server.signed_in("ben") as client:
        yield client
