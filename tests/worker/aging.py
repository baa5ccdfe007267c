"""Letting time pass on any database: what a handoff's clock says moves into the past."""

from msgspec.structs import replace

from signoff.actions.house import House
from signoff.domain.actors import system
from signoff.domain.clocks import Clock
from signoff.domain.events import Event, Type
from signoff.domain.handoffs import Handoff
from signoff.domain.ids import HandoffId, Instant
from signoff.store.transaction import Transaction
from tests.actions.cast import ACME


def _earlier(at: Instant | None, by: int) -> Instant | None:
    return None if at is None else Instant(at - by)


def _aged(clock: Clock, by: int) -> Clock:
    return replace(
        clock,
        due_at=_earlier(clock.due_at, by),
        reminders=tuple(Instant(each - by) for each in clock.reminders),
        raise_at=_earlier(clock.raise_at, by),
        timeout_at=_earlier(clock.timeout_at, by),
    )


def aged(handoff: Handoff, by: int) -> Handoff:
    """Return a handoff that was opened so much earlier."""
    return replace(
        handoff,
        opened_at=Instant(handoff.opened_at - by),
        due_at=_earlier(handoff.due_at, by),
        clock=handoff.clock and _aged(handoff.clock, by),
    )


async def age(house: House, handoff: str, by: int) -> None:
    """Let so much time pass for one handoff, in microseconds."""

    def work(tx: Transaction) -> None:
        stored = tx.handoffs.by_id(HandoffId(handoff))
        assert stored is not None
        tx.handoffs.save(aged(stored.handoff, by))
        tx.record(Event(type=Type.HANDOFF_CHANGED), caller=system(ACME))

    await house.engine.write(work, workspace=ACME)
