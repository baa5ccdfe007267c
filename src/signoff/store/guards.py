"""PostgreSQL's advisory locks, by which transactions take turns over nodes (STORAGE 8)."""

import hashlib

from signoff.domain.ids import NodeId, Slug

TAKE = """SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint FROM (
    SELECT count(CASE WHEN alone THEN pg_advisory_xact_lock(key)::text
        ELSE pg_advisory_xact_lock_shared(key)::text END)
    FROM unnest(:keys::bigint[], :alone::boolean[]) AS wanted (key, alone)) AS held"""
"""Takes the locks, one after another, and then looks at the clock (STORAGE 11)."""
TRY = "SELECT pg_try_advisory_xact_lock(:key)"


def key_of(workspace: Slug, node: NodeId) -> int:
    """Return the number of a lock; one that begins with a slash is of all workspaces."""
    name = node if node.startswith("/") else f"{workspace}\0{node}"
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), signed=True)
