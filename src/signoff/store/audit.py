"""The log: positions without gaps, entries that never change."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from msgspec import Struct

from signoff.domain.audit import Sealed, around
from signoff.domain.ids import Instant, NodeId, Slug
from signoff.store.rows import Rows

_ADD = """INSERT INTO entries (ws, position, id, at, type, actor, actor_kind, credential,
    credential_kind, door, node, handoff, leaf, leaf_hash) VALUES (:ws, :position, :id, :at,
    :type, :actor, :actor_kind, :credential, :credential_kind, :door, :node, :handoff, :leaf,
    :leaf_hash)"""
_ADVANCE = """UPDATE heads SET position = position + :by,
    at = CASE WHEN at > :now THEN at ELSE :now END WHERE ws = :ws RETURNING position, at"""
_BEGIN_OR_ADVANCE = """INSERT INTO heads (ws, position, at) VALUES (:ws, :by, :now)
    ON CONFLICT (ws) DO UPDATE SET position = heads.position + :by,
    at = CASE WHEN heads.at > :now THEN heads.at ELSE :now END RETURNING position, at"""
_NAMED = """ws, id, type, actor, actor_kind, credential, credential_kind, door, node, handoff"""
_LEAF = """leaf AS (SELECT position - :back AS position, at,
    :before || convert_to((position - :back)::text, 'UTF8') || :between
    || convert_to(at::text, 'UTF8') || :behind AS leaf FROM head)"""
_FILL_IN = f"""INSERT INTO entries ({_NAMED}, position, at, leaf, leaf_hash)
    SELECT {", ".join(f":{name}" for name in _NAMED.split(", "))},
    position, at, leaf, sha256('\\x00'::bytea || leaf) FROM leaf RETURNING position"""
_FILL_IN_PRIVATE = """INSERT INTO privates (ws, position, salt, body)
    SELECT :ws, position, :salt, :body FROM leaf RETURNING position"""
_TO_FILL_IN = (10**18 - 1, Instant(10**18 - 1))
"""A position and a time of more digits than any will have."""

Seal = Callable[[int, Instant], tuple[Sealed, bytes]]
"""Seals an entry at a position and a time; returns it with the salt of its private part."""

_ROW = "e.position, e.leaf, e.leaf_hash, p.salt, p.body"
_FROM = (
    "FROM entries e LEFT JOIN privates p ON p.ws = e.ws AND p.position = e.position"
    " WHERE e.ws = :ws AND e.position > :after"
)


@cache
def _placed(*, first: bool, private: bool) -> str:
    """Return the statement that fills an entry in; the first one of an act takes the places."""
    head = _BEGIN_OR_ADVANCE if first else "SELECT position, at FROM heads WHERE ws = :ws"
    entry = f"added AS ({_FILL_IN}) {_FILL_IN_PRIVATE}" if private else _FILL_IN
    return f"WITH head AS ({head}), {_LEAF}{',' if private else ''} {entry}"


def _columns(sealed: Sealed) -> dict[str, str | None]:
    entry = sealed.entry
    return {
        "ws": entry.workspace,
        "id": entry.id,
        "type": entry.type.value,
        "actor": entry.actor,
        "actor_kind": entry.actor_kind.value,
        "credential": entry.credential,
        "credential_kind": entry.credential_kind.value,
        "door": entry.door.value,
        "node": entry.node,
        "handoff": entry.handoff,
    }


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

    def write(
        self, workspace: Slug, seals: Sequence[Seal], *, now: Instant
    ) -> Callable[[], int]:
        """Write entries at the next positions; calling what is returned tells the first.

        Their time is `now`, but never before that of the entry before them. From here until
        the transaction ends no other one can write to this log.
        """
        if self.tx.dialect.name == "postgres":
            return self._write_unseen(seals, now)
        row = self.tx.one(_ADVANCE, ws=workspace, by=len(seals), now=now)
        if row is None:
            row = self.tx.one(_BEGIN_OR_ADVANCE, ws=workspace, by=len(seals), now=now)
        assert row is not None
        first, at = row[0] - len(seals) + 1, Instant(row[1])
        for position, seal in enumerate(seals, start=first):
            self._append(*seal(position, at))
        return lambda: int(first)

    def _append(self, sealed: Sealed, salt: bytes) -> None:
        entry = sealed.entry
        columns = _columns(sealed)
        self.tx.run(
            _ADD, position=entry.position, at=entry.at, leaf=sealed.leaf,
            leaf_hash=sealed.leaf_hash, **columns,
        )  # fmt: skip
        if sealed.private_json is not None:
            self.tx.run(
                "INSERT INTO privates (ws, position, salt, body)"
                " VALUES (:ws, :position, :salt, :body)",
                ws=entry.workspace,
                position=entry.position,
                salt=salt,
                body=sealed.private_json,
            )

    def _write_unseen(self, seals: Sequence[Seal], now: Instant) -> Callable[[], int]:
        """Let the database fill position and time in, so that nobody waits for us meanwhile.

        A log's head is held from its first statement here to the end of COMMIT, which travels
        right behind (docs/decisions/0010).
        """
        told: list[Callable[[], list[tuple[Any, ...]]]] = []
        for back in range(len(seals) - 1, -1, -1):
            sealed, salt = seals[len(seals) - 1 - back](*_TO_FILL_IN)
            before, between, behind = around(sealed.leaf)
            private = sealed.private_json
            ask = self.tx.ask(
                _placed(first=not told, private=private is not None),
                before=before,
                between=between,
                behind=behind,
                back=back,
                by=len(seals),
                now=now,
                salt=salt,
                body=private,
                **_columns(sealed),
            )
            told.append(ask)
        return lambda: int(told[0]()[0][0])

    def head(self) -> tuple[int, Instant]:
        """Return the last position and its time; 0 for an empty log."""
        row = self.tx.one("SELECT position, at FROM heads WHERE ws = :ws", ws=self.ws)
        return (row[0], Instant(row[1])) if row else (0, Instant(0))

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
