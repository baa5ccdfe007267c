"""What happens to a handoff by itself, and when; a pure function of its clock and the time.

Nothing here approves. A rejection is by the system, with a reason (RULES 22).
"""

from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from signoff.domain.calendars import after, before, length_of
from signoff.domain.clocks import Clock, OnTimeout
from signoff.domain.events import Event, Type
from signoff.domain.handoffs import Handoff, State, check_in_review, told
from signoff.domain.ids import DAY, Instant, Micros
from signoff.domain.outcomes import with_codes
from signoff.domain.policies import WHEN_DUE, Every, Policy
from signoff.domain.reviewers import steps_of
from signoff.domain.routing import Requirements, policy_due_at
from signoff.domain.tallies import current_step

FAR = Micros(3660 * DAY)
"""What is due later than in ten years is planned by nobody."""


class What(StrEnum):
    """What a clock does."""

    REMIND = "remind"
    RAISE = "raise"
    REASSIGN = "reassign"
    REJECT = "reject"


_ORDER = tuple(What)
_TIMEOUTS = {OnTimeout.REASSIGN: What.REASSIGN, OnTimeout.REJECT: What.REJECT}


class Timer(Struct, frozen=True, kw_only=True):
    """The next thing that happens to a handoff by itself."""

    at: Instant
    what: What


# Planning.


def plan(
    policy: Policy,
    requirements: Requirements,
    *,
    number: int,
    since: Instant,
    due_at: Instant | None,
) -> Clock:
    """Return the clock of a round that was opened `since`, and is late at `due_at`.

    Reminders and raising go by the time at which it is late. What takes the decision away
    from people goes by the policy's own, which no sidecar brings nearer.
    """
    own = policy_due_at(policy, requirements, since=since)
    timeout = requirements.on_timeout
    end = None if own is None else _later(policy, own, requirements.timeout_after)
    moments, most = _reminders(policy, requirements, since=since, due_at=due_at)
    if timeout is OnTimeout.REMIND and end is not None:
        moments, most = sorted({*moments, end}), most + 1
    raise_to = requirements.raised_to
    raise_at = end if timeout is OnTimeout.RAISE else due_at
    return Clock(
        policy=number,
        due_at=own,
        reminders=tuple(moments),
        most=most,
        raise_at=raise_at if raise_to else None,
        raise_to=raise_to,
        timeout_at=end if timeout in _TIMEOUTS else None,
        on_timeout=timeout,
        reassign_to=requirements.reassign_to,
    )


def _reminders(
    policy: Policy, requirements: Requirements, *, since: Instant, due_at: Instant | None
) -> tuple[list[Instant], int]:
    said, hours = requirements.reminders, policy.working_hours
    if isinstance(said, Every):
        length = length_of(said.every, hours) or Micros(0)
        moments = [since]
        for _ in range(said.most):
            moments.append(after(hours, moments[-1], length))
        return [each for each in moments[1:] if each - since <= FAR], said.most
    if due_at is None or due_at - since > FAR:
        return [], 0
    moments = [_around(policy, due_at, each) for each in said]
    return sorted({each for each in moments if each > since}), len(said)


def _around(policy: Policy, due_at: Instant, reminder: str) -> Instant:
    if reminder == WHEN_DUE:
        return due_at
    text, _, side = reminder.rpartition(" ")
    length = length_of(text, policy.working_hours) or Micros(0)
    side_of = before if side == "before" else after
    return side_of(policy.working_hours, due_at, length)


def _later(policy: Policy, at: Instant, length: str | None) -> Instant:
    wanted = length_of(length, policy.working_hours)
    return at if wanted is None else after(policy.working_hours, at, wanted)


# Telling.


def next_timer(handoff: Handoff) -> Timer | None:
    """Return what happens next by itself; nothing once it is settled."""
    if handoff.state is not State.IN_REVIEW or handoff.clock is None:
        return None
    return min(_waiting(handoff.clock), key=_turn, default=None)


def due_timer(handoff: Handoff, now: Instant) -> Timer | None:
    """Return what is to be done at a moment, if it is time for anything.

    What is rejected is reminded of no more, nor raised, if that was missed: those would hear
    of it when it is over.
    """
    if handoff.state is not State.IN_REVIEW or handoff.clock is None:
        return None
    due = [each for each in _waiting(handoff.clock) if each.at <= now]
    last = next((each for each in due if each.what is What.REJECT), None)
    return last or min(due, key=_turn, default=None)


