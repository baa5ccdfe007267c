import pytest
from msgspec.structs import replace

from signoff.domain.errors import Code, Conflict, Forbidden, Invalid
from signoff.domain.events import Type
from signoff.domain.handoffs import (
    MOVES,
    STAGE_OF,
    Kind,
    State,
    Verdict,
    stands_rightly,
    verdicts_offered,
)
from signoff.domain.ids import HandoffId
from signoff.domain.reviewers import give_back, offer, raise_, take
from signoff.domain.rounds import edited, open_, recall, resubmit, withdraw
from signoff.domain.sidecars import Question, Sidecar
from signoff.domain.stages import Stage
from tests.domain.people import (
    ADA,
    BLUE,
    BOB,
    CAROL,
    CLERK,
    DAN,
    LATER,
    NOW,
    RED,
    SCRIBE,
    in_review,
    person,
    submission,
)


def in_state(state: State):
    return replace(in_review(), state=state)


def test_opening_puts_the_first_round_in_review():
    handoff, event = open_(submission(), id=HandoffId("ho_1"), by=SCRIBE.actor, now=NOW)

    assert (handoff.state, handoff.round, handoff.owner) == (State.IN_REVIEW, 1, "ada")
    assert (event.type, event.handoff, event.round, event.digest) == (
        Type.HANDOFF_OPENED,
        "ho_1",
        1,
        RED,
    )


def test_a_successor_inherits_the_round_and_names_the_one_before():
    handoff, _ = open_(
        submission(),
        id=HandoffId("ho_2"),
        by=SCRIBE.actor,
        now=NOW,
        round=3,
        previous=HandoffId("ho_1"),
    )

    assert (handoff.round, handoff.previous) == (3, "ho_1")


@pytest.mark.parametrize("state", [State.CHANGES_REQUESTED, State.ANSWERED])
def test_resubmitting_begins_the_next_round_without_the_old_reviews(state):
    sent_back = replace(in_state(state), offered=True, taken_by=ADA.actor.id)

    handoff, event = resubmit(
        sent_back,
        submission(kind=Kind.ESCALATION, digest=BLUE),
        by=CLERK.actor,
        now=LATER,
    )

    assert (handoff.id, handoff.round, handoff.kind) == ("ho_1", 2, Kind.ESCALATION)
    assert (handoff.digest, handoff.submitted_digest) == (BLUE, BLUE)
    assert (handoff.reviews, handoff.taken_by, handoff.offered) == ((), None, False)
    assert (handoff.submitted_by, handoff.owner) == ("clerk", "bob")
    assert (event.type, event.round) == (Type.HANDOFF_RESUBMITTED, 2)


@pytest.mark.parametrize(
    "state", [State.IN_REVIEW, State.APPROVED, State.REJECTED, State.WITHDRAWN]
)
def test_only_what_was_sent_back_can_be_resubmitted(state):
    with pytest.raises(Conflict) as no:
        resubmit(in_state(state), submission(), by=SCRIBE.actor, now=NOW)

    assert no.value.code is Code.WRONG_STATE


@pytest.mark.parametrize("caller", [SCRIBE, CAROL], ids=["submitter", "manager"])
def test_the_submitter_or_a_manager_withdraws(caller):
    handoff, event = withdraw(in_review(), caller=caller)

    assert (handoff.state, handoff.reviews) == (State.WITHDRAWN, ())
    assert event.type is Type.HANDOFF_WITHDRAWN


@pytest.mark.parametrize("caller", [CLERK, ADA, DAN], ids=["agent", "reviewer", "contributor"])
def test_nobody_else_withdraws(caller):
    with pytest.raises(Forbidden):
        withdraw(in_review(), caller=caller)


@pytest.mark.parametrize(
    ("state", "code"),
    [
        (State.APPROVED, Code.ALREADY_DECIDED),
        (State.CHANGES_REQUESTED, Code.ALREADY_DECIDED),
        (State.WITHDRAWN, Code.WRONG_STATE),
    ],
)
def test_what_is_decided_cannot_be_withdrawn(state, code):
    with pytest.raises(Conflict) as no:
        withdraw(in_state(state), caller=SCRIBE)

    assert no.value.code is code


@pytest.mark.parametrize(
    "state", [State.APPROVED, State.REJECTED, State.CHANGES_REQUESTED, State.ANSWERED]
)
def test_a_recall_is_the_next_round_of_the_same_handoff(state):
    handoff, event = recall(
        in_state(state),
        caller=ADA,
        reason="  The figures were wrong. ",
        claimed=False,
        digest=BLUE,
        now=LATER,
    )

    assert (handoff.id, handoff.state, handoff.round) == ("ho_1", State.IN_REVIEW, 2)
    assert handoff.digest == BLUE
    assert (event.type, event.reason) == (Type.HANDOFF_RECALLED, "The figures were wrong.")


