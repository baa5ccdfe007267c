"""SQLite's file as it is opened: its settings, its schema, and what its planner is told."""

from collections.abc import Callable
from typing import Any

import apsw

from signoff.store.dialects import SQLITE, ddl, positional
from signoff.store.migrations import all_migrations
from signoff.store.transaction import Row

LARGE_TABLE = 1_000_000
CHECKPOINT_PAGES = 4000
"""16 MiB of log before it is folded back: pages written often are folded once."""


class Connection:
    """apsw as a transaction sees it."""

    __slots__ = ("each", "execute", "raw")

    def __init__(self, raw: apsw.Connection) -> None:
        self.raw = raw
        cursor = raw.cursor()  # rows are fetched whole: one is enough
        self.execute, self.each = cursor.execute, cursor.executemany

    def run(self, sql: str, parameters: dict[str, Any]) -> None:
        """Change rows."""
        text, pick = positional(sql)
        self.execute(text, pick(parameters))

    def changed(self, sql: str, parameters: dict[str, Any]) -> int:
        """Change rows; return how many."""
        self.run(sql, parameters)
        return self.raw.changes()

    def rows(self, sql: str, parameters: dict[str, Any]) -> list[Row]:
        """Return every row."""
        text, pick = positional(sql)
        return self.execute(text, pick(parameters)).fetchall()

    def look(self, sql: str, values: tuple[Any, ...]) -> list[Row]:
        """Return every row of a statement whose parameters are numbered."""
        return self.execute(sql, values).fetchall()

    def ask(self, sql: str, parameters: dict[str, Any]) -> Callable[[], list[Row]]:
        """Return what tells the rows: here they are read at once."""
        found = self.rows(sql, parameters)
        return lambda: found


def connect(path: str, *, cache: int = 16384) -> Connection:
    """Open the file with a cache of so many KiB; refuse one that would not be synced."""
    raw = apsw.Connection(path, statementcachesize=512)
    raw.set_busy_timeout(5000)
    # Else a statement is compiled anew whenever other values are bound to it.
    raw.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, 1)
    raw.execute("PRAGMA journal_mode=WAL")
    raw.execute("PRAGMA synchronous=FULL")
    raw.execute("PRAGMA fullfsync=ON")
    raw.execute(f"PRAGMA cache_size=-{cache}")
    raw.execute("PRAGMA temp_store=MEMORY")
    raw.execute("PRAGMA mmap_size=0")
    raw.execute(f"PRAGMA wal_autocheckpoint={CHECKPOINT_PAGES}")
    if raw.pragma("synchronous") != 2:  # noqa: PLR2004  SQLite's number for FULL
        raise RuntimeError("SQLite did not take synchronous=FULL; nothing would be durable")
    return Connection(raw)


def migrate(connection: Connection) -> None:
    """Bring the schema up to date; from then on nobody sleeps inside SQLite."""
    execute = connection.execute
    execute("BEGIN IMMEDIATE")
    known = execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchall()
    done = 0
    if known:
        row = connection.rows("SELECT value FROM meta WHERE key = 'schema'", {})
        done = int(row[0][0])
    for step in all_migrations()[done:]:
        for statement in step.statements:
            execute(ddl(statement, SQLITE))
        execute(
            "INSERT INTO meta (key, value) VALUES ('schema', :number)"
            " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            {"number": str(step.number).encode()},
        )
    _tell_planner(connection)
    execute("COMMIT")
    connection.raw.set_busy_timeout(0)


def _tell_planner(connection: Connection) -> None:
    """Tell the planner how selective each index is, as it is in a large workspace.

    Without it SQLite takes `ws` alone for selective, since it knows of no data yet, and
    walks the primary key where a longer index fits (docs/decisions/0008). What is written
    here never depends on the data, so neither do the plans.
    """
    execute = connection.execute
    wanted = []
    for (table,) in execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
        for index in execute(f"PRAGMA index_list({table})").fetchall():
            columns = len(execute(f"PRAGMA index_info({index[1]})").fetchall())
            name = table if str(index[1]).startswith("sqlite_autoindex") else index[1]
            wanted.append((table, name, _selectivity(columns)))
    known = "SELECT 1 FROM sqlite_master WHERE name = 'sqlite_stat1'"
    if not execute(known).fetchall():
        execute("ANALYZE meta")  # the one way to make the table; it reads a single row
    if execute("SELECT tbl, idx, stat FROM sqlite_stat1").fetchall() == wanted:
        return
    execute("DELETE FROM sqlite_stat1")
    for row in wanted:
        execute("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (?, ?, ?)", row)
    execute("ANALYZE sqlite_schema")


def _selectivity(columns: int) -> str:
    """Return the statistics of an index: a million rows, ten workspaces, ever fewer, one."""
    rows = [LARGE_TABLE]
    for _ in range(1, columns):
        rows.append(max(1, rows[-1] // 10))
    return " ".join(str(each) for each in (*rows, 1))
