"""What every table's rows share: the transaction, inserts, and values kept as JSON.

A value with many fields is one `body` column; the columns beside it are indices, written
by the same statement. A new field of the value needs no migration.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Protocol, TypeVar

import msgspec

from signoff.domain.ids import Instant, Slug
from signoff.store.dialects import Dialect
from signoff.store.unwritten import Unwritten

V = TypeVar("V")

_AT_ONCE = 64
"""Rows to an INSERT."""

_ENCODER = msgspec.json.Encoder()
_DECODERS: dict[Any, msgspec.json.Decoder[Any]] = {}


class Statements(Protocol):
    """What a table's rows need of the transaction that they are read and written in."""

    workspace: Slug
    dialect: Dialect
    unwritten: Unwritten | None

    @property
    def now(self) -> Instant:
        """Return the transaction's one time."""

    def run(self, sql: str, **parameters: Any) -> None:
        """Change rows; what is refused may show at a later statement of the transaction."""

    def changed(self, sql: str, **parameters: Any) -> int:
        """Change rows; return how many."""

    def one(self, sql: str, **parameters: Any) -> tuple[Any, ...] | None:
        """Return the first row, or None."""

    def all(self, sql: str, **parameters: Any) -> list[tuple[Any, ...]]:
        """Return every row."""

    def ask(self, sql: str, **parameters: Any) -> Callable[[], list[tuple[Any, ...]]]:
        """Run a statement whose rows are wanted later, if at all; calling it has them."""

    def renew(self, sql: str, **parameters: Any) -> None:
        """Change when a lease or a lock ends: bookkeeping in a table of records (RULES 31)."""

    def new_id(self, prefix: str) -> str:
        """Return a fresh id that sorts by time."""


class Rows:
    """The rows of one noun, in one transaction and one workspace."""

    __slots__ = ("tx", "ws")

    def __init__(self, tx: Statements) -> None:
        self.tx = tx
        self.ws = tx.workspace

    def insert(self, table: str, columns: str, rows: Sequence[tuple[Any, ...]]) -> None:
        """Add rows, many to a statement; `columns` are those behind the workspace."""
        for start in range(0, len(rows), _AT_ONCE):
            part = rows[start : start + _AT_ONCE]
            values = [value for each in part for value in each]
            marks = dict(zip(_marks(len(values)), values, strict=True))
            sql = _many(table, columns, len(part))
            self.tx.run(sql, ws=self.ws, **marks)

    def insert_new(
        self, table: str, columns: str, rows: Sequence[tuple[Any, ...]], *, returning: str
    ) -> list[tuple[Any, ...]]:
        """Add those rows that were not there; return some columns of what was added."""
        added: list[tuple[Any, ...]] = []
        for start in range(0, len(rows), _AT_ONCE):
            part = rows[start : start + _AT_ONCE]
            values = [value for each in part for value in each]
            marks = dict(zip(_marks(len(values)), values, strict=True))
            sql = f"{_many(table, columns, len(part))} ON CONFLICT DO NOTHING"
            added += self.tx.all(f"{sql} RETURNING {returning}", ws=self.ws, **marks)
        return added


@lru_cache(maxsize=256)
def _marks(count: int) -> tuple[str, ...]:
    return tuple(f"v{i}" for i in range(count))


@lru_cache(maxsize=256)
def _many(table: str, columns: str, rows: int) -> str:
    """Return the INSERT of several rows."""
    width = columns.count(",") + 1
    marks = _marks(rows * width)
    values = (
        ", ".join(f":{mark}" for mark in marks[row * width : (row + 1) * width])
        for row in range(rows)
    )
    return (
        f"INSERT INTO {table} (ws, {columns}) VALUES {', '.join(f'(:ws, {v})' for v in values)}"
    )


def to_body(value: object) -> bytes:
    """Write a value as the bytes of its row."""
    return _ENCODER.encode(value)


def from_body(body: bytes | memoryview, kind: type[V]) -> V:
    """Read a value from the bytes of its row."""
    decoder = _DECODERS.get(kind)
    if decoder is None:
        decoder = _DECODERS[kind] = msgspec.json.Decoder(kind)
    value: V = decoder.decode(body)
    return value
