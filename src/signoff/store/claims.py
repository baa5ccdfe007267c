"""Leases on work, and the queue from which they are taken."""

from msgspec import Struct

from signoff.domain.claims import Claim
from signoff.domain.files import Node
from signoff.domain.ids import ActorId, ClaimId, Instant, NodeId
from signoff.store.nodes import N_COLUMNS, to_node
from signoff.store.rows import Rows, from_body, to_body

_NEXT = f"""SELECT q.priority, q.since, q.node, {N_COLUMNS} FROM queue q
    LEFT JOIN nodes n ON n.ws = :ws AND n.id = q.node
    WHERE q.ws = :ws AND (q.priority, q.since, q.node) > (:priority, :since, :node)
    ORDER BY q.priority, q.since, q.node LIMIT :limit"""


class Queued(Struct, frozen=True, kw_only=True):
    """A row of the queue; `node` is None where the row has become stale."""

    priority: int
    since: Instant
    id: NodeId
    node: Node | None

    @property
    def key(self) -> tuple[int, Instant, str]:
        """Return where the row stands in the queue."""
        return self.priority, self.since, self.id


class Claims(Rows):
    """Claims of one workspace. A row is a live claim; the log has those that ended."""

    __slots__ = ()

    def add(self, claim: Claim) -> None:
        """Add a claim."""
        self.tx.run(
            "INSERT INTO claims (ws, id, agent, expires_at, body)"
            " VALUES (:ws, :id, :agent, :expires_at, :body)",
            ws=self.ws,
            id=claim.id,
            agent=claim.agent,
            expires_at=claim.expires_at,
            body=to_body(claim),
        )

    def save(self, claim: Claim) -> None:
        """Replace a claim's row."""
        self.tx.run(
            "UPDATE claims SET agent = :agent, expires_at = :expires_at, body = :body"
            " WHERE ws = :ws AND id = :id",
            ws=self.ws,
            id=claim.id,
            agent=claim.agent,
            expires_at=claim.expires_at,
            body=to_body(claim),
        )

    def renew(self, claim: Claim) -> None:
        """Write a lease that began anew: bookkeeping, not a change on record (RULES 31)."""
        self.tx.renew(
            "UPDATE claims SET expires_at = :expires_at, body = :body"
            " WHERE ws = :ws AND id = :id",
            ws=self.ws,
            id=claim.id,
            expires_at=claim.expires_at,
            body=to_body(claim),
        )

    def remove(self, claim: ClaimId) -> None:
        """Forget a claim that ended."""
        self.tx.run("DELETE FROM claims WHERE ws = :ws AND id = :id", ws=self.ws, id=claim)

    def by_id(self, claim: ClaimId) -> Claim | None:
        """Return a live or lapsed, not yet swept, claim."""
        row = self.tx.one(
            "SELECT body FROM claims WHERE ws = :ws AND id = :id", ws=self.ws, id=claim
        )
        return from_body(row[0], Claim) if row else None

    def of_agent(self, agent: ActorId, *, after: str = "", limit: int = 100) -> list[Claim]:
        """Return an agent's claims in the order in which they were taken."""
        rows = self.tx.all(
            "SELECT body FROM claims WHERE ws = :ws AND agent = :agent AND id > :after"
            " ORDER BY id LIMIT :limit",
            ws=self.ws,
            agent=agent,
            after=after,
            limit=limit,
        )
        return [from_body(row[0], Claim) for row in rows]

    def page(self, *, after: str = "", limit: int = 100) -> list[Claim]:
        """Return everybody's claims."""
        rows = self.tx.all(
            "SELECT body FROM claims WHERE ws = :ws AND id > :after ORDER BY id LIMIT :limit",
            ws=self.ws,
            after=after,
            limit=limit,
        )
        return [from_body(row[0], Claim) for row in rows]

    def lapsed(self, *, limit: int) -> list[Claim]:
        """Return claims of this workspace whose lease is over."""
        rows = self.tx.all(
            "SELECT body FROM claims WHERE expires_at <= :now AND ws = :ws LIMIT :limit",
            ws=self.ws,
            now=self.tx.now,
            limit=limit,
        )
        return [from_body(row[0], Claim) for row in rows]

    # The queue: what may be claimed in input/. Rows that have become stale are dropped
    # by whoever meets them.

    def queue(self, node: NodeId, *, priority: int = 0, since: Instant | None = None) -> None:
        """Put a file or folder of `input/` into the queue."""
        self.tx.run(
            "INSERT INTO queue (ws, node, priority, since)"
            " VALUES (:ws, :node, :priority, :since)"
            " ON CONFLICT (ws, node) DO UPDATE SET priority = excluded.priority",
            ws=self.ws,
            node=node,
            priority=-priority,
            since=self.tx.now if since is None else since,
        )

    def dequeue(self, node: NodeId) -> None:
        """Take something out of the queue."""
        self.tx.run("DELETE FROM queue WHERE ws = :ws AND node = :node", ws=self.ws, node=node)

    def queued(
        self, *, after: tuple[int, Instant, str] | None, limit: int
    ) -> list[tuple[int, Instant, NodeId]]:
        """Return the next of the queue by priority, then age: priority, since, node."""
        priority, since, node = after or (-(2**62), Instant(0), "")
        rows = self.tx.all(
            "SELECT priority, since, node FROM queue WHERE ws = :ws"
            " AND (priority, since, node) > (:priority, :since, :node)"
            " ORDER BY priority, since, node LIMIT :limit",
            ws=self.ws,
            priority=priority,
            since=since,
            node=node,
            limit=limit,
        )
        return [(row[0], Instant(row[1]), NodeId(row[2])) for row in rows]

    def next_queued(
        self, *, after: tuple[int, Instant, str] | None, limit: int
    ) -> list[Queued]:
        """Return the next of the queue by priority, then age, each with its node."""
        priority, since, node = after or (-(2**62), Instant(0), "")
        rows = self.tx.all(
            _NEXT, ws=self.ws, priority=priority, since=since, node=node, limit=limit
        )
        return [
            Queued(
                priority=row[0],
                since=Instant(row[1]),
                id=NodeId(row[2]),
                node=to_node(row[3:]) if row[3] is not None else None,
            )
            for row in rows
        ]

    def queued_since(self, node: NodeId) -> Instant | None:
        """Return since when something waits in the queue; later than now, it settles yet."""
        row = self.tx.one(
            "SELECT since FROM queue WHERE ws = :ws AND node = :node", ws=self.ws, node=node
        )
        return Instant(row[0]) if row else None
