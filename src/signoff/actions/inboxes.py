"""What waits for people: a person's list of it, how much it is, and what lies beside one."""

from typing import Annotated

from msgspec import Meta, Struct

from signoff.actions import handoff_views, sights
from signoff.actions.context import Context
from signoff.actions.handoff_views import HandoffItem
from signoff.domain.errors import Invalid
from signoff.domain.handoffs import Handoff, State
from signoff.domain.permissions import Permission
from signoff.domain.reviewers import (
    absent_for,
    asked_in,
    is_free_for,
    may_review,
    names_caller,
    steps_of,
)
from signoff.store.handoffs import NEVER, Stored

PAGE = 50
SCANNED = 1000
"""How many handoffs a list that no index serves looks at; counts end there, too."""
FEW = 200
"""How many are counted where the count stands beside something else."""
MOST_UNREAD = 100
_AT_ONCE = 200

MINE, EVERYTHING = "mine", "everything"


class LookThrough(Struct, frozen=True, kw_only=True):
    """Which part of what waits: `mine`, `everything` or `group:NAME`, and filters on it.

    `flagged` keeps what has a flag graver than a note; `agent` is an id.
    """

    view: str = MINE
    kind: str = ""
    agent: str = ""
    flagged: bool = False
    limit: Annotated[int, Meta(ge=1, le=200)] = PAGE
    cursor: str = ""


class Waiting(Struct, frozen=True, kw_only=True):
    """A page of what waits, due first, then by priority, then longest waiting."""

    items: tuple[HandoffItem, ...]
    next: str | None
    unread: frozenset[str] = frozenset()
    """Of which handoffs the caller has not seen what they were told."""


class CountThrough(Struct, frozen=True, kw_only=True):
    """How far to count at most."""

    most: Annotated[int, Meta(ge=1, le=SCANNED)] = FEW


class Counted(Struct, frozen=True, kw_only=True):
    """How much waits; where a count reached `most` there may be more."""

    mine: int
    groups: dict[str, int]
    everything: int
    most: int
    unread: int
    """How much of what one was told one has not seen, up to a hundred."""


class Beside(Struct, frozen=True, kw_only=True):
    """A handoff, and the view in which its neighbours are wanted."""

    handoff: str
    view: str = MINE


class Neighbours(Struct, frozen=True, kw_only=True):
    """Where a handoff stands among what waits; the index is 0 where it does not."""

    index: int
    of: int
    previous: str | None
    next: str | None


def look(ctx: Context, asked: LookThrough) -> Waiting:
    """List what waits for people in one view of it."""
    ctx.permit(Permission.HANDOFF_READ)
    after = _place(asked.cursor)
    found: list[Stored] = []
    looked = 0
    while looked < SCANNED:
        rows = ctx.tx.handoffs.waiting(after=after, limit=_AT_ONCE)
        for stored in rows:
            if len(found) == asked.limit:
                return _page(ctx, found, more=True)
            if _fits(ctx, stored.handoff, asked):
                found.append(stored)
        looked += len(rows)
        if len(rows) < _AT_ONCE:
            return _page(ctx, found, more=False)
        after = _key(rows[-1].handoff)
    return _page(ctx, found, more=True, last=after)


def _page(
    ctx: Context,
    found: list[Stored],
    *,
    more: bool,
    last: tuple[int, int, int, str] | None = None,
) -> Waiting:
    key = last or (_key(found[-1].handoff) if found else None)
    return Waiting(
        items=tuple(handoff_views.show_item(ctx, stored) for stored in found),
        next=".".join(map(str, key)) if more and key else None,
        unread=ctx.tx.notifications.unread_handoffs(ctx.caller.actor.id),
    )


def _key(handoff: Handoff) -> tuple[int, int, int, str]:
    due = NEVER if handoff.due_at is None else handoff.due_at
    return due, -handoff.priority, handoff.opened_at, handoff.id


def _place(cursor: str) -> tuple[int, int, int, str] | None:
    if not cursor:
        return None
    *numbers, last = cursor.split(".")
    try:
        due, priority, opened = (int(each) for each in numbers)
    except ValueError:
        raise Invalid("This cursor is none of ours", hint="Use the `next` of a page.") from None
    return due, priority, opened, last


def _fits(ctx: Context, handoff: Handoff, asked: LookThrough) -> bool:
    grave = any(flag.severity in ("warning", "critical") for flag in handoff.context.flags)
    return (
        asked.kind in ("", handoff.kind)
        and asked.agent in ("", handoff.submitted_by)
        and (grave or not asked.flagged)
        and _in_view(ctx, handoff, asked.view)
    )


def _in_view(ctx: Context, handoff: Handoff, view: str) -> bool:
    if not sights.sees(ctx, handoff):
        return False
    if view == EVERYTHING:
        return True
    if view == MINE:
        return _is_mine(ctx, handoff)
    named = (name for step in steps_of(handoff) for name in step.reviewers)
    return view in (handoff.raised_to, *named)


def _is_mine(ctx: Context, handoff: Handoff) -> bool:
    """Say whether it waits for the caller: asked by name, or anybody may and nobody has."""
    me, reviewer = ctx.caller.actor.id, ctx.reviewer
    if handoff.taken_by is not None:
        return handoff.taken_by == me or is_free_for(handoff, reviewer)
    if handoff.submitted_by == me or not may_review(handoff, reviewer):
        return False
    return any(
        not step.reviewers
        or names_caller(asked_in(handoff, step), reviewer)
        or absent_for(handoff, step, reviewer)
        for step in steps_of(handoff)
    )


def count(ctx: Context, asked: CountThrough) -> Counted:
    """Count what waits: for oneself, for one's groups, for anybody."""
    ctx.permit(Permission.HANDOFF_READ)
    names = [f"group:{group}" for group in sorted(ctx.caller.groups)]
    mine, groups = 0, dict.fromkeys(names, 0)
    for stored in ctx.tx.handoffs.waiting(after=None, limit=asked.most):
        mine += _in_view(ctx, stored.handoff, MINE)
        for name in names:
            groups[name] += _in_view(ctx, stored.handoff, name)
    everything = ctx.tx.handoffs.count(State.IN_REVIEW, most=SCANNED)
    return Counted(
        mine=mine,
        groups=groups,
        everything=everything,
        most=asked.most,
        unread=ctx.tx.notifications.count_unread(ctx.caller.actor.id, most=MOST_UNREAD),
    )


def beside(ctx: Context, asked: Beside) -> Neighbours:
    """Say what comes before and after a handoff among what waits."""
    ctx.permit(Permission.HANDOFF_READ)
    listed = [
        stored.handoff.id
        for stored in ctx.tx.handoffs.waiting(after=None, limit=FEW)
        if _in_view(ctx, stored.handoff, asked.view)
    ]
    if asked.handoff not in listed:
        others = [each for each in listed if each != asked.handoff]
        return Neighbours(index=0, of=0, previous=None, next=others[0] if others else None)
    at = [str(each) for each in listed].index(asked.handoff)
    return Neighbours(
        index=at + 1,
        of=len(listed),
        previous=listed[at - 1] if at else None,
        next=listed[at + 1] if at + 1 < len(listed) else None,
    )
