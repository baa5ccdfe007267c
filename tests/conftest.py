"""The databases of a test session, and what is left out of it where it cannot run."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import start_postgres
from tests.parts import PARTS


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


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what needs a part of the system that is not there; the summary says so aloud.

    With SIGNOFF_REQUIRE_ALL, as in CI, nothing is left out: what is absent fails.
    """
    if os.environ.get("SIGNOFF_REQUIRE_ALL"):
        return
    config.hook.pytest_deselected(items=[item for item in items if not _can_run(item)])
    items[:] = [item for item in items if _can_run(item)]


def _can_run(item: pytest.Item) -> bool:
    """Say whether the parts of the system are there that a test is marked to need."""
    needed = [name for mark in item.iter_markers("needs") for name in mark.args]
    return all(PARTS[name].is_there for name in needed)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say aloud what this machine lacks, and what a test found that it cannot do."""
    for name, part in PARTS.items():
        if not part.is_there:
            terminalreporter.section(f"NOT RUN: the tests that need {name}")
            terminalreporter.line(part.advice)
    for report in terminalreporter.stats.get("skipped", []):
        terminalreporter.section(f"NOT RUN: {report.nodeid}")
        terminalreporter.line(str(report.longrepr[2]))
