"""PostgreSQL: every action in a thread of its own connection, rerun when it lost a race.

Synchronous psycopg on threads beats every asynchronous driver here (facts in
`docs/decisions/`), and it keeps actions plain functions, the same on both engines.
"""

import asyncio
import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

import psycopg
from psycopg import errors as pg
from psycopg.types.numeric import Int8Dumper

from signoff.domain.errors import Busy, Code, StorageFull
from signoff.domain.ids import Instant, Slug
from signoff.store.dialects import POSTGRES, ddl, to_psycopg
from signoff.store.engine import Engine
from signoff.store.migrations import all_migrations
from signoff.store.transaction import Recorded, Row, Transaction

T = TypeVar("T")

WRITERS = 16
READERS = 8
ATTEMPTS = 4
LOST_RACE = (pg.SerializationFailure, pg.DeadlockDetected, pg.UniqueViolation)
MIGRATING = 7_301_977_001
NOTIFY_EVERY = 0.005
LISTEN_AGAIN = 0.5
CHANNEL = "signoff_log"
SETTINGS = (
    "SET idle_in_transaction_session_timeout = '5s'",
    "SET statement_timeout = '10s'",
    "SET lock_timeout = '5s'",
)


class _Connection:
    """psycopg as a transaction sees it."""

    __slots__ = ("cursor", "raw")

    def __init__(self, raw: psycopg.Connection[Row]) -> None:
        self.raw = raw
        self.cursor = raw.cursor(binary=True)

    def run(self, sql: str, parameters: dict[str, Any]) -> int:
        self.cursor.execute(to_psycopg(sql), parameters)
        return self.cursor.rowcount

    def rows(self, sql: str, parameters: dict[str, Any]) -> list[Row]:
        self.cursor.execute(to_psycopg(sql), parameters)
        return self.cursor.fetchall()


