"""Where bytes lie: a row for each blob, small bytes beside it, bytes that are expected."""

from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from signoff.domain.ids import ActorId, BlobId, Digest, Instant
from signoff.store.rows import Rows


class BlobRow(Struct, frozen=True, kw_only=True):
    """A blob: random id, digest and size of its plain bytes, and where it lies.

    `inline` are its encrypted bytes, where they were asked for and lie in the database.
    """

    id: BlobId
    digest: Digest
    size: int
    is_inline: bool
    damaged: bool = False
    inline: bytes | None = None


def _blob(row: tuple[Any, ...]) -> BlobRow:
    return BlobRow(
        id=row[0],
        digest=row[1],
        size=row[2],
        is_inline=bool(row[3]),
        damaged=row[4] is not None,
    )


class BlobRows(Rows):
    """Blobs of one workspace."""

    __slots__ = ()

    def by_digest(self, digest: Digest) -> BlobRow | None:
        """Return a wanted blob with these contents: a whole one before any damaged one.

        A whole one is used again (STORAGE 17), a damaged one is healed (STORAGE 21).
        """
        rows = self.tx.all(
            "SELECT id, digest, size, is_inline, damaged_at FROM blobs WHERE ws = :ws"
            " AND digest = :digest AND doomed_at IS NULL",
            ws=self.ws,
            digest=digest,
        )
        found = [_blob(row) for row in rows]
        return min(found, key=lambda blob: blob.damaged) if found else None

    def by_id(self, blob: BlobId) -> BlobRow | None:
        """Return a blob's row."""
        row = self.tx.one(
            "SELECT id, digest, size, is_inline, damaged_at FROM blobs"
            " WHERE ws = :ws AND id = :id",
            ws=self.ws,
            id=blob,
        )
        return _blob(row) if row else None

    def with_bytes(self, blob: BlobId) -> BlobRow | None:
        """Return a blob's row, and with it the bytes that lie in the database."""
        row = self.tx.one(
            "SELECT b.id, b.digest, b.size, b.is_inline, b.damaged_at, i.bytes FROM blobs b"
            " LEFT JOIN inline_bytes i ON i.ws = b.ws AND i.blob = b.id"
            " WHERE b.ws = :ws AND b.id = :id",
            ws=self.ws,
            id=blob,
        )
        return replace(_blob(row), inline=row[5]) if row else None

    def total(self) -> int:
        """Return the size of all contents, each counted once; reads every row."""
        row = self.tx.one("SELECT SUM(size) FROM blobs WHERE ws = :ws", ws=self.ws)
        return int(row[0] or 0) if row else 0

    def add(self, blob: BlobRow) -> None:
        """Remember a blob that is written."""
        self.tx.run(
            "INSERT INTO blobs (ws, id, digest, size, is_inline, created_at)"
            " VALUES (:ws, :id, :digest, :size, :is_inline, :now)",
            ws=self.ws,
            id=blob.id,
            digest=blob.digest,
            size=blob.size,
            is_inline=int(blob.is_inline),
            now=self.tx.now,
        )

    def keep_inline(self, blob: BlobId, data: bytes) -> None:
        """Keep small encrypted bytes in the database."""
        self.tx.run(
            "INSERT INTO inline_bytes (ws, blob, bytes) VALUES (:ws, :blob, :bytes)",
            ws=self.ws,
            blob=blob,
            bytes=data,
        )

    def inline(self, blob: BlobId) -> bytes | None:
        """Return small encrypted bytes."""
        row = self.tx.one(
            "SELECT bytes FROM inline_bytes WHERE ws = :ws AND blob = :blob",
            ws=self.ws,
            blob=blob,
        )
        return bytes(row[0]) if row else None

    def expect(self, blob: BlobId, *, by: ActorId, until: Instant) -> None:
        """Announce a blob before its first byte (STORAGE 20)."""
        self.tx.run(
            "INSERT INTO expected (ws, blob, by_actor, started_at, expires_at)"
            " VALUES (:ws, :blob, :by, :now, :until)",
            ws=self.ws,
            blob=blob,
            by=by,
            now=self.tx.now,
            until=until,
        )

    def arrived(self, blob: BlobId) -> bool:
        """Expect a blob no longer; say whether it still was."""
        return (
            self.tx.changed(
                "DELETE FROM expected WHERE ws = :ws AND blob = :blob", ws=self.ws, blob=blob
            )
            == 1
        )

    def overdue(self, *, before: Instant, limit: int) -> list[BlobId]:
        """Return what is expected no longer: its time was over before a moment."""
        rows = self.tx.all(
            "SELECT blob FROM expected WHERE ws = :ws AND expires_at < :before LIMIT :limit",
            ws=self.ws,
            before=before,
            limit=limit,
        )
        return [BlobId(row[0]) for row in rows]

    def doom_if_unused(self, blob: BlobId) -> None:
        """Give a blob up when no version names it; it is never revived (STORAGE 20)."""
        self.tx.run(
            "UPDATE blobs SET doomed_at = :now WHERE ws = :ws AND id = :id"
            " AND doomed_at IS NULL AND NOT EXISTS"
            " (SELECT 1 FROM versions v WHERE v.ws = :ws AND v.blob = :id)",
            ws=self.ws,
            id=blob,
            now=self.tx.now,
        )

    def doomed(self, *, before: Instant, limit: int) -> list[BlobRow]:
        """Return blobs given up before a moment.

        On PostgreSQL an act may have named one while it was being given up; such a blob is
        new to nobody any more, and stays for as long as a version names it.
        """
        rows = self.tx.all(
            "SELECT id, digest, size, is_inline FROM blobs b WHERE ws = :ws"
            " AND doomed_at < :before AND NOT EXISTS"
            " (SELECT 1 FROM versions v WHERE v.ws = :ws AND v.blob = b.id) LIMIT :limit",
            ws=self.ws,
            before=before,
            limit=limit,
        )
        return [
            BlobRow(id=row[0], digest=row[1], size=row[2], is_inline=bool(row[3]))
            for row in rows
        ]

    def forget(self, blob: BlobId) -> None:
        """Remove a doomed blob's row, and its bytes if they are inline."""
        self.tx.run(
            "DELETE FROM inline_bytes WHERE ws = :ws AND blob = :blob", ws=self.ws, blob=blob
        )
        self.tx.run("DELETE FROM blobs WHERE ws = :ws AND id = :id", ws=self.ws, id=blob)

    def mark_damaged(self, blob: BlobId) -> bool:
        """Remember that a blob's bytes are not what they were; False if that was known."""
        return (
            self.tx.changed(
                "UPDATE blobs SET damaged_at = :now WHERE ws = :ws AND id = :id"
                " AND damaged_at IS NULL",
                ws=self.ws,
                id=blob,
                now=self.tx.now,
            )
            == 1
        )

    def heal(self, digest: Digest, *, by: BlobId) -> int:
        """Point versions of damaged bytes to a whole copy (STORAGE 21); return how many."""
        damaged = self.tx.all(
            "SELECT id FROM blobs WHERE ws = :ws AND digest = :digest"
            " AND damaged_at IS NOT NULL AND doomed_at IS NULL",
            ws=self.ws,
            digest=digest,
        )
        healed = 0
        for (blob,) in damaged:
            nodes = self.tx.all(
                "UPDATE versions SET blob = :by WHERE ws = :ws AND blob = :blob RETURNING node",
                ws=self.ws,
                by=by,
                blob=blob,
            )
            for (node,) in nodes:
                self.tx.run(
                    "UPDATE nodes SET blob = :by WHERE ws = :ws AND id = :id AND blob = :blob",
                    ws=self.ws,
                    by=by,
                    id=node,
                    blob=blob,
                )
            healed += len(nodes)
            self.doom_if_unused(BlobId(blob))
        return healed

    def known(self, blobs: list[BlobId]) -> set[BlobId]:
        """Return which of these have a row or are expected: the rest may be swept."""
        return {
            blob
            for blob in blobs
            if self.by_id(blob) is not None
            or self.tx.one(
                "SELECT 1 FROM expected WHERE ws = :ws AND blob = :blob", ws=self.ws, blob=blob
            )
            is not None
        }
