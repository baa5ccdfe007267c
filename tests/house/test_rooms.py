"""Rooms are small and plainly named, and doors leave the rows alone."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from signoff.actions.table import ACTS
from tests.house.pages import ROOT, SOURCE

BANNED = {"utils", "util", "helpers", "common", "base", "core", "manager", "service", "handler",
          "misc"}  # fmt: skip

LONG = {
    "actions/table.py": "one table, one row an act",
    "store/postgres.py": "one engine",
    "store/sqlite.py": "one engine",
    "domain/handoffs.py": "one value with its table of moves; to be split",
    "domain/rights.py": "one table: a line to each permission",
    "rest/openapi.py": "one document; its words are to have a room of their own",
    "server.py": "where everything meets; to be split",
    "store/members.py": "one table's statements",
    "worker/duties.py": "one table: a function to each duty",
    "store/handoffs.py": "one table's statements",
    "store/transaction.py": "one transaction, a line to each of its rooms",
}
"""Modules beyond 300 lines, with the reason; none may reach 500 but the table of acts."""

DOORS = ("rest", "web", "dav", "mcp", "portal")


def modules() -> Iterator[tuple[str, str]]:
    for path in sorted(SOURCE.rglob("*.py")):
        yield path.relative_to(SOURCE).as_posix(), path.read_text()


def test_no_room_has_a_name_that_says_nothing() -> None:
    names = {part for name, _ in modules() for part in Path(name).with_suffix("").parts}

    assert names & BANNED == set()


def test_rooms_are_small_or_have_a_reason() -> None:
    long = {name for name, text in modules() if len(text.splitlines()) > 300}

    assert long - set(LONG) == set()


def test_no_reason_makes_a_room_huge() -> None:
    huge = {name for name, text in modules() if len(text.splitlines()) > 500}

    assert huge - {"actions/table.py"} == set()


def test_a_function_is_read_without_scrolling() -> None:
    long = [
        f"{name}: {node.name}"
        for name, text in modules()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno + 1 > 60
    ]

    assert long == []


@pytest.mark.parametrize("folder", ["src", "clients", "tests", "examples", "docs"])
def test_nothing_is_left_for_later(folder: str) -> None:
    later = re.compile(r"\b(TO" + "DO|FIX" + "ME|XXX|HA" + "CK)\b|NotImplemented" + "Error")
    suffixes = {".py", ".md", ".html", ".css", ".js", ".toml"}
    found = [
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / folder).rglob("*")
        if path.suffix in suffixes and "vendor" not in path.parts and "assets" not in path.parts
        if later.search(path.read_text())
    ]

    assert found == []


@pytest.mark.parametrize("door", DOORS)
def test_a_door_opens_no_transaction(door: str) -> None:
    found = [
        name
        for name, text in modules()
        if name.startswith(f"{door}/")
        and re.search(r"\bengine\.(read|write)|\btx\.|\.transaction\(", text)
    ]

    assert found == []


def test_every_act_is_in_a_room_that_leans_on_no_act() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    apart = {
        room
        for contract in contracts["contracts"]
        if contract["name"] == "An action calls no action"
        for room in contract["modules"]
    }

    rooms = {act.run.__module__ for act in ACTS}

    over_many = {"signoff.actions.verifications", "signoff.actions.batches"}
    assert rooms - apart == over_many, "these run on the House, over many transactions"


def test_every_room_says_what_lives_there() -> None:
    silent = [name for name, text in modules() if not ast.get_docstring(ast.parse(text))]

    assert silent == []
