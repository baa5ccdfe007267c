from collections.abc import Iterator

import pytest

from signoff_client import Signoff
from tests.adapters.place import Place, served


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A running server with an agent and a person who decides."""
    with served(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture
def signoff(place: Place) -> Iterator[Signoff]:
    """The agent's client."""
    with Signoff(place.url, place.key) as client:
        yield client
