"""Sampling what was approved for a second look, by whichever act that approves."""

from signoff.actions import clocks, descriptions
from signoff.actions.context import Context
from signoff.domain import second_looks
from signoff.domain.handoffs import Decision, Handoff, State, Verdict
from signoff.domain.second_looks import Standing


def sample(ctx: Context, handoff: Handoff, decision: Decision | None) -> None:
    """Ask for a second look at what was just approved, if it is in the policy's sample."""
    if decision is None or handoff.state is not State.APPROVED:
        return
    demanded = clocks.demands(ctx, handoff)
    wanted = demanded.second_look
    number = ctx.policy_number
    if wanted is None or not clocks.is_sampled(handoff.id, demanded, number=number):
        return
    raise_to = wanted.raise_to or demanded.raised_to
    look, event = second_looks.ask(
        handoff,
        decision,
        approved_by=tuple(one.by for one in handoff.reviews if one.verdict is Verdict.APPROVE),
        policy=number,
        share=wanted.share,
        reviewers=descriptions.by_id(ctx, wanted.reviewers),
        raise_to=descriptions.by_id(ctx, (raise_to,))[0] if raise_to else None,
    )
    ctx.tx.second_looks.save(look)
    ctx.record(event)


def void(ctx: Context, handoff: Handoff) -> None:
    """End second looks at what is recalled: nobody looks at it as approved any more."""
    for look in ctx.tx.second_looks.of(handoff.id):
        if look.standing is Standing.OPEN:
            ctx.tx.second_looks.save(second_looks.void(look))
