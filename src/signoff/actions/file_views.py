"""Files as others see them, and which version that is."""

from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from signoff.actions import reach
from signoff.actions.context import Context
from signoff.actions.reach import Place
from signoff.actions.views import when
from signoff.domain import drafts
from signoff.domain.files import Node, Version
from signoff.domain.ids import NodeId, Path
from signoff.domain.locks import Lock, expired

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


def written(node: Node, *, path: Path, created: bool, event: str) -> FileView:
    """Show a file after its newest version was written."""
    assert node.digest is not None
    return FileView(
        path=path,
        version=node.version,
        digest=node.digest,
        size=node.size,
        media_type=node.media_type,
        modified_at=when(node.modified_at),
        etag=node.etag,
        created=created,
        event=event,
    )


def visible_number(ctx: Context, place: Place, node: Node) -> int | None:
    """Return the version that the caller may see; None while it is a first draft."""
    return _number(ctx, drafts.draft_on(place.locks, chain=place.ids), node)


def seen(ctx: Context, place: Place) -> Node:
    """Return what stands at a place as the caller may see it, or refuse."""
    node = reach.existing(place)
    shown = as_seen(ctx, node, locks=place.locks, chain=place.ids)
    if shown is None:
        raise reach.nothing_at(place)
    return shown


def as_seen(
    ctx: Context, node: Node, *, locks: Iterable[Lock], chain: tuple[NodeId, ...]
) -> Node | None:
    """Return a node as the caller may see it: a draft as it was before; None if it was not.

    `chain` are the ids down to the node, `locks` those on them (RULES 15).
    """
    draft = drafts.draft_on(locks, chain=chain)
    if draft is None:
        return node
    if node.is_folder:
        return None if _is_new(ctx, draft, node) else node
    number = _number(ctx, draft, node)
    if number == node.version:
        return node
    version = ctx.tx.versions.by_number(node.id, number) if number else None
    if version is None:
        return None
    return at_version(node, version)


def at_version(node: Node, version: Version) -> Node:
    """Return a file as it was at a version."""
    return replace(
        node,
        version=version.number,
        blob=version.blob,
        digest=version.digest,
        size=version.size,
        media_type=version.media_type,
        modified_at=version.at,
        modified_by=version.author,
    )


def _is_new(ctx: Context, draft: Lock, folder: Node) -> bool:
    """Say whether a folder was made under somebody else's draft lock, or one that is over."""
    if draft.node == folder.id or folder.created_at <= draft.taken_at:
        return False
    return draft.holder != ctx.caller.actor.id or expired(draft, ctx.now)


def _number(ctx: Context, draft: Lock | None, node: Node) -> int | None:
    if draft is None:
        return node.version
    before = None if draft.node == node.id else _version_at(ctx, node, draft)
    return drafts.visible_version(
        draft, version=node.version, before=before, caller=ctx.caller, now=ctx.now
    )


def _version_at(ctx: Context, node: Node, draft: Lock) -> int:
    """Return the last version from before a draft lock was taken, 0 if there was none."""
    for version in ctx.tx.versions.page(node.id, before=node.version + 1, limit=MOST):
        if version.at <= draft.taken_at:
            return version.number
    return 0
