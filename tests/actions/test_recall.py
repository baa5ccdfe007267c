from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from signoff.actions import claims, deciding, explaining, moves
from signoff.actions.claims import OneClaim, ReleaseClaim
from signoff.actions.deciding import Recall
from signoff.actions.explaining import Unexplained
from signoff.actions.moves import Move
from signoff.domain.actors import Caller, system
from signoff.domain.errors import Code
from tests.actions.cast import ACME, ADA, BEN, CLERK, DAN, SCRIBE, by_drive, last
from tests.actions.desk import Desk, opened_desk, refused


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    opened = await opened_desk(tmp_path)
    yield opened
    await opened.house.close()


async def recall(desk: Desk, caller: Caller, handoff: str, reason: str = "Too early"):
    return await desk.do(deciding.recall, caller, Recall(handoff=handoff, reason=reason))


@pytest.mark.parametrize(
    ("verdict", "stage"),
    [("approve", "approved"), ("reject", "rejected"), ("request_changes", "feedback")],
)
async def test_what_was_decided_comes_back_for_its_next_round(
    desk: Desk, verdict: str, stage: str
):
    await desk.put(SCRIBE, "input/a/x.csv")
    handoff = await desk.submit(SCRIBE, "input/a/x.csv", title="T", resume_state="mine")
    await desk.decide(BEN, handoff, verdict, "So it is.")

    back = await recall(desk, BEN, handoff.id)

    assert (back.id, back.round, back.state) == (handoff.id, 2, "in_review")
    assert back.path == "needs-review/a/x.csv"
    assert back.decision is not None
    assert (back.decision.round, back.decision.verdict) == (1, verdict)
    assert await desk.paths() == {
        "needs-review/a/x.csv",
        "needs-review/a/x.csv.handoff.json",
    }
    told = await last(desk.house)
    assert (told["type"], told["private"]["reason"]) == ("handoff.recalled", "Too early")
    assert (await desk.read(SCRIBE, handoff.id)).resume_state == "mine"
    again = await desk.decide(BEN, back, "approve")
    assert again.path == "approved/a/x.csv"
    assert stage in ("approved", "rejected", "feedback")


async def test_recall_is_refused_without_reason_or_right_or_while_claimed(desk: Desk):
    await desk.put(SCRIBE, "input/x.csv")
    handoff = await desk.submit(SCRIBE, "input/x.csv")
    with refused(Code.WRONG_STATE):
        await recall(desk, BEN, handoff.id)
    await desk.decide(BEN, handoff, "request_changes", "No.")
    with refused(Code.REASON_REQUIRED):
        await recall(desk, BEN, handoff.id, " ")
    with refused(Code.AGENT_CANNOT_DECIDE):
        await recall(desk, SCRIBE, handoff.id)
    with refused(Code.FORBIDDEN):
        await recall(desk, DAN, handoff.id)
    await desk.claim(SCRIBE)
    with refused(Code.WRONG_STATE):
        await recall(desk, BEN, handoff.id)


# Work that lapsed too often.


async def lapsed_thrice(desk: Desk):
    await desk.put(DAN, "input/x.csv", "raw")
    for _ in range(3):
        claim = await desk.claim(SCRIBE)
        await desk.put(SCRIBE, claim.path, "half done", claim.lock_token)
        desk.wait(601)
        after = await desk.do(claims.lapse, system(ACME), OneClaim(claim=claim.id))
    assert after.escalated
    stored = await desk.look(lambda tx: tx.handoffs.waiting(after=None, limit=10))
    return await desk.read(BEN, stored[0].handoff.id)


async def test_work_that_lapsed_too_often_comes_before_people(desk: Desk):
    handoff = await lapsed_thrice(desk)

    assert (handoff.kind, handoff.path) == ("escalation", "needs-review/x.csv")
    assert handoff.submitted_by.id == "ag_scribe"
    assert [question.id for question in handoff.questions] == ["next"]
    assert (await desk.tree())["needs-review/x.csv"] == "raw"
    with refused(Code.ANSWER_INVALID):
        await desk.decide(BEN, handoff, "answer", answers={"next": "wait"})


async def test_try_again_puts_it_back_into_the_queue_for_any_agent(desk: Desk):
    handoff = await lapsed_thrice(desk)

    after = await desk.decide(BEN, handoff, "answer", answers={"next": "try again"})

    assert (after.state, after.path) == ("withdrawn", "input/x.csv")
    assert await desk.tree() == {"input/x.csv": "raw"}
    claim = await desk.claim(CLERK)
    assert (claim.from_path, claim.attempts) == ("input/x.csv", 0)
    fresh = await desk.submit(CLERK, claim.path, token=claim.lock_token)
    assert (fresh.kind, fresh.questions) == ("approval", ())


