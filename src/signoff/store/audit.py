"""The log: positions without gaps, entries that never change, the tree that grows over them."""

from typing import Any

from msgspec import Struct

from signoff.domain.audit import Sealed
from signoff.domain.ids import Instant, Slug
from signoff.store.rows import Rows

_ADD = """INSERT INTO entries (ws, position, id, at, type, actor, actor_kind, credential,
    credential_kind, door, node, handoff, leaf, leaf_hash) VALUES (:ws, :position, :id, :at,
    :type, :actor, :actor_kind, :credential, :credential_kind, :door, :node, :handoff, :leaf,
    :leaf_hash)"""
_ROW = "e.position, e.leaf, e.leaf_hash, p.salt, p.body"
_FROM = (
    "FROM entries e LEFT JOIN privates p ON p.ws = e.ws AND p.position = e.position"
    " WHERE e.ws = :ws AND e.position > :after"
)


class LogRow(Struct, frozen=True, kw_only=True):
    """An entry as it is stored; `salt` and `private` are None once erased, or never there."""

    position: int
    leaf: bytes
    leaf_hash: bytes
    salt: bytes | None = None
    private: bytes | None = None


class IndexRow(Struct, frozen=True, kw_only=True):
    """What the query columns say of an entry; `verify` compares it with the leaf."""

    position: int
    id: str
    at: int
    type: str
    actor: str
    actor_kind: str
    credential: str
    credential_kind: str
    door: str
    node: str | None
    handoff: str | None


class Checkpoint(Struct, frozen=True, kw_only=True):
    """A signed tree head (C2SP tlog-checkpoint)."""

    size: int
    at: Instant
    root: bytes
    note: str
    handed_out: bool = False


def _log_row(row: tuple[Any, ...]) -> LogRow:
    return LogRow(
        position=row[0],
        leaf=bytes(row[1]),
        leaf_hash=bytes(row[2]),
        salt=bytes(row[3]) if row[3] is not None else None,
        private=bytes(row[4]) if row[4] is not None else None,
    )


