from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from signoff.domain.actors import Caller
from signoff.domain.errors import Code, Conflict, Forbidden, Refusal
from signoff.domain.events import Type
from signoff.domain.handoffs import Handoff, Review, State, Step, Verdict
from signoff.domain.ids import ActorId, CredentialId
from signoff.domain.reassignments import Wish, asked_now, reassign, whose_review
from signoff.domain.reviewers import steps_of
from tests.domain.people import ADA, BOB, CAROL, DAN, LATER, RED, in_review, person, submission

ABLE = {
    "ada": {"ada"},
    "bob": {"bob"},
    "carol": {"carol"},
    "eve": {"eve"},
    "dan": set(),
    "group:legal": {"bob", "eve"},
    "group:empty": set(),
}
LEGAL_BOB = person("bob", groups=("legal",))


def able(said: Mapping[str, set[str]] = ABLE) -> dict[str, frozenset[ActorId]]:
    return {name: frozenset(map(ActorId, people)) for name, people in said.items()}


def hand(handoff: Handoff, whose: str, to: str, *, caller: Caller = ADA, note: str = "") -> Any:
    return reassign(handoff, Wish(whose=whose, to=to, able=able(), note=note), caller=caller)


def asking(*reviewers: str, required: int = 1) -> Handoff:
    return in_review(submission(reviewers=reviewers, required=required))


def in_steps(*steps: Step) -> Handoff:
    named = tuple(dict.fromkeys(name for step in steps for name in step.reviewers))
    required = sum(step.required for step in steps)
    return replace(asking(), steps=steps, reviewers=named, required=required)


def approved_by(handoff: Handoff, who: str, step: int = 0) -> Handoff:
    given_ = Review(
        by=ActorId(who),
        credential=CredentialId("s"),
        verdict=Verdict.APPROVE,
        digest=RED,
        round=1,
        at=LATER,
        step=step,
    )
    return replace(handoff, reviews=(*handoff.reviews, given_))


def test_a_person_hands_on_what_they_were_asked_by_name():
    after, event = hand(asking("ada", "carol"), "ada", "bob", note=" You know them. ")

    assert (after.reviewers, after.required) == (("bob", "carol"), 1)
    assert (event.type, event.reason) == (Type.HANDOFF_REASSIGNED, "You know them.")
    assert event.private == {"from": "ada", "to": "bob"}
    assert event.subject is None


def test_it_is_handed_to_a_group_too():
    after, _ = hand(asking("ada"), "ada", "group:legal")

    assert after.reviewers == ("group:legal",)


def test_what_one_had_taken_goes_along_to_a_person_and_is_free_for_a_group():
    taken = replace(asking("ada"), taken_by=ActorId("ada"))

    to_bob, _ = hand(taken, "ada", "bob")
    to_legal, _ = hand(taken, "ada", "group:legal")

    assert (to_bob.taken_by, to_legal.taken_by) == ("bob", None)


def test_a_member_brings_somebody_in_beside_their_group_and_takes_it_from_nobody():
    handoff = asking("group:legal", required=2)

    after, _ = hand(handoff, "group:legal", "ada", caller=LEGAL_BOB)

    assert after.reviewers == ("group:legal", "ada")


def test_a_manager_hands_on_anybodys():
    after, _ = hand(asking("group:legal"), "group:legal", "ada", caller=CAROL)

    assert after.reviewers == ("ada",)


@pytest.mark.parametrize("caller", [BOB, LEGAL_BOB])
def test_nobody_else_drops_whom_the_policy_names(caller):
    with pytest.raises(Forbidden) as info:
        hand(asking("ada", "bob"), "ada", "eve", caller=caller)

    assert info.value.code is Code.NOT_A_REVIEWER


def test_who_is_no_reviewer_of_it_hands_on_nothing():
    with pytest.raises(Forbidden):
        hand(asking("ada"), "dan", "bob", caller=DAN)


@pytest.mark.parametrize(
    ("to", "code"),
    [
        ("dan", Code.CANNOT_REVIEW),
        ("group:empty", Code.CANNOT_REVIEW),
        ("carol", Code.CONFLICT),
        ("ada", Code.CONFLICT),
    ],
)
def test_to_whom_it_cannot_go_it_does_not(to, code):
    with pytest.raises(Conflict) as info:
        hand(asking("ada", "carol"), "ada", to)

    assert info.value.code is code


def test_no_fewer_people_are_left_than_must_approve():
    handoff = asking("group:legal", required=2)

    with pytest.raises(Conflict) as info:
        hand(handoff, "group:legal", "ada", caller=CAROL)

    assert info.value.code is Code.CANNOT_REVIEW


