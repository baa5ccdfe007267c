"""Being away: from when until when, and who stands in meanwhile. It ends by itself."""

from datetime import datetime

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from signoff.actions import subjects
from signoff.actions.context import Context
from signoff.actions.views import Nothing, Page, Who, instant_of, when, who_is
from signoff.domain import delegations as law
from signoff.domain.accounts import Member
from signoff.domain.delegations import Delegation
from signoff.domain.errors import Invalid, NotFound
from signoff.domain.ids import NodeId
from signoff.domain.permissions import Permission
from signoff.domain.reviewers import REVIEWING


class Set(Struct, frozen=True, kw_only=True, rename={"from_": "from"}):
    """Until when, and who stands in, by e-mail address or id; it begins now without `from`.

    `person` is another than the caller; that is for managers.
    """

    to: str
    until: datetime
    from_: datetime | None = None
    note: str = ""
    person: str = ""


class End(Struct, frozen=True, kw_only=True):
    """Who is back: the caller, or another `person`; that is for managers."""

    person: str = ""


class Every(Struct, frozen=True, kw_only=True):
    """Those who are away, and those who will be."""


class AwayView(Struct, frozen=True, kw_only=True, rename={"from_": "from"}):
    """Who is away, and who stands in; `now` says whether they are away already."""

    person: Who
    to: Who
    from_: datetime
    until: datetime
    now: bool
    note: str = ""
    event: str | UnsetType = UNSET


def set(ctx: Context, asked: Set) -> AwayView:  # noqa: A001  called delegations.set
    """Say that one is away until a time, and who is asked as well meanwhile."""
    ctx.permit(Permission.AWAY_SET)
    for time, field in ((asked.until, "until"), (asked.from_, "from")):
        if time is not None and time.tzinfo is None:
            raise Invalid(
                "A time without its zone may mean any hour",
                hint="Write it as 2026-07-01T08:00:00Z.",
                field=field,
            )
    person = _whose(ctx, asked.person)
    to = subjects.member_named(ctx, asked.to)
    delegation = Delegation(
        person=person.person,
        to=to.person,
        from_at=ctx.now if asked.from_ is None else instant_of(asked.from_),
        until=instant_of(asked.until),
        note=asked.note,
    )
    able = to.role in REVIEWING and person.role in REVIEWING
    event = law.delegate(delegation, can_review=able, now=ctx.now)
    kept = replace(delegation, note=event.reason or "")
    ctx.tx.guard(exclusive=[NodeId(f"away:{person.person}")])
    ctx.tx.delegations.set(kept)
    name = ctx.record(event)
    return replace(_show(ctx, kept), event=name)


def end(ctx: Context, asked: End) -> Nothing:
    """Say that one is back, or does not go after all."""
    ctx.permit(Permission.AWAY_SET)
    person = _whose(ctx, asked.person)
    ctx.tx.guard(exclusive=[NodeId(f"away:{person.person}")])
    known = ctx.tx.delegations.after(ctx.now)
    mine = next((one for one in known if one.delegation.person == person.person), None)
    if mine is None:
        raise NotFound("They are not away, and will not be", hint="GET away lists who is.")
    ctx.tx.delegations.remove(person.person)
    return Nothing(event=ctx.record(law.came_back(mine.delegation)))


def every(ctx: Context, asked: Every) -> Page:  # noqa: ARG001  every question is asked something
    """List who is away or will be, and who stands in."""
    ctx.permit(Permission.AWAY_READ)
    known = [one.delegation for one in ctx.away if one.delegation.until > ctx.now]
    return Page(
        items=tuple(_show(ctx, one) for one in sorted(known, key=lambda one: one.from_at))
    )


def _whose(ctx: Context, said: str) -> Member:
    """Return whose absence it is; another's is for managers."""
    me = ctx.caller.actor.id
    member = subjects.member_named(ctx, said or me)
    if member.person != me:
        ctx.permit(Permission.MEMBER_SET)
    return member


def _show(ctx: Context, delegation: Delegation) -> AwayView:
    return AwayView(
        person=who_is(ctx, delegation.person),
        to=who_is(ctx, delegation.to),
        from_=when(delegation.from_at),
        until=when(delegation.until),
        now=delegation.holds(ctx.now),
        note=delegation.note,
    )
