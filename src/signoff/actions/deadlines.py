"""What is late in review: raised to whom the policy names, once, by the system."""

from msgspec import Struct
from msgspec.structs import replace

from signoff.actions import entries
from signoff.actions.context import Context
from signoff.domain import policies, reviewers
from signoff.domain.handoffs import Handoff, State
from signoff.domain.stages import below_stage
from signoff.store.handoffs import NEVER

CHUNK = 100


class Raising(Struct, frozen=True, kw_only=True):
    """Where to go on among what is late: when it was due, and its id."""

    due_at: int = -NEVER
    handoff: str = ""


def raise_late(ctx: Context, asked: Raising) -> Raising | None:
    """Raise what is late to whom the policy names, once each; None when all was looked at."""
    entries.permit_house(ctx)
    late = ctx.tx.handoffs.overdue(after=(asked.due_at, asked.handoff), limit=CHUNK)
    for stored in late:
        ctx.tx.guard(exclusive=(stored.handoff.node,))
        again = ctx.tx.handoffs.by_id(stored.handoff.id)
        if again is not None:
            _raise(ctx, again.handoff)
    if len(late) < CHUNK:
        return None
    last = late[-1].handoff
    return Raising(due_at=last.due_at or 0, handoff=last.id)


def _raise(ctx: Context, handoff: Handoff) -> None:
    to = _raised_to(ctx, handoff)
    in_time = handoff.due_at is None or handoff.due_at > ctx.now
    if to is None or in_time or handoff.raised_to == to or handoff.state is not State.IN_REVIEW:
        return
    raised, event = reviewers.raise_(handoff, to=to, reason="It is late")
    ctx.tx.handoffs.save(raised)
    private = {"to": to}
    ctx.record(replace(event, subject=None, private=private))


def _raised_to(ctx: Context, handoff: Handoff) -> str | None:
    path = ctx.tx.files.path_of(handoff.node)
    demanded = policies.apply(
        ctx.policy,
        path=below_stage(path or handoff.submitted_path),
        kind=handoff.kind.value,
        confidence=handoff.context.confidence,
        flags=handoff.context.flags,
    )
    to = demanded.raised_to
    if to is not None and "@" in to:
        person = ctx.tx.accounts.by_email(to)
        return person.id if person else None
    return to
