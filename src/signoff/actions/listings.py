"""A page of a folder as the caller may see it, and where the next one goes on.

A page ends with what it shows, whatever stands between that and the next thing to be seen. Of a
folder with very much that is hidden not all is looked at for one page: that one goes on behind
something hidden, whose name is encrypted in the cursor.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping

from msgspec import Struct

from signoff.actions import folder_views
from signoff.actions.context import Context
from signoff.actions.folder_views import Held
from signoff.actions.reach import Place
from signoff.blobs.format import decrypt_small, encrypt_small
from signoff.domain.errors import Damaged, Invalid
from signoff.domain.files import Node, name_key
from signoff.domain.ids import NodeId

LOOKED_AT = 1000
"""So many hidden nodes are passed over for one page, and those that were read with them."""
HIDDEN = "/"
"""No name begins with it."""


class Listing(Struct, frozen=True, kw_only=True):
    """What is seen of a folder, by name, and what holds it; `next` is None at its end."""

    nodes: list[Node]
    held: Mapping[str, dict[str, folder_views.HoldView | str]]
    next: str | None


def page(ctx: Context, place: Place, folder: Node, *, cursor: str, limit: int) -> Listing:
    """Return what comes after a cursor, at most `limit`; fewer only where little is seen."""
    after, size, looked = _opened(ctx, folder.id, cursor), limit + 1, 0
    nodes: list[Node] = []
    held: Held = {}
    while True:
        read = ctx.tx.files.page(folder.id, after=after, limit=size)
        on_them, locks = folder_views.holds_on(ctx, read)
        held |= on_them
        nodes += folder_views.seen_in(ctx, place, read, locks=locks)
        looked += len(read)
        if len(nodes) > limit:
            last = name_key(nodes[limit - 1].name)
            return Listing(nodes=nodes[:limit], held=held, next=last)
        if len(read) < size:
            return Listing(nodes=nodes, held=held, next=None)
        after = name_key(read[-1].name)
        if looked > limit + LOOKED_AT:
            return Listing(nodes=nodes, held=held, next=_hidden(ctx, folder.id, after))
        size = LOOKED_AT


def _hidden(ctx: Context, folder: NodeId, key: str) -> str:
    assert ctx.keys is not None
    raw = encrypt_small(ctx.keys.newest, key.encode(), context=_context(folder))
    return HIDDEN + urlsafe_b64encode(raw).decode()


def _opened(ctx: Context, folder: NodeId, cursor: str) -> str:
    if not cursor.startswith(HIDDEN):
        return cursor
    assert ctx.keys is not None
    try:
        raw = urlsafe_b64decode(cursor.removeprefix(HIDDEN))
        return decrypt_small(ctx.keys, raw, context=_context(folder)).decode()
    except (Damaged, ValueError):
        raise Invalid("This cursor is none of ours", hint="Use the `next` of a page.") from None


def _context(folder: NodeId) -> str:
    return f"cursor:{folder}"
