from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from signoff.actions.house import House
from tests.actions.cast import empty_house, move_in


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
