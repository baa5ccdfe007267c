"""Files as others see them, and which version that is."""

from datetime import datetime

from msgspec import Struct

from signoff.actions.context import Context
from signoff.actions.reach import Place
from signoff.domain import drafts
from signoff.domain.files import Node
from signoff.domain.locks import Lock

MOST = 1000


class FileView(Struct, frozen=True, kw_only=True):
    """A file as a write answers; `etag` is what If-Match wants."""

    path: str
    version: int
    digest: str
    size: int
    media_type: str
    modified_at: datetime
    etag: str
    created: bool
    event: str


def visible_number(ctx: Context, place: Place, node: Node) -> int | None:
    """Return the version that the caller may see; None while it is a first draft."""
    draft = drafts.draft_on(place.locks, chain=place.ids)
    if draft is None:
        return node.version
    before = None if draft.node == node.id else _version_at(ctx, node, draft)
    return drafts.visible_version(
        draft, version=node.version, before=before, caller=ctx.caller, now=ctx.now
    )


def _version_at(ctx: Context, node: Node, draft: Lock) -> int:
    """Return the last version from before a draft lock was taken, 0 if there was none."""
    for version in ctx.tx.files.versions(node.id, before=node.version + 1, limit=MOST):
        if version.at <= draft.taken_at:
            return version.number
    return 0
