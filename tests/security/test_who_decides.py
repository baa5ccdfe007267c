"""Nobody gets a say by a side door: raising, explaining, moving."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from signoff.actions import handoffs, moves
from signoff.actions.handoff_views import HandoffView
from signoff.actions.handoffs import Raise
from signoff.actions.moves import Move
from signoff.domain.actors import Caller, Role
from signoff.domain.errors import Code, Refusal
from tests.actions.cast import ADA, BEN, DAN, MAY, SCRIBE, do, log
from tests.actions.desk import Desk, opened_desk, refused
from tests.actions.works import put


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    opened = await opened_desk(tmp_path)
    yield opened
    await opened.house.close()


async def asked_of_may(desk: Desk) -> HandoffView:
    """Hand over something that only May was asked to review."""
    await desk.put(SCRIBE, "input/deal.txt", "deal")
    return await desk.submit(SCRIBE, "input/deal.txt", reviewers=("may@acme.example",))


@pytest.mark.parametrize("to", ["ben@acme.example", "pe_ben", "group:legal"])
async def test_a_reviewer_who_was_not_asked_cannot_ask_himself(desk: Desk, to: str) -> None:
    handoff = await asked_of_may(desk)

    with refused(Code.NOT_A_REVIEWER):
        await desk.do(handoffs.raise_, BEN, Raise(handoff=handoff.id, to=to))

    with refused(Code.NOT_A_REVIEWER):
        await desk.decide(BEN, handoff, "approve")


async def test_a_reviewer_of_one_step_cannot_raise_himself_into_another(desk: Desk) -> None:
    await desk.policy(
        "steps:\n- reviewers: [may@acme.example]\n- reviewers: [ben@acme.example]\n"
    )
    await desk.put(SCRIBE, "input/deal.txt", "deal")
    handoff = await desk.submit(SCRIBE, "input/deal.txt")

    with refused(Code.NOT_A_REVIEWER):
        await desk.do(handoffs.raise_, BEN, Raise(handoff=handoff.id, to="pe_ben"))


async def test_a_manager_raises_to_whom_she_likes(desk: Desk) -> None:
    handoff = await asked_of_may(desk)

    await desk.do(handoffs.raise_, MAY, Raise(handoff=handoff.id, to="pe_ben"))

    assert (await desk.decide(BEN, handoff, "approve")).state == "approved"


@pytest.mark.parametrize("to", ["pe_nobody", "x" * 5000, "group:", "ag_scribe"])
async def test_a_handoff_is_raised_to_members_and_groups_alone(desk: Desk, to: str) -> None:
    handoff = await asked_of_may(desk)

    with pytest.raises(Refusal, match=r"No member|cannot be the name"):
        await desk.do(handoffs.raise_, MAY, Raise(handoff=handoff.id, to=to))


async def sent_back_by_moving(desk: Desk, submitter: Caller) -> str:
    await desk.put(submitter, "input/pack/a.txt", "a")
    await desk.submit(submitter, "input/pack")
    asked = Move(from_="needs-review/pack", to="feedback/pack")
    moved = await do(desk.house, moves.move, ADA, asked)
    return moved.path


async def test_the_submitter_does_not_write_the_reason_of_a_decision(desk: Desk) -> None:
    package = await sent_back_by_moving(desk, DAN)

    with refused(Code.RESERVED_NAME):
        await put(desk.house, DAN, f"{package}/handoff.feedback.md", "It was perfect.")

    await put(desk.house, ADA, f"{package}/handoff.feedback.md", "Add the totals.")
    told = [e for e in await log(desk.house) if e["type"] == "handoff.changes_requested"]
    assert [each["private"]["reason"] for each in told] == ["Add the totals."]


async def test_another_reviewer_does_not_write_the_reason_of_a_decision(desk: Desk) -> None:
    package = await sent_back_by_moving(desk, SCRIBE)
    assert BEN.role is Role.REVIEWER

    with refused(Code.RESERVED_NAME):
        await put(desk.house, BEN, f"{package}/handoff.feedback.md", "I say so.")
