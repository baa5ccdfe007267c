import pytest
from msgspec.structs import replace

from signoff.domain.actors import CredentialKind, Door, Role
from signoff.domain.asks import Ask
from signoff.domain.claims import AFTER_LAPSE
from signoff.domain.decisions import Terms, review
from signoff.domain.errors import Code, Invalid, Refusal
from signoff.domain.events import Type
from signoff.domain.handoffs import FileVerdict, Kind, State, Step, Verdict
from signoff.domain.ids import ActorId, HandoffId, Instant, NodeId, Path
from signoff.domain.outcomes import Result, explained, part_of, time_out
from signoff.domain.rounds import edited, recall, resubmit
from signoff.domain.sidecars import Question, Sidecar
from signoff.domain.stages import Stage
from tests.domain.people import (
    ADA,
    BLUE,
    BOB,
    CAROL,
    DAN,
    LATER,
    RED,
    RITA,
    SCRIBE,
    agent,
    in_review,
    person,
    submission,
)

TERMS = Terms()
APPROVE = Ask(verdict=Verdict.APPROVE, digest=RED, round=1)
CHANGES = Ask(verdict=Verdict.REQUEST_CHANGES, digest=RED, round=1, reason="Add totals.")
REJECT = Ask(verdict=Verdict.REJECT, digest=RED, round=1, reason="Wrong client.")
BATCH = ("a.csv", "b.csv", "c.csv")
ASKING = Sidecar(questions=(Question(id="days", text="Day first?"),))


def decide(handoff, ask=APPROVE, caller=ADA, **more):
    terms = more.pop("terms", TERMS)
    return review(handoff, ask, caller=caller, terms=terms, now=more.pop("now", LATER), **more)


def one_of(path, verdict, reason=""):
    return FileVerdict(path=path, verdict=verdict, reason=reason)


@pytest.mark.parametrize(
    ("kind", "ask", "state", "stage", "type_"),
    [
        (Kind.APPROVAL, APPROVE, State.APPROVED, Stage.APPROVED, Type.HANDOFF_APPROVED),
        (Kind.APPROVAL, REJECT, State.REJECTED, Stage.REJECTED, Type.HANDOFF_REJECTED),
        (
            Kind.APPROVAL,
            CHANGES,
            State.CHANGES_REQUESTED,
            Stage.FEEDBACK,
            Type.HANDOFF_CHANGES_REQUESTED,
        ),
        (Kind.RELAY, APPROVE, State.APPROVED, Stage.APPROVED, Type.HANDOFF_APPROVED),
        (Kind.ESCALATION, APPROVE, State.APPROVED, Stage.APPROVED, Type.HANDOFF_APPROVED),
    ],
)
def test_one_verdict_decides_and_says_where_the_package_goes(kind, ask, state, stage, type_):
    outcome = decide(in_review(submission(kind=kind)), ask)

    assert (outcome.result, outcome.stage) == (Result.DECIDED, stage)
    assert (outcome.handoff.state, outcome.handoff.decided_at) == (state, LATER)
    assert outcome.handoff.decision == outcome.decision
    assert (outcome.decision.by, outcome.decision.round) == ("ada", 1)
    assert outcome.decision.digest == RED
    (event,) = outcome.events
    assert (event.type, event.digest, event.round) == (type_, RED, 1)
    assert event.reason == (ask.reason or None)


def test_answers_come_back_as_data():
    handoff = in_review(submission(kind=Kind.ESCALATION, context=ASKING))
    seen = []
    ask = Ask(verdict=Verdict.ANSWER, digest=RED, round=1, answers={"days": True})

    outcome = decide(handoff, ask, check_answers=lambda *given: seen.append(given))

    assert (outcome.handoff.state, outcome.stage) == (State.ANSWERED, Stage.FEEDBACK)
    assert outcome.decision.answers == {"days": True}
    assert seen == [(ASKING.questions, {"days": True})]


