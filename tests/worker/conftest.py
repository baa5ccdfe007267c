from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from signoff.actions.house import House
from tests.actions.cast import empty_house, move_in


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """Acme on SQLite with its bytes in memory, and its cast."""
    opened = empty_house(tmp_path)
    await move_in(opened)
    yield opened
    await opened.close()
