"""Which tables are records, whose every change is an event, and which keep the books.

STORAGE 16: a transaction that writes a record and records no event is rolled back.
STORAGE 26: the directory is small and replicated; all else is keyed by workspace.
"""

import re
from functools import lru_cache

DIRECTORY = frozenset(
    {"people", "sessions", "signin_links", "app_passwords", "workspaces"},
)

RECORDS = frozenset(
    {
        "people",
        "sessions",
        "signin_links",
        "app_passwords",
        "workspaces",
        "members",
        "agents",
        "keys",
        "grants",
        "delegations",
        "policies",
        "nodes",
        "versions",
        "properties",
        "trash",
        "claims",
        "handoffs",
        "rounds",
        "second_looks",
        "comments",
        "runs",
        "locks",
        "endpoints",
        "callback_keys",
        "preferences",
        "channels",
    }
)

RIGHTS = frozenset(
    {
        "people",
        "sessions",
        "app_passwords",
        "workspaces",
        "members",
        "agents",
        "keys",
        "grants",
        "delegations",
        "policies",
    }
)
"""What says who may do what: remembered between requests until one of them is written."""

BOOKKEEPING: dict[str, str] = {
    "meta": "the schema's number and what the instance is",
    "heads": "the last position of each log; written by recording itself",
    "entries": "the log itself",
    "privates": "the erasable part of the log",
    "blobs": "where bytes lie; a version's row is the record",
    "inline_bytes": "small bytes; a version's row is the record",
    "expected": "bytes that no version names yet",
    "uploads": "how far an upload has come; the version that it becomes is the record",
    "holds": "an index over locks, claims and packages by ancestor",
    "vacated": "names that a file left a moment ago, for editors that save by renaming",
    "queue": "an index over what may be claimed in input/",
    "arrivals": "what is settling in needs-review/ before it is opened",
    "reviewer_index": "an index over handoffs by who is asked",
    "replans": "how far the open handoffs of a workspace are planned by its newest policy",
    "litter": "what a desktop keeps for itself in a mounted drive; nobody else ever sees it",
    "lock_tickets": "who waits for a lock, renewed every few seconds",
    "idempotency": "answers kept for a retry",
    "followers": "cursors",
    "deliveries": "what is in line for endpoints; follows from the log",
    "attempts": "how deliveries went, kept for a time",
    "delivery_lines": "when each endpoint is told next, and how it has been doing",
    "denials": "counts of repeated refusals, flushed to the log by the minute",
    "signin_failures": "counts against guessing",
    "edges": "the right edge of each Merkle tree",
    "tiles": "the Merkle tree; follows from the entries",
    "checkpoints": "signed tree heads; follow from the entries",
    "leases": "which worker does what",
    "notifications": "what people were told of the log, and unread marks",
    "outbox": "messages on their way out, and how often each was tried",
    "threads": "by what a channel knows the last message of a handoff",
    "words": "an index over names",
    "last_used": "when a credential was last seen",
}

_WRITES = re.compile(
    r"\s*(?:WITH\s.*?\s)?(INSERT\s+INTO|UPDATE|DELETE\s+FROM)\s+(\w+)", re.DOTALL
)


RECORD, RIGHT = 1, 2
"""What a statement may do that a transaction has to know of, as bits that can be joined."""


@lru_cache(maxsize=4096)
def effect_of(sql: str) -> int:
    """Return whether a statement writes a record, and one that says who may do what."""
    table = written_table(sql)
    return (RECORD if table in RECORDS else 0) | (RIGHT if table in RIGHTS else 0)


def written_table(sql: str) -> str:
    """Return the table that a statement writes; the empty string for one that reads."""
    found = _WRITES.match(sql)
    return found.group(2) if found is not None else ""
