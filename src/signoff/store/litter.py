"""What desktops leave behind: rows beside the tree, their bytes encrypted in them."""

from typing import Any

from signoff.domain.files import name_key
from signoff.domain.ids import CredentialId, Instant, NodeId
from signoff.domain.litter import Litter
from signoff.store.rows import Rows

_COLUMNS = (
    "id, credential, parent, name, is_folder, version, size, media_type, created_at,"
    " modified_at, token, locked_until"
)
_CHILDREN = f"""SELECT {_COLUMNS} FROM litter
    WHERE ws = :ws AND credential = :credential AND parent = :parent"""
_PUT = f"""INSERT INTO litter (ws, {_COLUMNS}, name_key, bytes) VALUES (:ws, :id, :credential,
    :parent, :name, :is_folder, :version, :size, :media_type, :created_at, :modified_at,
    :token, :locked_until, :key, :bytes) ON CONFLICT (ws, id) DO UPDATE SET
    version = excluded.version, size = excluded.size, media_type = excluded.media_type,
    modified_at = excluded.modified_at, bytes = excluded.bytes"""
_BELOW = """WITH RECURSIVE below (id, size) AS (
    SELECT id, size FROM litter WHERE ws = :ws AND id = :id
    UNION ALL SELECT l.id, l.size FROM below b JOIN litter l
        ON l.ws = :ws AND l.credential = :credential AND l.parent = b.id)"""
# OFFSET has PostgreSQL look by the index for each; it would rather compare all with all.
_LEAF = """NOT EXISTS (SELECT 1 FROM litter c WHERE c.ws = l.ws
    AND c.credential = l.credential AND c.parent = l.id LIMIT 1 OFFSET 0)"""
_ENDED = """NOT EXISTS (SELECT 1 FROM keys k JOIN agents a ON a.ws = k.ws AND a.id = k.agent
        WHERE k.ws = :ws AND k.id = l.credential AND k.revoked_at IS NULL
        AND (k.expires_at IS NULL OR k.expires_at > :now) AND a.disabled_at IS NULL)
    AND NOT EXISTS (SELECT 1 FROM app_passwords p
        JOIN people b ON b.id = p.person AND b.disabled_at IS NULL
        JOIN members m ON m.ws = :ws AND m.person = p.person
        WHERE p.id = l.credential AND p.revoked_at IS NULL
        AND (p.expires_at IS NULL OR p.expires_at > :now))
    AND NOT EXISTS (SELECT 1 FROM sessions s JOIN members m
        ON m.ws = :ws AND m.person = s.person WHERE s.id = l.credential
        AND s.ended_at IS NULL AND s.expires_at > :now)"""


def _litter(row: tuple[Any, ...]) -> Litter:
    return Litter(
        id=row[0],
        credential=row[1],
        parent=row[2],
        name=row[3],
        is_folder=bool(row[4]),
        version=row[5],
        size=row[6],
        media_type=row[7],
        created_at=row[8],
        modified_at=row[9],
        token=row[10],
        locked_until=row[11],
    )


