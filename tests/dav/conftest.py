"""The whole application on each of the databases, spoken to without a socket."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from signoff.actions.seals import open_log_key
from signoff.server import build
from signoff.settings import Settings
from tests.databases import KINDS, new_database
from tests.dav.drive import HOST, Drive, Town


async def open_town(folder: Path, *, database_url: str = "") -> Town:
    """Open the application, with nobody there to do the acts of time."""
    key = folder / "root.key"
    if database_url and not key.exists():
        key.write_text(os.urandom(32).hex())
        key.chmod(0o600)
    settings = Settings(
        data=folder,
        database_url=database_url,
        root_key_file=str(key) if database_url else "",
        public_url=f"http://{HOST}",
        worker=False,
    )
    app = build(settings)
    await open_log_key(app.open().house)
    return Town(app=app, drives={}, keys={})


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=KINDS)
async def town(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Town]:
    """One town for each file of tests and each database; a test keeps to a folder of its own."""
    url = ""
    if request.param == "postgres":
        url = new_database(request.getfixturevalue("postgres_url"))
    opened = await open_town(tmp_path_factory.mktemp("town"), database_url=url)
    await opened.settle_in()
    yield opened
    await opened.app.close()


@pytest.fixture
async def fresh(tmp_path: Path) -> AsyncIterator[Town]:
    """A town of one's own, whose clock may be put forward."""
    opened = await open_town(tmp_path)
    await opened.settle_in()
    yield opened
    await opened.app.close()


@pytest.fixture
def dan(town: Town) -> Drive:
    """A contributor's drive."""
    return town["dan"]


@pytest.fixture
def scribe(town: Town) -> Drive:
    """An agent's drive."""
    return town["scribe"]
