"""Second looks: list what was sampled, and say whether one would have approved it too."""

import re
from datetime import datetime

from msgspec import UNSET, Struct, UnsetType

from signoff.actions import handoff_views, sights, subjects
from signoff.actions.context import Context
from signoff.actions.handoff_views import HandoffItem
from signoff.actions.views import Page, Who, when, who_is
from signoff.domain import reviewers, second_looks
from signoff.domain.errors import Invalid, NotFound
from signoff.domain.permissions import Permission
from signoff.domain.second_looks import Look, Opinion, Standing
from signoff.store.handoffs import Stored

MOST = 200
_CURSOR = re.compile(r"[0-9]{1,18}\.\w{1,100}", re.ASCII)


class ListLooks(Struct, frozen=True, kw_only=True):
    """Which second looks: `standing` is open, agreed, disagreed or void."""

    standing: str = str(Standing.OPEN)
    limit: int = 50
    cursor: str = ""


class GiveLook(Struct, frozen=True, kw_only=True):
    """What one thinks of what was approved, `agree` or `disagree`, and the digest one saw."""

    handoff: str
    opinion: str
    digest: str
    reason: str = ""


class LookView(Struct, frozen=True, kw_only=True):
    """A second look at an approval; `may_give` says whether the caller's would do."""

    handoff: HandoffItem
    round: int
    digest: str
    policy: int
    standing: str
    reviewers: tuple[str, ...]
    asked_at: datetime
    may_give: bool
    by: Who | None = None
    at: datetime | None = None
    reason: str = ""
    event: str | UnsetType = UNSET


def list_(ctx: Context, asked: ListLooks) -> Page:
    """List second looks, the oldest first."""
    ctx.permit(Permission.HANDOFF_READ)
    limit = min(max(asked.limit, 1), MOST)
    asked_at, _, last = asked.cursor.partition(".")
    if asked.cursor and not _CURSOR.fullmatch(asked.cursor):
        raise Invalid("This cursor is none of ours", hint="Use the `next` of a page.")
    found = ctx.tx.second_looks.page(
        _standing(asked.standing), after=(int(asked_at or 0), last), limit=limit + 1
    )
    items = []
    for look in found[:limit]:
        stored = ctx.tx.handoffs.by_id(look.handoff)
        if stored is not None and sights.sees(ctx, stored.handoff):
            items.append(_show(ctx, stored, look))
    end = found[limit - 1] if len(found) > limit else None
    return Page(items=tuple(items), next=f"{end.asked_at}.{end.handoff}" if end else None)


def give(ctx: Context, asked: GiveLook) -> LookView:
    """Say whether one agrees with what was approved; it undoes nothing."""
    ctx.permit(Permission.HANDOFF_DECIDE)
    reviewers.check_decides(ctx.caller)
    stored = subjects.handoff_held(ctx, asked.handoff)
    looks = [
        look
        for look in ctx.tx.second_looks.of(stored.handoff.id)
        if look.standing is not Standing.VOID
    ]
    if not looks:
        raise NotFound(
            "Nobody is asked for a second look at it", hint="GET second-looks lists them."
        )
    looked = second_looks.give(
        looks[0],
        _opinion(asked.opinion),
        caller=ctx.caller,
        digest=asked.digest,
        reason=asked.reason,
        now=ctx.now,
    )
    if looked is None:
        return _show(ctx, stored, looks[0])
    ctx.tx.second_looks.save(looked)
    told = [ctx.record(event) for event in second_looks.given(stored.handoff, looked)]
    return _show(ctx, stored, looked, event=told[0])


def _show(
    ctx: Context, stored: Stored, look: Look, *, event: str | UnsetType = UNSET
) -> LookView:
    return LookView(
        handoff=handoff_views.show_item(ctx, stored),
        round=look.round,
        digest=look.digest,
        policy=look.policy,
        standing=str(look.standing),
        reviewers=look.reviewers,
        asked_at=when(look.asked_at),
        may_give=look.standing is Standing.OPEN and second_looks.may_give(look, ctx.caller),
        by=who_is(ctx, look.by) if look.by else None,
        at=when(look.at) if look.at is not None else None,
        reason=look.reason,
        event=event,
    )


def _standing(said: str) -> Standing:
    try:
        return Standing(said)
    except ValueError:
        hint = f"One of {', '.join(Standing)}."
        raise Invalid(f"“{said[:80]}” is no standing", hint=hint, field="standing") from None


def _opinion(said: str) -> Opinion:
    try:
        return Opinion(said)
    except ValueError:
        hint = f"One of {', '.join(Opinion)}."
        raise Invalid(f"“{said[:80]}” is no opinion", hint=hint, field="opinion") from None
