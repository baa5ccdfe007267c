"""Entries that have their place in the log, and whose rows are written with those of others.

On SQLite many acts share a commit. Each takes its positions when it ends; the rows of all of
them go in together, since one look at a log's head and one statement, run again and again
while what it needs is at hand, cost a third of as many statements in between other work.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from signoff.domain.audit import Sealed
from signoff.domain.ids import Instant, Slug

_HEAD = "SELECT position, at FROM heads WHERE ws = ?1"
_MOVE = """INSERT INTO heads (ws, position, at) VALUES (?1, ?2, ?3)
    ON CONFLICT (ws) DO UPDATE SET position = ?2, at = ?3"""
_ADD = """INSERT INTO entries (ws, position, id, at, type, actor, actor_kind, credential,
    credential_kind, door, node, handoff, leaf, leaf_hash)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)"""
_ADD_PRIVATE = "INSERT INTO privates (ws, position, salt, body) VALUES (?1, ?2, ?3, ?4)"

Values = tuple[Any, ...]


class Connection(Protocol):
    """What is needed of SQLite."""

    def look(self, sql: str, values: Values, /) -> list[Values]:
        """Return every row."""

    def each(self, sql: str, values: Iterable[Values], /) -> object:
        """Run a statement once for each."""


class Unwritten:
    """What the acts of one commit have recorded; whoever reads the log writes it first."""

    __slots__ = ("_connection", "_entries", "_heads", "_privates")

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._heads: dict[Slug, tuple[int, Instant]] = {}
        self._entries: list[Values] = []
        self._privates: list[Values] = []

    def head(self, workspace: Slug) -> tuple[int, Instant]:
        """Return the last position of a log and its time, as they will be."""
        known = self._heads.get(workspace)
        if known is None:
            rows = self._connection.look(_HEAD, (workspace,))
            known = rows[0] if rows else (0, Instant(0))
        return known

    def add(self, workspace: Slug, sealed: Sequence[tuple[Sealed, bytes]]) -> None:
        """Take an act's entries of one log, each with its salt; they are next in line."""
        for each, salt in sealed:
            entry = each.entry
            self._entries.append(
                (
                    workspace, entry.position, entry.id, entry.at, entry.type, entry.actor,
                    entry.actor_kind, entry.credential, entry.credential_kind, entry.door,
                    entry.node, entry.handoff, each.leaf, each.leaf_hash,
                )
            )  # fmt: skip
            if each.private_json is not None:
                self._privates.append((workspace, entry.position, salt, each.private_json))
        self._heads[workspace] = entry.position, entry.at

    def write(self) -> None:
        """Write the rows, once; from here on the database knows as much as we."""
        if not self._entries:
            return
        entries, privates, heads = self._entries, self._privates, self._heads
        self._entries, self._privates, self._heads = [], [], {}
        self._connection.each(_ADD, entries)
        self._connection.each(_ADD_PRIVATE, privates)
        self._connection.each(_MOVE, [(log, *head) for log, head in heads.items()])
