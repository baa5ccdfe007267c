from collections.abc import Iterator
from contextlib import closing

import pytest

from signoff_client import Signoff
from tests.adapters.place import Place
from tests.hosts import Host, hosted


@pytest.fixture(scope="session")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """A running server for all tests of the adapters."""
    with hosted(tmp_path_factory.mktemp("host")) as running:
        yield running


@pytest.fixture
def place(host: Host) -> Iterator[Place]:
    """A workspace with an agent and a person who decides, new for each test."""
    with closing(Place(host.open())) as opened:
        yield opened


@pytest.fixture
def signoff(place: Place) -> Iterator[Signoff]:
    """The agent's client."""
    with Signoff(place.url, place.key) as client:
        yield client
