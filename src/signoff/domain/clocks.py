"""What time has to do with a handoff in review: what is planned, and what is done of it."""

from enum import StrEnum

from msgspec import Struct

from signoff.domain.ids import Instant


class OnTimeout(StrEnum):
    """What becomes of a handoff on which nobody decided in time; nothing here approves."""

    WAIT = "wait"
    REMIND = "remind"
    REASSIGN = "reassign"
    RAISE = "raise"
    REJECT = "reject"


class Clock(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """When something happens to a round by itself, by which policy, and what of it has.

    `due_at` is the policy's own time, whatever a sidecar asked for. `reminders` are moments,
    the first first, of which `passed` are over; `reminded` counts those that were sent, of at
    most `most`. What is only planned for a moment that it has not is None.
    """

    policy: int = 0
    due_at: Instant | None = None
    reminders: tuple[Instant, ...] = ()
    most: int = 0
    raise_at: Instant | None = None
    raise_to: str | None = None
    timeout_at: Instant | None = None
    on_timeout: OnTimeout = OnTimeout.WAIT
    reassign_to: tuple[str, ...] = ()
    reminded: int = 0
    passed: int = 0
    raised: bool = False
    timed_out: bool = False
