"""What ends when work is handed over by whichever act: claim, locks, the last round."""

from msgspec import Struct

from signoff.actions import placements, tree
from signoff.actions.context import Context
from signoff.actions.placements import Moved
from signoff.actions.reach import Place
from signoff.domain.claims import Claim
from signoff.domain.events import Event, Type
from signoff.domain.handoffs import Handoff, State
from signoff.domain.ids import HandoffId
from signoff.domain.packages import Gathering
from signoff.domain.sidecars import Source
from signoff.domain.stages import Stage
from signoff.store.handoffs import Stored

WAITING = frozenset({State.CHANGES_REQUESTED, State.ANSWERED})


class Handed(Struct, frozen=True, kw_only=True):
    """What is handed over, where it stands, and the claim that it stands in."""

    gathering: Gathering
    places: tuple[Place, ...]
    claim: Claim | None = None
    previous: Stored | None = None


def withdrawn(ctx: Context, handed: Handed) -> Handoff | None:
    """Return the withdrawn handoff that this one follows, whose rounds it inherits."""
    claim = handed.claim
    if handed.previous is not None or claim is None or claim.handoff is None:
        return None
    before = ctx.tx.handoffs.by_id(claim.handoff)
    if before is None or before.handoff.state is not State.WITHDRAWN:
        return None
    return before.handoff


def end_claim(
    ctx: Context, claim: Claim, moved: Moved, handoff: HandoffId
) -> tuple[Source, ...]:
    """End the claim that was submitted from; what was claimed becomes a source (RULES 10).

    Work that was handed over was finished: tries are counted anew from there (RULES 13).
    """
    ctx.tx.claims.remove(claim.id)
    ctx.tx.holds.drop(claim.id)
    if claim.attempts:
        ctx.tx.files.set_attempts(claim.node, 0)
    if claim.handoff is not None and claim.handoff != handoff:
        ctx.tx.handoffs.set_claim(claim.handoff, None)
    sources: tuple[Source, ...] = ()
    chain = ctx.tx.files.chain(claim.folder)
    inside = ctx.tx.files.page(claim.folder, after="", limit=1000) if chain else []
    for node in inside:
        if node.id == claim.node:
            path = placements.archive(ctx, node, chain=chain, handoff=handoff)
            sources = (Source(path=path, digest=node.digest),)
        else:
            path = tree.path_of(chain, node.name)
            tree.throw_away(ctx, node, chain=chain, path=path)
            ctx.record(Event(type=Type.FILE_DELETED, node=node.id, path=path))
    if claim.folder != moved.node.id and chain:
        ctx.tx.files.remove(claim.folder)
    ctx.record(
        Event(
            type=Type.CLAIM_RELEASED,
            node=claim.node,
            path=claim.from_path,
            handoff=handoff,
            subject=claim.id,
            codes={"submitted": True},
        )
    )
    return sources


def archive_before(ctx: Context, previous: Stored) -> None:
    """Move the last round's package to the archive when another takes its place (RULES 19)."""
    chain = ctx.tx.files.chain(previous.handoff.node)
    if not chain or not any(step.name == Stage.FEEDBACK for step in chain[1:2]):
        return
    package, folder = chain[-1], chain[:-1]
    placements.take_notes_away(ctx, package, folder=folder[-1].id, chain=folder)
    beside = ctx.tx.files.by_id(previous.handoff.sidecar) if previous.handoff.sidecar else None
    placements.archive(ctx, package, chain=folder, handoff=previous.handoff.id)
    if beside is not None and beside.parent == folder[-1].id:
        placements.archive(ctx, beside, chain=folder, handoff=previous.handoff.id)
