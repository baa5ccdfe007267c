"""A node as its row has it, and the statements on several nodes of one folder."""

from functools import lru_cache
from typing import Any

from signoff.domain.files import Node, NodeKind

COLUMNS = (
    "id, parent, name, kind, version, digest, size, media_type, blob,"
    " created_at, modified_at, modified_by"
)
N_COLUMNS = ", ".join(f"n.{column}" for column in COLUMNS.split(", "))
"""The same of a table that a statement calls `n`."""


@lru_cache(maxsize=64)
def bring(nodes: int) -> str:
    """Return what gives so many nodes another folder if none of their names is taken there."""
    ids = ", ".join(f":n{n}" for n in range(nodes))
    keys = ", ".join(f":k{n}" for n in range(nodes))
    return f"""UPDATE nodes SET parent = :to WHERE ws = :ws AND id IN ({ids})
        AND NOT EXISTS (SELECT 1 FROM nodes taken WHERE taken.ws = :ws
            AND taken.parent = :to AND taken.name_key IN ({keys})
            AND taken.id NOT IN ({ids}))"""


@lru_cache(maxsize=256)
def children(keys: int, *, stem: bool) -> str:
    """Return what finds so many names of a folder, and with `stem` the files that have one."""
    inside = f"SELECT {COLUMNS} FROM nodes WHERE ws = :ws AND parent = :parent"
    named = ", ".join(f":k{n}" for n in range(keys))
    wanted = f"{inside} AND name_key IN ({named})"
    if stem:  # Two looks by the index: PostgreSQL would walk the whole folder for an OR.
        wanted += (
            f" UNION ALL {inside} AND name_key >= :first AND name_key < :last"
            f" AND name_key NOT IN ({named})"
        )
    return f"{wanted} LIMIT 200"


def to_node(row: tuple[Any, ...]) -> Node:
    """Read a node from the columns above."""
    return Node(
        id=row[0],
        parent=row[1] or None,
        name=row[2],
        kind=NodeKind.FOLDER if row[3] == "folder" else NodeKind.FILE,
        version=row[4],
        digest=row[5],
        size=row[6],
        media_type=row[7],
        blob=row[8],
        created_at=row[9],
        modified_at=row[10],
        modified_by=row[11],
    )
