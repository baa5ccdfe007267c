"""Editors that save by renaming or deleting: the same name, so the same file (RULES)."""

from msgspec.structs import replace

from signoff.actions import noted, rewinds, tree
from signoff.actions.context import Context
from signoff.actions.reach import Place
from signoff.domain.actors import Kind
from signoff.domain.events import Event, Type
from signoff.domain.files import Node
from signoff.domain.ids import Instant, NodeId
from signoff.store.files import TRASH


def left(ctx: Context, node: Node, *, folder: NodeId, name: str) -> None:
    """Remember that a person took a file from its name; they may be about to save it anew."""
    if ctx.caller.actor.kind is Kind.PERSON and not node.is_folder:
        ctx.tx.trash.vacate(folder, name, node=node.id, by=ctx.caller.actor.id)


def revived(ctx: Context, place: Place, *, by: NodeId | None = None) -> Place:
    """Bring back the file that the caller took from this name within the settle time.

    Where it was renamed to, a copy of it stays. `by` is the file that is moved here, which
    is not the one to bring back.
    """
    if place.node is not None or len(place.missing) != 1:
        return place
    if ctx.caller.actor.kind is not Kind.PERSON or not place.deepest.is_folder:
        return place
    found = ctx.tx.trash.vacated(
        place.deepest.id,
        place.missing[0],
        by=ctx.caller.actor.id,
        since=Instant(ctx.now - ctx.policy.settle),
    )
    if found is None or found == by:
        return place
    ctx.tx.guard(exclusive=[found])
    node = ctx.tx.files.by_id(found)
    if node is None or node.is_folder or ctx.tx.holds.on([found]):
        return place
    back = _renamed_back(ctx, place, node) or _taken_out(ctx, place, node)
    if back is None:
        return place
    return replace(place, chain=(*place.chain, back), missing=())


def _renamed_back(ctx: Context, place: Place, node: Node) -> Node | None:
    folder, name = place.deepest, place.missing[0]
    if node.parent != folder.id or node.blob is None or node.digest is None:
        return None
    back = tree.relocate(ctx, node, old=place.chain, new=place.chain, name=name)
    copy = tree.put_version(
        ctx,
        node=None,
        parent=folder.id,
        name=node.name,
        blob=node.blob,
        digest=node.digest,
        size=node.size,
        media_type=node.media_type,
    )
    noted.carry(ctx, (node, copy))
    away = tree.path_of(place.chain, node.name)
    ctx.record(Event(type=Type.FILE_MOVED, node=node.id, from_path=away, to_path=place.path))
    ctx.record(
        Event(
            type=Type.FILE_COPIED,
            node=copy.id,
            from_path=place.path,
            to_path=away,
            version=copy.version,
            digest=copy.digest,
            size=copy.size,
        )
    )
    return back


def _taken_out(ctx: Context, place: Place, node: Node) -> Node | None:
    hidden = ctx.tx.files.chain(node.id)[:-1]
    if not hidden or hidden[-1].parent != TRASH:
        return None
    deletion = ctx.tx.trash.by_id(hidden[-1].id)
    if deletion is None or deletion.by != ctx.caller.actor.id:
        return None
    back = rewinds.out_of_trash(ctx, deletion, node, folder=place.chain, name=place.missing[0])
    ctx.record(Event(type=Type.FILE_RESTORED, node=node.id, path=place.path))
    return back
