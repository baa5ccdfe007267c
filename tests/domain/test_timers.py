"""What happens by itself: planned, done once, in order, and never an approval."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from msgspec.structs import replace

from signoff.domain import routing, timers
from signoff.domain.actors import CredentialKind, Role
from signoff.domain.actors import Kind as ActorKind
from signoff.domain.asks import Ask
from signoff.domain.calendars import WorkingHours
from signoff.domain.clocks import OnTimeout
from signoff.domain.decisions import Terms, review
from signoff.domain.errors import Refusal
from signoff.domain.events import Type
from signoff.domain.facts import Facts
from signoff.domain.handoffs import Handoff, State, Step, Verdict
from signoff.domain.ids import DAY, HOUR, MINUTE, Instant
from signoff.domain.outcomes import time_out
from signoff.domain.policies import Every, Policy, Rule
from signoff.domain.reviewers import raise_
from signoff.domain.rounds import recall, withdraw
from signoff.domain.sidecars import Sidecar
from signoff.domain.timers import What, due_timer, next_timer, replanned
from tests.domain.people import ADA, BOB, CAROL, NOW, SCRIBE, in_review, person

OFFICE = WorkingHours(zone="Europe/Berlin")


def planned(policy: Policy, *, number: int = 1, since: Instant = NOW, context=None) -> Handoff:
    """Return a handoff in review with the clock that a policy gives it."""
    context = context or Sidecar()
    demanded = routing.route(policy, Facts(path="report.pdf"), sidecar=context)
    own = routing.policy_due_at(policy, demanded, since=since)
    due_at = routing.earlier(own, context, since=since)
    clock = timers.plan(policy, demanded, number=number, since=since, due_at=due_at)
    return replace(
        in_review(),
        opened_at=since,
        context=context,
        due_at=due_at,
        clock=clock,
        reviewers=demanded.reviewers,
        required=demanded.required,
        steps=demanded.steps,
    )


def did(handoff: Handoff, now: int) -> tuple[Handoff, list[What]]:
    """Do all for which it is time, as the worker does, and return what it was."""
    done = []
    while timer := due_timer(handoff, Instant(now)):
        done.append(timer.what)
        handoff = one(handoff, timer.what, Instant(now))
    return handoff, done


def one(handoff: Handoff, what: What, now: Instant) -> Handoff:
    clock = handoff.clock
    assert clock is not None
    match what:
        case What.REMIND:
            return timers.remind(handoff, now=now)[0]
        case What.RAISE:
            marked = replace(handoff, clock=replace(clock, raised=True))
            return raise_(marked, to=clock.raise_to or "", reason="late")[0]
        case What.REASSIGN:
            return timers.reassign(handoff, to=clock.reassign_to)[0]
        case What.REJECT:
            return time_out(handoff, reason=timers.REJECTED, now=now).handoff


FULL = Policy(
    due_in="10h",
    reminders=("4h before", "when due", "1h after"),
    raise_to="carol",
    on_timeout=OnTimeout.REJECT,
    timeout_after="5h",
)


def test_what_is_planned_happens_in_its_order():
    handoff = planned(FULL)
    story = []

    for hour in range(20):
        handoff, done = did(handoff, NOW + hour * HOUR)
        story += [(hour, what) for what in done]

    assert story == [
        (6, What.REMIND),
        (10, What.REMIND),
        (10, What.RAISE),
        (11, What.REMIND),
        (15, What.REJECT),
    ]
    assert handoff.state is State.REJECTED
    assert handoff.decision is not None
    assert (handoff.decision.by_kind, handoff.decision.reason) == (
        ActorKind.SYSTEM,
        timers.REJECTED,
    )


def test_what_was_missed_is_done_once():
    """Two weeks without a server: one reminder for all, then it is raised."""
    waiting = replace(FULL, on_timeout=OnTimeout.WAIT, timeout_after=None)
    handoff, done = did(planned(waiting), NOW + 14 * DAY)

    assert done == [What.REMIND, What.RAISE]
    assert handoff.clock is not None
    assert (handoff.clock.reminded, handoff.clock.passed) == (1, 3)


def test_nobody_is_reminded_of_what_is_rejected_the_moment_after():
    assert did(planned(FULL), NOW + 14 * DAY)[1] == [What.REJECT]


def test_reminders_every_so_often_end_with_their_cap():
    handoff = planned(Policy(reminders=Every(every="1h", most=3)))
    sent = 0

    for minute in range(0, 24 * 60, 10):
        handoff, done = did(handoff, NOW + minute * MINUTE)
        sent += len(done)

    assert sent == 3
    assert next_timer(handoff) is None


def test_a_reminder_says_which_it_is_of_how_many_and_whom_it_is_for():
    handoff = planned(replace(FULL, reviewers=("ada", "group:legal")))

    after, event = timers.remind(handoff, now=Instant(NOW + 6 * HOUR))

    assert event.type is Type.HANDOFF_REMINDED
    assert (event.codes["number"], event.codes["of"], event.codes["late"]) == (1, 3, False)
    assert event.private == {"to": ["ada", "group:legal"]}
    assert after.clock is not None
    assert after.clock.reminded == 1


def test_reminded_is_who_took_it_or_who_has_not_approved_yet():
    steps = (Step(reviewers=("ada",)), Step(reviewers=("bob", "carol")))
    first = replace(planned(FULL), steps=steps, required=2)
    ask = Ask(verdict=Verdict.APPROVE, digest=first.digest, round=1)
    second = review(first, ask, caller=ADA, terms=Terms(), now=NOW).handoff

    assert timers.asked(first) == ("ada",)
    assert timers.asked(second) == ("bob", "carol")
    assert timers.asked(replace(second, taken_by=BOB.actor.id)) == ("bob",)
    assert timers.asked(replace(second, raised_to="dora")) == ("bob", "carol", "dora")


def test_reminders_come_in_working_hours_before_what_is_due():
    policy = Policy(due_in="1d", reminders=("4h before",), working_hours=OFFICE)
    friday_at_four = Instant(1_795_791_600_000_000)  # 2026-11-27 16:00 in Berlin

    handoff = planned(policy, since=friday_at_four)

    timer = next_timer(handoff)
    assert timer is not None
    assert handoff.due_at == friday_at_four + 3 * DAY
    assert timer.at == handoff.due_at - 4 * HOUR


def test_an_agent_that_asks_for_haste_brings_neither_rejection_nor_other_reviewers_nearer():
    soon = Sidecar(due_at="2027-01-15T08:00:01Z")
    handoff = planned(FULL, context=soon)
    assert handoff.clock is not None

    assert handoff.due_at == NOW + 1_000_000
    assert handoff.clock.raise_at == handoff.due_at
    assert handoff.clock.timeout_at == NOW + 15 * HOUR


def test_raise_on_timeout_waits_for_the_timeout():
    policy = Policy(
        due_in="1h", raise_to="carol", on_timeout=OnTimeout.RAISE, timeout_after="2h"
    )
    handoff = planned(policy)

    assert did(handoff, NOW + 2 * HOUR)[1] == []
    assert did(handoff, NOW + 3 * HOUR)[1] == [What.RAISE]


def test_remind_on_timeout_is_one_reminder_more():
    policy = Policy(
        due_in="1h", on_timeout=OnTimeout.REMIND, timeout_after="2h", reminders=("when due",)
    )
    handoff, first = did(planned(policy), NOW + HOUR)
    handoff, second = did(handoff, NOW + 3 * HOUR)

    assert (first, second) == ([What.REMIND], [What.REMIND])
    assert next_timer(handoff) is None


def test_reassigning_keeps_what_was_said_and_how_many_must():
    policy = Policy(
        due_in="1h",
        reviewers=("ada", "bob"),
        required=2,
        on_timeout=OnTimeout.REASSIGN,
        reassign_to=("group:leads",),
    )
    before = planned(policy)
    ask = Ask(verdict=Verdict.APPROVE, digest=before.digest, round=1)
    before = review(before, ask, caller=ADA, terms=Terms(), now=NOW).handoff

    after, done = did(replace(before, taken_by=BOB.actor.id), NOW + DAY)

    assert done == [What.REASSIGN]
    assert (after.reviewers, after.required, after.taken_by) == (("group:leads",), 2, None)
    lead = person("eve", groups=("leads",))
    outcome = review(after, ask, caller=lead, terms=Terms(), now=NOW)
    assert outcome.handoff.state is State.APPROVED


def test_reassigning_an_ordered_step_leaves_the_others():
    policy = Policy(due_in="1h", on_timeout=OnTimeout.REASSIGN, reassign_to=("eve",))
    steps = (Step(reviewers=("ada",)), Step(reviewers=("bob",)))
    handoff = replace(planned(policy), steps=steps, required=2, reviewers=("ada", "bob"))

    after, _ = did(handoff, NOW + DAY)

    assert after.steps == (Step(reviewers=("eve",)), Step(reviewers=("bob",)))
    assert after.reviewers == ("eve", "bob")


@pytest.mark.parametrize("state", [state for state in State if state is not State.IN_REVIEW])
def test_what_is_settled_has_no_timer(state):
    settled = replace(planned(FULL), state=state)

    assert next_timer(settled) is None
    assert due_timer(settled, Instant(NOW + DAY)) is None


# Another policy.


def again(handoff: Handoff, policy: Policy, now: int) -> Handoff:
    clocks = [
        planned(policy, number=2, since=since, context=handoff.context).clock
        for since in (handoff.opened_at, Instant(now))
    ]
    assert clocks[0] is not None
    assert clocks[1] is not None
    clock = replanned(handoff, clocks[0], again=clocks[1], now=Instant(now))
    due_at = routing.earlier(clock.due_at, handoff.context, since=handoff.opened_at)
    return replace(handoff, clock=clock, due_at=due_at)


def test_a_longer_time_holds_from_the_opening_on():
    handoff = again(planned(FULL), replace(FULL, due_in="20h"), NOW + 5 * HOUR)

    assert handoff.due_at == NOW + 20 * HOUR
    assert did(handoff, NOW + 15 * HOUR)[1] == []


def test_a_shorter_time_makes_nothing_late_at_once():
    handoff = again(planned(FULL), replace(FULL, due_in="2h"), NOW + 5 * HOUR)

    assert handoff.due_at == NOW + 7 * HOUR
    assert did(handoff, NOW + 5 * HOUR)[1] == []


def test_a_rejection_that_is_new_gives_everybody_the_whole_time():
    old = replace(FULL, on_timeout=OnTimeout.WAIT, timeout_after=None)
    late, _ = did(planned(old), NOW + 5 * DAY)

    handoff = again(late, FULL, NOW + 5 * DAY)

    assert handoff.due_at == late.due_at
    assert did(handoff, NOW + 5 * DAY)[1] == []
    assert did(handoff, NOW + 5 * DAY + 15 * HOUR)[1] == [What.REJECT]


def test_what_was_done_is_not_done_again_by_another_policy():
    old = replace(FULL, on_timeout=OnTimeout.WAIT, timeout_after=None)
    late, done = did(planned(old), NOW + DAY)

    handoff = again(late, replace(old, priority=5), NOW + DAY)

    assert What.RAISE in done
    assert did(handoff, NOW + 2 * DAY)[1] == []


def test_a_policy_without_a_time_stops_the_clock():
    assert next_timer(again(planned(FULL), Policy(), NOW + HOUR)) is None


# All of it, in whatever order.

TIMES = st.sampled_from(["30m", "2h", "1d", "3d"])
POLICIES = st.builds(
    Policy,
    required=st.integers(1, 3),
    due_in=TIMES,
    reminders=st.sampled_from(
        [(), ("1h before", "when due", "1h after"), Every(every="1h", most=4)]
    ),
    raise_to=st.sampled_from([None, "carol"]),
    timeout_after=st.none() | TIMES,
    working_hours=st.sampled_from([None, OFFICE]),
    rules=st.sampled_from([(), (Rule(confidence_below=0.9, required=2),)]),
).flatmap(
    lambda policy: st.sampled_from(
        [
            replace(policy, on_timeout=OnTimeout.WAIT),
            replace(policy, on_timeout=OnTimeout.REMIND),
            replace(policy, on_timeout=OnTimeout.REJECT),
            replace(policy, on_timeout=OnTimeout.REASSIGN, reassign_to=("group:leads", "bob")),
        ]
    )
)
PEOPLE = (ADA, BOB, CAROL, person("eve", groups=("leads",)))
BY_DRIVE = person("bob", kind=CredentialKind.APP_PASSWORD, decides=False)
CALLERS = (*PEOPLE, SCRIBE, BY_DRIVE, person("rita", Role.READER))


class Reviewing(RuleBasedStateMachine):
    """One handoff, people who do what they like, policies that change, and time."""

    def __init__(self) -> None:
        super().__init__()
        self.policy = Policy()
        self.number = 1
        self.now = NOW
        self.handoff = planned(self.policy)
        self.reminded = 0
        self.caps = [0]
        self.approvers: list[ActorKind] = []

    def cap(self) -> None:
        self.caps.append(self.handoff.clock.most if self.handoff.clock else 0)

    @rule(policy=POLICIES)
    def set_policy(self, policy: Policy) -> None:
        self.policy, self.number = policy, self.number + 1
        if self.handoff.state is State.IN_REVIEW:
            before = self.handoff
            self.handoff = again(self.handoff, policy, self.now)
            self.cap()
            late = before.due_at is not None and before.due_at <= self.now
            assert late or self.handoff.due_at is None or self.handoff.due_at > self.now
            rejects = due_timer(self.handoff, self.now)
            was = due_timer(before, self.now)
            assert rejects is None or rejects.what is not What.REJECT or was is not None

    @rule(hours=st.integers(0, 200))
    def wait(self, hours: int) -> None:
        self.now = Instant(self.now + hours * HOUR)
        self.tick()

    def tick(self) -> None:
        before = self.handoff
        self.handoff, done = did(self.handoff, self.now)
        self.reminded += done.count(What.REMIND)
        assert done.count(What.REMIND) <= 1
        assert len(done) == len(set(done))
        assert self.handoff.state in (before.state, State.REJECTED)
        assert self.handoff.reviews == before.reviews

    @rule(caller=st.sampled_from(CALLERS), verdict=st.sampled_from(Verdict))
    def decide(self, caller, verdict) -> None:
        ask = Ask(
            verdict=verdict,
            digest=self.handoff.digest,
            round=self.handoff.round,
            reason="So.",
        )
        try:
            outcome = review(self.handoff, ask, caller=caller, terms=Terms(), now=self.now)
        except Refusal:
            return
        if outcome.handoff.state is State.APPROVED is not self.handoff.state:
            self.approvers.append(caller.actor.kind)
        self.handoff = outcome.handoff

    @precondition(lambda self: self.handoff.state is State.IN_REVIEW)
    @rule()
    def withdraw(self) -> None:
        self.handoff, _ = withdraw(self.handoff, caller=SCRIBE)

    @precondition(lambda self: self.handoff.state in (State.APPROVED, State.REJECTED))
    @rule()
    def recall(self) -> None:
        recalled, _ = recall(
            self.handoff,
            caller=CAROL,
            reason="Again",
            claimed=False,
            digest=self.handoff.digest,
            now=self.now,
        )
        assert recalled.clock is None
        fresh = planned(self.policy, number=self.number, since=self.now)
        self.handoff = replace(recalled, clock=fresh.clock, due_at=fresh.due_at)
        self.reminded, self.caps = 0, []
        self.cap()

    @invariant()
    def nothing_but_a_person_approves(self) -> None:
        assert set(self.approvers) <= {ActorKind.PERSON}
        if self.handoff.state is State.APPROVED:
            assert self.handoff.decision is not None
            assert self.handoff.decision.by_kind is ActorKind.PERSON

    @invariant()
    def at_least_one_must_approve(self) -> None:
        assert self.handoff.required >= 1
        assert all(step.required >= 1 for step in self.handoff.steps)

    @invariant()
    def reminders_keep_to_their_cap(self) -> None:
        assert self.reminded <= max(self.caps)
        if self.handoff.clock is not None:
            assert self.handoff.clock.reminded == self.reminded

    @invariant()
    def what_is_settled_has_no_timer(self) -> None:
        if self.handoff.state is not State.IN_REVIEW:
            assert next_timer(self.handoff) is None


TestReviewing = Reviewing.TestCase
TestReviewing.settings = settings(max_examples=100, stateful_step_count=30, deadline=None)