@pytest.mark.parametrize(
    ("caller", "reason", "claimed", "state", "code"),
    [
        (SCRIBE, "x", False, State.APPROVED, Code.AGENT_CANNOT_DECIDE),
        (
            person("ada", decides=False),
            "x",
            False,
            State.APPROVED,
            Code.CREDENTIAL_CANNOT_DECIDE,
        ),
        (DAN, "x", False, State.APPROVED, Code.NOT_A_REVIEWER),
        (ADA, " ", False, State.APPROVED, Code.REASON_REQUIRED),
        (ADA, "x", True, State.CHANGES_REQUESTED, Code.WRONG_STATE),
        (ADA, "x", False, State.IN_REVIEW, Code.WRONG_STATE),
        (ADA, "x", False, State.WITHDRAWN, Code.WRONG_STATE),
    ],
)
def test_a_recall_is_refused(caller, reason, claimed, state, code):
    with pytest.raises((Forbidden, Invalid, Conflict)) as no:
        recall(
            in_state(state),
            caller=caller,
            reason=reason,
            claimed=claimed,
            digest=RED,
            now=NOW,
        )

    assert no.value.code is code


def test_a_review_is_taken_and_given_back():
    taken, first = take(in_review(), caller=ADA)
    given, second = give_back(taken, caller=ADA)

    assert (taken.taken_by, given.taken_by) == ("ada", None)
    assert (first.type, second.type) == (Type.HANDOFF_TAKEN, Type.HANDOFF_GIVEN_BACK)


def test_a_review_that_somebody_took_is_not_taken_again_but_by_a_manager():
    taken, _ = take(in_review(), caller=ADA)

    with pytest.raises(Conflict) as no:
        take(taken, caller=BOB)

    assert no.value.facts == {"taken_by": "ada"}
    assert take(taken, caller=CAROL)[0].taken_by == "carol"


def test_nobody_gives_back_what_another_took():
    taken, _ = take(in_review(), caller=ADA)

    with pytest.raises(Conflict):
        give_back(taken, caller=BOB)


def test_only_who_was_asked_takes_a_review():
    asked_bob = in_review(submission(reviewers=("bob",)))

    with pytest.raises(Forbidden) as no:
        take(asked_bob, caller=ADA)

    assert no.value.code is Code.NOT_A_REVIEWER


def test_what_was_sent_back_is_offered_to_other_agents():
    handoff, event = offer(in_state(State.CHANGES_REQUESTED), caller=ADA)

    assert handoff.offered
    assert event.type is Type.HANDOFF_OFFERED


def test_what_is_in_review_is_offered_to_nobody():
    with pytest.raises(Conflict):
        offer(in_review(), caller=ADA)


def test_who_it_is_raised_to_may_look_too():
    asked_bob = in_review(submission(reviewers=("bob",)))

    raised, event = raise_(asked_bob, to="group:law", reason="late")

    assert (event.type, event.subject, event.reason) == (
        Type.HANDOFF_RAISED,
        "group:law",
        "late",
    )
    lawyer = person("lea", groups=("law",))
    assert take(raised, caller=lawyer)[0].taken_by == "lea"


def test_an_edit_changes_the_digest_and_not_what_was_submitted():
    handoff, event = edited(in_review(), digest=BLUE, revision=7)

    assert (handoff.digest, handoff.submitted_digest, handoff.revision) == (BLUE, RED, 7)
    assert (event.type, event.digest) == (Type.HANDOFF_CHANGED, BLUE)


def test_what_is_decided_cannot_be_edited():
    with pytest.raises(Conflict):
        edited(in_state(State.APPROVED), digest=BLUE, revision=1)


@pytest.mark.parametrize(
    ("kind", "asks", "verdicts"),
    [
        (Kind.APPROVAL, False, ("approve", "request_changes", "reject")),
        (Kind.APPROVAL, True, ("approve", "request_changes", "reject", "answer")),
        (Kind.ESCALATION, True, ("answer", "reject", "approve")),
        (Kind.ESCALATION, False, ("answer", "reject", "approve")),
        (Kind.RELAY, True, ("approve", "request_changes", "reject")),
    ],
)
def test_verdicts_are_offered_by_kind(kind, asks, verdicts):
    context = Sidecar(questions=(Question(id="q", text="Which?"),) if asks else ())

    handoff = in_review(submission(kind=kind, context=context))

    assert verdicts_offered(handoff) == verdicts


def test_nothing_is_offered_once_it_is_decided():
    assert verdicts_offered(in_state(State.APPROVED)) == ()


def test_every_state_has_its_moves_and_every_verdict_leaves_review():
    assert set(MOVES) == set(State) == set(STAGE_OF)
    assert {str(verdict) for verdict in Verdict} < set(MOVES[State.IN_REVIEW])
    assert MOVES[State.WITHDRAWN] == {}


@pytest.mark.parametrize(
    ("state", "stage", "claimed", "rightly"),
    [
        (State.IN_REVIEW, Stage.NEEDS_REVIEW, False, True),
        (State.IN_REVIEW, Stage.PROCESSING, True, False),
        (State.CHANGES_REQUESTED, Stage.FEEDBACK, False, True),
        (State.CHANGES_REQUESTED, Stage.PROCESSING, True, True),
        (State.CHANGES_REQUESTED, Stage.PROCESSING, False, False),
        (State.ANSWERED, Stage.PROCESSING, True, True),
        (State.APPROVED, Stage.APPROVED, False, True),
        (State.APPROVED, Stage.REJECTED, False, False),
        (State.REJECTED, Stage.REJECTED, False, True),
        (State.WITHDRAWN, None, False, True),
        (State.WITHDRAWN, Stage.PROCESSING, True, True),
    ],
)
def test_the_stage_says_the_state(state, stage, claimed, rightly):
    assert stands_rightly(state, stage, claimed=claimed) is rightly
