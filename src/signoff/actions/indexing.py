"""The follower that gives things the words by which they are found (STORAGE 25)."""

import msgspec

from signoff.actions.context import Context
from signoff.domain.audit import Entry
from signoff.domain.events import Type
from signoff.domain.ids import ROOT, NodeId
from signoff.domain.words import words_of
from signoff.store.audit import LogRow

_NAMED = frozenset(
    {
        Type.FILE_CREATED,
        Type.FILE_MOVED,
        Type.FILE_COPIED,
        Type.FILE_RESTORED,
        Type.FILE_DELETED,
        Type.FOLDER_CREATED,
    }
)
"""After these a node may have another name; so it may after any event of a handoff."""


_CARRYING = ("handoff.", "claim.")


def index(ctx: Context, rows: tuple[LogRow, ...]) -> None:
    """Give what got a name its words, and take them from what was deleted.

    A node's words are those of its own name, so what moves with its folder stays as it is.
    """
    entries = (msgspec.json.decode(row.leaf, type=Entry) for row in rows)
    named = {
        entry.node: None
        for entry in entries
        if entry.node and (entry.type in _NAMED or entry.type.startswith(_CARRYING))
    }
    for node in named:
        _index(ctx, node)


def _index(ctx: Context, name: NodeId) -> None:
    chain = ctx.tx.files.chain(name)
    there = len(chain) > 1 and chain[0].id == ROOT
    ctx.tx.words.replace(name, words_of(chain[-1].name) if there else ())
