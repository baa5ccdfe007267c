"""The few words in which the two databases differ."""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from operator import itemgetter
from typing import Any

from msgspec import Struct

_NAMED = re.compile(r"(?<![:\w]):([a-z_]\w*)")
_INDENTED = re.compile(r"\n\s*")


class Dialect(Struct, frozen=True, kw_only=True):
    """What a statement's `{word}` stands for. Text sorts by code point on both (STORAGE 22)."""

    name: str
    text: str
    blob: str
    integer: str
    no_rowid: str
    skip_locked: str


SQLITE = Dialect(
    name="sqlite",
    text="TEXT",
    blob="BLOB",
    integer="INTEGER",
    no_rowid="WITHOUT ROWID",
    skip_locked="",
)
POSTGRES = Dialect(
    name="postgres",
    text='TEXT COLLATE "C"',
    blob="BYTEA",
    integer="BIGINT",
    no_rowid="",
    skip_locked="FOR UPDATE SKIP LOCKED",
)


@lru_cache(maxsize=4096)
def numbered(sql: str) -> tuple[bytes, tuple[str, ...]]:
    """Write `:name` as PostgreSQL's `$1`; return the names in that order too."""
    order: dict[str, int] = {}

    def number(found: re.Match[str]) -> str:
        return f"${order.setdefault(found[1], len(order) + 1)}"

    return _NAMED.sub(number, sql).encode(), tuple(order)


@lru_cache(maxsize=4096)
def positional(sql: str) -> tuple[str, Callable[[Mapping[str, Any]], tuple[Any, ...]]]:
    """Write `:name` as SQLite's `?1`; return what picks the values in that order too.

    SQLite takes values by number for half of what it takes them by name; and it is shorter,
    which counts, since apsw finds a prepared statement by hashing its text anew each time.
    """
    order: dict[str, int] = {}

    def number(found: re.Match[str]) -> str:
        return f"?{order.setdefault(found[1], len(order) + 1)}"

    text = _NAMED.sub(number, _INDENTED.sub(" ", sql))
    match tuple(order):
        case ():
            return text, lambda _values: ()
        case (only,):
            return text, lambda values: (values[only],)
        case names:
            return text, itemgetter(*names)


def ddl(sql: str, dialect: Dialect) -> str:
    """Fill a statement of the schema with the dialect's words."""
    return (
        sql.replace("{text}", dialect.text)
        .replace("{blob}", dialect.blob)
        .replace("{int}", dialect.integer)
        .replace("{no_rowid}", dialect.no_rowid)
    )
