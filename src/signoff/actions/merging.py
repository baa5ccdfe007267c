"""The next round of a package that was sent in anew at its old path (RULES 19)."""

from signoff.actions import noted, packaging, placements, tree
from signoff.actions.context import Context
from signoff.actions.placements import Moved
from signoff.domain.files import Node, base_name, parent_of
from signoff.domain.ids import Path
from signoff.domain.packages import MAX_FILES
from signoff.domain.stages import Stage
from signoff.store.handoffs import Stored


def merge(
    ctx: Context, previous: Stored, arrived: Moved, *, sidecar: Node | None
) -> tuple[Moved, Node | None]:
    """Let what arrived become the next versions of what waits in feedback/.

    The same paths become next versions of the same files, new ones join them, and the rest
    goes to `archive/<handoff id>/`. A file in place of a folder, or the other way, is taken
    as it came. Return the package as it stands in needs-review/, and its sidecar.
    """
    chain = ctx.tx.files.chain(previous.handoff.node)
    waits = len(chain) > 1 and chain[1].name == Stage.FEEDBACK
    if not waits or chain[-1].is_folder != arrived.node.is_folder:
        return arrived, sidecar
    package, folder = chain[-1], chain[:-1]
    placements.take_notes_away(ctx, package, folder=folder[-1].id, chain=folder)
    if package.is_folder:
        _merge_folders(ctx, previous, chain, arrived)
    else:
        sidecar = _merge_files(ctx, previous, chain, arrived, sidecar=sidecar)
    ctx.tx.files.remove(arrived.node.id)
    moved = tree.relocate(
        ctx, package, old=folder, new=arrived.chain, name=base_name(arrived.path)
    )
    again = ctx.tx.files.by_id(package.id) or moved
    if package.is_folder:
        sidecar = packaging.sidecar_of(ctx, again, others={})
    return Moved(node=again, path=arrived.path, chain=arrived.chain), sidecar


def _merge_files(
    ctx: Context,
    previous: Stored,
    chain: tuple[Node, ...],
    arrived: Moved,
    *,
    sidecar: Node | None,
) -> Node | None:
    """Give the old file the bytes that came; the old sidecar too, or it is archived."""
    _next_version(ctx, chain[-1], arrived.node)
    handoff = previous.handoff
    old = ctx.tx.files.by_id(handoff.sidecar) if handoff.sidecar else None
    if old is None or old.parent != chain[-2].id:
        return sidecar
    if sidecar is None or sidecar.name != old.name:
        placements.archive(ctx, old, chain=chain[:-1], handoff=handoff.id)
        return sidecar
    _next_version(ctx, old, sidecar)
    ctx.tx.files.remove(sidecar.id)
    tree.relocate(ctx, old, old=chain[:-1], new=arrived.chain, name=old.name)
    return ctx.tx.files.by_id(old.id)


def _merge_folders(
    ctx: Context, previous: Stored, chain: tuple[Node, ...], arrived: Moved
) -> None:
    here = tree.path_of(chain)
    most = 4 * MAX_FILES
    old = {path: node for node, path in ctx.tx.files.below(chain[-1].id, limit=most)}
    came = {path: node for node, path in ctx.tx.files.below(arrived.node.id, limit=most)}
    for path, node in old.items():
        new = came.get(path)
        if not node.is_folder and (new is None or new.is_folder):
            at = ctx.tx.files.chain(node.id)[:-1]
            placements.archive(ctx, node, chain=at, handoff=previous.handoff.id)
    for path, new in came.items():
        if new.is_folder:
            continue
        known = old.get(path)
        if known is not None and not known.is_folder:
            _next_version(ctx, known, new)
            ctx.tx.files.remove(new.id)
        else:
            inner = tree.folder_at(ctx, Path(f"{here}/{parent_of(Path(path))}".rstrip("/")))
            ctx.tx.files.move(new.id, parent=inner[-1].id, name=new.name)
    for path in sorted((p for p, node in came.items() if node.is_folder), reverse=True):
        ctx.tx.files.remove(came[path].id)


def _next_version(ctx: Context, old: Node, new: Node) -> None:
    """Make the bytes of one file the next version of another, which takes its place.

    What is noted of the new one is noted of the old one from then on, over what was.
    """
    ctx.tx.versions.remove_all(new.id)
    if old.digest == new.digest:
        noted.carry(ctx, (new, old))
        return
    assert new.blob is not None
    assert new.digest is not None
    written = tree.put_version(
        ctx,
        node=old,
        parent=old.parent or new.id,
        name=old.name,
        blob=new.blob,
        digest=new.digest,
        size=new.size,
        media_type=new.media_type,
    )
    noted.carry(ctx, (new, written))
