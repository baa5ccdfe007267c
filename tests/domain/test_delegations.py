from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from signoff.domain.actors import Absent, Caller, Role
from signoff.domain.asks import Ask
from signoff.domain.decisions import Terms, review
from signoff.domain.delegations import (
    Delegation,
    came_back,
    delegate,
    delegates_of,
    stood_in_for,
)
from signoff.domain.errors import Code, Conflict, Forbidden, Invalid, Refusal
from signoff.domain.events import Type
from signoff.domain.handoffs import State, Step, Verdict
from signoff.domain.ids import DAY, ActorId, Instant
from signoff.domain.outcomes import Result
from signoff.domain.reviewers import may_review, on_behalf_of, steps_of, take
from tests.domain.people import (
    ADA,
    BOB,
    CAROL,
    LATER,
    NOW,
    RED,
    SCRIBE,
    in_review,
    person,
    submission,
)

APPROVE = Ask(verdict=Verdict.APPROVE, digest=RED, round=1)
CHANGES = Ask(verdict=Verdict.REQUEST_CHANGES, digest=RED, round=1, reason="Add totals.")
PEOPLE = ("ada", "bob", "carol", "dan")


def away(who: str, to: str, *, start: int = 0, days: int = 7) -> Delegation:
    return Delegation(
        person=ActorId(who),
        to=ActorId(to),
        from_at=Instant(NOW + start * DAY),
        until=Instant(NOW + (start + days) * DAY),
    )


def standing_in(caller: Caller, *people: str, groups: tuple[str, ...] = ()) -> Caller:
    absent = tuple(Absent(person=ActorId(one), groups=frozenset(groups)) for one in people)
    return replace(caller, stands_in_for=absent)


def decide(handoff: Any, ask: Ask = APPROVE, *, caller: Caller, **more: Any) -> Any:
    terms = more.pop("terms", Terms())
    return review(handoff, ask, caller=caller, terms=terms, now=LATER, **more)


BOB_FOR_ADA = standing_in(BOB, "ada")


def test_a_delegation_holds_from_its_beginning_until_its_end_and_no_longer():
    gone = away("ada", "bob", start=1, days=2)

    held = [gone.holds(Instant(NOW + days * DAY)) for days in (0, 1, 2, 3)]

    assert held == [False, True, True, False]


def test_going_away_is_told_with_times_and_ids_and_nothing_personal_in_its_codes():
    event = delegate(
        replace(away("ada", "bob"), note=" At the sea. "), can_review=True, now=NOW
    )

    assert (event.type, event.subject, event.reason) == (Type.AWAY_SET, "ada", "At the sea.")
    assert event.codes == {"to": "bob", "from": NOW, "until": NOW + 7 * DAY}
    assert came_back(away("ada", "bob")).type is Type.AWAY_ENDED


@pytest.mark.parametrize(
    ("gone", "can_review", "kind", "code"),
    [
        (away("ada", "ada"), True, Invalid, Code.INVALID),
        (away("ada", "bob"), False, Conflict, Code.CANNOT_REVIEW),
        (away("ada", "bob", start=-9, days=9), True, Invalid, Code.INVALID),
        (away("ada", "bob", start=2, days=0), True, Invalid, Code.INVALID),
        (away("ada", "bob", days=400), True, Invalid, Code.INVALID),
    ],
)
def test_what_makes_no_sense_is_refused(gone, can_review, kind, code):
    with pytest.raises(kind) as info:
        delegate(gone, can_review=can_review, now=NOW)

    assert info.value.code is code


def test_a_chain_is_followed_once_and_a_circle_ends():
    chain = [away("ada", "bob"), away("bob", "carol"), away("carol", "dan")]
    circle = [away("ada", "bob"), away("bob", "ada")]

    assert delegates_of(chain, ActorId("ada"), now=NOW) == ("bob", "carol")
    assert delegates_of(circle, ActorId("ada"), now=NOW) == ("bob",)
    assert stood_in_for(chain, ActorId("carol"), now=NOW) == ("ada", "bob")


delegations = st.dictionaries(
    st.sampled_from(PEOPLE),
    st.tuples(st.sampled_from(PEOPLE), st.integers(-3, 3), st.integers(0, 5)),
).map(
    lambda made: [
        away(who, to, start=start, days=days)
        for who, (to, start, days) in made.items()
        if who != to
    ]
)


@given(delegations, st.sampled_from(PEOPLE), st.sampled_from(PEOPLE))
def test_to_have_a_delegate_and_to_stand_in_are_one_thing_seen_from_two_sides(made, one, other):
    forward = other in delegates_of(made, ActorId(one), now=NOW)
    back = one in stood_in_for(made, ActorId(other), now=NOW)

    assert forward == back


@given(delegations, st.sampled_from(PEOPLE))
def test_nobody_stands_in_for_themselves_and_at_most_two_for_anybody(made, one):
    found = delegates_of(made, ActorId(one), now=NOW)

    assert one not in found
    assert len(found) == len(set(found)) <= 2


@given(delegations, st.sampled_from(PEOPLE))
def test_when_all_is_over_nobody_stands_in_for_anybody(made, one):
    over = Instant(NOW + 9 * DAY)

    assert delegates_of(made, ActorId(one), now=over) == ()
    assert stood_in_for(made, ActorId(one), now=over) == ()


# What it gives to whom.


