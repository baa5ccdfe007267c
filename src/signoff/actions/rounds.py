"""Rounds as they are kept, and the move that ends one: the folder is the state."""

from msgspec.structs import replace

from signoff.actions import packaging, placements, remnants, rewinds, tree
from signoff.actions.context import Context
from signoff.actions.packaging import Contents, Standing
from signoff.actions.placements import Moved
from signoff.domain.files import Node
from signoff.domain.handoffs import Handoff, State
from signoff.domain.ids import Path
from signoff.domain.outcomes import Outcome
from signoff.domain.packages import landing
from signoff.domain.stages import Stage, stage_of
from signoff.store.handoffs import Stored
from signoff.store.rounds import ManifestFile, Round


def keep(
    ctx: Context, stored: Stored, outcome: Outcome, contents: Contents | None
) -> tuple[ManifestFile, ...]:
    """Keep the round with its reviews and decision, and what was edited in it."""
    handoff = stored.handoff
    decision = outcome.decision
    kept = Round(
        number=handoff.round,
        kind=handoff.kind,
        opened_at=handoff.opened_at,
        submitted_by=handoff.submitted_by,
        digest=handoff.digest,
        context=handoff.context,
    )
    manifest = None
    if contents is not None or handoff.is_changed:
        kept = ctx.tx.rounds.by_number(handoff.id, handoff.round) or kept
        if contents is not None:
            kept, manifest = packaging.edited_round(ctx, handoff, kept, contents)
    return ctx.tx.rounds.save(
        handoff.id,
        replace(
            kept,
            reviews=outcome.reviews,
            decision=decision,
            digest=contents.digest if contents is not None else kept.digest,
            note=decision.reason if decision is not None else "",
        ),
        manifest,
    )


def end_by_moving(
    ctx: Context,
    handoff: Handoff,
    outcome: Outcome,
    *,
    standing: Standing,
    target: Path | None = None,
) -> Moved | None:
    """Move the package to the stage that its decision says: the folder is the state.

    Its locks have ended.
    """
    if outcome.stage is None:
        return None
    package, folder = standing.chain[-1], standing.chain[:-1]
    sidecar = standing.sidecar
    has_notes = stage_of(standing.path) in (Stage.FEEDBACK, Stage.REJECTED)
    companions: tuple[Node, ...] = ()
    if has_notes:
        companions = placements.travelling(
            ctx, package, folder=folder[-1].id, sidecar=sidecar, notes=True
        )
    elif sidecar is not None and not package.is_folder:
        companions = (sidecar,)
    if outcome.stage is Stage.APPROVED:
        remnants.throw_away(ctx, package)
    moved = placements.move_package(
        ctx,
        package,
        chain=folder,
        target=target or landing(standing.path, outcome.stage),
        companions=companions,
        unlocked=not has_notes,
    )
    if handoff.state is State.WITHDRAWN:
        ctx.tx.holds.drop(handoff.id)
        if sidecar is not None:
            _without_question(ctx, handoff, sidecar, moved)
    return moved


def _without_question(ctx: Context, handoff: Handoff, sidecar: Node, moved: Moved) -> None:
    """Take back what the server asked in the sidecar, before it is tried again (RULES 13)."""
    chain = (*moved.chain, moved.node) if moved.node.is_folder else moved.chain
    asked = ctx.tx.versions.by_number(sidecar.id, sidecar.version)
    if asked is None or asked.at != handoff.opened_at:
        return
    path = tree.path_of(chain, sidecar.name)
    if sidecar.version > 1:
        rewinds.to_version(ctx, sidecar, sidecar.version - 1, path=path)
    else:
        tree.throw_away(ctx, sidecar, chain=chain, path=path)


def open_next(
    ctx: Context, handoff: Handoff, contents: Contents | None, decided_round: int
) -> None:
    """Keep the round that opened at once with the same package (RULES 28)."""
    files = (
        contents.files
        if contents is not None
        else ctx.tx.rounds.manifest(handoff.id, decided_round)
    )
    opened = Round(
        number=handoff.round,
        kind=handoff.kind,
        opened_at=ctx.now,
        submitted_by=handoff.submitted_by,
        digest=handoff.digest,
        context=handoff.context,
    )
    ctx.tx.rounds.add(handoff.id, opened, files)