class Postgres(Engine):
    """The store on a PostgreSQL server, shared by as many nodes as wanted."""

    dialect = POSTGRES

    def __init__(self, url: str, *, allow_unsafe: bool = False, schema: str = "") -> None:
        super().__init__()
        self.url = url
        self._allow_unsafe = allow_unsafe
        self._schema = schema
        self._local = threading.local()
        self._connections: list[psycopg.Connection[Row]] = []
        self._writers = ThreadPoolExecutor(WRITERS, thread_name_prefix="signoff-write")
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="signoff-read")
        self._turns: dict[Slug, asyncio.Semaphore] = {}
        self._to_notify: set[Slug] = set()
        self._notifying = threading.Event()
        self._closing = threading.Event()

    def open(self) -> None:
        """Connect, refuse a server that forgets, bring the schema up to date."""
        with self._connect() as connection:
            self._check_durable(connection)
            self._migrate(connection)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._talkers = [
            threading.Thread(target=self._notify_loop, name="signoff-notify", daemon=True),
            threading.Thread(target=self._listen_loop, name="signoff-listen", daemon=True),
        ]
        for talker in self._talkers:
            talker.start()

    def _check_durable(self, connection: psycopg.Connection[Row]) -> None:
        for name in ("synchronous_commit", "fsync"):
            value = connection.execute(f"SHOW {name}".encode()).fetchone()
            if value is not None and value[0] == "off" and not self._allow_unsafe:
                raise RuntimeError(
                    f"PostgreSQL runs with {name}=off: an answered act could be lost."
                    " Turn it on, or say --allow-unsafe-database."
                )

    def _connect(self) -> psycopg.Connection[Row]:
        connection = psycopg.connect(self.url, autocommit=True, connect_timeout=10)
        connection.adapters.register_dumper(int, Int8Dumper)  # one prepared form each
        connection.prepare_threshold = 2
        if self._schema:
            connection.execute(f'SET search_path TO "{self._schema}"'.encode())
        for setting in SETTINGS:
            connection.execute(setting.encode())
        return connection

    def _migrate(self, connection: psycopg.Connection[Row]) -> None:
        with connection.transaction():
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (MIGRATING,))
            if self._schema:
                connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{self._schema}"'.encode())
            known = connection.execute("SELECT to_regclass('meta')").fetchone()
            done = 0
            if known is not None and known[0] is not None:
                row = connection.execute(
                    "SELECT value FROM meta WHERE key = 'schema'"
                ).fetchone()
                done = int(bytes(row[0])) if row else 0
            for step in all_migrations()[done:]:
                for statement in step.statements:
                    connection.execute(ddl(statement, POSTGRES).encode())
                connection.execute(
                    "INSERT INTO meta (key, value) VALUES ('schema', %s)"
                    " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                    (str(step.number).encode(),),
                )

    # Writing.

    async def write(
        self,
        work: Callable[[Transaction], T],
        *,
        workspace: Slug,
        background: bool = False,  # noqa: ARG002  threads take turns; there is one lane
    ) -> tuple[T, list[Recorded]]:
        """Run `work` in a transaction of its own and answer once it is durable."""
        loop = self._loop = asyncio.get_running_loop()
        turn = self._turns.setdefault(workspace, asyncio.Semaphore(WRITERS // 2))
        async with turn:
            result, recorded = await loop.run_in_executor(
                self._writers, self._attempt, work, workspace
            )
        return result, recorded

    def _attempt(
        self, work: Callable[[Transaction], T], workspace: Slug
    ) -> tuple[T, list[Recorded]]:
        """Run it, at most four times when another transaction got there first."""
        for attempt in range(1, ATTEMPTS + 1):
            connection = self._mine()
            try:
                connection.cursor.execute(b"BEGIN")
                tx = Transaction(
                    connection,
                    POSTGRES,
                    clock=partial(self._now, connection),
                    workspace=workspace,
                )
                result = work(tx)
                tx.finish()
            except LOST_RACE:
                self._roll_back(connection)
                if attempt == ATTEMPTS:
                    raise Busy(
                        "Others wrote to the same place at the same time, again and again",
                        hint="Try again.",
                    ) from None
                time.sleep(random.uniform(0, 0.004 * attempt))  # noqa: S311  spreads retries
                continue
            except pg.LockNotAvailable:
                self._roll_back(connection)
                raise Busy("Somebody else is busy with the same files") from None
            except pg.DiskFull:
                self._roll_back(connection)
                raise StorageFull("The database's disk is full; nothing was written") from None
            except psycopg.OperationalError as error:
                self._forget(connection)
                raise Busy("The database cannot be reached", hint="Try again.") from error
            except BaseException:
                self._roll_back(connection)
                raise
            self._commit(connection)
            self._announce(tx.recorded)
            return result, tx.recorded
        raise AssertionError

    def _announce(self, recorded: list[Recorded]) -> None:
        """Tell of what is committed, from here: whoever waited for it may have gone away."""
        for grown in {entry.workspace for entry in recorded}:
            self._to_notify.add(grown)
            self._notifying.set()
            self._heard(grown)

    def _commit(self, connection: _Connection) -> None:
        try:
            connection.cursor.execute(b"COMMIT")
        except psycopg.OperationalError as error:
            self._forget(connection)
            raise Busy(
                "The connection was lost while committing; the outcome is not known",
                code=Code.OUTCOME_UNKNOWN,
                hint="Read before you try again.",
            ) from error

    def _now(self, connection: _Connection) -> Instant:
        rows = connection.rows(
            "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint", {}
        )
        return Instant(int(rows[0][0]))

    def _mine(self) -> _Connection:
        connection = getattr(self._local, "connection", None)
        if connection is None or connection.raw.closed:
            try:
                raw = self._connect()
            except psycopg.OperationalError as error:
                raise Busy("The database cannot be reached", hint="Try again.") from error
            self._connections.append(raw)
            connection = self._local.connection = _Connection(raw)
        return connection

    def _roll_back(self, connection: _Connection) -> None:
        try:
            connection.cursor.execute(b"ROLLBACK")
        except psycopg.Error:
            self._forget(connection)

    def _forget(self, connection: _Connection) -> None:
        with suppress(psycopg.Error):
            connection.raw.close()
        with suppress(ValueError):
            self._connections.remove(connection.raw)
        self._local.connection = None

    # Reading.

    async def read(self, work: Callable[[Transaction], T], *, workspace: Slug) -> T:
        """Run a read in one snapshot, on a thread of the read pool."""
        loop = self._loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._readers, self._read, work, workspace)

    async def read_long(self, work: Callable[[Transaction], T], *, workspace: Slug) -> T:
        """Run a long read; here it is a read like any other."""
        return await self.read(work, workspace=workspace)

    def _read(self, work: Callable[[Transaction], T], workspace: Slug) -> T:
        for attempt in (1, 2):
            connection = self._mine()
            try:
                connection.cursor.execute(
                    b"BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
                )
                result = work(
                    Transaction(connection, POSTGRES, clock=self.now, workspace=workspace)
                )
            except psycopg.OperationalError as error:
                self._forget(connection)
                if attempt == 1:
                    continue
                raise Busy("The database cannot be reached", hint="Try again.") from error
            except BaseException:
                self._roll_back(connection)
                raise
            self._roll_back(connection)
            return result
        raise AssertionError

    def now(self) -> Instant:
        """Return this node's clock, for reads; acts use the database's (STORAGE 11)."""
        return Instant(time.time_ns() // 1000)

    # Telling other nodes (STORAGE 10).

    def _notify_loop(self) -> None:
        connection: psycopg.Connection[Row] | None = None
        while not self._closing.is_set():
            self._notifying.wait()
            self._notifying.clear()
            names = [self._to_notify.pop() for _ in range(len(self._to_notify))]
            try:
                connection = connection or self._connect()
                for name in names:
                    connection.execute("SELECT pg_notify(%s, %s)", (CHANNEL, name))
            except psycopg.Error:
                connection = None  # followers poll beneath, so a lost word is only late
            self._closing.wait(NOTIFY_EVERY)
        if connection is not None:
            connection.close()

    def _listen_loop(self) -> None:
        while not self._closing.is_set():
            try:
                with self._connect() as connection:
                    connection.execute(f"LISTEN {CHANNEL}".encode())
                    while not self._closing.is_set():
                        for heard in connection.notifies(timeout=LISTEN_AGAIN):
                            self._heard(Slug(heard.payload))
            except psycopg.Error:
                self._closing.wait(LISTEN_AGAIN)

    def _heard(self, workspace: Slug) -> None:
        if self._loop is not None and not self._loop.is_closed():
            with suppress(RuntimeError):  # the loop may close between the two words
                self._loop.call_soon_threadsafe(self.committed, workspace)

    async def checkpoint(self) -> None:
        """PostgreSQL keeps its own house."""

    async def close(self) -> None:
        """Finish what is under way and close every connection."""
        self._closing.set()
        self._notifying.set()
        self._writers.shutdown()
        self._readers.shutdown()
        for talker in self._talkers:
            await asyncio.to_thread(talker.join)
        for connection in self._connections:
            connection.close()
