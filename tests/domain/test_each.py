"""Each must approve: a person themself, of a group somebody; nobody stands for two."""

import pytest
from msgspec.structs import replace

from signoff.domain.actors import Role
from signoff.domain.asks import Ask
from signoff.domain.decisions import Terms, review
from signoff.domain.handoffs import State, Step, Verdict
from tests.domain.people import LATER, in_review, person

LEGAL, FINANCE = ("legal",), ("finance",)
CAROL = person("carol", Role.MANAGER)


def state_after(named, *callers, required=None):
    step = Step(reviewers=named, required=required or len(named), each=True)
    handoff = replace(in_review(), steps=(step,), required=step.required)
    for caller in callers:
        ask = Ask(verdict=Verdict.APPROVE, digest=handoff.digest, round=1)
        outcome = review(handoff, ask, caller=caller, terms=Terms(), now=LATER)
        handoff = outcome.handoff
    return handoff.state


TWO_GROUPS = ("group:legal", "group:finance")


@pytest.mark.parametrize(
    ("callers", "state"),
    [
        ((person("a", groups=LEGAL),), State.IN_REVIEW),
        ((person("a", groups=LEGAL), person("b", groups=LEGAL)), State.IN_REVIEW),
        ((person("a", groups=LEGAL), person("b", groups=FINANCE)), State.APPROVED),
        ((person("a", groups=LEGAL + FINANCE),), State.IN_REVIEW),
        (
            (person("a", groups=LEGAL + FINANCE), person("b", groups=LEGAL)),
            State.APPROVED,
        ),
        ((person("a", groups=LEGAL), CAROL), State.APPROVED),
    ],
    ids=["one", "twice the same", "each", "one for both", "one of both", "a manager"],
)
def test_each_group_must_have_somebody(callers, state):
    assert state_after(TWO_GROUPS, *callers) is state


def test_each_person_must_themselves():
    ada, bob = person("ada"), person("bob")

    assert state_after(("ada", "bob"), ada) is State.IN_REVIEW
    assert state_after(("ada", "bob"), ada, bob) is State.APPROVED


def test_more_may_be_required_than_are_named():
    a, b = (person(each, groups=LEGAL) for each in "ab")

    assert state_after(("group:legal",), a, required=2) is State.IN_REVIEW
    assert state_after(("group:legal",), a, b, required=2) is State.APPROVED


def test_several_approvals_of_one_group_do_not_make_up_for_another():
    many = [person(each, groups=LEGAL) for each in "abcde"]

    assert state_after(TWO_GROUPS, *many) is State.IN_REVIEW
