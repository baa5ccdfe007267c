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


CHROMIUM = "/usr/bin/chromium"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what needs a browser where there is none; the summary says so aloud.

    With SIGNOFF_REQUIRE_ALL, as in CI, nothing is left out: what is absent fails.
    """
    if os.environ.get("SIGNOFF_REQUIRE_ALL") or Path(CHROMIUM).exists():
        return
    browser = [item for item in items if item.get_closest_marker("browser")]
    config.hook.pytest_deselected(items=browser)
    items[:] = [item for item in items if item not in browser]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say aloud what this machine lacks."""
    if not Path(CHROMIUM).exists():
        terminalreporter.section("NOT RUN: the tests that need a browser")
        terminalreporter.line(f"There is no {CHROMIUM}. On Debian: apt-get install chromium")
