"""SQLite: many actions to a commit, no savepoint until one fails; reads run inline.

The threading is that of STORAGE 1, which measured the alternatives: an action's statements
run on the event loop's thread, only COMMIT goes to a helper thread, and while it runs every
turn of the loop lends it the interpreter for at most 0.2 ms. A plain writer thread starves
beside a loop that is busy with reads.
"""

import asyncio
import queue
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import apsw

from signoff.domain.errors import Busy, Code, Refusal, StorageFull
from signoff.domain.ids import Instant, Slug
from signoff.store.dialects import SQLITE
from signoff.store.engine import Engine
from signoff.store.sqlite_file import Connection, connect, migrate
from signoff.store.transaction import Recorded, Transaction
from signoff.store.unwritten import Unwritten

T = TypeVar("T")

LENT = 0.0002
BATCH = 64
GATHER = 4
"""Turns of the loop before a batch begins; eight writers then share commits by seven."""
BATCH_SECONDS = 0.010
BESIDE_READS = 0.005
"""So long is a batch while reads are asked for, which wait for its end."""
QUEUE = 4096
WAL_LIMIT = 256 * 1024 * 1024
FIRST_RETRY, LAST_RETRY = 0.002, 0.050
CAREFUL = 64
"""So many acts run in savepoints after one failed with rows already written."""

REMEMBERED = 500
"""So many answers to reads are remembered; the largest holds a small file's 16 KiB."""

_WHOLE = (apsw.FullError, apsw.IOError, apsw.NoMemError, apsw.InterruptError)


class _Stained(Exception):
    """An act failed after it had written, and nothing keeps its rows from the others'."""


class _Waiting:
    """One action on its way to a commit."""

    __slots__ = (
        "error",
        "future",
        "recorded",
        "result",
        "touched_rights",
        "work",
        "workspace",
    )

    def __init__(
        self, work: Callable[[Transaction], Any], workspace: Slug, future: asyncio.Future[Any]
    ) -> None:
        self.work = work
        self.workspace = workspace
        self.future = future
        self.result: Any = None
        self.error: BaseException | None = None
        self.recorded: list[Recorded] = []
        self.touched_rights = False