@pytest.mark.parametrize(
    ("caller", "code"),
    [
        (SCRIBE, Code.AGENT_CANNOT_DECIDE),
        (agent("scribe", role=Role.OWNER, decides=True), Code.AGENT_CANNOT_DECIDE),
        (person("ada", Role.OWNER, door=Door.MCP), Code.AGENT_CANNOT_DECIDE),
        (person("ada", kind=CredentialKind.API_KEY), Code.AGENT_CANNOT_DECIDE),
        (
            person("ada", kind=CredentialKind.APP_PASSWORD, decides=False),
            Code.CREDENTIAL_CANNOT_DECIDE,
        ),
        (person("ada", kind=CredentialKind.OPERATOR), Code.CREDENTIAL_CANNOT_DECIDE),
        (DAN, Code.NOT_A_REVIEWER),
        (RITA, Code.NOT_A_REVIEWER),
        (person("eve", None), Code.NOT_A_REVIEWER),
    ],
)
def test_who_cannot_decide_is_refused_before_anything_else(caller, code):
    nonsense = Ask(verdict=Verdict.ANSWER, digest="sha256:00")

    with pytest.raises(Refusal) as no:
        decide(in_review(), nonsense, caller)

    assert no.value.code is code


def test_an_app_password_with_the_right_decides():
    caller = person("ada", kind=CredentialKind.APP_PASSWORD, door=Door.DAV)

    assert decide(in_review(), caller=caller).handoff.state is State.APPROVED


def test_only_those_who_were_asked_decide_and_managers():
    handoff = in_review(submission(reviewers=("bob", "group:law")))

    with pytest.raises(Refusal) as no:
        decide(handoff, caller=ADA)

    assert no.value.code is Code.NOT_A_REVIEWER
    for caller in (BOB, CAROL, person("lea", groups=("law",))):
        assert decide(handoff, caller=caller).result is Result.DECIDED


@pytest.mark.parametrize("ask", [APPROVE, CHANGES, REJECT])
def test_nobody_decides_on_what_they_submitted(ask):
    with pytest.raises(Refusal) as no:
        decide(in_review(by=BOB), ask, BOB)

    assert no.value.code is Code.OWN_WORK


@pytest.mark.parametrize(
    ("four_eyes", "caller", "authors", "refused"),
    [
        ("off", ADA, (), False),
        ("on", ADA, (), True),
        ("edits", ADA, (), True),
        ("on", BOB, ("bob",), False),
        ("edits", BOB, ("bob",), True),
        ("edits", BOB, ("ada",), False),
    ],
)
def test_four_eyes_keep_owners_and_editors_from_approving(four_eyes, caller, authors, refused):
    terms = Terms(four_eyes=four_eyes)
    by = frozenset(ActorId(author) for author in authors)

    if refused:
        with pytest.raises(Refusal) as no:
            decide(in_review(), caller=caller, terms=terms, authors=by)
        assert no.value.code is Code.OWN_WORK
    else:
        outcome = decide(in_review(), caller=caller, terms=terms, authors=by)
        assert outcome.result is Result.DECIDED


def test_with_four_eyes_the_owner_may_still_send_it_back():
    outcome = decide(in_review(), CHANGES, ADA, terms=Terms(four_eyes="on"))

    assert outcome.handoff.state is State.CHANGES_REQUESTED


def test_the_log_says_when_the_owner_approved_their_own_agents_work():
    own = decide(in_review(), caller=ADA)
    foreign = decide(in_review(), caller=BOB)

    assert own.events[0].codes["own_agent"] is True
    assert foreign.events[0].codes["own_agent"] is False


@pytest.mark.parametrize(
    ("kind", "verdict", "context"),
    [
        (Kind.APPROVAL, Verdict.ANSWER, Sidecar()),
        (Kind.ESCALATION, Verdict.REQUEST_CHANGES, ASKING),
        (Kind.RELAY, Verdict.ANSWER, ASKING),
    ],
)
def test_a_verdict_that_the_kind_does_not_know_is_not_offered(kind, verdict, context):
    handoff = in_review(submission(kind=kind, context=context))

    with pytest.raises(Invalid) as no:
        decide(handoff, Ask(verdict=verdict, digest=RED, round=1, reason="x"))

    assert no.value.code is Code.VERDICT_NOT_OFFERED


