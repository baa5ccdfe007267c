"""What happens to handoffs by itself: reminded, raised, reassigned, rejected; never approved.

The worker asks. Each thing is done in a transaction of its own that judges by the rows, so it
is done once, however many workers there are and whenever one of them dies.
"""

from msgspec import Struct
from msgspec.structs import replace

from signoff.actions import clocks, decisions, descriptions, entries, packaging
from signoff.actions.context import Context
from signoff.domain import outcomes, reviewers, timers
from signoff.domain.clocks import Clock
from signoff.domain.events import Event, Type
from signoff.domain.handoffs import Handoff, State, told
from signoff.domain.ids import SECOND, HandoffId, Micros, NodeId
from signoff.domain.outcomes import with_codes
from signoff.domain.timers import What
from signoff.store.handoffs import NEVER, Stored, Timed

CHUNK = 200
PLANNED = 50
REMEMBERED = Micros(5 * SECOND)
"""No node remembers a policy for longer (`Engine.rights_version`)."""


class Look(Struct, frozen=True, kw_only=True):
    """Where to go on among what is due: the time of the last one, and its id."""

    at: int = -NEVER
    handoff: str = ""


class Fire(Struct, frozen=True, kw_only=True):
    """The handoff for which it is time, and its package."""

    handoff: HandoffId
    node: NodeId


class Fired(Struct, frozen=True, kw_only=True):
    """What was done, if anything; `more` says that it is time for something else, too."""

    what: What | None = None
    more: bool = False


class Replan(Struct, frozen=True, kw_only=True):
    """Go on planning what was open when the policy was set."""


def due(ctx: Context, asked: Look) -> tuple[Timed, ...]:
    """List handoffs to which something is to happen by now, in the order of time."""
    entries.permit_house(ctx)
    found = ctx.tx.handoffs.timed(after=(asked.at, asked.handoff), limit=CHUNK)
    return tuple(found)


def fire(ctx: Context, asked: Fire) -> Fired:
    """Do the one thing for which it is time, by the policy in force."""
    entries.permit_house(ctx)
    ctx.tx.guard(exclusive=[asked.node])
    ctx.look_again()
    stored = ctx.tx.handoffs.by_id(asked.handoff)
    if stored is None or stored.handoff.state is not State.IN_REVIEW:
        return Fired()
    handoff = stored.handoff
    if handoff.clock is None or handoff.clock.policy != ctx.policy_number:
        stored = replace(stored, handoff=_replan(ctx, handoff))
        handoff = stored.handoff
    timer = timers.due_timer(handoff, ctx.now)
    if timer is None:
        return Fired()
    after = _do(ctx, stored, timer.what)
    return Fired(what=timer.what, more=timers.due_timer(after, ctx.now) is not None)


def _do(ctx: Context, stored: Stored, what: What) -> Handoff:
    handoff = stored.handoff
    match what:
        case What.REMIND:
            after, event = timers.remind(handoff, now=ctx.now)
            ctx.tx.handoffs.save(after)
            ctx.record(event)
        case What.RAISE:
            after = _raise(ctx, handoff)
        case What.REASSIGN:
            clock = handoff.clock or Clock()
            to = descriptions.by_id(ctx, clock.reassign_to)
            after, event = timers.reassign(handoff, to=to)
            ctx.tx.handoffs.save_reviewers(after)
            ctx.record(event)
        case What.REJECT:
            after = _reject(ctx, stored)
    return after


def _raise(ctx: Context, handoff: Handoff) -> Handoff:
    """Raise what is late to whom the policy names, unless they have it or nobody is meant."""
    clock = handoff.clock or Clock()
    (to,) = descriptions.by_id(ctx, (clock.raise_to or "@",))
    done = replace(handoff, clock=replace(clock, raised=True))
    if "@" in to or to == handoff.raised_to:
        with ctx.tx.off_record():
            ctx.tx.handoffs.save(done)
        return done
    raised, event = reviewers.raise_(done, to=to, reason="It is late")
    ctx.tx.handoffs.save(raised)
    ctx.record(replace(event, subject=None, private={"to": to}))
    return raised


def _reject(ctx: Context, stored: Stored) -> Handoff:
    handoff, contents = packaging.current(ctx, stored)
    outcome = outcomes.time_out(handoff, reason=timers.REJECTED, now=ctx.now)
    outcome = replace(
        outcome,
        events=with_codes(outcome.events, by_rule=True),
        reviews=handoff.reviews,
    )
    return decisions.carry_out(ctx, stored, outcome, contents=contents).stored.handoff


# Another policy.


def replan(ctx: Context, asked: Replan) -> bool:  # noqa: ARG001
    """Plan some of what was open when the policy was set; say whether there is more.

    Who opens something at that moment may still remember the policy before. So the plan is
    over a while after that, and what was opened lately is looked at again.
    """
    entries.permit_house(ctx)
    policy = NodeId("policy")
    ctx.tx.guard(shared=[policy])
    ctx.look_again()
    under_way = ctx.tx.replans.current()
    if under_way is None:
        return False
    found = ctx.tx.handoffs.open_after(under_way.opened_at, under_way.handoff, limit=PLANNED)
    ctx.tx.guard(shared=[policy], exclusive=[each.handoff.node for each in found])
    for each in found:
        again = ctx.tx.handoffs.by_id(each.handoff.id)
        if again is not None and again.handoff.state is State.IN_REVIEW:
            _replan(ctx, again.handoff)
    if len(found) == PLANNED:
        last = found[-1].handoff
        ctx.tx.replans.go_on(last.opened_at, last.id)
        return True
    if ctx.now < under_way.since + REMEMBERED:
        ctx.tx.replans.go_on(ctx.now - 2 * REMEMBERED, "")
    else:
        ctx.tx.replans.end()
    return False


def _replan(ctx: Context, handoff: Handoff) -> Handoff:
    """Set the clock of an open round by the policy in force; told if its time is another."""
    if handoff.clock is not None and handoff.clock.policy == ctx.policy_number:
        return handoff
    after = clocks.replanned(ctx, handoff)
    moved = (after.due_at, after.priority) != (handoff.due_at, handoff.priority)
    if moved:
        ctx.tx.handoffs.save(after)
        ctx.record(_told(after, policy=ctx.policy_number))
    else:
        with ctx.tx.off_record():
            ctx.tx.handoffs.save(after)
    return after


def _told(handoff: Handoff, *, policy: int) -> Event:
    return with_codes((told(handoff, Type.HANDOFF_REPLANNED),), policy=policy)[0]
