"""Find things by the words of their names; the index follows the log (STORAGE 25)."""

import msgspec
from msgspec import Struct

from signoff.actions import file_views, folder_views
from signoff.actions.context import Context
from signoff.actions.reach import find as place_of
from signoff.actions.views import Page
from signoff.domain.audit import Entry
from signoff.domain.errors import Invalid
from signoff.domain.events import Type
from signoff.domain.files import Node
from signoff.domain.ids import ROOT, NodeId
from signoff.domain.permissions import Permission
from signoff.domain.words import asked_words, words_of

FOLLOWER = "names"
CHUNK = 500
FOUND = 20
MOST = 100
LOOKED_AT = 1000
"""So many hits are looked at for one answer, be they for the caller's eyes or not."""


class Find(Struct, frozen=True, kw_only=True):
    """What to look for: words, each the beginning of a word of the name."""

    q: str
    limit: int = FOUND


class Index(Struct, frozen=True, kw_only=True):
    """How many entries of the log to follow, and under which epoch of the lease."""

    limit: int = CHUNK
    epoch: int = 1


class Indexed(Struct, frozen=True, kw_only=True):
    """Up to where the index has followed the log; `more` says that there is more."""

    position: int
    more: bool


def find(ctx: Context, asked: Find) -> Page:
    """Find files and folders by the words of their names."""
    ctx.permit(Permission.FILE_READ)
    words = asked_words(asked.q)
    if not words:
        raise Invalid("There is no word to look for", hint="Send `q` with a word of the name.")
    limit = min(max(asked.limit, 1), MOST)
    longest_first = tuple(sorted(words, key=len, reverse=True))
    items: list[folder_views.TreeItem] = []
    for node in ctx.tx.words.found(longest_first, limit=LOOKED_AT):
        shown = _shown(ctx, node)
        if shown is not None:
            items.append(shown)
        if len(items) == limit:
            break
    return Page(items=tuple(sorted(items, key=lambda each: each.path)))


def _shown(ctx: Context, node: Node) -> folder_views.TreeItem | None:
    """Return what was found as a listing shows it, if it is there for the caller's eyes."""
    path = ctx.tx.files.path_of(node.id)
    if not path or not ctx.may(Permission.FILE_READ, path=path):
        return None
    place = place_of(ctx, path)
    seen = file_views.as_seen(ctx, node, locks=place.locks, chain=place.ids)
    if seen is None:
        return None
    return folder_views.item(ctx, seen, path=path)


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


class Lag(Struct, frozen=True, kw_only=True):
    """Whether there is anything to index."""


def lags(ctx: Context, asked: Lag) -> bool:
    """Say whether the log has grown since names were last indexed."""
    del asked
    ctx.permit(Permission.FILE_PURGE)
    return ctx.tx.books.cursor(FOLLOWER)[0] < ctx.tx.audit.head()[0]


def index(ctx: Context, asked: Index) -> Indexed:
    """Follow the log: give what got a name its words, and take them from what was deleted.

    A node's words are those of its own name, so what moves with its folder stays as it is.
    """
    ctx.permit(Permission.FILE_PURGE)
    position, _ = ctx.tx.books.cursor(FOLLOWER)
    limit = min(max(asked.limit, 1), CHUNK)
    rows = ctx.tx.audit.after(position, limit=limit)
    if not rows:
        return Indexed(position=position, more=False)
    entries = (msgspec.json.decode(row.leaf, type=Entry) for row in rows)
    named = {
        entry.node: None
        for entry in entries
        if entry.node and (entry.type in _NAMED or entry.type.startswith(_CARRYING))
    }
    for node in named:
        _index(ctx, node)
    last = rows[-1].position
    if not ctx.tx.books.save_cursor(FOLLOWER, last, epoch=asked.epoch):
        return Indexed(position=position, more=False)
    return Indexed(position=last, more=len(rows) == limit)


def _index(ctx: Context, name: NodeId) -> None:
    chain = ctx.tx.files.chain(name)
    there = len(chain) > 1 and chain[0].id == ROOT
    ctx.tx.words.replace(name, words_of(chain[-1].name) if there else ())
