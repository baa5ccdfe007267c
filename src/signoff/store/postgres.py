"""PostgreSQL: every act in a fiber with a connection of its own, rerun when it lost a race.

Acts are plain functions, the same on both engines. Here too they run on the event loop's
thread; while one waits for the database the others, and the doors, go on
(docs/decisions/0010).
"""

import asyncio
import os
import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import TypeVar

import psycopg
from psycopg import errors as pg

from signoff.domain.errors import Busy, Code, StorageFull
from signoff.domain.ids import SECOND, Instant, Slug
from signoff.store.dialects import POSTGRES, ddl
from signoff.store.engine import Engine
from signoff.store.fibers import in_fiber
from signoff.store.migrations import all_migrations
from signoff.store.notices import Notices
from signoff.store.pipeline import Blocking, Pipeline
from signoff.store.planner import tell_planner
from signoff.store.pools import Pool
from signoff.store.transaction import Recorded, Row, Transaction

T = TypeVar("T")

WRITERS = 16
READERS = 8
LONG_READERS = 2
ATTEMPTS = 4
LOST_RACE = (pg.SerializationFailure, pg.DeadlockDetected, pg.UniqueViolation)
MIGRATING = 7_301_977_001
RIGHTS = "rights"
REMEMBERED_FOR = SECOND
SNAPSHOT = "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
SETTINGS = """
    SET idle_in_transaction_session_timeout = '5s';
    SET statement_timeout = '10s';
    SET lock_timeout = '5s';
    SET plan_cache_mode = force_generic_plan;
    SET enable_seqscan = off;
    SET enable_hashjoin = off;
    SET enable_mergejoin = off;
    SET jit = off
"""
"""Limits, and plans that were not made for a table because it was small (decision 8)."""


class _LostRaceError(Exception):
    """Another transaction got there first; this one may run again."""


