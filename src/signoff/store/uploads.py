"""Uploads that go on where they broke off: a row for each, and the parts that are stored.

A part is a blob that no version names yet, so its row is one of `expected`; it stays for as
long as what it is a part of.
"""

from collections.abc import Callable
from typing import Any, Final

from msgspec import Struct

from signoff.domain.files import name_key, names
from signoff.domain.ids import ActorId, BlobId, Digest, Instant, Path, UploadId
from signoff.domain.uploads import Upload
from signoff.store.rows import Rows, from_body, to_body

_INDEXED: Final = 500
"""So much of a path is in the index: PostgreSQL's has no rows above 2,704 bytes."""
_LAST: Final = "\U0010ffff"
_NEVER: Final = Instant(2**62)
_SET = """UPDATE uploads SET is_open = :is_open, outstanding = :outstanding,
    expires_at = :expires_at, body = :body WHERE ws = :ws AND id = :id"""
_BELOW = """SELECT 1 FROM uploads WHERE ws = :ws AND is_open = 1
    AND substr(path_key, 1, 500) >= :least AND substr(path_key, 1, 500) <= :most
    AND (path_key = :key OR (path_key > :below AND path_key < :beyond))
    AND expires_at > :now"""


class Part(Struct, frozen=True, kw_only=True):
    """Some of an upload's bytes: a blob, where it begins, and how much of it counts.

    `digest` is None for one that was broken off: the blob has no end, and `size` was kept.
    """

    blob: BlobId
    start: int
    size: int
    digest: Digest | None


