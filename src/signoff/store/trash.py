"""What was deleted: a hidden folder for each deletion, until its time is over."""

from typing import Any

from msgspec import Struct

from signoff.domain.files import name_key
from signoff.domain.ids import ActorId, Instant, NodeId, Path
from signoff.store.rows import Rows

_COLUMNS = "id, node, from_path, by_actor, at, expires_at"


class Deletion(Struct, frozen=True, kw_only=True):
    """One deletion: what went, from where, by whom, until when it can come back."""

    id: str
    node: NodeId
    from_path: Path
    by: ActorId
    at: Instant
    expires_at: Instant


def _deletion(row: tuple[Any, ...]) -> Deletion:
    return Deletion(
        id=row[0], node=row[1], from_path=row[2], by=row[3], at=row[4], expires_at=row[5]
    )


class Trash(Rows):
    """The trash of one workspace."""

    __slots__ = ()

    def add(self, deletion: Deletion) -> None:
        """Remember a deletion."""
        self.tx.run(
            "INSERT INTO trash (ws, id, node, from_path, by_actor, at, expires_at)"
            " VALUES (:ws, :id, :node, :from_path, :by, :at, :expires_at)",
            ws=self.ws,
            id=deletion.id,
            node=deletion.node,
            from_path=deletion.from_path,
            by=deletion.by,
            at=deletion.at,
            expires_at=deletion.expires_at,
        )

    def by_id(self, deletion: str) -> Deletion | None:
        """Return a deletion."""
        row = self.tx.one(
            f"SELECT {_COLUMNS} FROM trash WHERE ws = :ws AND id = :id",
            ws=self.ws,
            id=deletion,
        )
        return _deletion(row) if row else None

    def page(self, *, before: str, limit: int) -> list[Deletion]:
        """Return deletions, newest first."""
        rows = self.tx.all(
            f"SELECT {_COLUMNS} FROM trash WHERE ws = :ws AND id < :before"
            " ORDER BY id DESC LIMIT :limit",
            ws=self.ws,
            before=before,
            limit=limit,
        )
        return [_deletion(row) for row in rows]

    def over(self, *, limit: int) -> list[Deletion]:
        """Return deletions whose time is over."""
        rows = self.tx.all(
            f"SELECT {_COLUMNS} FROM trash WHERE ws = :ws AND expires_at <= :now LIMIT :limit",
            ws=self.ws,
            now=self.tx.now,
            limit=limit,
        )
        return [_deletion(row) for row in rows]

    def expire(self, deletion: str) -> None:
        """End a deletion's time: it is being destroyed, and cannot come back."""
        self.tx.run(
            "UPDATE trash SET expires_at = :now WHERE ws = :ws AND id = :id"
            " AND expires_at > :now",
            ws=self.ws,
            id=deletion,
            now=self.tx.now,
        )

    def remove(self, deletion: str) -> None:
        """Forget a deletion: it came back, or went for good."""
        self.tx.run("DELETE FROM trash WHERE ws = :ws AND id = :id", ws=self.ws, id=deletion)

    # Names that were left a moment ago, for editors that save by renaming or deleting.

    def vacate(self, parent: NodeId, name: str, *, node: NodeId, by: ActorId) -> None:
        """Remember which file left a name, and by whom."""
        self.tx.run(
            "INSERT INTO vacated (ws, parent, name_key, node, by_actor, at)"
            " VALUES (:ws, :parent, :key, :node, :by, :now)"
            " ON CONFLICT (ws, parent, name_key) DO UPDATE SET node = excluded.node,"
            " by_actor = excluded.by_actor, at = excluded.at",
            ws=self.ws,
            parent=parent,
            key=name_key(name),
            node=node,
            by=by,
            now=self.tx.now,
        )

    def vacated(
        self, parent: NodeId, name: str, *, by: ActorId, since: Instant
    ) -> NodeId | None:
        """Return the file that the same actor took from a name since a moment."""
        row = self.tx.one(
            "SELECT node FROM vacated WHERE ws = :ws AND parent = :parent"
            " AND name_key = :key AND by_actor = :by AND at >= :since",
            ws=self.ws,
            parent=parent,
            key=name_key(name),
            by=by,
            since=since,
        )
        return NodeId(row[0]) if row else None

    def forget_vacated(self, *, before: Instant) -> int:
        """Drop what is too old to be saved again, of every workspace."""
        return self.tx.changed("DELETE FROM vacated WHERE at < :before", before=before)
