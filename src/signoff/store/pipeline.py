"""Statements on their way to PostgreSQL: those nobody waits for go along with the next read.

A statement costs its round trip rather than its work, so writes whose result nobody reads,
BEGIN and COMMIT wait in libpq's pipeline until somebody wants rows, or the end is reached.
A refusal of one shows there; those behind it were not run.
"""

import select
from collections import deque
from collections.abc import Callable
from typing import Any, Protocol

import psycopg
from psycopg import errors as pg
from psycopg import pq
from psycopg.adapt import Transformer
from psycopg.pq.abc import PGresult

from signoff.store.dialects import numbered
from signoff.store.transaction import Row
from signoff.store.values import BINARY, Writer

MOST_WAITING = 64
MOST_PREPARED = 512
_LOST = "The connection to the database was lost"
_DONE = frozenset({pq.ExecStatus.COMMAND_OK, pq.ExecStatus.TUPLES_OK})


class Wait(Protocol):
    """How to wait for a connection's socket."""

    def wait(self, *, writing: bool) -> None:
        """Return when there is something to read, or with `writing` room to write."""

    def close(self) -> None:
        """Watch the socket no more."""


class _Answer:
    """What a statement will have brought."""

    __slots__ = ("changed", "rows", "wanted")

    def __init__(self, *, wanted: bool = True) -> None:
        self.wanted = wanted
        self.rows: list[Row] | None = None
        self.changed = 0


_UNWANTED, _COMMIT, _SYNC = (_Answer(wanted=False) for _ in range(3))


