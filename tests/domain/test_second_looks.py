"""Second looks: a sample that can be checked, other eyes, and nothing undone."""

import pytest
from msgspec.structs import replace

from signoff.domain.actors import Role
from signoff.domain.errors import Code, Conflict, Forbidden, Invalid
from signoff.domain.events import Type
from signoff.domain.handoffs import Decision, State, Verdict
from signoff.domain.ids import HandoffId
from signoff.domain.second_looks import Opinion, Standing, ask, give, given, may_give, sampled
from tests.domain.people import (
    ADA,
    BLUE,
    BOB,
    CAROL,
    DAN,
    LATER,
    NOW,
    RED,
    SCRIBE,
    in_review,
    person,
)

APPROVED = replace(
    in_review(),
    state=State.APPROVED,
    decision=Decision(verdict=Verdict.APPROVE, by=BOB.actor.id, at=NOW, round=1, digest=RED),
)


def look(*reviewers: str, raise_to: str | None = None):
    assert APPROVED.decision is not None
    return ask(
        APPROVED,
        APPROVED.decision,
        approved_by=(BOB.actor.id,),
        policy=3,
        share=0.5,
        reviewers=reviewers,
        raise_to=raise_to,
    )[0]


def gave(one, caller, opinion=Opinion.AGREE, *, digest=RED, reason=""):
    return give(one, opinion, caller=caller, digest=digest, reason=reason, now=LATER)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 1.0])
def test_the_sample_is_as_large_as_the_share(share):
    found = sum(sampled(HandoffId(f"ho_{n}"), policy=1, share=share) for n in range(10_000))

    assert abs(found - share * 10_000) <= 200


def test_anybody_can_check_the_sample_again():
    """`printf 'ho_1 7' | sha256sum` begins with 4638a6df: 0.2743 of all that may be."""
    assert sampled(HandoffId("ho_1"), policy=7, share=0.2744)
    assert not sampled(HandoffId("ho_1"), policy=7, share=0.2742)


def test_another_policy_draws_another_sample():
    drawn = [sampled(HandoffId("ho_1"), policy=n, share=0.5) for n in range(64)]

    assert set(drawn) == {True, False}


def test_who_approved_submitted_or_owns_the_agent_has_no_other_eyes():
    one = look()

    assert not may_give(one, BOB)
    assert not may_give(one, ADA)  # owns the agent
    assert not may_give(one, SCRIBE)
    assert may_give(one, CAROL)
    assert may_give(one, person("eve"))
    assert not may_give(one, DAN)


def test_those_who_are_named_are_asked_and_managers_may():
    one = look("group:audit", "eve")

    assert may_give(one, person("eve"))
    assert may_give(one, person("fay", groups=("audit",)))
    assert may_give(one, CAROL)
    assert not may_give(one, person("gus"))


def test_an_agent_gives_no_second_look():
    with pytest.raises(Forbidden) as refused:
        gave(look(), SCRIBE)

    assert refused.value.code is Code.AGENT_CANNOT_DECIDE


def test_to_agree_needs_no_reason_and_to_disagree_does():
    assert gave(look(), CAROL).standing is Standing.AGREED
    with pytest.raises(Invalid):
        gave(look(), CAROL, Opinion.DISAGREE, reason=" ")

    seen = gave(look(), CAROL, Opinion.DISAGREE, reason="The sum is wrong")

    assert (seen.standing, seen.by, seen.at) == (Standing.DISAGREED, CAROL.actor.id, LATER)


def test_it_is_given_once():
    seen = gave(look(), CAROL)

    assert gave(seen, CAROL) is None
    for caller, opinion in ((CAROL, Opinion.DISAGREE), (person("eve"), Opinion.AGREE)):
        with pytest.raises(Conflict) as refused:
            gave(seen, caller, opinion, reason="No")
        assert refused.value.code is Code.ALREADY_DECIDED


def test_it_is_of_the_bytes_that_were_approved():
    with pytest.raises(Conflict) as refused:
        gave(look(), CAROL, digest=BLUE)

    assert refused.value.code is Code.DIGEST_MISMATCH


def test_who_disagrees_has_it_raised_and_nothing_is_undone():
    seen = gave(look(raise_to="carol"), person("eve"), Opinion.DISAGREE, reason="Wrong")

    told, raised = given(APPROVED, seen)

    assert (told.type, told.codes["opinion"]) == (Type.HANDOFF_SECOND_LOOK_GIVEN, "disagree")
    assert (raised.type, raised.private["to"]) == (Type.HANDOFF_RAISED, "carol")
    assert {event.codes["state"] for event in (told, raised)} == {"approved"}


def test_a_disagreement_that_names_nobody_goes_to_the_managers():
    seen = gave(look(), CAROL, Opinion.DISAGREE, reason="Wrong")

    assert given(APPROVED, seen)[1].private["to"] == "role:manager"


def test_who_agrees_raises_nothing():
    assert [e.type for e in given(APPROVED, gave(look(), CAROL))] == [
        Type.HANDOFF_SECOND_LOOK_GIVEN
    ]


def test_a_reader_of_the_workspace_gives_none():
    assert not may_give(look(), person("rita", Role.READER))
