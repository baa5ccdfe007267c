from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.actions.desk import Desk, opened_desk
from tests.web.visitors import Doorway


@pytest.fixture
async def acme(tmp_path: Path) -> AsyncIterator[Desk]:
    """Acme, with its cast, and short words for what they do."""
    opened = await opened_desk(tmp_path)
    yield opened
    await opened.house.close()


@pytest.fixture
def door(acme: Desk) -> Doorway:
    """Acme's pages."""
    return Doorway(acme.house)
