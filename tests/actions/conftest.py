from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from signoff.actions.house import House
from signoff.actions.workspaces import keys_of
from signoff.blobs.encrypted import Encrypted
from signoff.blobs.keys import Keyring, RootKey
from signoff.blobs.memory import MemoryStore
from tests.actions.cast import empty_house, move_in
from tests.databases import KINDS, engine


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """Acme on SQLite with its bytes in memory, and the cast of `cast.py` in it."""
    opened = empty_house(tmp_path)
    await move_in(opened)
    yield opened
    await opened.close()


@pytest.fixture
async def bare_house(tmp_path: Path) -> AsyncIterator[House]:
    """A house in which there is nobody and nothing."""
    opened = empty_house(tmp_path)
    yield opened
    await opened.close()


@pytest.fixture(params=KINDS)
async def acme(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[House]:
    """Acme on each of the databases."""
    kind = str(request.param)
    url = request.getfixturevalue("postgres_url") if kind == "postgres" else ""
    store = engine(kind, folder=tmp_path, postgres_url=url)
    blobs = MemoryStore()
    keyring = Keyring(RootKey(b"k" * 32), keys_of(store, blobs))
    opened = House(store, Encrypted(blobs, keyring), keyring, base_url="http://signoff.example")
    await move_in(opened)
    yield opened
    await opened.close()
