"""A real server on loopback, and the client in both its faces."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from tests.client.faces import FACES, client
from tests.hosts import Host, Workspace, hosted


@pytest.fixture(scope="session")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """A running server for all tests of the client."""
    with hosted(tmp_path_factory.mktemp("host")) as running:
        yield running


@pytest.fixture
def workspace(host: Host) -> Workspace:
    """A workspace with Ada (owner), Ben (reviewer) and Scribe (agent), new for each test."""
    return host.open()


@pytest.fixture(params=FACES)
async def signoff(request: pytest.FixtureRequest, workspace: Workspace) -> AsyncIterator[Any]:
    async with client(request.param, workspace.url, workspace.keys["scribe"]) as opened:
        yield opened
