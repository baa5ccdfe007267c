"""Parts of a package that go their own way: by verdicts on single files (RULES 20, 25)."""

from msgspec.structs import replace

from signoff.actions import packaging, submissions, tree
from signoff.actions.context import Context
from signoff.actions.packaging import Moved
from signoff.actions.reach import Place
from signoff.domain import outcomes, sidecars
from signoff.domain.errors import Conflict
from signoff.domain.files import Node, names
from signoff.domain.handoffs import Handoff
from signoff.domain.ids import HandoffId, Path
from signoff.domain.outcomes import Part
from signoff.domain.packages import landing
from signoff.store.handoffs import Round
from signoff.store.holds import HoldKind


def split_off(ctx: Context, handoff: Handoff, part: Part) -> Handoff:
    """Move a part of a package to its own stage, as a closed handoff with its own digest.

    `handoff` is the original as it was decided; it goes on with what is left.
    """
    chain = ctx.tx.files.chain(handoff.node)
    if not chain[-1].is_folder:
        raise Conflict("A single file cannot be split")
    moved = _folder_for(ctx, chain[-1].name, path=tree.path_of(chain), part=part)
    for one in part.files:
        place = ctx.tx.files.resolve(Path(f"{tree.path_of(chain)}/{one.path}"))
        inner = _inside(ctx, moved, one.path)
        tree.relocate(ctx, place[-1], old=place[:-1], new=inner, name=place[-1].name)
    node = tree.write_small(
        ctx,
        folder=moved.node.id,
        name=submissions.IN_FOLDER,
        data=sidecars.render(handoff.context),
        media_type=tree.JSON,
    )
    contents = packaging.contents_of(ctx, moved.node, sidecar=node)
    closed, event = outcomes.part_of(
        handoff,
        part,
        id=HandoffId(ctx.tx.new_id("ho")),
        node=moved.node.id,
        path=moved.path,
        is_folder=True,
        sidecar=node.id,
        digest=contents.digest,
        now=ctx.now,
    )
    ctx.tx.handoffs.add(closed)
    ids = [*(step.id for step in moved.chain), moved.node.id]
    ctx.tx.holds.add(HoldKind.PACKAGE, closed.id, chain=ids)
    kept = Round(
        number=closed.round,
        kind=closed.kind,
        opened_at=closed.opened_at,
        submitted_by=closed.submitted_by,
        digest=closed.digest,
        context=closed.context,
        decision=closed.decision,
    )
    ctx.tx.handoffs.add_round(closed.id, kept, contents.files)
    ctx.record(replace(event, path=moved.path, to_path=moved.path))
    return closed


def _folder_for(ctx: Context, name: str, *, path: Path, part: Part) -> Moved:
    """Make the folder in which a part stands from now on."""
    target = landing(path, part.stage)
    above = tree.folder_at(ctx, Path("/".join(names(target)[:-1])))
    naming = tree.free_name(ctx, above[-1].id, name, is_folder=True)
    chain = tree.make_folders(ctx, Place(path=target, chain=above, missing=()), (naming.name,))
    return Moved(node=chain[-1], path=tree.path_of(chain), chain=chain[:-1])


def _inside(ctx: Context, moved: Moved, path: str) -> tuple[Node, ...]:
    """Return the chain of the folder that a file of the part stands in."""
    parts = (*names(moved.path), *names(Path(path))[:-1])
    return tree.folder_at(ctx, Path("/".join(parts)))
