"""Write locks, and who waits for one."""

from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import Struct

from signoff.domain.ids import ActorId, Instant, LockToken, NodeId
from signoff.domain.locks import Lock
from signoff.store.rows import Rows, from_body, to_body

_AMONG = {
    "sqlite": "SELECT token, body FROM locks WHERE ws = :ws"
    " AND token IN (SELECT value FROM json_each(:tokens))",
    "postgres": "SELECT token, body FROM locks WHERE ws = :ws AND token = ANY(:tokens)",
}


class Ticket(Struct, frozen=True, kw_only=True):
    """Somebody's place in the line for a node (STORAGE 27)."""

    id: str
    node: NodeId
    number: int
    actor: ActorId
    seen_at: Instant
    granted_at: Instant | None = None


class Locks(Rows):
    """Locks of one workspace."""

    __slots__ = ()

    def add(self, lock: Lock) -> None:
        """Add a lock."""
        self.tx.run(
            "INSERT INTO locks (ws, token, node, holder, expires_at, body)"
            " VALUES (:ws, :token, :node, :holder, :expires_at, :body)",
            ws=self.ws,
            token=lock.token,
            node=lock.node,
            holder=lock.holder,
            expires_at=lock.expires_at,
            body=to_body(lock),
        )

    def refresh(self, lock: Lock) -> None:
        """Write a time that began anew: bookkeeping, not a change on record (RULES 31)."""
        self.tx.renew(
            "UPDATE locks SET expires_at = :expires_at, body = :body"
            " WHERE ws = :ws AND token = :token",
            ws=self.ws,
            token=lock.token,
            expires_at=lock.expires_at,
            body=to_body(lock),
        )

    def remove(self, token: LockToken) -> None:
        """Forget a lock that ended."""
        self.tx.run(
            "DELETE FROM locks WHERE ws = :ws AND token = :token", ws=self.ws, token=token
        )

    def any_taken(self) -> bool:
        """Say whether there is a lock at all, expired ones that nobody swept included."""
        return self.tx.one("SELECT 1 FROM locks WHERE ws = :ws LIMIT 1", ws=self.ws) is not None

    def by_token(self, token: LockToken) -> Lock | None:
        """Return a lock."""
        row = self.tx.one(
            "SELECT body FROM locks WHERE ws = :ws AND token = :token", ws=self.ws, token=token
        )
        return from_body(row[0], Lock) if row else None

    def by_tokens(self, tokens: Iterable[str]) -> list[Lock]:
        """Return the locks among these tokens that exist, in their order, in one look."""
        wanted = tuple(tokens)
        if len(wanted) <= 1:
            found = (self.by_token(LockToken(token)) for token in wanted)
            return [lock for lock in found if lock is not None]
        bound: Any = list(wanted)
        dialect = self.tx.dialect.name
        if dialect == "sqlite":
            bound = msgspec.json.encode(bound).decode()
        rows = self.tx.all(_AMONG[dialect], ws=self.ws, tokens=bound)
        bodies = dict(rows)
        return [from_body(bodies[token], Lock) for token in wanted if token in bodies]

    def expired(self, *, limit: int) -> list[Lock]:
        """Return locks of this workspace whose time is over."""
        rows = self.tx.all(
            "SELECT body FROM locks WHERE expires_at <= :now AND ws = :ws LIMIT :limit",
            ws=self.ws,
            now=self.tx.now,
            limit=limit,
        )
        return [from_body(row[0], Lock) for row in rows]

    def queue_up(self, ticket: Ticket) -> None:
        """Add or renew a place in the line."""
        self.tx.run(
            "INSERT INTO lock_tickets (ws, node, number, id, seen_at, body)"
            " VALUES (:ws, :node, :number, :id, :seen_at, :body)"
            " ON CONFLICT (ws, node, number, id)"
            " DO UPDATE SET seen_at = excluded.seen_at, body = excluded.body",
            ws=self.ws,
            node=ticket.node,
            number=ticket.number,
            id=ticket.id,
            seen_at=ticket.seen_at,
            body=to_body(ticket),
        )

    def line(self, node: NodeId) -> list[Ticket]:
        """Return who waits for a node, in order."""
        rows = self.tx.all(
            "SELECT body FROM lock_tickets WHERE ws = :ws AND node = :node"
            " ORDER BY number, id LIMIT 1000",
            ws=self.ws,
            node=node,
        )
        return [from_body(row[0], Ticket) for row in rows]

    def leave_line(self, node: NodeId, ticket: str) -> None:
        """Give up a place in the line."""
        self.tx.run(
            "DELETE FROM lock_tickets WHERE ws = :ws AND node = :node AND id = :id",
            ws=self.ws,
            node=node,
            id=ticket,
        )
