"""Cursors of those who follow the log, leases of those who do what time asks for."""

from typing import Final

from msgspec import Struct

from signoff.domain.ids import Instant, Micros, Slug
from signoff.store.rows import Rows

_TIMED: Final = {
    "claims": "expires_at",
    "locks": "expires_at",
    "trash": "expires_at",
    "arrivals": "touched_at",
    "denials": "since",
    "blobs": "doomed_at",
    "expected": "expires_at",
    "uploads": "expires_at",
    "handoffs": "timer_at",
    "replans": "since",
    "outbox": "due_at",
}
"""Tables whose rows come due, by the column that says when, or since when."""


_NO_TIME: Final = Micros(0)


class Due(Struct, frozen=True, kw_only=True):
    """Where rows of a table have come due, and when the next one will."""

    workspaces: tuple[Slug, ...]
    next_at: Instant | None


class CursorRow(Struct, frozen=True, kw_only=True):
    """How far a follower has read, and when it said so last."""

    name: str
    position: int
    epoch: int
    saved_at: Instant


class Followers(Rows):
    """Who has read how far, and which worker does what."""

    __slots__ = ()

    def cursor(self, follower: str) -> tuple[int, int]:
        """Return a follower's position and epoch."""
        row = self.tx.one(
            "SELECT position, epoch FROM followers WHERE ws = :ws AND name = :name",
            ws=self.ws,
            name=follower,
        )
        return (row[0], row[1]) if row else (0, 0)

    def cursors(self) -> list[CursorRow]:
        """Return every cursor over this log."""
        rows = self.tx.all(
            "SELECT name, position, epoch, saved_at FROM followers WHERE ws = :ws", ws=self.ws
        )
        return [
            CursorRow(name=row[0], position=row[1], epoch=row[2], saved_at=Instant(row[3]))
            for row in rows
        ]

    def save_cursor(
        self, follower: str, position: int, *, epoch: int, before: int | None = None
    ) -> bool:
        """Move a follower; False when another holder of its name took over.

        With `before` also when it does not stand there any more: it was rewound meanwhile.
        """
        return (
            self.tx.changed(
                "INSERT INTO followers (ws, name, position, epoch, saved_at)"
                " VALUES (:ws, :name, :position, :epoch, :now) ON CONFLICT (ws, name)"
                " DO UPDATE SET position = excluded.position, epoch = excluded.epoch,"
                " saved_at = excluded.saved_at WHERE followers.epoch <= :epoch"
                + ("" if before is None else " AND followers.position = :before"),
                ws=self.ws,
                name=follower,
                position=position,
                epoch=epoch,
                before=before,
                now=self.tx.now,
            )
            == 1
        )

    def lagging(self, follower: str, *, limit: int) -> list[tuple[Slug, int]]:
        """Return logs that have grown since a follower read them, and by how many entries.

        Only those of workspaces that are open; nobody follows the instance's own.
        """
        rows = self.tx.all(
            "SELECT h.ws, h.position - coalesce(f.position, 0) FROM heads h"
            " JOIN workspaces w ON w.slug = h.ws AND w.closed_at IS NULL"
            " LEFT JOIN followers f ON f.ws = h.ws AND f.name = :name"
            " WHERE h.position > coalesce(f.position, 0) LIMIT :limit",
            name=follower,
            limit=limit,
        )
        return [(Slug(row[0]), row[1]) for row in rows]

    def unread_since(self, follower: str) -> Instant | None:
        """Return when the oldest entry happened that a follower has not read in any log."""
        row = self.tx.one(
            "SELECT min(e.at) FROM heads h"
            " JOIN workspaces w ON w.slug = h.ws AND w.closed_at IS NULL"
            " LEFT JOIN followers f ON f.ws = h.ws AND f.name = :name"
            " JOIN entries e ON e.ws = h.ws AND e.position = coalesce(f.position, 0) + 1"
            " WHERE h.position > coalesce(f.position, 0)",
            name=follower,
        )
        return None if row is None or row[0] is None else Instant(row[0])

    def lease(self, name: str, *, holder: str, until: Instant) -> int | None:
        """Take or renew a lease; return its epoch, None when somebody else holds it."""
        row = self.tx.one(
            "INSERT INTO leases (name, holder, epoch, expires_at)"
            " VALUES (:name, :holder, 1, :until) ON CONFLICT (name) DO UPDATE SET"
            " epoch = CASE WHEN leases.holder = :holder THEN leases.epoch"
            " ELSE leases.epoch + 1 END,"
            " holder = :holder, expires_at = :until"
            " WHERE leases.holder = :holder OR leases.expires_at < :now RETURNING epoch",
            name=name,
            holder=holder,
            until=until,
            now=self.tx.now,
        )
        return int(row[0]) if row else None

    def let_go(self, name: str, *, holder: str) -> None:
        """End a lease early, so that another need not wait for its time."""
        self.tx.run(
            "UPDATE leases SET expires_at = 0 WHERE name = :name AND holder = :holder",
            name=name,
            holder=holder,
        )

    def due(self, table: str, *, after: Micros = _NO_TIME, limit: int = 100) -> Due:
        """Return the workspaces with rows whose time, and `after` more, is over.

        `ws` is written as a sum so that SQLite goes by the time, not through every workspace.
        """
        column = _TIMED[table]
        before = self.tx.now - after
        rows = self.tx.all(
            f"SELECT DISTINCT ws || '' FROM {table} WHERE {column} <= :before LIMIT :limit",
            before=before,
            limit=limit,
        )
        first = self.tx.one(
            f"SELECT min({column}) FROM {table} WHERE {column} > :before", before=before
        )
        at = first[0] if first else None
        return Due(
            workspaces=tuple(Slug(row[0]) for row in rows),
            next_at=None if at is None else Instant(at + after),
        )
