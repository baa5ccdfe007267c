"""How something leaves the trash for good: in chunks, from its leaves up."""

from signoff.actions.context import Context
from signoff.domain.events import Event, Type
from signoff.domain.files import Node
from signoff.domain.ids import NodeId
from signoff.store.trash import Deletion

CHUNK = 200
"""So many nodes go in one transaction, which is some 6 ms of work (STORAGE 3)."""


def destroy(ctx: Context, deletion: Deletion, *, limit: int) -> tuple[int, bool]:
    """Destroy up to `limit` nodes of a deletion; return how many, and whether some are left.

    Its bytes are given up where no other version names them (STORAGE 20).
    """
    leaves, more = _leaves(ctx, deletion.node, limit=limit)
    for node in reversed(leaves):
        _forget(ctx, node)
    if not more:
        top = ctx.tx.files.by_id(deletion.node)
        if top is not None:
            _forget(ctx, top)
        ctx.tx.files.remove(NodeId(deletion.id))
        ctx.tx.trash.remove(deletion.id)
    ctx.record(
        Event(
            type=Type.FILE_PURGED,
            node=deletion.node,
            path=deletion.from_path,
            subject=deletion.id,
            codes={"nodes": len(leaves) + (not more), "more": more},
        )
    )
    return len(leaves) + (not more), more


def _leaves(ctx: Context, node: NodeId, *, limit: int) -> tuple[list[Node], bool]:
    """Return nodes that can go now, parents before children, and whether others are left.

    Where so many are only folders with something in them, it looks into one of those.
    """
    found = [each for each, _ in ctx.tx.files.below(node, limit=limit + 1)]
    if len(found) <= limit:
        return found, False
    while True:
        going = [each for each in found[:limit] if _is_leaf(ctx, each)]
        if going:
            return going, True
        deeper = found[limit - 1] if len(found) >= limit else found[-1]
        found = [each for each, _ in ctx.tx.files.below(deeper.id, limit=limit + 1)]


def _is_leaf(ctx: Context, node: Node) -> bool:
    return not node.is_folder or ctx.tx.files.is_empty(node.id)


def _forget(ctx: Context, node: Node) -> None:
    for blob in set(ctx.tx.files.remove_versions(node.id)) if not node.is_folder else ():
        ctx.tx.blobs.doom_if_unused(blob)
    ctx.tx.files.index_words(node.id, ())
    ctx.tx.files.remove(node.id)
