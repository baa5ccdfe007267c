"""The databases of a test session."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import start_postgres


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One PostgreSQL server for the session, shared by its processes.

    One that does not start fails every test that asks for it.
    """
    own = tmp_path_factory.getbasetemp()
    shared: Path = own.parent if own.name.startswith("popen-") else own
    yield from start_postgres(shared / "postgres")
