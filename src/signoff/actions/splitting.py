"""Parts of a package that go their own way: by verdicts on single files (RULES 20, 25)."""

from typing import Annotated

from msgspec import Meta, Struct
from msgspec.structs import replace

from signoff.actions import (
    descriptions,
    endings,
    handoff_views,
    obstacles,
    packaging,
    placements,
    reach,
    submissions,
    tree,
)
from signoff.actions.context import Context
from signoff.actions.handoff_views import HandoffView
from signoff.actions.reach import Place
from signoff.domain import claims, locks
from signoff.domain.claims import Claim
from signoff.domain.errors import Code, Conflict, Invalid, NotFound
from signoff.domain.files import clean_path, names
from signoff.domain.handoffs import Kind
from signoff.domain.ids import HandoffId, Path
from signoff.domain.permissions import Permission
from signoff.domain.sidecars import Sidecar
from signoff.domain.stages import Stage

# An item of a claimed batch, escalated alone.


class Split(Struct, frozen=True, kw_only=True):
    """An item of a claimed batch, and what is needed to go on with it.

    `handoff` is the batch's, if it was sent back; the claim it stands in says it too.
    `dedupe_key` returns the open handoff that was split off or submitted with it before.
    """

    path: str
    context: Sidecar
    handoff: str | None = None
    dedupe_key: Annotated[str, Meta(max_length=255)] | None = None


def split(ctx: Context, asked: Split) -> HandoffView:
    """Escalate one item of a claimed batch alone, while the claim goes on with the rest."""
    ctx.permit(Permission.HANDOFF_SPLIT)
    known = submissions.under_key(ctx, asked.dedupe_key) if asked.dedupe_key else None
    if known is not None:
        return handoff_views.show(ctx, known, created=False)
    call = _asking(asked.context)
    place = reach.take_hold(ctx, alone=[clean_path(asked.path)])[0]
    claim = _claim_of(ctx, place, asked)
    node, chain = reach.existing(place), place.chain[:-1]
    _check_free(ctx, place)
    others = {} if node.is_folder else packaging.beside(ctx, chain[-1].id, node.name)
    sidecar = packaging.sidecar_of(ctx, node, others=others)
    moved = placements.move_package(
        ctx,
        node,
        chain=chain,
        target=Path(f"{Stage.NEEDS_REVIEW}/{node.name}"),
        companions=(sidecar,) if sidecar is not None and not node.is_folder else (),
    )
    batch = names(tree.path_of(ctx.tx.files.chain(claim.node)))
    inside = names(place.path)[len(batch) :]
    ctx.tx.claims.save(claims.written(claim, now=ctx.now))
    opened = submissions.open_package(
        ctx,
        descriptions.Opening(
            id=HandoffId(ctx.tx.new_id("ho")),
            moved=moved,
            by=ctx.caller.actor,
            call=call,
            sidecar=sidecar,
            from_path=Path("/".join((claim.from_path, *inside))),
            parent=claim.handoff,
            dedupe_key=asked.dedupe_key,
        ),
    )
    return handoff_views.show(
        ctx, opened.stored, path=opened.path, files=opened.files, event=opened.event
    )


def _asking(context: Sidecar) -> Sidecar:
    call = descriptions.checked_call(replace(context, kind=context.kind or Kind.ESCALATION))
    if call.kind != Kind.ESCALATION:
        raise Invalid("An item is split off as an escalation", hint="Leave `kind` out.")
    return call


def _claim_of(ctx: Context, place: Place, asked: Split) -> Claim:
    """Return the caller's claim on the batch that an item is in."""
    obstacles.check_work_folder(ctx, place)
    claim = place.claim
    if claim is None:
        raise Conflict(
            "Only an item of a batch that you have claimed is split off",
            code=Code.WRONG_STAGE,
            hint="Submit it by itself.",
        )
    claims.check(claim, caller=ctx.caller, tokens=ctx.tokens, now=ctx.now)
    if asked.handoff is not None and claim.handoff != asked.handoff:
        raise NotFound("That handoff is not what this claim is on")
    batch = ctx.tx.files.by_id(claim.node)
    if batch is None or not batch.is_folder or claim.node not in place.ids[:-1]:
        raise Conflict(
            f"“{place.path}” is no item of a claimed batch",
            code=Code.WRONG_STAGE,
            hint="Submit it by itself, or name a path inside the batch.",
        )
    return claim


def _check_free(ctx: Context, place: Place) -> None:
    node = reach.existing(place)
    held = (*place.locks, *reach.locks_below(ctx, node.id))
    locks.check_others(held, chain=place.ids, caller=ctx.caller, now=ctx.now)
    own = tuple(lock for lock in held if lock.node == node.id or node.id in lock.ancestors)
    endings.end_own_locks(ctx, own)