@pytest.mark.parametrize("verdict", [Verdict.REQUEST_CHANGES, Verdict.REJECT])
@pytest.mark.parametrize(
    ("reason", "code"),
    [("", Code.REASON_REQUIRED), (" \n", Code.REASON_REQUIRED), ("x" * 4097, Code.TOO_LONG)],
)
def test_a_negative_verdict_needs_a_reason_of_some_length(verdict, reason, code):
    with pytest.raises(Invalid) as no:
        decide(in_review(), Ask(verdict=verdict, digest=RED, round=1, reason=reason))

    assert no.value.code is code


@pytest.mark.parametrize("answers", [None, {}, {"other": 1}, {"days": True, "other": 1}])
def test_answers_must_be_those_that_were_asked(answers):
    handoff = in_review(submission(kind=Kind.ESCALATION, context=ASKING))

    with pytest.raises(Invalid) as no:
        decide(handoff, Ask(verdict=Verdict.ANSWER, digest=RED, round=1, answers=answers))

    assert no.value.code is Code.ANSWER_INVALID


def test_another_digest_is_refused_and_told_the_current_one():
    handoff, _ = edited(in_review(), digest=BLUE, revision=2)

    with pytest.raises(Refusal) as no:
        decide(handoff)

    assert no.value.code is Code.DIGEST_MISMATCH
    assert no.value.facts == {"digest": BLUE, "round": 1}


def test_editing_then_approving_approves_the_persons_version():
    handoff, _ = edited(in_review(), digest=BLUE, revision=2)

    outcome = decide(handoff, replace(APPROVE, digest=BLUE))

    assert (outcome.decision.digest, outcome.decision.changed) == (BLUE, True)
    assert outcome.events[0].codes["changed"] is True


@pytest.mark.parametrize("caller", [ADA, BOB])
@pytest.mark.parametrize("round_", [1, None])
def test_the_same_verdict_again_is_answered_and_not_recorded(caller, round_):
    decided = decide(in_review()).handoff

    outcome = decide(decided, replace(APPROVE, round=round_), caller)

    assert (outcome.result, outcome.handoff) == (Result.STANDING, decided)
    assert (outcome.decision, outcome.events) == (decided.decision, ())


@pytest.mark.parametrize(
    "ask",
    [REJECT, CHANGES, replace(APPROVE, digest=BLUE), replace(REJECT, round=None)],
)
def test_anything_else_after_the_decision_is_a_conflict(ask):
    decided = decide(in_review()).handoff

    with pytest.raises(Refusal) as no:
        decide(decided, ask)

    assert no.value.code is Code.ALREADY_DECIDED


def test_a_withdrawn_handoff_cannot_be_decided():
    with pytest.raises(Refusal) as no:
        decide(replace(in_review(), state=State.WITHDRAWN))

    assert no.value.code is Code.WRONG_STATE


def test_a_round_that_is_not_there_yet_cannot_be_decided():
    with pytest.raises(Refusal) as no:
        decide(in_review(), replace(APPROVE, round=2))

    assert no.value.code is Code.WRONG_STATE


def test_the_same_bytes_in_a_later_round_ask_for_the_round():
    decided = decide(in_review()).handoff
    again, _ = recall(
        decided, caller=ADA, reason="Look again.", claimed=False, digest=RED, now=LATER
    )

    with pytest.raises(Refusal) as no:
        decide(again, replace(APPROVE, round=None))

    assert (no.value.code, no.value.facts["round"]) == (Code.ROUND_REQUIRED, 2)
    assert decide(again, replace(APPROVE, round=1)).result is Result.STANDING
    assert decide(again, replace(REJECT, round=2)).handoff.state is State.REJECTED