class Postgres(Engine):
    """The store on a PostgreSQL server, shared by as many nodes as wanted."""

    dialect = POSTGRES

    def __init__(self, url: str, *, allow_unsafe: bool = False, schema: str = "") -> None:
        super().__init__()
        self.url = url
        self._allow_unsafe = allow_unsafe
        self._schema = schema
        self._loop: asyncio.AbstractEventLoop | None = None
        self._turns: dict[Slug, asyncio.Semaphore] = {}
        self._notices = Notices(self._connect, self._heard)
        self._long = threading.local()
        self._long_connections: list[Pipeline] = []
        self._long_readers = ThreadPoolExecutor(LONG_READERS, thread_name_prefix="signoff-read")
        self._look: asyncio.Task[None] | None = None
        self._rights = 0
        self._looked_at = Instant(0)

    def open(self) -> None:
        """Connect, refuse a server that forgets, bring the schema up to date."""
        with self._connect() as connection:
            self._check_durable(connection)
            self._migrate(connection)
        self._notices.start()

    def _check_durable(self, connection: psycopg.Connection[Row]) -> None:
        for name in ("synchronous_commit", "fsync"):
            value = connection.execute(f"SHOW {name}".encode()).fetchone()
            if value is not None and value[0] == "off" and not self._allow_unsafe:
                raise RuntimeError(
                    f"PostgreSQL runs with {name}=off: an answered act could be lost."
                    " Turn it on, or say --allow-unsafe-database."
                )

    def _connect(self) -> psycopg.Connection[Row]:
        connection = psycopg.connect(
            self.url,
            autocommit=True,
            connect_timeout=10,
            tcp_user_timeout=10_000,
            keepalives_idle=10,  # who waits for an answer notices that nobody is there
            keepalives_interval=5,
            keepalives_count=3,
        )
        if self._schema:
            connection.execute(f'SET search_path TO "{self._schema}"'.encode())
        connection.execute(SETTINGS.encode())
        return connection

    def _on_this_loop(self) -> None:
        """Have pools for the running loop: a connection is watched by one loop."""
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            self._loop = loop
            self._turns = {}
            self._writers = Pool(self._connect, WRITERS)
            self._readers = Pool(self._connect, READERS)
            self._lookers = Pool(self._connect, 1)
            self._looking = asyncio.Lock()
            self._look = None

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
            tell_planner(connection)

    # Writing.

    async def write(
        self,
        work: Callable[[Transaction], T],
        *,
        workspace: Slug,
        background: bool = False,  # noqa: ARG002  acts take turns; there is one lane
    ) -> tuple[T, list[Recorded]]:
        """Run `work` in a transaction of its own and answer once it is durable.

        It runs again, at most three times, when another transaction got there first.
        """
        self._on_this_loop()
        turn = self._turns.setdefault(workspace, asyncio.Semaphore(WRITERS // 2))
        async with turn:
            for attempt in range(1, ATTEMPTS + 1):
                pipeline = await self._writers.take()
                try:
                    return await in_fiber(partial(self._attempt, pipeline, work, workspace))
                except _LostRaceError:
                    spread = random.uniform(0, 0.004 * attempt)  # noqa: S311  spreads retries
                    await asyncio.sleep(spread)
        raise Busy(
            "Others wrote to the same place at the same time, again and again",
            hint="Try again.",
        )

    def _attempt(
        self, pipeline: Pipeline, work: Callable[[Transaction], T], workspace: Slug
    ) -> tuple[T, list[Recorded]]:
        """Run it once, whether or not anybody still waits for it."""
        clock = partial(_database_time, pipeline)
        tx = Transaction(pipeline, POSTGRES, clock=clock, workspace=workspace)
        try:
            pipeline.begin()
            result = work(tx)
            tx.finish()
            if tx.touched_rights:
                tx.books.set_meta(RIGHTS, os.urandom(8))
            pipeline.commit()
        except BaseException as error:
            _roll_back(pipeline)
            raise _meaning(error, pipeline) from error
        finally:
            self._writers.give(pipeline)
        for grown in {entry.workspace for entry in tx.recorded}:
            self._notices.tell(grown)
            self.committed(grown)
        return result, tx.recorded

    # Reading.

    async def read(self, work: Callable[[Transaction], T], *, workspace: Slug) -> T:
        """Run a read in one snapshot."""
        self._on_this_loop()
        return await self._read_from(self._readers, partial(self._snapshot, work, workspace))

    async def _read_from(self, pool: Pool, read: Callable[[Pipeline], T]) -> T:
        for attempt in (1, 2):
            pipeline = await pool.take()

            def run(pipeline: Pipeline = pipeline) -> T:
                try:
                    return read(pipeline)
                finally:
                    pool.give(pipeline)

            try:
                return await in_fiber(run)
            except psycopg.OperationalError as error:
                if attempt == 1:
                    continue  # an idle connection may be long gone
                raise Busy("The database cannot be reached", hint="Try again.") from error
        raise AssertionError

    def _snapshot(
        self, work: Callable[[Transaction], T], workspace: Slug, pipeline: Pipeline
    ) -> T:
        try:
            pipeline.begin(SNAPSHOT)
            return work(Transaction(pipeline, POSTGRES, clock=self.now, workspace=workspace))
        finally:
            _roll_back(pipeline)

    async def read_long(self, work: Callable[[Transaction], T], *, workspace: Slug) -> T:
        """Run a long read in one snapshot, on a thread of its own: it may be busy for long."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._long_readers, self._read_long, work, workspace)

    def _read_long(self, work: Callable[[Transaction], T], workspace: Slug) -> T:
        for attempt in (1, 2):
            try:
                return self._snapshot(work, workspace, self._long_connection())
            except psycopg.OperationalError as error:
                if attempt == 1:
                    continue
                raise Busy("The database cannot be reached", hint="Try again.") from error
        raise AssertionError

    def _long_connection(self) -> Pipeline:
        known: Pipeline | None = getattr(self._long, "connection", None)
        if known is not None and not known.lost:
            return known
        if known is not None:
            known.close()
            self._long_connections.remove(known)
        made = self._long.connection = Pipeline(self._connect(), Blocking)
        self._long_connections.append(made)
        return made

    def now(self) -> Instant:
        """Return this node's clock, for reads; acts use the database's (STORAGE 11)."""
        return Instant(time.time_ns() // 1000)

    # Rights, which other nodes change too.

    async def look_at_rights(self) -> int | None:
        """Look which version of rights stands; who comes before a look begins shares it."""
        if self._look is None:
            self._look = asyncio.create_task(self._look_once())
        await asyncio.shield(self._look)
        return self.rights_version()

    async def _look_once(self) -> None:
        self._on_this_loop()
        async with self._looking:  # while one looks the others gather
            self._look = None
            at = self.now()
            found = await self._read_from(self._lookers, _rights)
            self._rights, self._looked_at = found, at

    def rights_version(self) -> int | None:
        """Return the version that was last seen; None when that was over a second ago."""
        return self._rights if self.now() - self._looked_at < REMEMBERED_FOR else None

    def _heard(self, workspace: Slug) -> None:
        if self._loop is not None and not self._loop.is_closed():
            with suppress(RuntimeError):  # the loop may close between the two words
                self._loop.call_soon_threadsafe(self.committed, workspace)

    async def checkpoint(self) -> None:
        """PostgreSQL keeps its own house."""

    async def close(self) -> None:
        """Finish what is under way and close every connection."""
        await asyncio.to_thread(self._notices.close)
        self._on_this_loop()
        for pool in (self._writers, self._readers, self._lookers):
            await pool.close()
        self._long_readers.shutdown()
        for connection in self._long_connections:
            connection.close()


def _database_time(pipeline: Pipeline) -> Instant:
    rows = pipeline.rows("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint", {})
    return Instant(rows[0][0])


def _rights(pipeline: Pipeline) -> int:
    rows = pipeline.rows("SELECT value FROM meta WHERE key = :key", {"key": RIGHTS})
    return int.from_bytes(rows[0][0]) if rows else 0


def _roll_back(pipeline: Pipeline) -> None:
    if not pipeline.lost:
        try:
            pipeline.end()
        except psycopg.Error:
            pipeline.lost = True


def _meaning(error: BaseException, pipeline: Pipeline) -> BaseException:
    """Return what an act's failure means to whoever asked for the act."""
    if isinstance(error, LOST_RACE):
        return _LostRaceError()
    if isinstance(error, pg.LockNotAvailable):
        return Busy("Somebody else is busy with the same files")
    if isinstance(error, pg.DiskFull):
        return StorageFull("The database's disk is full; nothing was written")
    if pipeline.in_doubt:
        return Busy(
            "The connection was lost while committing; the outcome is not known",
            code=Code.OUTCOME_UNKNOWN,
            hint="Read before you try again.",
        )
    if isinstance(error, psycopg.OperationalError):
        return Busy("The database cannot be reached", hint="Try again.")
    return error