class AuditRows(Rows):
    """The log of the transaction's workspace; recording may also be to another's."""

    __slots__ = ()

    def advance(self, workspace: Slug, *, by: int, now: Instant) -> tuple[int, Instant]:
        """Take the next `by` positions; return the last, and a time that never goes back."""
        row = self.tx.one(
            "INSERT INTO heads (ws, position, at) VALUES (:ws, :by, :now)"
            " ON CONFLICT (ws) DO UPDATE SET position = heads.position + :by,"
            " at = CASE WHEN heads.at > :now THEN heads.at ELSE :now END"
            " RETURNING position, at",
            ws=workspace,
            by=by,
            now=now,
        )
        assert row is not None
        return row[0], Instant(row[1])

    def append(self, sealed: Sealed, *, salt: bytes) -> None:
        """Write an entry at its position."""
        entry = sealed.entry
        self.tx.run(
            _ADD,
            ws=entry.workspace,
            position=entry.position,
            id=entry.id,
            at=entry.at,
            type=entry.type.value,
            actor=entry.actor,
            actor_kind=entry.actor_kind.value,
            credential=entry.credential,
            credential_kind=entry.credential_kind.value,
            door=entry.door.value,
            node=entry.node,
            handoff=entry.handoff,
            leaf=sealed.leaf,
            leaf_hash=sealed.leaf_hash,
        )
        if sealed.private_json is not None:
            self.tx.run(
                "INSERT INTO privates (ws, position, salt, body)"
                " VALUES (:ws, :position, :salt, :body)",
                ws=entry.workspace,
                position=entry.position,
                salt=salt,
                body=sealed.private_json,
            )

    def head(self) -> tuple[int, Instant]:
        """Return the last position and its time; 0 for an empty log."""
        row = self.tx.one("SELECT position, at FROM heads WHERE ws = :ws", ws=self.ws)
        return (row[0], Instant(row[1])) if row else (0, Instant(0))

    def after(self, position: int, *, limit: int) -> list[LogRow]:
        """Return the entries after a position, in order: what a follower reads."""
        rows = self.tx.all(
            f"SELECT {_ROW} {_FROM} ORDER BY e.position LIMIT :limit",
            ws=self.ws,
            after=position,
            limit=limit,
        )
        return [_log_row(row) for row in rows]

    def find(
        self,
        *,
        after: int,
        limit: int,
        actor: str | None = None,
        credential_kind: str | None = None,
        type_: str | None = None,
        node: str | None = None,
        handoff: str | None = None,
    ) -> list[LogRow]:
        """Return entries after a position that match."""
        wanted = {
            "actor": actor,
            "credential_kind": credential_kind,
            "type": type_,
            "node": node,
            "handoff": handoff,
        }
        wheres = "".join(
            f" AND e.{column} = :{column}" for column, value in wanted.items() if value
        )
        rows = self.tx.all(
            f"SELECT {_ROW} {_FROM}{wheres} ORDER BY e.position LIMIT :limit",
            ws=self.ws,
            after=after,
            limit=limit,
            **wanted,
        )
        return [_log_row(row) for row in rows]

    def before(self, position: int, *, limit: int, handoff: str | None = None) -> list[LogRow]:
        """Return the entries before a position, newest first: the activity page."""
        only = " AND e.handoff = :handoff" if handoff else ""
        rows = self.tx.all(
            f"SELECT {_ROW} FROM entries e LEFT JOIN privates p"
            " ON p.ws = e.ws AND p.position = e.position"
            f" WHERE e.ws = :ws AND e.position < :before{only}"
            " ORDER BY e.position DESC LIMIT :limit",
            ws=self.ws,
            before=position,
            limit=limit,
            handoff=handoff,
        )
        return [_log_row(row) for row in rows]

    def at_position(self, position: int) -> LogRow | None:
        """Return one entry."""
        rows = self.after(position - 1, limit=1)
        return rows[0] if rows and rows[0].position == position else None

    def index_rows(self, after: int, *, limit: int) -> list[IndexRow]:
        """Return what the query columns say, for `verify`."""
        rows = self.tx.all(
            "SELECT position, id, at, type, actor, actor_kind, credential, credential_kind,"
            " door, node, handoff FROM entries WHERE ws = :ws AND position > :after"
            " ORDER BY position LIMIT :limit",
            ws=self.ws,
            after=after,
            limit=limit,
        )
        names = IndexRow.__struct_fields__
        return [IndexRow(**dict(zip(names, row, strict=True))) for row in rows]

    def leaf_hashes(self, first: int, last: int) -> list[bytes]:
        """Return the leaf hashes of positions `first` to `last`, both included."""
        rows = self.tx.all(
            "SELECT leaf_hash FROM entries WHERE ws = :ws"
            " AND position >= :first AND position <= :last ORDER BY position",
            ws=self.ws,
            first=first,
            last=last,
        )
        return [bytes(row[0]) for row in rows]

    def erase(self, position: int) -> bool:
        """Erase the private part of an entry; its leaf keeps the commitment."""
        return (
            self.tx.run(
                "DELETE FROM privates WHERE ws = :ws AND position = :position",
                ws=self.ws,
                position=position,
            )
            == 1
        )

    # The tree: tiles, right edge and checkpoints are written together (STORAGE 13).

    def edge(self) -> tuple[int, bytes]:
        """Return how many leaves the tree has, and its right edge."""
        row = self.tx.one("SELECT size, edge FROM edges WHERE ws = :ws", ws=self.ws)
        return (row[0], bytes(row[1])) if row else (0, b"")

    def set_edge(self, size: int, edge: bytes) -> None:
        """Replace the right edge."""
        self.tx.run(
            "INSERT INTO edges (ws, size, edge) VALUES (:ws, :size, :edge) ON CONFLICT (ws)"
            " DO UPDATE SET size = excluded.size, edge = excluded.edge",
            ws=self.ws,
            size=size,
            edge=edge,
        )

    def add_tile(self, level: int, number: int, width: int, hashes: bytes) -> None:
        """Write a tile; the partial ones that it outgrew may go."""
        self.tx.run(
            "INSERT INTO tiles (ws, level, number, width, hashes)"
            " VALUES (:ws, :level, :number, :width, :hashes)"
            " ON CONFLICT (ws, level, number, width) DO NOTHING",
            ws=self.ws,
            level=level,
            number=number,
            width=width,
            hashes=hashes,
        )

    def tile(self, level: int, number: int, width: int) -> bytes | None:
        """Return a tile of exactly this width, or the start of a wider one."""
        row = self.tx.one(
            "SELECT hashes FROM tiles WHERE ws = :ws AND level = :level AND number = :number"
            " AND width >= :width ORDER BY width LIMIT 1",
            ws=self.ws,
            level=level,
            number=number,
            width=width,
        )
        return bytes(row[0])[: width * 32] if row else None

    def drop_partial_tiles(self, level: int, number: int, *, below: int) -> None:
        """Drop the narrower forms of a tile that no kept checkpoint needs any more."""
        self.tx.run(
            "DELETE FROM tiles WHERE ws = :ws AND level = :level AND number = :number"
            " AND width < :below",
            ws=self.ws,
            level=level,
            number=number,
            below=below,
        )

    def add_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Keep a signed tree head."""
        self.tx.run(
            "INSERT INTO checkpoints (ws, size, at, root, note, handed_out)"
            " VALUES (:ws, :size, :at, :root, :note, 0) ON CONFLICT (ws, size) DO NOTHING",
            ws=self.ws,
            size=checkpoint.size,
            at=checkpoint.at,
            root=checkpoint.root,
            note=checkpoint.note,
        )

    def checkpoint(self) -> Checkpoint | None:
        """Return the last signed tree head."""
        row = self.tx.one(
            "SELECT size, at, root, note, handed_out FROM checkpoints WHERE ws = :ws"
            " ORDER BY size DESC LIMIT 1",
            ws=self.ws,
        )
        return _checkpoint(row) if row else None

    def checkpoints(self, *, after: int, limit: int) -> list[Checkpoint]:
        """Return signed tree heads by size."""
        rows = self.tx.all(
            "SELECT size, at, root, note, handed_out FROM checkpoints WHERE ws = :ws"
            " AND size > :after ORDER BY size LIMIT :limit",
            ws=self.ws,
            after=after,
            limit=limit,
        )
        return [_checkpoint(row) for row in rows]

    def hand_out(self, size: int) -> None:
        """Remember that a checkpoint left the house, so that it is kept for ever."""
        self.tx.run(
            "UPDATE checkpoints SET handed_out = 1 WHERE ws = :ws AND size = :size",
            ws=self.ws,
            size=size,
        )

    def drop_checkpoint(self, size: int) -> None:
        """Forget a checkpoint that was neither handed out nor the last of its hour."""
        self.tx.run(
            "DELETE FROM checkpoints WHERE ws = :ws AND size = :size AND handed_out = 0",
            ws=self.ws,
            size=size,
        )


def _checkpoint(row: tuple[Any, ...]) -> Checkpoint:
    return Checkpoint(
        size=row[0],
        at=Instant(row[1]),
        root=bytes(row[2]),
        note=row[3],
        handed_out=bool(row[4]),
    )
