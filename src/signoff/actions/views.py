"""The shapes that every door answers with (RULES, “Shapes”), and how values become them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec import UNSET, Struct, UnsetType

from signoff.actions.context import Context
from signoff.domain.actors import Actor
from signoff.domain.ids import ActorId, Instant

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Who(Struct, frozen=True, kw_only=True):
    """An actor as others see it."""

    id: str
    kind: str
    name: str


class CredentialView(Struct, frozen=True, kw_only=True):
    """What an actor showed at the door; never the secret."""

    id: str
    kind: str


class Page(Struct, frozen=True, kw_only=True):
    """A page of a list; `next` is the cursor of the following one, null at the end."""

    items: tuple[Any, ...]
    next: str | None = None


class Nothing(Struct, frozen=True, kw_only=True):
    """The empty answer of an act that has nothing to show; `event` is what it recorded."""

    event: str | UnsetType = UNSET


def when(instant: Instant) -> datetime:
    """Return an instant as an aware time, exact to the microsecond."""
    return _EPOCH + timedelta(microseconds=instant)


def when_or_none(instant: Instant | None) -> datetime | None:
    """Return an instant as an aware time, if there is one."""
    return None if instant is None else when(instant)


def instant_of(time: datetime) -> Instant:
    """Return an aware time as an instant."""
    return Instant(int((time - _EPOCH) / timedelta(microseconds=1)))


def who(actor: Actor) -> Who:
    """Show an actor."""
    return Who(id=actor.id, kind=actor.kind.value, name=actor.name)


def who_is(ctx: Context, actor: ActorId) -> Who:
    """Look an actor up and show it."""
    found = ctx.actor(actor)
    return Who(id=found.id, kind=str(found.kind), name=found.name)
