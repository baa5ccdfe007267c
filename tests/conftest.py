"""The databases of a test session."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import start_postgres


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """One PostgreSQL server for the session, shared by its processes.

    One that does not start fails every test that asks for it. It lies outside of pytest's own
    folders, of which only those of the last three sessions are kept.
    """
    session = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
    folder = Path(tempfile.gettempdir()) / f"signoff-postgres-{session[:12]}"
    folder.mkdir(mode=0o700, exist_ok=True)
    yield from start_postgres(folder)
