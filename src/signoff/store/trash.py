"""What was deleted: a hidden folder for each deletion, until its time is over."""

from typing import Any

from msgspec import Struct

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

    def remove(self, deletion: str) -> None:
        """Forget a deletion: it came back, or went for good."""
        self.tx.run("DELETE FROM trash WHERE ws = :ws AND id = :id", ws=self.ws, id=deletion)
