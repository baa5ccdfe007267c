"""How what is named comes before people, by whichever act that submits."""

from msgspec.structs import replace

from signoff.actions import (
    descriptions,
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
from signoff.actions.handovers import Handed
from signoff.actions.placements import Moved
from signoff.actions.reach import Place
from signoff.domain import packages
from signoff.domain.files import Node, clean_path, join, names, parent_of
from signoff.domain.ids import HandoffId, Path
from signoff.domain.sidecars import Sidecar
from signoff.domain.stages import Stage, below_stage
from signoff.store.handoffs import Stored


class HandedOver(submissions.Opened, frozen=True, kw_only=True):
    """A package that came before people; `is_new` unless it is a handoff's next round."""

    is_new: bool


def hand_over(
    ctx: Context,
    paths: tuple[str, ...],
    *,
    call: Sidecar,
    handoff: str | None = None,
    dedupe_key: str | None = None,
    resume_state: bytes | None = None,
    target: Path | None = None,
) -> HandedOver:
    """Bring what the paths name into needs-review/ and open it.

    `handoff` insists that this is its next round. `target` is where a move puts it; otherwise
    the path below the stage is kept (RULES 5).
    """
    handed = gatherings.located(ctx, paths, handoff=handoff)
    previous = handed.previous
    if previous is None:
        previous = _waiting_at_arrival(ctx, handed)
    name = previous.handoff.id if previous else HandoffId(ctx.tx.new_id("ho"))
    moved, sidecar = _brought(ctx, handed, call, target=target)
    if previous is not None and handed.places[0].arrival is not None:
        moved, sidecar = merging.merge(ctx, previous, moved, sidecar=sidecar)
    sources = handovers.end_claim(ctx, handed, moved, name)
    if previous is not None and previous.handoff.node != moved.node.id:
        handovers.archive_before(ctx, previous)
    opened = submissions.open_package(
        ctx,
        descriptions.Opening(
            id=name,
            moved=moved,
            by=ctx.caller.actor,
            call=replace(call, sources=(*call.sources, *sources)),
            sidecar=sidecar,
            from_path=_origin(handed, moved),
            previous=previous,
            successor_of=handovers.withdrawn(ctx, handed),
            dedupe_key=dedupe_key,
            resume_state=resume_state,
        ),
    )
    return HandedOver(
        stored=opened.stored,
        path=opened.path,
        files=opened.files,
        event=opened.event,
        is_new=previous is None,
    )


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


def _waiting_at_arrival(ctx: Context, handed: Handed) -> Stored | None:
    """Return the handoff that waits for what its agent wrote at its path (RULES 19)."""
    place = handed.places[0]
    if place.arrival is None:
        return None
    return submissions.waiting_at(ctx, place.path, by=ctx.caller.actor.id)


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