class Sqlite(Engine):
    """The store on one file. One writer, one inline reader, two threads for long reads."""

    dialect = SQLITE

    def __init__(self, path: str) -> None:
        super().__init__()
        self.path = path
        self._requests: deque[_Waiting] = deque()
        self._background: deque[_Waiting] = deque()
        self._running = False
        self._retry = FIRST_RETRY
        self._commits: queue.SimpleQueue[list[_Waiting] | None] = queue.SimpleQueue()
        self._commit_done = threading.Lock()
        self._commit_error: BaseException | None = None
        self._long = threading.local()
        self._long_readers = ThreadPoolExecutor(2, thread_name_prefix="signoff-read")
        self._closed = False
        self._rights = 0
        self._acts = 0
        self._commits_made = 0
        self._data_version = -1
        self._rights_seen = False
        self._fold_wanted = False
        self._careful = 0
        self._asked = False
        self._left_over = False
        self._memory: dict[Any, Any] = {}
        self.wal_limit = WAL_LIMIT

    def open(self) -> None:
        """Open the file, check how it is kept, bring the schema up to date."""
        self._writer = connect(self.path)
        migrate(self._writer)
        self._reader = connect(self.path, cache=8192)
        self._thread = threading.Thread(target=self._commit_loop, name="signoff-commit")
        self._thread.daemon = True
        self._thread.start()

    # Writing.

    async def write(
        self,
        work: Callable[[Transaction], T],
        *,
        workspace: Slug,
        background: bool = False,
    ) -> tuple[T, list[Recorded]]:
        """Run `work` in a transaction and answer once it is durable."""
        loop = asyncio.get_running_loop()
        lane = self._background if background else self._requests
        if self._closed or len(lane) >= QUEUE:
            raise Busy("The server has more writing to do than it can keep up with")
        waiting = _Waiting(work, workspace, loop.create_future())
        lane.append(waiting)
        if not self._running:
            self._running = True
            loop.call_soon(self._gather, loop, GATHER)
        await waiting.future
        return waiting.result, waiting.recorded

    def _gather(self, loop: asyncio.AbstractEventLoop, turns: int) -> None:
        """Let the loop turn a few times, so that acts about to come share a commit."""
        waiting = len(self._requests) + len(self._background)
        if turns and 0 < waiting < BATCH:
            loop.call_soon(self._gather, loop, turns - 1)
        else:
            self._run_batch(loop)

    def _run_batch(self, loop: asyncio.AbstractEventLoop) -> None:
        if not self._requests and not self._background:
            self._running = False
            return
        if self._fold_wanted:
            self._fold()
        try:
            self._writer.execute("BEGIN IMMEDIATE")
        except apsw.BusyError:  # another process writes; the loop never sleeps inside SQLite
            loop.call_later(self._retry, self._run_batch, loop)
            self._retry = min(self._retry * 2, LAST_RETRY)
            return
        self._retry = FIRST_RETRY
        self._memory.clear()
        self._look()
        batch = self._take_batch()
        if batch is None:
            loop.call_soon(self._run_batch, loop)
            return
        self._acts += len(batch)
        self._commits_made += 1
        self._commit_done.acquire()
        self._commits.put(batch)
        loop.call_soon(self._lend, loop, batch)

    def _take_batch(self) -> list[_Waiting] | None:
        """Run actions until the batch is full; None if the whole transaction fell."""
        batch: list[_Waiting] = []
        unwritten = Unwritten(self._writer)
        deadline = time.perf_counter() + (BESIDE_READS if self._asked else BATCH_SECONDS)
        self._asked = False
        while len(batch) < BATCH and time.perf_counter() < deadline:
            lane = self._requests or self._background
            if self._background and len(batch) * 4 >= BATCH * 3:
                lane = self._background
            if not lane:
                break
            waiting = lane.popleft()
            if waiting.future.done():
                continue
            try:
                self._run_one(waiting, unwritten)
            except _WHOLE as fallen:
                self._fall(batch, waiting, fallen)
                return None
            except _Stained:
                self._careful = CAREFUL
                self._again([*batch, waiting])
                return None
            batch.append(waiting)
        try:
            unwritten.write()
        except apsw.Error:  # whose rows they are shows when each act writes its own
            self._careful = CAREFUL
            self._again(batch)
            return None
        self._left_over = bool(self._requests)
        return batch

    def _run_one(self, waiting: _Waiting, unwritten: Unwritten) -> None:
        """Run one act. What it wrote before it failed never reaches a commit.

        Hardly any act fails after its first write, and a savepoint makes SQLite keep a copy
        of every page that an act touches. So there is none until it is needed: then the
        batch falls, and all of it runs again, each act in its savepoint.
        """
        execute, raw = self._writer.execute, self._writer.raw
        tx = Transaction(
            self._writer,
            SQLITE,
            clock=self.now,
            workspace=waiting.workspace,
            unwritten=unwritten,
        )
        careful = self._careful > 0
        if careful:
            self._careful -= 1
            execute("SAVEPOINT act")
        before = raw.total_changes()
        try:
            waiting.result = waiting.work(tx)
            tx.finish()
            if careful:
                unwritten.write()
        except _WHOLE:
            raise
        except Exception as error:
            if raw.total_changes() != before:
                if not careful:
                    raise _Stained from error
                execute("ROLLBACK TO act")
            waiting.error = error
        else:
            waiting.recorded = tx.recorded
        waiting.touched_rights = tx.touched_rights
        self._rights += waiting.touched_rights
        if careful:
            execute("RELEASE act")

    def _fall(self, batch: list[_Waiting], culprit: _Waiting, fallen: apsw.Error) -> None:
        """After SQLite rolled everything back: the culprit fails, the others run again."""
        culprit.error = _full(fallen)
        _settle([culprit])
        self._again(batch)

    def _again(self, batch: list[_Waiting]) -> None:
        """Undo what is not committed, and let the acts run once more, first of all."""
        if self._writer.raw.in_transaction:
            self._writer.execute("ROLLBACK")
        self._rights += 1
        for waiting in batch:
            waiting.error = None
        self._requests.extendleft(reversed(batch))

    def _commit_loop(self) -> None:
        while (batch := self._commits.get()) is not None:
            try:
                self._writer.execute("COMMIT")
                self._commit_error = None
            except BaseException as error:  # noqa: BLE001  told to every member of the batch
                self._commit_error = error
            del batch
            self._commit_done.release()

    def _lend(self, loop: asyncio.AbstractEventLoop, batch: list[_Waiting]) -> None:
        """Give the committing thread the interpreter; go on when it is done."""
        if not self._commit_done.acquire(timeout=LENT):
            loop.call_soon(self._lend, loop, batch)
            return
        self._commit_done.release()
        error = self._commit_error
        if error is not None:
            self._commit_failed(batch, error)
        else:
            # What was read while the commit was under way may be of before it.
            self._rights += any(waiting.touched_rights for waiting in batch)
            _settle(batch)
            self._announce(batch)
        # Acts that the last batch had no time for have waited already.
        self._gather(loop, 1 if self._left_over else GATHER)

    def _commit_failed(self, batch: list[_Waiting], error: BaseException) -> None:
        self._rights += 1
        if self._writer.raw.in_transaction:
            self._writer.execute("ROLLBACK")
        for waiting in batch:
            waiting.error = (
                _full(error)
                if isinstance(error, apsw.FullError)
                else Busy(
                    "The commit failed and its outcome is not known",
                    code=Code.OUTCOME_UNKNOWN,
                    hint="Read before you try again.",
                )
            )
        _settle(batch)
        if isinstance(error, apsw.IOError) and not isinstance(error, apsw.FullError):
            self.fatal(error)  # a failed sync cannot be repeated (STORAGE 4)

    def _announce(self, batch: list[_Waiting]) -> None:
        heard = {entry.workspace: None for waiting in batch for entry in waiting.recorded}
        for workspace in heard:
            self.committed(workspace)

    # Reading.

    async def read(self, work: Callable[[Transaction], T], *, workspace: Slug) -> T:
        """Run a short read inline; its transaction always ends here.

        The writer's connection answers when it is between two batches: its cache is warm,
        while that of any other connection is emptied by each commit. What it was asked
        then is remembered until the next batch, or another process's commit.
        """
        self._asked = True
        if not self._commit_done.locked():
            self.rights_version()  # looks at whether another process committed
            if len(self._memory) > REMEMBERED:
                self._memory.clear()
            with suppress(apsw.BusyError):  # another process has the file; the reader waits
                return self._read_on(self._writer, work, workspace, self._memory)
        return self._read_on(self._reader, work, workspace)

    async def read_long(self, work: Callable[[Transaction], T], *, workspace: Slug) -> T:
        """Run a long read on a thread of its own."""
        loop = asyncio.get_running_loop()

        def run() -> T:
            connection = getattr(self._long, "connection", None)
            if connection is None:
                connection = self._long.connection = connect(self.path, cache=8192)
            return self._read_on(connection, work, workspace)

        return await loop.run_in_executor(self._long_readers, run)

    def _read_on(
        self,
        connection: Connection,
        work: Callable[[Transaction], T],
        workspace: Slug,
        memory: dict[Any, Any] | None = None,
    ) -> T:
        connection.execute("BEGIN")
        tx = Transaction(connection, SQLITE, clock=self.now, workspace=workspace, memory=memory)
        try:
            return work(tx)
        finally:
            connection.execute("COMMIT")

    def figures(self) -> dict[str, float]:
        """Return what monitoring reads of the engine."""
        return {
            "acts_total": self._acts,
            "commits_total": self._commits_made,
            "waiting_acts": len(self._requests) + len(self._background),
            "wal_bytes": self._log_size(),
        }

    def rights_version(self) -> int | None:
        """Return a number that changes when rights do: by an act here, or by another process.

        Another process cannot commit while a batch of ours is open, so `data_version` is
        looked at when one begins, and otherwise only when none is (STORAGE 6), once in a
        turn of the loop: what came to be known in this turn was sent before whatever another
        process does now is answered.
        """
        if not self._rights_seen and not self._commit_done.locked():
            self._look()
            self._rights_seen = True
            asyncio.get_running_loop().call_soon(self._look_again)
        return self._rights

    def _look(self) -> None:
        """Learn whether another process committed something since the last look."""
        seen = self._writer.rows("PRAGMA data_version", {})[0][0]
        if seen != self._data_version:
            self._data_version = seen
            self._rights += 1
            self._memory.clear()

    def _look_again(self) -> None:
        self._rights_seen = False

    async def look_at_rights(self) -> int | None:
        """Return the version, which itself looks, without waiting."""
        return self.rights_version()

    def now(self) -> Instant:
        """Return the time, which on one machine is this process's clock."""
        return Instant(time.time_ns() // 1000)

    async def checkpoint(self) -> None:
        """Fold a write-ahead log that has grown too long into the file (STORAGE 7).

        While there are batches it is done between two of them, where no reader of this
        process can be in its way.
        """
        if self._log_size() <= self.wal_limit:
            return
        if self._running:
            self._fold_wanted = True
        else:
            self._fold()

    def _log_size(self) -> int:
        log = Path(f"{self.path}-wal")
        return log.stat().st_size if log.exists() else 0

    def _fold(self) -> None:
        self._fold_wanted = False
        self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    async def close(self) -> None:
        """Finish what is under way and close the file."""
        self._closed = True
        while self._running:  # noqa: ASYNC110  the last batch tells nobody that it is the last
            await asyncio.sleep(0.001)
        self._commits.put(None)
        self._thread.join()
        self._long_readers.shutdown()
        self._reader.raw.close()
        self._writer.raw.close()


def _settle(batch: list[_Waiting]) -> None:
    for waiting in batch:
        if waiting.future.done():
            continue
        if waiting.error is not None:
            waiting.future.set_exception(waiting.error)
        else:
            waiting.future.set_result(None)


def _full(error: BaseException) -> Refusal:
    if isinstance(error, apsw.FullError):
        return StorageFull(
            "There is no room left for this; nothing was written",
            hint="Free some space on the server's disk, or empty the trash.",
        )
    return Busy("The database could not take this; nothing was written", hint="Try again.")
