"""The log: positions without gaps, entries that never change."""

from typing import Any

from msgspec import Struct

from signoff.domain.ids import Instant, NodeId
from signoff.store.rows import Rows

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


def _log_row(row: tuple[Any, ...]) -> LogRow:
    return LogRow(
        position=row[0],
        leaf=_bytes(row[1]),
        leaf_hash=_bytes(row[2]),
        salt=None if row[3] is None else _bytes(row[3]),
        private=None if row[4] is None else _bytes(row[4]),
    )


def _bytes(value: bytes | memoryview | str) -> bytes:
    # Whoever tampers may leave a text where there were bytes; it is for `verify` to say so.
    return value.encode() if isinstance(value, str) else bytes(value)


class AuditRows(Rows):
    """The log of the transaction's workspace; recording may also be to another's."""

    __slots__ = ()

    def head(self) -> tuple[int, Instant]:
        """Return the last position and its time; 0 for an empty log."""
        row = self.tx.one("SELECT position, at FROM heads WHERE ws = :ws", ws=self.ws)
        return (row[0], Instant(row[1])) if row else (0, Instant(0))

    def time_of(self, position: int) -> Instant | None:
        """Return when the entry at a position happened; None if there is none."""
        row = self.tx.one(
            "SELECT at FROM entries WHERE ws = :ws AND position = :position",
            ws=self.ws,
            position=position,
        )
        return None if row is None else Instant(row[0])

    def moved_since(self, position: int, *, limit: int) -> list[NodeId]:
        """Return up to `limit` nodes that were moved or renamed after a position."""
        rows = self.tx.all(
            "SELECT DISTINCT node FROM entries WHERE ws = :ws AND position > :position"
            " AND type = 'file.moved' AND node IS NOT NULL LIMIT :limit",
            ws=self.ws,
            position=position,
            limit=limit,
        )
        return [NodeId(row[0]) for row in rows]

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
        until: int | None = None,
        actor: str = "",
        credential_kind: str = "",
        type_: str = "",
        node: str = "",
        handoff: str = "",
    ) -> list[LogRow]:
        """Return entries after a position, up to `until`, that match.

        `type_` is a whole type, or a noun with its dot, which stands for all of its types.
        """
        wanted = {
            "actor": actor,
            "credential_kind": credential_kind,
            "node": node,
            "handoff": handoff,
        }
        wheres = "".join(
            f" AND e.{column} = :{column}" for column, value in wanted.items() if value
        )
        if type_.endswith("."):
            wheres += " AND e.type >= :type AND e.type < :type_end"
        elif type_:
            wheres += " AND e.type = :type"
        if until is not None:
            wheres += " AND e.position <= :until"
        rows = self.tx.all(
            f"SELECT {_ROW} {_FROM}{wheres} ORDER BY e.position LIMIT :limit",
            ws=self.ws,
            after=after,
            until=until,
            limit=limit,
            type=type_,
            type_end=f"{type_[:-1]}/",
            **wanted,
        )
        return [_log_row(row) for row in rows]

    def signs(self, after: int, *, limit: int) -> list[tuple[int, str | None]]:
        """Return positions and handoffs after a position: what a tail wakes waiters by."""
        rows = self.tx.all(
            "SELECT position, handoff FROM entries WHERE ws = :ws AND position > :after"
            " ORDER BY position LIMIT :limit",
            ws=self.ws,
            after=after,
            limit=limit,
        )
        return [(row[0], row[1]) for row in rows]

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
            self.tx.changed(
                "DELETE FROM privates WHERE ws = :ws AND position = :position",
                ws=self.ws,
                position=position,
            )
            == 1
        )
