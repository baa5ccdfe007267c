"""Values in the form in which PostgreSQL takes them: its own binary one, with their types."""

import struct
from collections.abc import Callable
from typing import Any

from psycopg.abc import Transformer
from psycopg.adapt import PyFormat

_TEXT, _BIGINT, _BYTES, _BOOLEAN, _DOUBLE, _UNKNOWN = 25, 20, 17, 16, 701, 0
_TEXTS = 1009
_EMPTY = struct.pack("!iiI", 0, 0, _TEXT)
"""An array without dimensions, in PostgreSQL's binary form (`array_recv`)."""
BINARY = 1

Written = tuple[int, bytes | None]
"""The number of a value's type (`pg_type`), and its bytes."""


def _bigint(value: int) -> Written:
    return _BIGINT, value.to_bytes(8, "big", signed=True)


_WAYS: dict[type, Callable[[Any], Written]] = {
    type(None): lambda _value: (_UNKNOWN, None),
    bool: lambda value: (_BOOLEAN, b"\x01" if value else b"\x00"),
    bytes: lambda value: (_BYTES, value),
    bytearray: lambda value: (_BYTES, bytes(value)),
    memoryview: lambda value: (_BYTES, bytes(value)),
    float: lambda value: (_DOUBLE, struct.pack("!d", value)),
    int: _bigint,
    str: lambda value: (_TEXT, value.encode()),
}


class Writer:
    """Writes parameters for one connection; whole numbers are always `bigint` (STORAGE 9)."""

    def __init__(self, transformer: Transformer) -> None:
        self._transformer = transformer
        self._ways = dict(_WAYS)

    def write(self, values: list[Any]) -> tuple[tuple[int, ...], list[bytes | None]]:
        """Return the types and the bytes of a statement's parameters."""
        written = [self._way(value)(value) for value in values]
        return tuple([each[0] for each in written]), [each[1] for each in written]

    def _way(self, value: object) -> Callable[[Any], Written]:
        way = self._ways.get(type(value))
        if way is None:
            way = next(
                (self._ways[kind] for kind in type(value).__mro__ if kind in _WAYS), self._other
            )
            self._ways[type(value)] = way
        return way

    def _other(self, value: object) -> Written:
        """Write what psycopg knows better: lists, but for empty ones, which tell no type."""
        if value == []:
            return _TEXTS, _EMPTY
        dumper = self._transformer.get_dumper(value, PyFormat.BINARY)
        data = dumper.dump(value)
        return dumper.oid, None if data is None else bytes(data)
