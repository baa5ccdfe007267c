"""One server for each file of tests; each test keeps to paths of its own.

When a file is done, each entry that its requests left in the log is held against the table of
acts: nothing may be recorded that the table does not announce.
"""

from collections.abc import AsyncIterator
from functools import partial

import httpx
import pytest
import pytest_asyncio

from signoff.actions.table import BY_NAME
from signoff.domain.audit import read_leaf
from signoff.domain.errors import Refusal
from signoff.domain.events import Type
from signoff.domain.ids import Slug
from signoff.rest.app import match, nouns_of
from signoff.rest.routes import ROUTES
from signoff.store.audit import LogRow
from signoff.store.transaction import Transaction
from tests.journeys.server import Server, running

INSIDE = "/api/v1/workspaces/acme/"
_NOUNS = nouns_of(ROUTES)


def _page(tx: Transaction, *, after: int) -> list[LogRow]:
    return tx.audit.after(after, limit=500)


class Announced:
    """Which request asked for which act, by the id that it sent along."""

    def __init__(self) -> None:
        self.acts: dict[str, str] = {}

    async def note(self, request: httpx.Request) -> None:
        path = request.url.raw_path.decode().partition("?")[0]
        if not path.startswith(INSIDE):
            return
        try:
            route, _ = match(_NOUNS, request.method, path.removeprefix(INSIDE).split("/"))
        except Refusal:
            return
        name = f"t{len(self.acts)}"
        request.headers["X-Request-Id"] = name
        self.acts[name] = route.act

    def follow(self, client: httpx.AsyncClient) -> httpx.AsyncClient:
        client.event_hooks = {"request": [self.note]}
        return client

    async def unannounced(self, server: Server) -> set[tuple[str, str]]:
        """Return acts with events that they recorded and the table does not name."""
        found = set()
        after = 0
        while True:
            rows = await server.parts.house.engine.read(
                partial(_page, after=after), workspace=Slug("acme")
            )
            for row in rows:
                entry = read_leaf(row.leaf)
                act = self.acts.get(entry.request_id or "")
                if act and entry.type not in {*BY_NAME[act].events, Type.ACCESS_DENIED}:
                    found.add((act, entry.type.value))
            if not rows:
                return found
            after = rows[-1].position


@pytest.fixture(scope="module")
def announced() -> Announced:
    return Announced()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(
    tmp_path_factory: pytest.TempPathFactory, announced: Announced
) -> AsyncIterator[Server]:
    async with running(tmp_path_factory.mktemp("server")) as started:
        await started.found()
        yield started
        assert await announced.unannounced(started) == set()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scribe(server: Server, announced: Announced) -> AsyncIterator[httpx.AsyncClient]:
    async with server.agent() as client:
        yield announced.follow(client)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ada(server: Server, announced: Announced) -> AsyncIterator[httpx.AsyncClient]:
    """The owner, signed in."""
    client = await server.person("ada")
    yield announced.follow(client)
    await client.aclose()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ben(server: Server, announced: Announced) -> AsyncIterator[httpx.AsyncClient]:
    """A reviewer, signed in."""
    client = await server.person("ben")
    yield announced.follow(client)
    await client.aclose()
