"""Withdraw: a package is taken back before it is decided (RULES 21)."""

from datetime import datetime

from msgspec import Struct

from signoff.actions import handoff_views, subjects, tree, withdrawals
from signoff.actions.context import Context
from signoff.actions.handoff_views import HandoffView
from signoff.actions.views import when
from signoff.actions.withdrawals import Withdrawn
from signoff.domain.handoffs import checked_reason
from signoff.domain.permissions import Permission


class Withdraw(Struct, frozen=True, kw_only=True):
    """A handoff that is taken back, and why."""

    handoff: str
    reason: str = ""


class FreshClaim(Struct, frozen=True, kw_only=True):
    """The agent's claim on what was withdrawn; the agent alone is told its token."""

    id: str
    folder: str
    path: str
    lock_token: str | None
    expires_at: datetime


class WithdrawnView(Struct, frozen=True, kw_only=True):
    """A handoff after it was withdrawn, and the claim that its agent has on the package."""

    handoff: HandoffView
    claim: FreshClaim | None
    event: str


def withdraw(ctx: Context, asked: Withdraw) -> WithdrawnView:
    """Take a package back before it is decided; its agent works on it under a fresh claim."""
    ctx.permit(Permission.HANDOFF_WITHDRAW)
    reason = checked_reason(asked.reason)
    done = withdrawals.take_back(ctx, subjects.handoff_held(ctx, asked.handoff), reason=reason)
    shown = handoff_views.show(ctx, done.stored, path=done.moved.path, event=done.event)
    return WithdrawnView(handoff=shown, claim=_fresh(ctx, done), event=done.event)


def _fresh(ctx: Context, done: Withdrawn) -> FreshClaim | None:
    claim = done.claim
    if claim is None:
        return None
    mine = claim.agent == ctx.caller.actor.id
    return FreshClaim(
        id=claim.id,
        folder=tree.path_of(done.moved.chain),
        path=done.moved.path,
        lock_token=claim.token if mine else None,
        expires_at=when(claim.expires_at),
    )