def test_an_earlier_round_cannot_be_contradicted():
    sent_back = decide(in_review(), CHANGES).handoff
    second, _ = resubmit(sent_back, submission(digest=BLUE), by=SCRIBE.actor, now=LATER)

    with pytest.raises(Refusal) as no:
        decide(second, replace(APPROVE, round=1))

    assert no.value.code is Code.ALREADY_DECIDED


def test_a_quorum_needs_that_many_people():
    handoff = in_review(submission(required=2))

    first = decide(handoff, caller=ADA)
    again = decide(first.handoff, caller=ADA, now=Instant(LATER + 1))
    second = decide(first.handoff, caller=BOB)

    assert (first.result, first.stage) == (Result.COUNTED, None)
    assert [event.type for event in first.events] == [Type.HANDOFF_REVIEWED]
    assert first.handoff.state is State.IN_REVIEW
    assert (again.result, again.events, again.handoff) == (Result.COUNTED, (), first.handoff)
    assert (second.result, second.handoff.state) == (Result.DECIDED, State.APPROVED)


def test_one_negative_verdict_decides_against_a_quorum():
    first = decide(in_review(submission(required=3)), caller=ADA)

    assert decide(first.handoff, CHANGES, BOB).handoff.state is State.CHANGES_REQUESTED


def test_the_latest_review_of_a_person_counts():
    first = decide(in_review(submission(required=2)), caller=ADA)

    outcome = decide(first.handoff, REJECT, ADA)

    assert outcome.handoff.state is State.REJECTED
    assert [one.verdict for one in outcome.handoff.reviews] == [Verdict.REJECT]


def test_a_review_counts_for_its_bytes_only():
    first = decide(in_review(submission(required=2)), caller=ADA)
    changed, _ = edited(first.handoff, digest=BLUE, revision=2)

    outcome = decide(changed, replace(APPROVE, digest=BLUE), BOB)

    assert outcome.result is Result.COUNTED


def test_steps_are_taken_in_order():
    steps = (Step(reviewers=("bob",)), Step(reviewers=("ada",)))
    handoff = replace(in_review(), steps=steps)

    with pytest.raises(Refusal) as no:
        decide(handoff, caller=ADA)
    first = decide(handoff, caller=BOB)
    second = decide(first.handoff, caller=ADA)

    assert no.value.code is Code.NOT_YOUR_TURN
    assert (first.result, second.result) == (Result.COUNTED, Result.DECIDED)


def test_most_of_a_batch_is_approved_and_the_rest_sent_back():
    handoff = in_review(submission(is_folder=True))
    ask = replace(APPROVE, files=(one_of("b.csv", Verdict.REQUEST_CHANGES, "Totals."),))

    outcome = decide(handoff, ask, files=BATCH)

    assert (outcome.handoff.state, outcome.stage) == (State.CHANGES_REQUESTED, Stage.FEEDBACK)
    assert outcome.decision.files == (
        one_of("a.csv", Verdict.APPROVE),
        one_of("b.csv", Verdict.REQUEST_CHANGES, "Totals."),
        one_of("c.csv", Verdict.APPROVE),
    )
    (part,) = outcome.parts
    assert (part.verdict, part.stage) == (Verdict.APPROVE, Stage.APPROVED)
    assert [one.path for one in part.files] == ["a.csv", "c.csv"]
    assert decide(outcome.handoff, ask, files=BATCH).result is Result.STANDING
    with pytest.raises(Refusal) as no:
        decide(outcome.handoff, APPROVE, files=BATCH)
    assert no.value.code is Code.ALREADY_DECIDED


def test_with_nothing_sent_back_the_original_goes_on_with_what_was_approved():
    handoff = in_review(submission(is_folder=True))
    ask = replace(REJECT, files=(one_of("a.csv", Verdict.APPROVE),))

    outcome = decide(handoff, ask, files=BATCH)

    assert outcome.handoff.state is State.APPROVED
    assert [(part.verdict, len(part.files)) for part in outcome.parts] == [(Verdict.REJECT, 2)]


