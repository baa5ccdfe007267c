"""What PostgreSQL's planner is told, so that plans do not depend on the data (decision 8).

By the statistics of a new table each index that begins with `ws` finds one row. The planner
then takes any of them, and the plan that it keeps walks the whole workspace once there is
one. So `ws` is known for what it is, a column of few values, from the first statement on.
"""

from typing import Any

import psycopg
from psycopg import sql

Connection = psycopg.Connection[tuple[Any, ...]]

_UNTOLD = """SELECT c.relname FROM pg_class c
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'ws'
    WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace
    AND NOT EXISTS (SELECT 1 FROM pg_stats s WHERE s.schemaname = current_schema()
        AND s.tablename = c.relname AND s.attname = 'ws')"""
_COLUMNS = """SELECT column_name, data_type FROM information_schema.columns
    WHERE table_schema = current_schema() AND table_name = %s"""
NOBODYS = "-"
"""What no workspace can be called."""

_SAMPLES = {"text": ("a", "b"), "bigint": (1, 2), "bytea": (b"a", b"b")}


def tell_planner(connection: Connection) -> None:
    """Have each table's `ws` known for a column of one value, before it has rows and after.

    ANALYZE keeps to the number that is set. Until it first runs, what counts are the
    statistics of two rows that are written for it and taken away again.
    """
    for (name,) in connection.execute(_UNTOLD).fetchall():
        table = sql.Identifier(name)
        connection.execute(
            sql.SQL("ALTER TABLE {} ALTER COLUMN ws SET (n_distinct = 1)").format(table)
        )
        _fill(connection, name)
        connection.execute(sql.SQL("ANALYZE {} (ws)").format(table))
        connection.execute(sql.SQL("DELETE FROM {} WHERE ws = %s").format(table), (NOBODYS,))


def _fill(connection: Connection, table: str) -> None:
    """Write two rows of one workspace, which nobody sees before they are gone."""
    columns = connection.execute(_COLUMNS, (table,)).fetchall()
    for row in (0, 1):
        values = [NOBODYS if name == "ws" else _SAMPLES[kind][row] for name, kind in columns]
        connection.execute(
            sql.SQL("INSERT INTO {} ({}) VALUES ({}) ON CONFLICT DO NOTHING").format(
                sql.Identifier(table),
                sql.SQL(", ").join(sql.Identifier(name) for name, _ in columns),
                sql.SQL(", ").join(sql.Placeholder() for _ in columns),
            ),
            values,
        )
