"""Which tables are records, and that every table is declared."""

import ast
import inspect
import pkgutil
from importlib import import_module

import pytest

from signoff import store as package
from signoff.store.engine import Engine
from signoff.store.migrations import all_migrations
from signoff.store.schema import BOOKKEEPING, DIRECTORY, RECORDS, written_table
from tests.store.scenes import ACME


async def tables(store: Engine) -> set[str]:
    sql = (
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        if store.dialect.name == "sqlite"
        else "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    )
    return {row[0] for row in await store.read(lambda tx: tx.all(sql), workspace=ACME)}


async def test_every_table_is_a_record_or_bookkeeping(store: Engine) -> None:
    assert await tables(store) == RECORDS | set(BOOKKEEPING)


def test_no_table_is_both() -> None:
    assert RECORDS.isdisjoint(BOOKKEEPING)
    assert DIRECTORY <= RECORDS


def test_every_exemption_has_a_reason() -> None:
    assert all(len(reason) > 5 for reason in BOOKKEEPING.values())


@pytest.mark.parametrize(
    ("sql", "table"),
    [
        ("INSERT INTO nodes (ws) VALUES (:ws)", "nodes"),
        ("  UPDATE handoffs SET state = 1", "handoffs"),
        ("DELETE FROM locks WHERE ws = :ws", "locks"),
        ("WITH x AS (SELECT 1) DELETE FROM versions", "versions"),
        ("SELECT * FROM nodes", ""),
        ("INSERT INTO holds (ws) VALUES (:ws)", "holds"),
        ("UPDATE heads SET at = 1", "heads"),
    ],
)
def test_the_table_that_a_statement_writes_is_seen(sql: str, table: str) -> None:
    assert written_table(sql) == table


def test_every_write_in_the_store_names_a_declared_table() -> None:
    known = RECORDS | set(BOOKKEEPING)
    found = set()
    for module in pkgutil.iter_modules(package.__path__):
        source = inspect.getsource(import_module(f"signoff.store.{module.name}"))
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                words = node.value.split()
                for verb, at in (("INSERT", 2), ("UPDATE", 1), ("DELETE", 2)):
                    if words[:1] == [verb] and len(words) > at:
                        found.add(words[at])

    strange = {name for name in found - known if not name.startswith(("sqlite_", "{"))}
    assert strange == set()
    assert "nodes" in found


def test_migrations_are_numbered_without_gaps() -> None:
    assert [step.number for step in all_migrations()] == list(
        range(1, len(all_migrations()) + 1)
    )