def _turn(timer: Timer) -> tuple[int, int]:
    return timer.at, _ORDER.index(timer.what)


def _waiting(clock: Clock) -> list[Timer]:
    found = []
    if clock.passed < len(clock.reminders) and clock.reminded < clock.most:
        found.append(Timer(at=clock.reminders[clock.passed], what=What.REMIND))
    if clock.raise_at is not None and not clock.raised:
        found.append(Timer(at=clock.raise_at, what=What.RAISE))
    if clock.timeout_at is not None and not clock.timed_out:
        found.append(Timer(at=clock.timeout_at, what=_TIMEOUTS[clock.on_timeout]))
    return found


# Doing.


def remind(handoff: Handoff, *, now: Instant) -> tuple[Handoff, Event]:
    """Remind those on whom it waits; what was missed of reminders is this one (no storm)."""
    check_in_review(handoff)
    clock = handoff.clock or Clock()
    passed = sum(1 for each in clock.reminders if each <= now)
    clock = replace(clock, passed=passed, reminded=clock.reminded + 1)
    reminded = replace(handoff, clock=clock)
    late = handoff.due_at is not None and handoff.due_at <= now
    (event,) = with_codes(
        (told(reminded, Type.HANDOFF_REMINDED),),
        number=clock.reminded,
        of=clock.most,
        late=late,
    )
    return reminded, replace(event, private={"to": list(asked(handoff))})


def asked(handoff: Handoff) -> tuple[str, ...]:
    """Return on whom a handoff waits: who took it, or the step's that have not approved.

    Nobody named means any who may review. Whom it was raised to is always among them.
    """
    raised = (handoff.raised_to,) if handoff.raised_to else ()
    if handoff.taken_by is not None:
        return (handoff.taken_by, *raised)
    step = steps_of(handoff)[current_step(handoff)]
    done = {one.by for one in handoff.reviews}
    waits = tuple(each for each in step.reviewers if each not in done)
    return tuple(dict.fromkeys((*waits, *raised)))


def reassign(handoff: Handoff, *, to: tuple[str, ...]) -> tuple[Handoff, Event]:
    """Give the step that is waited for to others, since nobody decided in time.

    As many must approve as before; what was said so far still counts.
    """
    check_in_review(handoff)
    steps = list(steps_of(handoff))
    n = current_step(handoff)
    steps[n] = replace(steps[n], reviewers=to, each=False)
    clock = replace(handoff.clock or Clock(), timed_out=True)
    given = replace(handoff, taken_by=None, clock=clock)
    if handoff.steps:
        given = replace(given, steps=tuple(steps))
    reviewers = tuple(dict.fromkeys(each for step in steps for each in step.reviewers))
    given = replace(given, reviewers=reviewers)
    (event,) = with_codes((told(given, Type.HANDOFF_REASSIGNED),), by_rule=True)
    return given, replace(event, reason=REASSIGNED, private={"to": list(to)})


REASSIGNED = "Nobody decided in time."
REJECTED = "Nobody decided in time, and the workspace's policy rejects what waits so long."


# Another policy.


def replanned(handoff: Handoff, clock: Clock, *, again: Clock, now: Instant) -> Clock:
    """Return the clock of an open round by another policy, `clock` as if it always held.

    A new policy makes nothing late at the moment it is set: what would be late, and was not,
    has the whole time `again`, the clock as if it were opened now. What was done is kept.
    """
    old = handoff.clock or Clock(due_at=handoff.due_at)
    if _makes_late(old.due_at, clock.due_at, now):
        clock = again
    elif clock.timeout_at is not None and clock.timeout_at <= now:
        known = (old.timeout_at, old.on_timeout) == (clock.timeout_at, clock.on_timeout)
        clock = clock if known else replace(clock, timeout_at=again.timeout_at)
    return replace(
        clock,
        reminded=old.reminded,
        passed=sum(1 for each in clock.reminders if each <= now),
        raised=old.raised if handoff.clock else handoff.raised_to is not None,
        timed_out=old.timed_out,
    )


def _makes_late(old: Instant | None, new: Instant | None, now: Instant) -> bool:
    return new is not None and new <= now and (old is None or old > now)