def test_files_are_counted_alone_and_split_once_when_the_last_is_settled():
    handoff = in_review(submission(is_folder=True))
    say = [
        Ask(
            verdict=verdict,
            digest=RED,
            round=1,
            partial=True,
            files=(one_of(path, verdict, "x"),),
        )
        for path, verdict in zip(
            BATCH, (Verdict.APPROVE, Verdict.REJECT, Verdict.APPROVE), strict=True
        )
    ]

    first = decide(handoff, say[0], files=BATCH)
    second = decide(first.handoff, say[1], files=BATCH)
    third = decide(second.handoff, say[2], files=BATCH)

    assert [first.result, second.result, third.result] == ["counted", "counted", "decided"]
    assert third.handoff.state is State.APPROVED
    assert [one.path for part in third.parts for one in part.files] == ["b.csv"]


def test_a_file_needs_the_quorum_too():
    handoff = in_review(submission(is_folder=True, required=2))
    ask = replace(APPROVE, files=(one_of("a.csv", Verdict.REJECT, "No."),))

    first = decide(handoff, ask, ADA, files=BATCH)
    second = decide(first.handoff, APPROVE, BOB, files=BATCH)

    assert (first.result, second.result) == (Result.COUNTED, Result.DECIDED)
    assert [(one.path, one.verdict) for one in second.decision.files] == [
        ("a.csv", "reject"),
        ("b.csv", "approve"),
        ("c.csv", "approve"),
    ]


@pytest.mark.parametrize(
    ("files", "is_folder", "code"),
    [
        ((one_of("x.csv", Verdict.APPROVE),), True, Code.INVALID),
        ((one_of("a.csv", Verdict.APPROVE),) * 2, True, Code.INVALID),
        ((one_of("a.csv", Verdict.APPROVE),), False, Code.INVALID),
        ((one_of("a.csv", Verdict.REJECT),), True, Code.REASON_REQUIRED),
        ((one_of("a.csv", Verdict.ANSWER),), True, Code.VERDICT_NOT_OFFERED),
        (tuple(one_of(str(n), Verdict.APPROVE) for n in range(501)), True, Code.TOO_LONG),
    ],
)
def test_verdicts_on_files_must_make_sense(files, is_folder, code):
    handoff = in_review(submission(is_folder=is_folder))

    with pytest.raises(Invalid) as no:
        decide(handoff, replace(APPROVE, files=files), files=BATCH)

    assert no.value.code is code


def test_a_part_becomes_a_closed_handoff_of_its_own():
    handoff = in_review(submission(is_folder=True))
    ask = replace(APPROVE, files=(one_of("b.csv", Verdict.REJECT, "Totals."),))
    outcome = decide(handoff, ask, files=BATCH)

    part, event = part_of(
        outcome.handoff,
        outcome.parts[0],
        id=HandoffId("ho_2"),
        node=NodeId("n9"),
        path=Path("rejected/batch/b.csv"),
        is_folder=False,
        sidecar=None,
        digest=BLUE,
        now=LATER,
    )

    assert (part.state, part.split_from, part.digest) == (State.REJECTED, "ho_1", BLUE)
    assert part.decision is not None
    assert (part.decision.verdict, part.decision.digest) == (Verdict.REJECT, BLUE)
    assert (event.type, event.handoff) == (Type.HANDOFF_SPLIT, "ho_2")
    assert event.codes["split_from"] == "ho_1"


