"""How something leaves the trash for good: in chunks, from its leaves up."""

from signoff.actions.context import Context
from signoff.domain.events import Event, Type
from signoff.domain.files import Node
from signoff.domain.ids import NodeId
from signoff.store.trash import Deletion

CHUNK = 64
"""So many nodes go in one transaction, which is some 6 ms of work (STORAGE 3)."""


def destroy(ctx: Context, deletion: Deletion, *, limit: int) -> tuple[int, bool]:
    """Destroy up to `limit` nodes of a deletion; return how many, and whether some are left.

    Its bytes are given up where no other version names them (STORAGE 20). What is left of it
    cannot be restored: its time is over.
    """
    gone, more = clear(ctx, deletion.node, limit=limit)
    if more:
        ctx.tx.trash.expire(deletion.id)
    else:
        ctx.tx.files.remove(NodeId(deletion.id))
        ctx.tx.trash.remove(deletion.id)
    ctx.record(
        Event(
            type=Type.FILE_PURGED,
            node=deletion.node,
            path=deletion.from_path,
            subject=deletion.id,
            codes={"nodes": gone, "more": more},
        )
    )
    return gone, more


def clear(ctx: Context, top: NodeId, *, limit: int) -> tuple[int, bool]:
    """Forget up to `limit` nodes below one, then itself; say how many, and if some are left.

    The event, where it is one, is the act's.
    """
    going = _leaves(ctx, top, limit=limit)
    for node in going:
        _forget(ctx, node)
    if len(going) == limit:
        return limit, True
    last = ctx.tx.files.by_id(top)
    if last is not None:
        _forget(ctx, last)
    return len(going) + 1, False


def _leaves(ctx: Context, folder: NodeId, *, limit: int) -> list[Node]:
    """Return up to `limit` nodes below one, each after all that is below it."""
    going: list[Node] = []
    for node in ctx.tx.files.page(folder, after="", limit=limit):
        if node.is_folder:
            going += _leaves(ctx, node.id, limit=limit - len(going))
        if len(going) == limit:
            break
        going.append(node)
    return going


def _forget(ctx: Context, node: Node) -> None:
    for blob in set(ctx.tx.versions.remove_all(node.id)) if not node.is_folder else ():
        ctx.tx.blobs.doom_if_unused(blob)
    ctx.tx.words.replace(node.id, ())
    ctx.tx.files.remove(node.id)
