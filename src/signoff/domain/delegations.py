"""Delegation while away: whom it reaches, from when until when; it ends by itself."""

from collections.abc import Iterable

from msgspec import Struct

from signoff.domain.errors import Code, Conflict, Invalid
from signoff.domain.events import Event, Type
from signoff.domain.handoffs import checked_reason
from signoff.domain.ids import DAY, ActorId, Instant, Micros

LONGEST = Micros(366 * DAY)


class Delegation(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A person is away: until then, what asks them asks another one as well."""

    person: ActorId
    to: ActorId
    from_at: Instant
    until: Instant
    note: str = ""

    def holds(self, now: Instant) -> bool:
        """Say whether the person is away at this time."""
        return self.from_at <= now < self.until


def delegate(delegation: Delegation, *, can_review: bool, now: Instant) -> Event:
    """Say that a person is away, or refuse; `can_review` is whether the delegate may."""
    if delegation.to == delegation.person:
        raise Invalid(
            "Nobody stands in for themselves",
            hint="Name a colleague in `to`.",
            field="to",
        )
    if not can_review:
        raise Conflict(
            "They could not stand in: they may not review here themselves",
            code=Code.CANNOT_REVIEW,
            hint="Name a reviewer, a manager or an owner of the workspace.",
        )
    if delegation.until <= max(now, delegation.from_at):
        raise Invalid(
            "It would be over before it began",
            hint="Give an `until` that is to come, after `from`.",
            field="until",
        )
    if delegation.until - delegation.from_at > LONGEST:
        raise Invalid(
            "Nobody is away for more than a year",
            hint="Give another role instead: PUT members/{person}.",
            field="until",
        )
    return Event(
        type=Type.AWAY_SET,
        subject=delegation.person,
        codes={
            "to": delegation.to,
            "from": delegation.from_at,
            "until": delegation.until,
        },
        reason=checked_reason(delegation.note) or None,
    )


def came_back(delegation: Delegation) -> Event:
    """Say that a person is back before their time, or does not go after all."""
    return Event(type=Type.AWAY_ENDED, subject=delegation.person)


def delegates_of(
    delegations: Iterable[Delegation], person: ActorId, *, now: Instant
) -> tuple[ActorId, ...]:
    """Return who stands in for a person, the one whom they named first.

    If that one is away too, whom they named stands in as well; a chain is followed once.
    """
    away = {each.person: each.to for each in delegations if each.holds(now)}
    first = away.get(person)
    if first is None:
        return ()
    second = away.get(first)
    return (first,) if second in (None, person) else (first, second)


def stood_in_for(
    delegations: Iterable[Delegation], person: ActorId, *, now: Instant
) -> tuple[ActorId, ...]:
    """Return for whom a person stands in: those of whom they are a delegate."""
    every = tuple(delegations)
    return tuple(
        sorted(
            {
                each.person
                for each in every
                if person in delegates_of(every, each.person, now=now)
            }
        )
    )