async def test_hand_to_me_makes_a_relay_of_it(desk: Desk):
    handoff = await lapsed_thrice(desk)

    relay = await desk.decide(BEN, handoff, "answer", answers={"next": "hand to me"})

    assert (relay.kind, relay.state, relay.round) == ("relay", "in_review", 2)
    assert relay.taken_by is not None
    assert relay.taken_by.id == "pe_ben"
    done = await desk.decide(BEN, relay, "approve")
    assert done.state == "approved"


async def test_what_was_handed_to_a_person_and_sent_back_is_tried_anew(desk: Desk):
    handoff = await lapsed_thrice(desk)
    relay = await desk.decide(BEN, handoff, "answer", answers={"next": "hand to me"})
    await desk.decide(BEN, relay, "request_changes", "Only the header is missing.")

    claim = await desk.claim(SCRIBE)
    ended = await desk.do(
        claims.release, SCRIBE, ReleaseClaim(claim=claim.id), claim.lock_token
    )

    assert (claim.attempts, ended.escalated) == (0, False)


async def test_give_up_rejects_it(desk: Desk):
    handoff = await lapsed_thrice(desk)

    after = await desk.decide(BEN, handoff, "answer", answers={"next": "give up"})

    assert (after.state, after.path) == ("rejected", "rejected/x.csv")
    same = await desk.decide(BEN, handoff, "answer", answers={"next": "give up"})
    assert same.state == "rejected"


# Decided by moving, explained later.


async def rejected_by_moving(desk: Desk) -> str:
    await desk.put(SCRIBE, "input/x.csv")
    handoff = await desk.submit(SCRIBE, "input/x.csv", title="T")
    drive = by_drive(BEN, decides=True)
    await desk.do(moves.move, drive, Move(from_="needs-review/x.csv", to="rejected/x.csv"))
    return handoff.id


async def test_a_note_written_later_is_the_reason(desk: Desk):
    handoff = await rejected_by_moving(desk)
    silent = await desk.read(BEN, handoff)
    assert (silent.state, silent.path) == ("rejected", "rejected/x.csv")
    assert "handoff.rejected" not in await desk.types()
    with refused(Code.RESERVED_NAME):
        await desk.put(SCRIBE, "rejected/x.csv.feedback.md", "I like it")

    await desk.put(by_drive(BEN, decides=True), "rejected/x.csv.feedback.md", "Wrong year.\n")

    told = await desk.read(BEN, handoff)
    assert told.decision is not None
    assert told.decision.reason == "Wrong year."
    assert "handoff.rejected" in await desk.types()
    with refused(Code.RESERVED_NAME):
        await desk.put(BEN, "rejected/x.csv.feedback.md", "Once more")


async def test_after_ten_minutes_no_reason_was_given(desk: Desk):
    handoff = await rejected_by_moving(desk)
    early = await desk.do(explaining.give_up_waiting, system(ACME), Unexplained())
    assert early.handoffs == ()
    desk.wait(601)

    late = await desk.do(explaining.give_up_waiting, system(ACME), Unexplained())

    assert late.handoffs == (handoff,)
    assert (await last(desk.house))["type"] == "handoff.rejected"
    told = await desk.read(BEN, handoff)
    assert told.decision is not None
    assert told.decision.reason == "none given"
    assert "rejected/x.csv.feedback.md" in await desk.paths()
    with refused(Code.FORBIDDEN):
        await desk.do(explaining.give_up_waiting, SCRIBE, Unexplained())


async def test_what_was_sent_back_by_moving_is_not_offered_before_it_is_explained(desk: Desk):
    await desk.put(SCRIBE, "input/x.csv")
    await desk.submit(SCRIBE, "input/x.csv")
    drive = by_drive(BEN, decides=True)
    await desk.do(moves.move, drive, Move(from_="needs-review/x.csv", to="feedback/x.csv"))
    done = await desk.house.do(claims.take, SCRIBE, claims.TakeClaim())
    assert done.result is None

    await desk.put(drive, "feedback/x.csv.feedback.md", "As a table.")

    claim = await desk.claim(SCRIBE)
    assert claim.feedback
    assert claim.feedback.reason == "As a table."


async def test_approving_by_moving_needs_no_reason(desk: Desk):
    await desk.put(SCRIBE, "input/x.csv")
    handoff = await desk.submit(SCRIBE, "input/x.csv")
    drive = by_drive(ADA, decides=True)

    await desk.do(moves.move, drive, Move(from_="needs-review/x.csv", to="approved/x.csv"))

    after = await desk.read(ADA, handoff.id)
    assert (after.state, after.path) == ("approved", "approved/x.csv")
    assert (await desk.types())[-1] == "handoff.approved"