def test_after_the_last_round_an_escalation_opens_at_once():
    handoff = replace(in_review(), round=5)
    ask = replace(CHANGES, round=5)

    outcome = decide(handoff, ask, terms=Terms(max_rounds=5, raise_to="group:leads"))

    after = outcome.handoff
    assert (after.state, after.round, after.kind) == (State.IN_REVIEW, 6, Kind.ESCALATION)
    assert (after.raised_to, after.reviews, outcome.stage) == ("group:leads", (), None)
    assert (outcome.next_round, after.decision.round) == (True, 5)
    assert [(event.type, event.round) for event in outcome.events] == [
        (Type.HANDOFF_CHANGES_REQUESTED, 5),
        (Type.HANDOFF_RESUBMITTED, 6),
        (Type.HANDOFF_RAISED, 6),
    ]
    assert decide(after, ask).result is Result.STANDING


@pytest.mark.parametrize(
    ("choice", "state", "stage", "round_", "types"),
    [
        ("try again", State.WITHDRAWN, Stage.INPUT, 1, [Type.HANDOFF_ANSWERED]),
        (
            "hand to me",
            State.IN_REVIEW,
            None,
            2,
            [Type.HANDOFF_ANSWERED, Type.HANDOFF_RESUBMITTED],
        ),
        ("give up", State.REJECTED, Stage.REJECTED, 1, [Type.HANDOFF_REJECTED]),
    ],
)
def test_work_that_lapsed_too_often_goes_where_a_person_says(
    choice, state, stage, round_, types
):
    context = Sidecar(questions=(AFTER_LAPSE,))
    given = replace(submission(kind=Kind.ESCALATION, context=context), after_lapse=True)
    ask = Ask(verdict=Verdict.ANSWER, digest=RED, round=1, answers={"next": choice})

    outcome = decide(in_review(given), ask)

    assert (outcome.handoff.state, outcome.stage) == (state, stage)
    assert outcome.handoff.round == round_
    assert [event.type for event in outcome.events] == types
    assert decide(outcome.handoff, ask).result is Result.STANDING


def test_another_choice_is_no_answer():
    context = Sidecar(questions=(AFTER_LAPSE,))
    given = replace(submission(kind=Kind.ESCALATION, context=context), after_lapse=True)
    ask = Ask(verdict=Verdict.ANSWER, digest=RED, round=1, answers={"next": "burn it"})

    with pytest.raises(Invalid) as no:
        decide(in_review(given), ask)

    assert no.value.code is Code.ANSWER_INVALID


def test_a_verdict_by_moving_waits_for_its_note_before_it_is_told():
    moved = replace(CHANGES, reason="", by_moving=True)

    outcome = decide(in_review(), moved)
    told, event = explained(outcome.handoff, reason="")

    assert (outcome.handoff.state, outcome.events) == (State.CHANGES_REQUESTED, ())
    assert outcome.handoff.reason_due_at == LATER + 600_000_000
    assert (event.type, event.reason) == (Type.HANDOFF_CHANGES_REQUESTED, "none given")
    assert told.reason_due_at is None
    assert told.decision is not None
    assert told.decision.reason == "none given"


def test_a_verdict_by_moving_with_a_note_is_told_at_once():
    outcome = decide(in_review(), replace(REJECT, by_moving=True))

    assert [event.reason for event in outcome.events] == ["Wrong client."]
    assert outcome.handoff.reason_due_at is None


@pytest.mark.parametrize(
    ("given", "ask", "terms"),
    [
        (submission(required=2), APPROVE, TERMS),
        (submission(kind=Kind.ESCALATION, context=ASKING), CHANGES, TERMS),
        (submission(), CHANGES, Terms(max_rounds=1)),
    ],
    ids=["quorum", "escalation", "last round"],
)
def test_where_one_move_does_not_decide_the_page_is_needed(given, ask, terms):
    with pytest.raises(Refusal) as no:
        decide(in_review(given), replace(ask, by_moving=True), terms=terms)

    assert no.value.code is Code.NEEDS_THE_PAGE


def test_a_timer_rejects_in_the_name_of_the_system():
    outcome = time_out(in_review(), reason="Nobody looked for a week.", now=LATER)

    assert outcome.decision is not None
    assert (outcome.decision.by, outcome.decision.by_kind) == ("system", "system")
    assert outcome.handoff.state is State.REJECTED
