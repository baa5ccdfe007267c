"""Reassign: a review is handed on to another person or group, with a note."""

from msgspec import Struct
from msgspec.structs import replace

from signoff.actions import handoff_views, peers, subjects
from signoff.actions.context import Context
from signoff.actions.handoff_views import HandoffView
from signoff.domain import reassignments, reviewers
from signoff.domain.handoffs import Handoff
from signoff.domain.permissions import Permission
from signoff.domain.reassignments import Wish


class Reassign(Struct, frozen=True, kw_only=True, rename={"from_": "from"}):
    """To whom, an e-mail address, an id or `group:NAME`; `note` is for them.

    `from` is whose review it is: by itself the caller's own, or the only one that is asked.
    """

    handoff: str
    to: str
    from_: str = ""
    note: str = ""


def reassign(ctx: Context, asked: Reassign) -> HandoffView:
    """Hand a review on to another person or group; as many must approve as before."""
    ctx.permit(Permission.HANDOFF_REASSIGN)
    stored = subjects.handoff_held(ctx, asked.handoff)
    handoff = stored.handoff
    reviewers.check_reviewer(handoff, ctx.caller)
    to = subjects.asked_by_name(ctx, asked.to)
    whose = _whose(ctx, handoff, asked.from_)
    names = {name for step in reviewers.steps_of(handoff) for name in step.reviewers}
    wish = Wish(
        whose=whose, to=to, able=peers.able(ctx, handoff, names | {to}), note=asked.note
    )
    after, event = reassignments.reassign(handoff, wish, caller=ctx.caller)
    ctx.tx.handoffs.save_reviewers(after)
    name = ctx.record(event)
    return handoff_views.show(ctx, replace(stored, handoff=after), event=name)


def _whose(ctx: Context, handoff: Handoff, said: str) -> str:
    """Return whose review it is; who is asked may have left the workspace since."""
    if not said:
        return reassignments.whose_review(handoff, ctx.caller)
    if said in reassignments.asked_now(handoff):
        return said
    return subjects.asked_by_name(ctx, said)
