from typing import Any

import pytest
from msgspec.structs import replace

from signoff.domain.errors import Code, Conflict, Forbidden, Invalid, Refusal
from signoff.domain.events import Event, Type
from signoff.domain.handoffs import Decision, Handoff, State, Verdict
from signoff.domain.ids import Instant, RunId
from signoff.domain.runs import MAX_RESULT, Outcome, Run, begin, end
from tests.domain.people import ADA, CLERK, NOW, SCRIBE, in_review

LATER = Instant(NOW + 1)


def approved(round_: int = 1) -> Handoff:
    handoff = in_review()
    decision = Decision(
        verdict=Verdict.APPROVE,
        by=ADA.actor.id,
        at=NOW,
        round=round_,
        digest=handoff.digest,
    )
    return replace(handoff, state=State.APPROVED, round=round_, decision=decision)


def begun(handoff: Handoff, standing: Run | None = None, **said: Any) -> tuple[Run, Event]:
    more: dict[str, Any] = {"round": handoff.round, "digest": handoff.digest, "caller": SCRIBE}
    asked = more | said
    return begin(handoff, standing, id=RunId("ru_1"), fingerprint="", now=NOW, **asked)


def ended(run: Run, **said: Any) -> tuple[Run, Event | None]:
    more: dict[str, Any] = {
        "outcome": Outcome.DONE,
        "left": False,
        "result": None,
        "caller": SCRIBE,
    }
    return end(approved(), run, now=LATER, **more | said)


def test_an_approval_is_begun_by_the_agent_that_submitted_it():
    run, event = begun(approved())

    assert (run.round, run.digest, run.by) == (1, approved().digest, SCRIBE.actor.id)
    assert (event.type, event.subject, event.round) == (Type.RUN_BEGUN, "ru_1", 1)


@pytest.mark.parametrize("caller", [CLERK, ADA])
def test_nobody_else_begins_or_ends_it(caller):
    run, _ = begun(approved())

    with pytest.raises(Forbidden):
        begun(approved(), caller=caller)
    with pytest.raises(Forbidden):
        ended(run, caller=caller)


@pytest.mark.parametrize("state", [state for state in State if state is not State.APPROVED])
def test_what_is_not_approved_is_not_run(state):
    with pytest.raises(Conflict) as refused:
        begun(replace(approved(), state=state))

    assert refused.value.code is Code.WRONG_STATE


def test_other_bytes_than_were_approved_are_not_run():
    with pytest.raises(Conflict) as refused:
        begun(approved(), digest="sha256:" + "0" * 64)

    assert refused.value.code is Code.DIGEST_MISMATCH


def test_an_approval_that_was_recalled_uses_up_none_that_came_after_it():
    with pytest.raises(Conflict) as refused:
        begun(approved(round_=2), round=1)

    assert refused.value.code is Code.WRONG_STATE
    assert refused.value.facts["round"] == 2


def test_a_second_time_is_told_of_the_first():
    run, _ = begun(approved())
    done, _ = ended(run, left=True, result={"paid": 1200})

    assert second(run).facts == {
        "run": "ru_1",
        "round": 1,
        "fingerprint": "",
        "begun_by": SCRIBE.credential.id,
        "begun_at": NOW,
    }
    assert second(done).facts["outcome"] == "done"
    assert second(done).facts["ended_at"] == LATER
    assert second(done).facts["result"] == {"paid": 1200}


def second(standing: Run) -> Refusal:
    with pytest.raises(Conflict) as refused:
        begun(approved(), standing)
    assert refused.value.code is Code.ALREADY_RUN
    return refused.value


def test_an_end_that_is_told_again_stands_and_another_is_refused():
    run, _ = begun(approved())
    done, event = ended(run, left=True, result=None)

    assert event is not None
    assert event.codes == {"outcome": "done"}
    assert ended(done, left=True, result=None) == (done, None)
    for otherwise in ({"left": False}, {"left": True, "result": 1}):
        with pytest.raises(Conflict):
            ended(done, **otherwise)
    with pytest.raises(Conflict):
        ended(done, outcome=Outcome.FAILED)


def test_a_result_has_a_size():
    run, _ = begun(approved())
    longest = "x" * (MAX_RESULT - 2)

    assert ended(run, left=True, result=longest)[0].result == longest
    with pytest.raises(Invalid) as refused:
        ended(run, left=True, result=longest + "x")
    assert refused.value.code is Code.TOO_LONG