class Pipeline:
    """One connection, as a transaction sees it."""

    def __init__(
        self,
        raw: psycopg.Connection[Row],
        wait: Callable[[int, Callable[[], None]], Wait],
    ) -> None:
        self._raw = raw
        self._pg = raw.pgconn
        self._transformer = Transformer(raw)
        self._writer = Writer(self._transformer)
        self._prepared: dict[tuple[str, tuple[int, ...]], bytes] = {}
        self._unproven: list[tuple[str, tuple[int, ...]]] = []
        self._named = 0
        self._sent: deque[_Answer] = deque()
        self._pg.nonblocking = 1
        self._pg.enter_pipeline_mode()
        self._ready = wait(self._pg.socket, self._unasked)
        self.lost = False
        self.in_doubt = False
        """Whether COMMIT was sent, and nothing came back that says what became of it."""

    # What a transaction wants.

    def run(self, sql: str, parameters: dict[str, Any]) -> None:
        """Change rows, at the latest with the next statement that is read."""
        self._send(sql, parameters, _UNWANTED)
        if len(self._sent) >= MOST_WAITING:
            self.flush()

    def changed(self, sql: str, parameters: dict[str, Any]) -> int:
        """Change rows; return how many."""
        answer = _Answer()
        self._send(sql, parameters, answer)
        self.flush()
        return answer.changed

    def rows(self, sql: str, parameters: dict[str, Any]) -> list[Row]:
        """Run a statement and return all its rows."""
        return self.ask(sql, parameters)()

    def ask(self, sql: str, parameters: dict[str, Any]) -> Callable[[], list[Row]]:
        """Run a statement whose rows are wanted later; calling what is returned has them."""
        answer = _Answer()
        self._send(sql, parameters, answer)

        def rows() -> list[Row]:
            if answer.rows is None:
                self.flush()
            assert answer.rows is not None
            return answer.rows

        return rows

    # The ends of a transaction.

    def begin(self, how: str = "BEGIN") -> None:
        """Open a transaction, together with its first statement.

        What the one before prepared at its end, unseen, may not have been: that is learned
        first, or the same statement would be taken for prepared here.
        """
        if self._unproven:
            self.flush()
        self._send(how, {}, _UNWANTED)

    def commit(self) -> None:
        """Send all that waits and COMMIT behind it; if any of it fails, nothing is done."""
        self._send("COMMIT", {}, _COMMIT)
        self.in_doubt = True
        self.flush()

    def end(self) -> None:
        """Roll back without waiting for the answer, which the next statement takes in."""
        if self._sent and self._sent[-1] is not _SYNC:
            self._sync()  # behind a failed statement all is skipped up to here
        self._send("ROLLBACK", {}, _UNWANTED)
        self._sync()
        self._pg.flush()

    def close(self) -> None:
        """Let go of the connection."""
        self.lost = True
        self._ready.close()
        self._raw.close()

    # The way there and back.

    def _send(self, sql: str, parameters: dict[str, Any], answer: _Answer) -> None:
        text, names = numbered(sql)
        kinds, values = self._writer.write([parameters[name] for name in names])
        name = self._prepared.get((sql, kinds))
        if name is None:
            name = self._prepare(sql, text, kinds)
        self._pg.send_query_prepared(name, values, [BINARY] * len(values), BINARY)
        self._sent.append(answer)

    def _prepare(self, sql: str, text: bytes, kinds: tuple[int, ...]) -> bytes:
        if len(self._prepared) >= MOST_PREPARED:
            self._prepared.clear()
            self._pg.send_query_params(b"DEALLOCATE ALL", None)
            self._sent.append(_UNWANTED)
        self._named += 1
        name = self._prepared[sql, kinds] = b"s%d" % self._named
        self._pg.send_prepare(name, text, kinds)
        self._sent.append(_UNWANTED)
        self._unproven.append((sql, kinds))
        return name

    def _sync(self) -> None:
        self._pg.pipeline_sync()
        self._sent.append(_SYNC)

    def flush(self) -> None:
        """Send all that waits and take in every answer; raise the first failure."""
        if not self._sent:
            return
        if self._sent[-1] is not _SYNC:
            self._sync()
        try:
            while self._pg.flush():
                self._ready.wait(writing=True)
                self._pg.consume_input()
            failed = self._take_in()
        except psycopg.OperationalError:
            self.lost = True
            raise
        self.in_doubt = self.in_doubt and self.lost
        if failed is not None:
            raise failed
        self._unproven.clear()

    def _take_in(self) -> psycopg.Error | None:
        """Take in every answer; return what failed of the last transaction, if any did."""
        failed: psycopg.Error | None = None
        while self._sent:
            answer = self._sent.popleft()
            try:
                result = self._next()
            except psycopg.OperationalError:
                self.lost = True
                if failed is None:
                    raise
                return failed
            if answer is _SYNC:
                failed = failed if not self._sent else None
            elif result.status not in _DONE:
                self._forget_unproven()
                failed = failed or self._failure(answer, result)
            elif answer.wanted:
                self._keep(answer, result)
            elif answer is _COMMIT:
                self.in_doubt = False
                if result.command_status != b"COMMIT":
                    failed = pg.InFailedSqlTransaction("something failed before COMMIT")
        return failed

    def _failure(self, answer: _Answer, result: PGresult) -> psycopg.Error:
        state = (result.error_field(pq.DiagnosticField.SQLSTATE) or b"").decode()
        said = result.error_field(pq.DiagnosticField.MESSAGE_PRIMARY) or result.error_message
        if state and answer is not _COMMIT:
            self.in_doubt = False  # a COMMIT behind it was not run
        try:
            kind = pg.lookup(state)
        except KeyError:
            kind = psycopg.DatabaseError if state else psycopg.OperationalError
        return kind(said.decode(errors="replace"))

    def _next(self) -> PGresult:
        gaps = 0
        while gaps <= 1:  # each answer ends with a gap
            while self._pg.is_busy():
                self._ready.wait(writing=False)
                self._pg.consume_input()
            result = self._pg.get_result()
            if result is not None:
                return result
            gaps += 1
        raise psycopg.OperationalError(_LOST)

    def _keep(self, answer: _Answer, result: PGresult) -> None:
        answer.rows = []
        if result.status == pq.ExecStatus.TUPLES_OK:
            self._transformer.set_pgresult(result)
            answer.rows = self._transformer.load_rows(0, result.ntuples, tuple)
        answer.changed = result.command_tuples or 0

    def _forget_unproven(self) -> None:
        """Forget what was to be prepared behind a failure, since it was not."""
        for key in self._unproven:
            self._prepared.pop(key, None)
        self._unproven.clear()

    def _unasked(self) -> None:
        """Take in what comes while nobody waits: late answers, or the end."""
        try:
            self._pg.consume_input()
        except psycopg.OperationalError:
            self.lost = True
            self._ready.close()


class Blocking:
    """Waits as a thread does."""

    def __init__(self, descriptor: int, _otherwise: Callable[[], None]) -> None:
        self._poll = select.poll()
        self._descriptor = descriptor

    def wait(self, *, writing: bool) -> None:
        """Block until there is something to read, or with `writing` room to write."""
        wanted = select.POLLIN | (select.POLLOUT if writing else 0)
        self._poll.register(self._descriptor, wanted)
        self._poll.poll()

    def close(self) -> None:
        """Watch nothing more; there was nothing between two waits."""
