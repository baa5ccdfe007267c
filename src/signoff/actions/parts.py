"""Parts of a package that go their own way, by verdicts on single files (RULES 20)."""

from msgspec.structs import replace

from signoff.actions import packaging, placements, samples, tree
from signoff.actions.context import Context
from signoff.actions.placements import Moved
from signoff.actions.reach import Place
from signoff.domain import outcomes
from signoff.domain.errors import Conflict
from signoff.domain.files import Node, names
from signoff.domain.handoffs import Handoff
from signoff.domain.ids import HandoffId, Path
from signoff.domain.outcomes import Part
from signoff.domain.packages import MAX_FILES, landing
from signoff.store.rounds import Round


def split_off(
    ctx: Context, handoff: Handoff, part: Part, *, chain: tuple[Node, ...]
) -> Handoff:
    """Move a part of a package to its own stage, as a closed handoff with its own digest.

    `handoff` is the original as it was decided; it goes on with what is left. `chain` leads
    down to its package.
    """
    if not chain[-1].is_folder:
        raise Conflict("A single file cannot be split")
    moved = _folder_for(ctx, chain[-1].name, path=tree.path_of(chain), part=part)
    wanted = {one.path for one in part.files}
    _take_out(ctx, chain, moved, wanted)
    sidecar = ctx.tx.files.by_id(handoff.sidecar) if handoff.sidecar else None
    node = None if sidecar is None else _copied(ctx, sidecar, folder=moved.node)
    contents = packaging.contents_of(ctx, moved.node, sidecar=node)
    closed, event = outcomes.part_of(
        handoff,
        part,
        id=HandoffId(ctx.tx.new_id("ho")),
        node=moved.node.id,
        path=moved.path,
        is_folder=True,
        sidecar=node.id if node else None,
        digest=contents.digest,
        now=ctx.now,
    )
    ctx.tx.handoffs.add(closed)
    placements.hold(ctx, closed.id, moved, sidecar=closed.sidecar)
    kept = Round(
        number=closed.round,
        kind=closed.kind,
        opened_at=closed.opened_at,
        submitted_by=closed.submitted_by,
        digest=closed.digest,
        context=closed.context,
        decision=closed.decision,
    )
    ctx.tx.rounds.add(closed.id, kept, contents.files)
    ctx.record(replace(event, path=moved.path, to_path=moved.path))
    samples.sample(ctx, replace(closed, reviews=handoff.reviews), closed.decision)
    return closed


def _folder_for(ctx: Context, name: str, *, path: Path, part: Part) -> Moved:
    """Make the folder in which a part stands from now on."""
    target = landing(path, part.stage)
    above = placements.place_at(ctx, Path("/".join(names(target)[:-1])))
    naming = tree.free_name(ctx, above[-1].id, name, is_folder=True)
    chain = tree.make_folders(ctx, Place(path=target, chain=above, missing=()), (naming.name,))
    return Moved(node=chain[-1], path=tree.path_of(chain), chain=chain[:-1])


def _take_out(ctx: Context, chain: tuple[Node, ...], moved: Moved, wanted: set[str]) -> None:
    """Move files to the part's folder, looking up each of its folders once."""
    below = ctx.tx.files.below(chain[-1].id, limit=4 * MAX_FILES)
    top = (*moved.chain, moved.node)
    folders: dict[str, tuple[Node, ...]] = {"": top}
    for node, path in below:
        if path not in wanted or node.is_folder:
            continue
        above = path.rpartition("/")[0]
        if above not in folders:
            folders[above] = tree.folder_at(ctx, Path(f"{moved.path}/{above}"))
        ctx.tx.files.move(node.id, parent=folders[above][-1].id, name=node.name)


def _copied(ctx: Context, sidecar: Node, *, folder: Node) -> Node:
    """Give a part its own copy of the sidecar."""
    assert sidecar.blob is not None
    assert sidecar.digest is not None
    return tree.put_version(
        ctx,
        node=None,
        parent=folder.id,
        name=sidecar.name,
        blob=sidecar.blob,
        digest=sidecar.digest,
        size=sidecar.size,
        media_type=sidecar.media_type,
    )