class Uploads(Rows):
    """The uploads of one workspace."""

    __slots__ = ()

    def add(self, upload: Upload) -> None:
        """Remember a new upload."""
        self.tx.run(
            "INSERT INTO uploads (ws, id, by_actor, path_key, is_open, outstanding, expires_at,"
            " body) VALUES (:ws, :id, :by, :key, 1, :outstanding, :expires_at, :body)",
            ws=self.ws,
            id=upload.id,
            by=upload.by,
            key=_path_key(upload.path),
            outstanding=upload.outstanding,
            expires_at=upload.expires_at,
            body=to_body(upload),
        )

    def save(self, upload: Upload) -> None:
        """Write an upload as it is now; one that became a file is open no more."""
        self.tx.run(
            _SET,
            ws=self.ws,
            id=upload.id,
            is_open=int(upload.written is None),
            outstanding=upload.outstanding,
            expires_at=upload.expires_at,
            body=to_body(upload),
        )

    def close(self, upload: UploadId) -> None:
        """Count an upload as no longer under way: it is being named."""
        self.tx.run(
            "UPDATE uploads SET is_open = 0 WHERE ws = :ws AND id = :id",
            ws=self.ws,
            id=upload,
        )

    def by_id(self, upload: UploadId) -> Upload | None:
        """Return an upload."""
        row = self.tx.one(
            "SELECT body FROM uploads WHERE ws = :ws AND id = :id", ws=self.ws, id=upload
        )
        return from_body(row[0], Upload) if row else None

    def open_of(self, actor: ActorId) -> int:
        """Return how many unfinished uploads an actor has."""
        row = self.tx.one(
            "SELECT count(*) FROM uploads WHERE ws = :ws AND by_actor = :by AND is_open = 1",
            ws=self.ws,
            by=actor,
        )
        return int(row[0]) if row else 0

    def outstanding(self, *, but: UploadId) -> int:
        """Return how many bytes others have announced and not sent, in every workspace."""
        row = self.tx.one(
            "SELECT SUM(outstanding) FROM uploads WHERE outstanding > 0 AND is_open = 1"
            " AND expires_at > :now AND NOT (ws = :ws AND id = :but)",
            ws=self.ws,
            now=self.tx.now,
            but=but,
        )
        return int(row[0] or 0) if row else 0

    def remove(self, upload: UploadId) -> None:
        """Forget an upload, and give up what is stored of it."""
        self.give_up_parts(upload)
        self.tx.run("DELETE FROM uploads WHERE ws = :ws AND id = :id", ws=self.ws, id=upload)

    def remove_over(self, *, limit: int) -> int:
        """Forget uploads whose time is over, and what is stored of them; return how many."""
        rows = self.tx.all(
            "DELETE FROM uploads WHERE ws = :ws AND expires_at <= :now AND id IN"
            " (SELECT id FROM uploads WHERE ws = :ws AND expires_at <= :now LIMIT :limit)"
            " RETURNING id",
            ws=self.ws,
            now=self.tx.now,
            limit=limit,
        )
        for (upload,) in rows:
            self.give_up_parts(UploadId(upload))
        return len(rows)

    # Where they go.

    def ask_below(
        self, path: Path, *, by: ActorId | None = None, but: ActorId | None = None
    ) -> Callable[[], bool]:
        """Ask whether anything at or below a path is being uploaded; calling it has the answer.

        `by` looks at one actor's uploads alone, `but` at everybody else's.
        """
        key = _path_key(path)
        whom = " AND by_actor = :by" if by else " AND by_actor <> :by" if but else ""
        parameters: dict[str, Any] = {"by": by or but} if by or but else {}
        found = self.tx.ask(
            f"{_BELOW}{whom} LIMIT 1",
            ws=self.ws,
            key=key,
            least=key[:_INDEXED],
            most=key[:_INDEXED] + _LAST,
            below=f"{key}/",
            beyond=f"{key}0",  # the character behind the slash
            now=self.tx.now,
            **parameters,
        )
        return lambda: bool(found())

    # What is stored of them.

    def expect(self, part: Part, *, upload: UploadId, by: ActorId, until: Instant) -> None:
        """Announce a part before its first byte (STORAGE 20)."""
        self.tx.run(
            "INSERT INTO expected (ws, blob, by_actor, started_at, expires_at, upload, start,"
            " size) VALUES (:ws, :blob, :by, :now, :until, :upload, :start, 0)",
            ws=self.ws,
            blob=part.blob,
            by=by,
            now=self.tx.now,
            until=until,
            upload=upload,
            start=part.start,
        )

    def keep(self, part: Part, *, upload: UploadId) -> bool:
        """Keep what came of a part for as long as its upload; say whether it was expected."""
        changed = self.tx.changed(
            "UPDATE expected SET upload = :upload, start = :start, size = :size,"
            " digest = :digest, expires_at = :never WHERE ws = :ws AND blob = :blob",
            ws=self.ws,
            blob=part.blob,
            upload=upload,
            start=part.start,
            size=part.size,
            digest=part.digest,
            never=_NEVER,
        )
        return changed == 1

    def expect_longer(self, blob: BlobId, *, until: Instant) -> None:
        """Wait longer for a part of which nothing is kept yet."""
        self.tx.run(
            "UPDATE expected SET expires_at = :until WHERE ws = :ws AND blob = :blob",
            ws=self.ws,
            blob=blob,
            until=until,
        )

    def parts(self, upload: UploadId) -> tuple[Part, ...]:
        """Return what is stored of an upload, from its beginning on."""
        rows = self.tx.all(
            "SELECT blob, start, size, digest FROM expected WHERE ws = :ws AND upload = :upload"
            " AND size > 0 ORDER BY start",
            ws=self.ws,
            upload=upload,
        )
        return tuple(
            Part(blob=row[0], start=row[1], size=row[2], digest=row[3]) for row in rows
        )

    def count_parts(self, upload: UploadId) -> int:
        """Return in how many parts it is stored."""
        row = self.tx.one(
            "SELECT count(*) FROM expected WHERE ws = :ws AND upload = :upload AND size > 0",
            ws=self.ws,
            upload=upload,
        )
        return int(row[0]) if row else 0

    def give_up_empty(self, upload: UploadId) -> None:
        """Leave parts of which nothing was kept to the next sweep."""
        self.tx.run(
            "UPDATE expected SET expires_at = 0, upload = NULL"
            " WHERE ws = :ws AND upload = :upload AND size = 0",
            ws=self.ws,
            upload=upload,
        )

    def give_up_parts(self, upload: UploadId) -> None:
        """Leave what is stored of an upload to the next sweep."""
        self.tx.run(
            "UPDATE expected SET expires_at = 0, upload = NULL"
            " WHERE ws = :ws AND upload = :upload",
            ws=self.ws,
            upload=upload,
        )


def _path_key(path: Path) -> str:
    return "/".join(map(name_key, names(path)))
