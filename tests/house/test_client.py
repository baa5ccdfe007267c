"""The Python client: complete, small, alike in both its faces, and whole when installed alone."""

import ast
import importlib
import inspect
import os
import pkgutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

import signoff_client
from signoff_client.aio import calls as aio_calls
from signoff_client.aio import client as aio_client
from signoff_client.aio import handoffs as aio_handoffs
from signoff_client.aio import items as aio_items
from signoff_client.aio import locks as aio_locks
from signoff_client.sync import calls, client, handoffs, items, locks
from tests.house.pages import ROOT

CLIENT = ROOT / "clients" / "python"
SOURCE = CLIENT / "src" / "signoff_client"

PAIRS = [
    (client.Signoff, aio_client.AsyncSignoff),
    (items.Item, aio_items.AsyncItem),
    (handoffs.Handoff, aio_handoffs.AsyncHandoff),
    (locks.Lock, aio_locks.AsyncLock),
    (calls.ToolCall, aio_calls.AsyncToolCall),
    (calls.Ruling, aio_calls.AsyncRuling),
]


def test_everything_public_is_named() -> None:
    imported = {
        name
        for name, value in vars(signoff_client).items()
        if not name.startswith("_") and not inspect.ismodule(value)
    }

    assert sorted(signoff_client.__all__) == signoff_client.__all__
    assert imported == set(signoff_client.__all__)


def test_every_error_can_be_caught_by_name() -> None:
    errors = importlib.import_module("signoff_client.errors")
    kinds = {
        name
        for name, value in vars(errors).items()
        if inspect.isclass(value) and issubclass(value, Exception)
    }

    assert kinds <= set(signoff_client.__all__)


@pytest.mark.parametrize(("blocking", "awaited"), PAIRS)
def test_both_faces_offer_the_same(blocking: type, awaited: type) -> None:
    def offered(face: type) -> dict[str, list[str]]:
        return {
            name: [
                f"{each.name}={each.default}"
                for each in inspect.signature(member).parameters.values()
            ]
            for name, member in inspect.getmembers(face, inspect.isfunction)
            if not name.startswith("_")
        }

    assert offered(blocking) == offered(awaited)


def test_rooms_are_small_and_say_what_lives_there() -> None:
    for path in SOURCE.rglob("*.py"):
        tree = ast.parse(path.read_text())
        assert len(path.read_text().splitlines()) <= 300, path
        assert ast.get_docstring(tree), path
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                assert (node.end_lineno or 0) - node.lineno < 60, f"{path}: {node.name}"


FRAMEWORKS = {
    "langgraph/frameworks.py": {"langchain", "langchain_core", "langgraph"},
    "openai_agents.py": {"agents"},
    "pydantic_ai.py": {"pydantic", "pydantic_ai"},
}
"""What comes with an extra, and the one room of each that knows it."""


def test_it_leans_on_httpx_and_msgspec_and_each_adapter_on_its_framework_alone() -> None:
    leaned = {
        str(path.relative_to(SOURCE)): _leans_on(path) - set(sys.stdlib_module_names)
        for path in SOURCE.rglob("*.py")
    }

    for room, others in leaned.items():
        assert others <= {"httpx", "msgspec", "signoff_client"} | FRAMEWORKS.get(room, set())
    assert all(frameworks <= leaned[room] for room, frameworks in FRAMEWORKS.items())


def _leans_on(path: Path) -> set[str]:
    return {
        (name.name if isinstance(node, ast.Import) else node.module or "").partition(".")[0]
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in node.names
    }


def test_the_server_does_not_lean_on_it() -> None:
    server = (ROOT / "src").rglob("*.py")

    assert [path for path in server if "signoff_client" in path.read_text()] == []


def test_it_is_whole_when_it_is_installed_alone(tmp_path: Path) -> None:
    """Build the wheel from the source distribution, and run it where nothing else is."""
    uv = str(Path(sys.executable).parent / "uv")
    runs(uv, "build", "-q", "--no-build-isolation", "-o", tmp_path, CLIENT)
    (wheel,) = tmp_path.glob("*.whl")
    venv.create(tmp_path / "alone", with_pip=False)
    python = tmp_path / "alone" / "bin" / "python"
    runs(uv, "pip", "install", "-q", "--offline", "--no-deps", "--python", python, wheel)
    beside = [Path(importlib.import_module(name).__file__ or "").parents[1] for name in NEEDED]

    said = subprocess.run(  # noqa: S603  our own client
        [str(python), "-c", "import signoff_client as s; print(s.__version__, s.__file__)"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, dict.fromkeys(beside)))},
        check=True,
        capture_output=True,
        text=True,
    )

    assert said.stdout.split()[0] == signoff_client.__version__
    assert str(tmp_path) in said.stdout
    installed = Path(said.stdout.split()[1]).parent
    assert (installed / "py.typed").exists()
    names = {name for _, name, _ in pkgutil.walk_packages([str(installed)])}
    assert {"plans", "sync", "aio", "command"} <= names
    assert (tmp_path / "alone" / "bin" / "signoff-agent").exists()


NEEDED = ("httpx", "msgspec")


def runs(*words: str | Path) -> None:
    done = subprocess.run(  # noqa: S603  our own tools
        [*words], check=False, capture_output=True, text=True, env={**os.environ, **ACTIVE}
    )
    assert done.returncode == 0, done.stderr


ACTIVE = {"VIRTUAL_ENV": sys.prefix}
"""Where the builder finds what it builds with."""