class LitterRows(Rows):
    """The litter of one workspace; each look is into one credential's."""

    __slots__ = ()

    def child(self, credential: CredentialId, parent: NodeId, name: str) -> Litter | None:
        """Return what has that name, by key, in a folder."""
        row = self.tx.one(
            f"{_CHILDREN} AND name_key = :key",
            ws=self.ws,
            credential=credential,
            parent=parent,
            key=name_key(name),
        )
        return _litter(row) if row else None

    def children(self, credential: CredentialId, parent: NodeId) -> list[Litter]:
        """Return what lies in a folder, by name."""
        rows = self.tx.all(
            f"{_CHILDREN} ORDER BY name_key", ws=self.ws, credential=credential, parent=parent
        )
        return [_litter(row) for row in rows]

    def bytes_of(self, entry: Litter) -> bytes:
        """Return the encrypted bytes of a file."""
        row = self.tx.one(
            "SELECT bytes FROM litter WHERE ws = :ws AND id = :id", ws=self.ws, id=entry.id
        )
        return bytes(row[0]) if row and row[0] is not None else b""

    def put(self, entry: Litter, data: bytes | None) -> None:
        """Add it with its encrypted bytes, or give it others; a folder has none."""
        self.tx.run(
            _PUT,
            ws=self.ws,
            id=entry.id,
            credential=entry.credential,
            parent=entry.parent,
            name=entry.name,
            key=name_key(entry.name),
            is_folder=int(entry.is_folder),
            version=entry.version,
            size=entry.size,
            media_type=entry.media_type,
            created_at=entry.created_at,
            modified_at=entry.modified_at,
            token=entry.token,
            locked_until=entry.locked_until,
            bytes=data,
        )

    def place(self, entry: Litter) -> None:
        """Write where it lies, what it is called, and who holds its lock."""
        self.tx.run(
            "UPDATE litter SET parent = :parent, name = :name, name_key = :key,"
            " token = :token, locked_until = :locked_until WHERE ws = :ws AND id = :id",
            ws=self.ws,
            id=entry.id,
            parent=entry.parent,
            name=entry.name,
            key=name_key(entry.name),
            token=entry.token,
            locked_until=entry.locked_until,
        )

    def remove(self, entry: Litter) -> None:
        """Forget it, and all that lies below it."""
        self.tx.run(
            f"{_BELOW} DELETE FROM litter WHERE ws = :ws AND id IN (SELECT id FROM below)",
            ws=self.ws,
            credential=entry.credential,
            id=entry.id,
        )

    # How much there is.

    def extent(self, entry: Litter) -> tuple[int, int]:
        """Return how many entries it is with all below it, and their bytes."""
        row = self.tx.one(
            f"{_BELOW} SELECT count(*), coalesce(sum(size), 0) FROM below",
            ws=self.ws,
            credential=entry.credential,
            id=entry.id,
        )
        assert row is not None
        return int(row[0]), int(row[1])

    def used(self, credential: CredentialId) -> tuple[int, int]:
        """Return how many entries a credential has, and their bytes."""
        row = self.tx.one(
            "SELECT count(*), coalesce(sum(size), 0) FROM litter"
            " WHERE ws = :ws AND credential = :credential",
            ws=self.ws,
            credential=credential,
        )
        assert row is not None
        return int(row[0]), int(row[1])

    def oldest(self, credential: CredentialId, *, but: NodeId, limit: int) -> list[Litter]:
        """Return what was written longest ago and holds nothing."""
        rows = self.tx.all(
            f"SELECT {_COLUMNS} FROM litter l WHERE ws = :ws AND credential = :credential"
            f" AND id <> :but AND {_LEAF} ORDER BY modified_at, id LIMIT :limit",
            ws=self.ws,
            credential=credential,
            but=but,
            limit=limit,
        )
        return [_litter(row) for row in rows]

    # What is over.

    def overdue(self, *, before: Instant) -> CredentialId | None:
        """Return a credential with something that was not written since a moment."""
        row = self.tx.one(
            f"SELECT credential FROM litter l WHERE ws = :ws AND modified_at <= :before"
            f" AND {_LEAF} LIMIT 1",
            ws=self.ws,
            before=before,
        )
        return CredentialId(row[0]) if row else None

    def ended(self) -> CredentialId | None:
        """Return a credential with litter that opens nothing here any more."""
        row = self.tx.one(
            "SELECT l.credential FROM (SELECT DISTINCT credential FROM litter WHERE ws = :ws)"
            f" AS l WHERE {_ENDED} LIMIT 1",
            ws=self.ws,
            now=self.tx.now,
        )
        return CredentialId(row[0]) if row else None

    def forget(self, credential: CredentialId, *, before: Instant, limit: int) -> int:
        """Drop what was not written since a moment and holds nothing; return how many."""
        return self.tx.changed(
            "DELETE FROM litter WHERE ws = :ws AND id IN (SELECT id FROM litter l"
            f" WHERE ws = :ws AND credential = :credential AND modified_at <= :before"
            f" AND {_LEAF} ORDER BY modified_at LIMIT :limit)",
            ws=self.ws,
            credential=credential,
            before=before,
            limit=limit,
        )
