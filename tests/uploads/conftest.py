"""A server in a process of its own, which can be killed while clients of tus send to it."""

from collections.abc import Iterator

import pytest

from tests.journeys.crash.node import Node
from tests.ports import free_port
from tests.uploads.sites import Site


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server on SQLite and local disk, with an agent's key; each test has paths of its own."""
    node = Node(tmp_path_factory.mktemp("site") / "data", port=free_port())
    key = node.found()
    node.start()
    opened = Site(node, key)
    yield opened
    opened.close()
