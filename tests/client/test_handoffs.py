"""Handoffs are waited for, and decisions come back as values."""

import asyncio
from typing import Any

import pytest

from signoff_client import NotFound, StillWaiting, Unauthenticated
from signoff_client.plans import handoffs
from tests.client.people import decide
from tests.hosts import Workspace


async def test_what_a_person_edited_comes_back_as_a_difference(
    workspace: Workspace, signoff: Any
) -> None:
    await signoff.write("shared/a.md", b"one\ntwo\n")
    handoff = await signoff.submit("shared/a.md")
    await decide(workspace, handoff.id, "approve", edit={"": b"one\n2\n"})

    decision = await handoff.wait()

    assert decision.edited
    assert [change.change for change in decision.changes] == ["changed"]
    assert decision.difference().splitlines()[3:] == [" one", "-two", "+2"]
    assert await signoff.read(decision.path) == b"one\n2\n"


async def test_what_a_person_edited_in_a_folder_is_named(
    workspace: Workspace, signoff: Any
) -> None:
    for name in ("a.md", "b.md"):
        await signoff.write(f"shared/pack/{name}", b"one\n")
    handoff = await signoff.submit(["shared/pack"])
    await decide(workspace, handoff.id, "approve", edit={"b.md": b"two\n", "c.md": b"new\n"})

    decision = await handoff.wait()

    assert [(one.path, one.change) for one in decision.changes] == [
        ("b.md", "changed"),
        ("c.md", "added"),
    ]
    assert "+++ decided/c.md\n@@ -0,0 +1 @@\n+new\n" in decision.difference()


async def test_questions_are_answered_as_data(workspace: Workspace, signoff: Any) -> None:
    await signoff.write("input/a.csv", b"01/02/2026")
    item = await signoff.claim()
    question = {
        "id": "order",
        "text": "Day or month first?",
        "schema": {"enum": ["day", "month"]},
    }
    handoff = await item.escalate(needs="The order of the date", questions=[question])
    await decide(workspace, handoff.id, "answer", answers={"order": "day"})

    decision = await handoff.wait()

    assert decision.answered
    assert decision.answers == {"order": "day"}


async def test_nobody_decides_in_time(signoff: Any) -> None:
    await signoff.write("shared/a.md", b"one")
    handoff = await signoff.submit("shared/a.md")

    with pytest.raises(StillWaiting) as waiting:
        await handoff.wait(timeout=0.3)

    assert waiting.value.handoff == handoff.id


async def test_a_handoff_is_waited_for_by_its_id_from_elsewhere(
    workspace: Workspace, signoff: Any
) -> None:
    await signoff.write("shared/a.md", b"one")
    handoff = await signoff.submit("shared/a.md", resume_state="step 3")
    await decide(workspace, handoff.id, "reject", reason="Not this one")

    decision = await (await signoff.handoff(handoff.id)).wait()

    assert decision.rejected
    assert decision.reason == "Not this one"
    assert decision.resume_state == "step 3"


async def test_a_dedupe_key_returns_the_same_handoff(signoff: Any) -> None:
    await signoff.write("shared/a.md", b"one")
    first = await signoff.submit("shared/a.md", dedupe_key="once")

    again = await signoff.submit("shared/a.md", dedupe_key="once")

    assert (first.created, again.created) == (True, False)
    assert again.id == first.id


async def test_withdrawing_ends_the_wait(signoff: Any) -> None:
    await signoff.write("shared/a.md", b"one")
    handoff = await signoff.submit("shared/a.md")
    waiting = asyncio.create_task((await signoff.handoff(handoff.id)).wait())

    await handoff.withdraw("Found a mistake")

    decision = await waiting
    assert decision.state == "withdrawn"
    assert decision.verdict == "withdraw"


async def test_a_waiter_whose_key_was_revoked_is_told_so(
    workspace: Workspace, signoff: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handoffs, "LONGEST_WAIT", 1)
    await signoff.write("shared/a.md", b"one")
    handoff = await signoff.submit("shared/a.md")
    waiting = asyncio.create_task(handoff.wait())
    await asyncio.sleep(0.3)

    await workspace.revoke("scribe")

    async with asyncio.timeout(5):
        with pytest.raises(Unauthenticated) as told:
            await waiting
    assert told.value.status == 401


async def test_a_handoff_that_is_not_there_is_not_found(signoff: Any) -> None:
    with pytest.raises(NotFound) as refused:
        await signoff.handoff("ho_nothere")

    assert refused.value.code == "not_found"


async def test_feedback_has_the_comments(workspace: Workspace, signoff: Any) -> None:
    await signoff.write("shared/a.md", b"one")
    handoff = await signoff.submit("shared/a.md")
    assert await handoff.feedback() is None
    async with workspace.signed_in("ben") as ben:
        await ben.post(f"handoffs/{handoff.id}/comments", json={"text": "Why one?"})
    await decide(workspace, handoff.id, "request_changes", reason="See the comment")

    decision = await handoff.wait()
    feedback = await handoff.feedback()

    assert decision.changes_requested
    assert decision.feedback == "See the comment"
    assert [one.text for one in feedback.comments] == ["Why one?"]
    assert [one.id async for one in signoff.handoffs(state="changes_requested")] == [handoff.id]
