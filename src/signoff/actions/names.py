"""Find things by the words of their names, which the index has (STORAGE 25)."""

from msgspec import Struct

from signoff.actions import file_views, folder_views
from signoff.actions.context import Context
from signoff.actions.reach import find as place_of
from signoff.actions.views import Page
from signoff.domain.errors import Invalid
from signoff.domain.files import Node
from signoff.domain.permissions import Permission
from signoff.domain.words import asked_words

FOUND = 20
MOST = 100
LOOKED_AT = 1000
"""So many hits are looked at for one answer, be they for the caller's eyes or not."""


class Find(Struct, frozen=True, kw_only=True):
    """What to look for: words, each the beginning of a word of the name."""

    q: str
    limit: int = FOUND


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