def test_what_asks_one_who_is_away_is_decided_for_them_and_says_so():
    handoff = in_review(submission(reviewers=("ada",)))

    outcome = decide(handoff, caller=BOB_FOR_ADA)

    (event,) = outcome.events
    assert outcome.handoff.state is State.APPROVED
    assert (outcome.decision.by, outcome.decision.on_behalf_of) == ("bob", "ada")
    assert outcome.reviews[0].on_behalf_of == "ada"
    assert event.codes["on_behalf_of"] == "ada"


def test_what_asks_a_group_of_theirs_asks_who_stands_in_as_well():
    handoff = in_review(submission(reviewers=("group:legal",)))

    assert may_review(handoff, standing_in(BOB, "ada", groups=("legal",)))
    assert not may_review(handoff, BOB_FOR_ADA)


def test_who_was_asked_themselves_decides_for_themselves():
    handoff = in_review(submission(reviewers=("ada", "bob")))

    outcome = decide(handoff, caller=BOB_FOR_ADA)

    assert outcome.decision.on_behalf_of is None
    assert "on_behalf_of" not in outcome.events[0].codes


def test_a_manager_who_stands_in_is_recorded_as_standing_in():
    handoff = in_review(submission(reviewers=("ada",)))

    outcome = decide(handoff, caller=standing_in(CAROL, "ada"))

    assert outcome.decision.on_behalf_of == "ada"


def test_one_person_is_one_vote_however_many_they_stand_in_for():
    handoff = in_review(submission(reviewers=("ada", "carol"), required=2))
    caller = standing_in(BOB, "ada", "carol")

    first = decide(handoff, caller=caller)
    again = decide(first.handoff, caller=caller)

    assert (first.result, again.result) == (Result.COUNTED, Result.COUNTED)
    assert len(again.handoff.reviews) == 1


@pytest.mark.parametrize("role", [Role.CONTRIBUTOR, Role.READER, None])
def test_to_stand_in_gives_nobody_a_right_to_review_that_they_have_not(role):
    handoff = in_review(submission(reviewers=("ada",)))

    with pytest.raises(Forbidden) as info:
        decide(handoff, caller=standing_in(person("bob", role), "ada"))

    assert info.value.code is Code.NOT_A_REVIEWER


def test_nobody_reviews_for_a_person_what_that_person_submitted():
    handoff = in_review(submission(reviewers=("ada",)), by=ADA)

    with pytest.raises(Forbidden):
        decide(handoff, caller=BOB_FOR_ADA)


@pytest.mark.parametrize(
    ("four_eyes", "authors"), [("on", frozenset()), ("edits", frozenset({ActorId("carol")}))]
)
def test_other_eyes_are_not_those_of_one_who_stands_in_for_the_same_pair(four_eyes, authors):
    """Ada owns the agent; Carol wrote a version in it: neither may approve, nor for them Bob."""
    whose = "ada" if four_eyes == "on" else "carol"
    handoff = in_review(submission(reviewers=(whose,)), by=SCRIBE)
    caller, terms = standing_in(BOB, whose), Terms(four_eyes=four_eyes)

    with pytest.raises(Forbidden) as info:
        decide(handoff, caller=caller, terms=terms, authors=authors)
    sent_back = decide(handoff, CHANGES, caller=caller, terms=terms, authors=authors)

    assert info.value.code is Code.OWN_WORK
    assert sent_back.decision.on_behalf_of == whose


def test_a_step_that_is_somebody_elses_is_not_reached_by_standing_in_for_the_owner():
    handoff = replace(
        in_review(submission(), by=SCRIBE),
        steps=(Step(reviewers=("bob",)), Step(reviewers=("ada",))),
        reviewers=("bob", "ada"),
        required=2,
    )
    terms = Terms(four_eyes="on")

    first = decide(handoff, caller=BOB_FOR_ADA, terms=terms)
    again = decide(first.handoff, caller=BOB_FOR_ADA, terms=terms)

    assert (first.result, again.result) == (Result.COUNTED, Result.COUNTED)
    assert again.handoff.state is State.IN_REVIEW


def test_what_an_absent_one_had_taken_who_stands_in_takes_over():
    handoff = replace(in_review(submission(reviewers=("ada",))), taken_by=ActorId("ada"))

    taken, event = take(handoff, caller=BOB_FOR_ADA)
    with pytest.raises(Refusal):
        take(replace(handoff, reviewers=("ada", "carol")), caller=person("carol"))

    assert (taken.taken_by, event.type) == ("bob", Type.HANDOFF_TAKEN)


names = st.lists(st.sampled_from((*PEOPLE, "group:legal")), min_size=1, max_size=3, unique=True)


@given(
    asked=names,
    for_=st.lists(st.sampled_from(PEOPLE), unique=True),
    groups=st.sampled_from([(), ("legal",)]),
    by=st.sampled_from([ADA, SCRIBE]),
)
def test_standing_in_only_adds_and_never_for_ones_own_work(asked, for_, groups, by):
    handoff = in_review(submission(reviewers=tuple(asked)), by=by)
    caller = standing_in(BOB, *for_, groups=groups)
    (step,) = steps_of(handoff)

    whose = on_behalf_of(handoff, step, caller)

    assert may_review(handoff, caller) or not may_review(handoff, BOB)
    assert whose is None or (whose in for_ and whose != handoff.submitted_by)
    assert (whose is not None) == (may_review(handoff, caller) and not may_review(handoff, BOB))