def test_only_the_steps_that_are_not_over_are_handed_on():
    handoff = in_steps(
        Step(reviewers=("ada", "eve")), Step(reviewers=("ada",)), Step(reviewers=("carol",))
    )

    after, _ = hand(approved_by(handoff, "eve"), "ada", "bob")

    assert [step.reviewers for step in after.steps] == [("ada", "eve"), ("bob",), ("carol",)]
    assert after.reviewers == ("ada", "eve", "bob", "carol")


def test_who_has_said_what_they_think_has_nothing_to_hand_on():
    with pytest.raises(Conflict) as info:
        hand(approved_by(asking("ada", "eve", required=2), "ada"), "ada", "bob")

    assert info.value.code is Code.WRONG_STATE


def test_to_whom_it_was_raised_hands_it_on():
    raised = replace(asking("carol"), raised_to="ada")

    after, _ = hand(raised, "ada", "bob")

    assert (after.reviewers, after.raised_to) == (("carol",), "bob")


def test_where_anybody_may_a_person_has_it_then_and_a_group_is_asked():
    to_bob, _ = hand(asking(), "ada", "bob")
    to_legal, _ = hand(asking(required=2), "ada", "group:legal")

    assert (to_bob.reviewers, to_bob.taken_by) == ((), "bob")
    assert (to_legal.reviewers, to_legal.required) == (("group:legal",), 2)


def test_a_group_that_is_too_small_is_not_asked_alone():
    with pytest.raises(Conflict) as info:
        hand(asking(required=3), "ada", "group:legal")

    assert info.value.code is Code.CANNOT_REVIEW


def test_what_another_one_has_taken_is_not_handed_on_by_the_way():
    taken = replace(asking(), taken_by=ActorId("eve"))

    with pytest.raises(Conflict):
        hand(taken, "ada", "bob")


def test_what_is_decided_is_handed_to_nobody():
    with pytest.raises(Conflict) as info:
        hand(replace(asking("ada"), state=State.APPROVED), "ada", "bob")

    assert info.value.code is Code.WRONG_STATE


@pytest.mark.parametrize(
    ("handoff", "caller", "whose"),
    [
        (asking("ada", "eve"), ADA, "ada"),
        (asking("group:legal", "ada"), LEGAL_BOB, "group:legal"),
        (asking(), ADA, "ada"),
        (asking("eve"), CAROL, "eve"),
    ],
)
def test_whose_review_it_is_need_not_be_said_where_it_is_plain(handoff, caller, whose):
    assert whose_review(handoff, caller) == whose


def test_a_manager_says_whose_review_it_is_where_several_are_asked():
    with pytest.raises(Conflict) as info:
        whose_review(asking("ada", "eve"), CAROL)

    assert info.value.facts["reviewers"] == ["ada", "eve"]


NAMES = ("ada", "bob", "carol", "eve", "dan", "group:legal")
steps = st.lists(
    st.builds(
        Step,
        reviewers=st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True).map(
            tuple
        ),
        required=st.integers(1, 2),
    ),
    min_size=1,
    max_size=3,
)


@given(
    steps=steps,
    whose=st.sampled_from(NAMES),
    to=st.sampled_from(NAMES),
    caller=st.sampled_from([ADA, LEGAL_BOB, CAROL, DAN, person("eve")]),
    reviewed=st.lists(st.sampled_from(["ada", "bob", "eve"]), max_size=2, unique=True),
)
def test_as_many_must_approve_as_before_and_nobody_is_dropped_by_another(
    steps, whose, to, caller, reviewed
):
    handoff = in_steps(*steps)
    for name in reviewed:
        handoff = approved_by(handoff, name)
    try:
        after, event = hand(handoff, whose, to, caller=caller)
    except Refusal:
        return

    manager = caller is CAROL
    was, now = steps_of(handoff), steps_of(after)
    assert [step.required for step in now] == [step.required for step in was]
    assert after.required == handoff.required
    assert (after.reviews, after.state) == (handoff.reviews, handoff.state)
    for before, step in zip(was, now, strict=True):
        gone = set(before.reviewers) - set(step.reviewers)
        assert gone <= {whose}
        assert not gone or manager or gone == {caller.actor.id}
        assert set(step.reviewers) - set(before.reviewers) <= {to}
        assert len(step.reviewers) >= len(before.reviewers)
    assert to in asked_now(after)
    assert event.type is Type.HANDOFF_REASSIGNED
