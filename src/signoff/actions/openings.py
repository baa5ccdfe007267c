"""How what is named comes before people, by whichever act that submits."""

from msgspec.structs import replace

from signoff.actions import (
    fitting,
    gatherings,
    handovers,
    merging,
    packaging,
    placements,
    reach,
    submissions,
    tree,
)
from signoff.actions.context import Context
from signoff.actions.descriptions import Opening
from signoff.actions.handovers import Handed
from signoff.actions.placements import Moved
from signoff.actions.reach import Place
from signoff.actions.submissions import Opened
from signoff.domain import packages
from signoff.domain.files import Node, clean_path, join, names, parent_of
from signoff.domain.ids import HandoffId, Path
from signoff.domain.sidecars import Sidecar
from signoff.domain.stages import Stage, below_stage


def hand_over(
    ctx: Context,
    paths: tuple[str, ...],
    *,
    call: Sidecar,
    handoff: str | None = None,
    dedupe_key: str | None = None,
    resume_state: bytes | None = None,
    target: Path | None = None,
) -> Opened:
    """Bring what the paths name into needs-review/ and open it.

    `handoff` insists that this is its next round. `target` is where a move puts it; otherwise
    the path below the stage is kept (RULES 5).
    """
    handed = gatherings.located(ctx, paths, handoff=handoff)
    arrived = handed.places[0].arrival is not None
    previous = handed.previous
    if previous is None and arrived:
        path = handed.places[0].path
        previous = submissions.waiting_at(ctx, path, by=ctx.caller.actor.id)
    name = previous.handoff.id if previous else HandoffId(ctx.tx.new_id("ho"))
    moved, sidecar = _brought(ctx, handed, call, target=target)
    if previous is not None and arrived:
        moved, sidecar = merging.merge(ctx, previous, moved, sidecar=sidecar)
    before = None
    if handed.claim is not None:
        sources = handovers.end_claim(ctx, handed.claim, moved, name)
        call = replace(call, sources=(*call.sources, *sources)) if sources else call
        before = handovers.withdrawn(ctx, handed)
    if previous is not None and previous.handoff.node != moved.node.id:
        handovers.archive_before(ctx, previous)
    opened = submissions.open_package(
        ctx,
        Opening(
            id=name,
            moved=moved,
            by=ctx.caller.actor,
            call=call,
            sidecar=sidecar,
            from_path=_origin(handed, moved),
            previous=previous,
            successor_of=before,
            dedupe_key=dedupe_key,
            resume_state=resume_state,
        ),
    )
    if opened.handoff.context.schemas:
        fitting.check_submitted(ctx, opened.handoff, opened.files, said=call.schemas)
    return opened


def _origin(handed: Handed, moved: Moved) -> Path | None:
    """Return where the package would stand if it had never been handed over (RULES 21)."""
    if handed.places[0].arrival is not None:
        return None
    claim = handed.claim
    if claim is not None and handed.places[0].node is not None:
        if handed.places[0].node.id == claim.node:
            return claim.from_path
        return join(parent_of(claim.from_path), moved.node.name)
    if len(handed.places) > 1:
        return join(handed.gathering.folder, moved.node.name)
    return handed.gathering.paths[0]


def _brought(
    ctx: Context, handed: Handed, call: Sidecar, *, target: Path | None
) -> tuple[Moved, Node | None]:
    """Bring what is handed over into needs-review/; return it and its sidecar."""
    if len(handed.places) > 1:
        return _gathered(ctx, handed, call)
    place = handed.places[0]
    node = reach.existing(place)
    folder = place.chain[:-1]
    others = {} if node.is_folder else packaging.beside(ctx, folder[-1].id, node.name)
    sidecar = packaging.sidecar_of(ctx, node, others=others)
    if handed.previous is not None or handed.claim is not None:
        placements.take_notes_away(ctx, node, folder=folder[-1].id, chain=folder)
    if place.arrival is not None:
        submissions.end_arrival(ctx, node, sidecar=sidecar)
        return Moved(node=node, path=place.path, chain=folder), sidecar
    moved = placements.move_package(
        ctx,
        node,
        chain=folder,
        target=target
        or placements.review_path(
            place.path, claimed_from=handed.claim.from_path if handed.claim else None
        ),
        companions=(sidecar,) if sidecar is not None and not node.is_folder else (),
        unlocked=sidecar is None,  # its own locks have ended
    )
    return moved, sidecar


def _gathered(ctx: Context, handed: Handed, call: Sidecar) -> tuple[Moved, Node | None]:
    """Gather several paths into one new folder, each below their nearest parent (RULES 4)."""
    first = names(handed.gathering.paths[0])[-1]
    title = packages.folder_name(call.title or first)
    claim = handed.claim
    kept = below_stage(handed.gathering.folder) if handed.gathering.folder else Path("")
    if claim is not None:
        # The work folder is not part of what is kept, however deep in it the paths are.
        inside = kept.partition("/")[2]
        kept = join(parent_of(below_stage(claim.from_path)), inside).strip("/")  # type: ignore[assignment]
    target = clean_path(f"{Stage.NEEDS_REVIEW}/{kept}/{title}")
    above = placements.place_at(ctx, Path("/".join(names(target)[:-1])))
    naming = tree.free_name(ctx, above[-1].id, names(target)[-1], is_folder=True)
    chain = tree.make_folders(ctx, Place(path=target, chain=above, missing=()), (naming.name,))
    for place, relative in zip(handed.places, handed.gathering.relative, strict=True):
        node = reach.existing(place)
        inner = tree.folder_at(
            ctx, Path("/".join((*names(tree.path_of(chain)), *names(relative)[:-1])))
        )
        tree.relocate(ctx, node, old=place.chain[:-1], new=inner, name=node.name)
    moved = Moved(node=chain[-1], path=tree.path_of(chain), chain=chain[:-1])
    return moved, packaging.sidecar_of(ctx, moved.node, others={})
