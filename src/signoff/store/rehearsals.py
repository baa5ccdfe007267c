"""A rehearsal: what an act would refuse before it writes anything, and nothing written."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from signoff.domain.errors import Refusal
from signoff.store.schema import written_table
from signoff.store.transaction import Connection, Row, Transaction


@contextmanager
def rehearsal(tx: Transaction, refusal: Refusal) -> Iterator[None]:
    """Answer the first statement that writes with a refusal, for as long as the block lasts.

    So nothing that was written need be undone, which other acts would wait for.
    """
    connection = tx.connection
    tx.connection = _ReadOnly(connection, refusal)
    try:
        yield
    finally:
        tx.connection = connection


class _ReadOnly:
    """A connection that is asked, and not told."""

    def __init__(self, connection: Connection, refusal: Refusal) -> None:
        self._connection = connection
        self._refusal = refusal

    def run(self, sql: str, parameters: dict[str, Any]) -> None:
        self._check(sql)
        self._connection.run(sql, parameters)

    def changed(self, sql: str, parameters: dict[str, Any]) -> int:
        self._check(sql)
        return self._connection.changed(sql, parameters)

    def rows(self, sql: str, parameters: dict[str, Any]) -> list[Row]:
        self._check(sql)
        return self._connection.rows(sql, parameters)

    def ask(self, sql: str, parameters: dict[str, Any]) -> Callable[[], list[Row]]:
        self._check(sql)
        return self._connection.ask(sql, parameters)

    def _check(self, sql: str) -> None:
        if written_table(sql):
            raise self._refusal
