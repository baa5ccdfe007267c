"""What is left of a workspace that is destroyed: nothing, table by table, in chunks."""

from signoff.store.rows import Rows

KEYS: dict[str, str] = {
    "members": "person",
    "agents": "id",
    "keys": "id",
    "grants": "id",
    "delegations": "person",
    "policies": "number",
    "inline_bytes": "blob",
    "nodes": "id",
    "versions": "node, number",
    "properties": "node, namespace, name",
    "blobs": "id",
    "expected": "blob",
    "uploads": "id",
    "trash": "id",
    "vacated": "parent, name_key",
    "holds": "node, ancestor, kind, ref",
    "queue": "node",
    "arrivals": "node",
    "handoffs": "id",
    "reviewer_index": "reviewer, opened_at, handoff",
    "rounds": "handoff, number",
    "second_looks": "handoff, round",
    "replans": "ws",
    "comments": "handoff, at, id",
    "runs": "handoff, round",
    "claims": "id",
    "locks": "token",
    "lock_tickets": "node, number, id",
    "heads": "ws",
    "edges": "ws",
    "privates": "position",
    "entries": "position",
    "tiles": "level, number, width",
    "checkpoints": "size",
    "idempotency": "credential, route, key",
    "followers": "name",
    "denials": "actor, action, code",
    "words": "word, node",
    "last_used": "credential",
    "litter": "id",
    "endpoints": "id",
    "callback_keys": "owner",
    "delivery_lines": "endpoint",
    "attempts": "endpoint, position, number",
    "deliveries": "endpoint, position",
    "notifications": "whom, thing",
    "outbox": "id",
    "threads": "whom, channel, handoff",
    "preferences": "person",
    "channels": "id",
}
"""Every table that is keyed by workspace, who may enter first, and what else its key is."""


class Destructions(Rows):
    """The rows of one workspace, on their way out."""

    __slots__ = ()

    def destroy(self, *, limit: int) -> int:
        """Delete up to `limit` rows of whatever table still has some; return how many."""
        for table, key in KEYS.items():
            gone = self.tx.changed(
                f"DELETE FROM {table} WHERE ws = :ws AND ({key}) IN"
                f" (SELECT {key} FROM {table} WHERE ws = :ws LIMIT :limit)",
                ws=self.ws,
                limit=limit,
            )
            if gone:
                return gone
        return 0
