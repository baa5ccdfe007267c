"""Names that were locked and never written: over WebDAV, empty files (RFC 4918, 7.3)."""

from hashlib import sha256

from msgspec.structs import replace

from signoff.actions import tree
from signoff.actions.context import Context
from signoff.domain.actors import Door
from signoff.domain.events import Event, Type
from signoff.domain.files import Node
from signoff.domain.ids import Digest

EMPTY = Digest(f"sha256:{sha256(b'').hexdigest()}")


def as_empty(ctx: Context, node: Node) -> Node:
    """Return a file with its bytes; one that was never written has none, and no more."""
    if not _is_empty(ctx, node):
        return node
    return replace(node, blob=ctx.keep(b"", EMPTY), digest=EMPTY)


def kept(ctx: Context, node: Node) -> Node:
    """Let a name that was locked stay as an empty file, on the record; return what stays."""
    if not _is_empty(ctx, node) or node.parent is None:
        return node
    written = tree.put_version(
        ctx,
        node=node,
        parent=node.parent,
        name=node.name,
        blob=ctx.keep(b"", EMPTY),
        digest=EMPTY,
        size=0,
        media_type=node.media_type,
    )
    ctx.record(
        Event(
            type=Type.FILE_CREATED,
            node=node.id,
            path=ctx.tx.files.path_of(node.id),
            version=written.version,
            digest=EMPTY,
            size=0,
        )
    )
    return written


def _is_empty(ctx: Context, node: Node) -> bool:
    return ctx.caller.door is Door.DAV and not node.is_folder and not node.version
