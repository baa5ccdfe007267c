"""The versions of files: what each held at a moment, never changed.

The columns of a row have the names of a `Version`'s fields, and their order.
"""

from collections.abc import Sequence
from typing import Any

from msgspec.structs import asdict, astuple

from signoff.domain.files import Version
from signoff.domain.ids import ActorId, BlobId, Instant, NodeId
from signoff.store.rows import Rows

_COLUMNS = "node, number, blob, digest, size, media_type, author, at"
_ADD = f"""INSERT INTO versions (ws, {_COLUMNS})
    VALUES (:ws, :node, :number, :blob, :digest, :size, :media_type, :author, :at)"""
_PAGE = f"""SELECT {_COLUMNS} FROM versions
    WHERE ws = :ws AND node = :node AND number < :before ORDER BY number DESC LIMIT :limit"""
_BY_NUMBER = f"""SELECT {_COLUMNS} FROM versions
    WHERE ws = :ws AND node = :node AND number = :number"""


def _version(row: tuple[Any, ...]) -> Version:
    return Version(
        node=row[0],
        number=row[1],
        blob=row[2],
        digest=row[3],
        size=row[4],
        media_type=row[5],
        author=row[6],
        at=row[7],
    )


class Versions(Rows):
    """Versions of one workspace's files."""

    __slots__ = ()

    def add(self, version: Version) -> None:
        """Keep a version; it is never changed."""
        self.tx.run(_ADD, ws=self.ws, **asdict(version))

    def add_many(self, versions: Sequence[Version]) -> None:
        """Keep versions of several files."""
        self.insert("versions", _COLUMNS, [astuple(each) for each in versions])

    def page(self, node: NodeId, *, before: int, limit: int) -> list[Version]:
        """Return a file's versions below a number, newest first."""
        rows = self.tx.all(_PAGE, ws=self.ws, node=node, before=before, limit=limit)
        return [_version(row) for row in rows]

    def by_number(self, node: NodeId, number: int) -> Version | None:
        """Return one version of a file."""
        row = self.tx.one(_BY_NUMBER, ws=self.ws, node=node, number=number)
        return _version(row) if row else None

    def last_number(self, node: NodeId) -> int:
        """Return the highest version number ever given to a file."""
        row = self.tx.one(
            "SELECT max(number) FROM versions WHERE ws = :ws AND node = :node",
            ws=self.ws,
            node=node,
        )
        return int(row[0]) if row and row[0] is not None else 0

    def authors_since(self, package: NodeId, *, after: Instant) -> set[ActorId]:
        """Return who wrote a version at or below a node after a moment."""
        rows = self.tx.all(
            """WITH RECURSIVE walk AS (
                SELECT id FROM nodes WHERE ws = :ws AND id = :id
                UNION ALL
                SELECT n.id FROM walk w JOIN nodes n ON n.ws = :ws AND n.parent = w.id)
            SELECT DISTINCT v.author FROM walk w CROSS JOIN versions v
                WHERE v.ws = :ws AND v.node = w.id AND v.at > :after""",
            ws=self.ws,
            id=package,
            after=after,
        )
        return {ActorId(row[0]) for row in rows}

    def remove_all(self, node: NodeId) -> list[BlobId]:
        """Forget every version of a file; return the blobs that they named."""
        rows = self.tx.all(
            "DELETE FROM versions WHERE ws = :ws AND node = :node RETURNING blob",
            ws=self.ws,
            node=node,
        )
        return [BlobId(row[0]) for row in rows]
