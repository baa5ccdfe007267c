import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from signoff.actions import comments, comparisons, deciding, handoffs, locks
from signoff.actions.comments import AddComment
from signoff.actions.comparisons import Changes
from signoff.actions.deciding import Recall
from signoff.domain.actors import Door
from signoff.domain.errors import Code
from signoff.domain.sidecars import Question
from tests.actions.cast import ADA, BEN, CLERK, DAN, MAY, SCRIBE, by_drive, last
from tests.actions.desk import Desk, opened_desk, refused


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    opened = await opened_desk(tmp_path)
    yield opened
    await opened.house.close()


async def one(desk: Desk, **context: Any):
    await desk.put(SCRIBE, "input/x.csv", "one")
    return await desk.submit(SCRIBE, "input/x.csv", **context)


async def batch(desk: Desk, *names: str):
    for name in names:
        await desk.put(SCRIBE, f"input/batch/{name}", name)
    return await desk.submit(SCRIBE, "input/batch", title="Batch")


async def test_approving_moves_the_package_and_binds_its_digest(desk: Desk):
    handoff = await one(desk, title="T")

    approved = await desk.decide(BEN, handoff, "approve")

    assert (approved.state, approved.path) == ("approved", "approved/x.csv")
    assert approved.decision is not None
    assert approved.decision.digest == handoff.digest
    assert msgspec.to_builtins(approved.decision.by) == {
        "id": "pe_ben",
        "kind": "person",
        "name": "Ben",
    }
    assert approved.decision.changed is False
    assert await desk.paths() == {"approved/x.csv", "approved/x.csv.handoff.json"}
    told = await last(desk.house)
    assert (told["type"], told["digest"], told["round"]) == (
        "handoff.approved",
        handoff.digest,
        1,
    )


async def test_requesting_changes_writes_the_note_that_files_can_follow(desk: Desk):
    handoff = await one(desk, title="T")
    await desk.do(
        comments.add, BEN, AddComment(handoff=handoff.id, text="Why 1?", file="x.csv")
    )

    back = await desk.decide(BEN, handoff, "request_changes", "Add a row.")

    assert (back.state, back.path) == ("changes_requested", "feedback/x.csv")
    tree = await desk.tree()
    assert set(tree) == {
        "feedback/x.csv",
        "feedback/x.csv.handoff.json",
        "feedback/x.csv.feedback.md",
    }
    assert tree["feedback/x.csv.feedback.md"] == (
        "# Changes requested: T\n\nBy Ben, round 1.\n\nAdd a row.\n\n"
        "## Comments\n\n- `x.csv`: Why 1?\n"
    )
    assert (await last(desk.house))["type"] == "handoff.changes_requested"


async def test_answers_are_held_against_their_schema_and_come_back_as_data(desk: Desk):
    ask = Question(id="rate", text="Which rate?", schema={"type": "number", "minimum": 0})
    handoff = await one(desk, kind="escalation", questions=(ask,))
    with refused(Code.ANSWER_INVALID):
        await desk.decide(BEN, handoff, "answer", answers={"rate": -1})
    with refused(Code.ANSWER_INVALID):
        await desk.decide(BEN, handoff, "answer", answers={})

    answered = await desk.decide(BEN, handoff, "answer", answers={"rate": 0.19})

    assert answered.state == "answered"
    assert answered.decision is not None
    assert answered.decision.answers == {"rate": 0.19}
    tree = await desk.tree()
    assert json.loads(tree["feedback/x.csv.answers.json"]) == {"rate": 0.19}
    claim = await desk.claim(SCRIBE)
    assert claim.feedback
    assert claim.feedback.answers == {"rate": 0.19}
    assert (await last(desk.house))["type"] == "claim.taken"


async def test_rejecting_needs_a_reason_and_keeps_the_note(desk: Desk):
    handoff = await one(desk)
    with refused(Code.REASON_REQUIRED):
        await desk.decide(BEN, handoff, "reject")

    rejected = await desk.decide(BEN, handoff, "reject", "Wrong client.")

    assert (rejected.state, rejected.path) == ("rejected", "rejected/x.csv")
    assert "rejected/x.csv.feedback.md" in await desk.paths()
    assert (await last(desk.house))["type"] == "handoff.rejected"


async def test_a_relay_is_completed_with_the_persons_own_version(desk: Desk):
    handoff = await one(desk, kind="relay")
    await desk.put(BEN, "needs-review/x.csv", "finished by hand")
    seen = await desk.read(BEN, handoff.id)

    done = await desk.decide(BEN, seen, "approve")

    assert done.decision is not None
    assert done.decision.changed is True
    assert (await desk.tree())["approved/x.csv"] == "finished by hand"


async def test_editing_then_approving_gives_the_agent_the_difference(desk: Desk):
    handoff = await batch(desk, "a.csv", "b.csv")
    await desk.put(BEN, "needs-review/batch/a.csv", "better")
    await desk.put(BEN, "needs-review/batch/c.csv", "new")
    with refused(Code.DIGEST_MISMATCH):
        await desk.decide(BEN, handoff, "approve")
    seen = await desk.read(BEN, handoff.id)
    approved = await desk.decide(BEN, seen, "approve")

    found = await desk.house.ask(
        comparisons.changes, SCRIBE, Changes(handoff=handoff.id, round=1, since=1)
    )

    assert approved.decision is not None
    assert approved.decision.changed is True
    assert approved.submitted_digest == handoff.digest
    assert [(each.path, each.change) for each in found.files] == [
        ("a.csv", "changed"),
        ("c.csv", "added"),
    ]
    assert (found.since.digest, found.until.digest) == (handoff.digest, approved.digest)
    assert found.files[0].before is not None
    assert found.files[0].after is not None
    assert (found.files[0].before.version, found.files[0].after.version) == (1, 2)
    assert found.same_count == 2


async def test_rounds_are_compared_as_they_ended(desk: Desk):
    first = await one(desk)
    await desk.decide(BEN, first, "request_changes", "Again.")
    claim = await desk.claim(SCRIBE)
    await desk.put(SCRIBE, claim.path, "two", claim.lock_token)
    second = await desk.submit(SCRIBE, claim.path, token=claim.lock_token)

    found = await desk.house.ask(comparisons.changes, BEN, Changes(handoff=second.id))

    assert [(each.path, each.change) for each in found.files] == [("file", "changed")]
    assert (found.since.round, found.until.round) == (1, 2)
    with refused(Code.NOT_FOUND):
        await desk.house.ask(comparisons.changes, BEN, Changes(handoff=second.id, round=9))


async def test_the_same_verdict_again_answers_the_same_and_records_nothing(desk: Desk):
    handoff = await one(desk)
    first = await desk.decide(BEN, handoff, "approve")
    mark = await desk.mark()

    again = await desk.decide(BEN, handoff, "approve")

    assert again.decision == first.decision
    assert await desk.types(mark) == []
    with refused(Code.ALREADY_DECIDED):
        await desk.decide(BEN, handoff, "reject", "No.")


async def test_an_agent_cannot_decide_and_that_is_on_the_record(desk: Desk):
    handoff = await one(desk)

    with refused(Code.AGENT_CANNOT_DECIDE):
        await desk.decide(CLERK, handoff, "approve")

    told = await last(desk.house)
    assert (told["type"], told["codes"]["code"]) == ("access.denied", "agent_cannot_decide")
    person_over_mcp = msgspec.structs.replace(BEN, door=Door.MCP)
    with refused(Code.AGENT_CANNOT_DECIDE):
        await desk.decide(person_over_mcp, handoff, "approve")
    with refused(Code.CREDENTIAL_CANNOT_DECIDE):
        await desk.decide(by_drive(BEN, decides=False), handoff, "approve")
    with refused(Code.FORBIDDEN):
        await desk.decide(DAN, handoff, "approve")


async def test_what_is_no_digest_is_not_taken_for_one_that_has_changed(desk: Desk):
    handoff = await one(desk)

    with refused(Code.INVALID):
        await desk.decide(BEN, msgspec.structs.replace(handoff, digest="zz"), "approve")

    assert (await desk.read(BEN, handoff.id)).state == "in_review"


async def test_a_verdict_on_what_was_not_on_the_screen_is_refused(desk: Desk):
    handoff = await one(desk)

    with refused(Code.DIGEST_MISMATCH) as info:
        await desk.decide(BEN, handoff, "approve", digest="sha256:" + "0" * 64)
    assert info.value.facts["digest"] == handoff.digest
    with refused(Code.WRONG_STATE):
        await desk.decide(BEN, handoff, "approve", round=2)
    with refused(Code.VERDICT_NOT_OFFERED):
        await desk.decide(BEN, handoff, "answer", "Because.")
    with refused(Code.VERDICT_NOT_OFFERED):
        await desk.decide(BEN, handoff, "perhaps")


async def test_a_round_must_be_named_where_the_same_bytes_were_decided_before(desk: Desk):
    handoff = await one(desk)
    await desk.decide(BEN, handoff, "request_changes", "Look again.")
    claim = await desk.claim(SCRIBE)
    second = await desk.submit(SCRIBE, claim.path, token=claim.lock_token)
    assert second.digest == handoff.digest

    with refused(Code.ROUND_REQUIRED):
        await desk.decide(BEN, second, "approve", round=None)
    await desk.decide(BEN, second, "approve")


async def test_two_approvals_are_needed_where_the_policy_says_two(desk: Desk):
    await desk.policy("required: 2\n")
    handoff = await one(desk)

    first = await desk.decide(BEN, handoff, "approve")
    assert (first.state, first.decision) == ("in_review", None)
    assert [review.by.id for review in first.reviews] == ["pe_ben"]
    assert (await last(desk.house))["type"] == "handoff.reviewed"
    same = await desk.decide(BEN, handoff, "approve")
    assert same.state == "in_review"
    second = await desk.decide(ADA, handoff, "approve")

    assert second.state == "approved"


async def test_an_edit_voids_what_was_said_of_the_old_bytes(desk: Desk):
    await desk.policy("required: 2\n")
    handoff = await one(desk)
    await desk.decide(BEN, handoff, "approve")
    await desk.put(MAY, "needs-review/x.csv", "edited")
    seen = await desk.read(ADA, handoff.id)

    after = await desk.decide(ADA, seen, "approve")

    assert after.state == "in_review"
    final = await desk.decide(BEN, seen, "approve")
    assert final.state == "approved"


async def test_steps_are_taken_in_order(desk: Desk):
    await desk.policy("steps:\n- reviewers: ['group:legal']\n- reviewers: [may@acme.example]\n")
    handoff = await one(desk)

    first = await desk.decide(BEN, handoff, "approve")
    assert first.state == "in_review"
    final = await desk.decide(MAY, handoff, "approve")

    assert final.state == "approved"


async def test_four_eyes_keep_the_agents_owner_from_approving(desk: Desk):
    await desk.policy("four_eyes: on\n")
    handoff = await one(desk)

    with refused(Code.OWN_WORK):
        await desk.decide(ADA, handoff, "approve")
    assert (await desk.decide(BEN, handoff, "approve")).state == "approved"


async def test_four_eyes_with_edits_keep_who_wrote_in_it_too(desk: Desk):
    await desk.policy("four_eyes: edits\n")
    handoff = await one(desk)
    await desk.put(BEN, "needs-review/x.csv", "mine")
    seen = await desk.read(BEN, handoff.id)

    with refused(Code.OWN_WORK):
        await desk.decide(BEN, seen, "approve")
    assert (await desk.decide(MAY, seen, "approve")).state == "approved"


async def test_who_wrote_in_an_earlier_round_does_not_approve_a_later_one(desk: Desk):
    await desk.policy("four_eyes: edits\n")
    handoff = await one(desk)
    await desk.put(BEN, "needs-review/x.csv", "mine")
    seen = await desk.read(MAY, handoff.id)
    await desk.decide(MAY, seen, "approve")
    recalled = await desk.do(deciding.recall, MAY, Recall(handoff=handoff.id, reason="Why?"))

    with refused(Code.OWN_WORK):
        await desk.decide(BEN, recalled, "approve")
    await desk.decide(MAY, recalled, "request_changes", "No.")
    claim = await desk.claim(SCRIBE)
    again = await desk.submit(SCRIBE, claim.path, token=claim.lock_token)
    with refused(Code.OWN_WORK):
        await desk.decide(BEN, again, "approve")


async def test_who_wrote_the_sidecar_does_not_approve_with_four_eyes_and_edits(desk: Desk):
    await desk.policy("four_eyes: edits\n")
    handoff = await one(desk, title="T")
    await desk.put(BEN, "needs-review/x.csv.handoff.json", '{"title": "Mine"}')
    seen = await desk.read(BEN, handoff.id)

    with refused(Code.OWN_WORK):
        await desk.decide(BEN, seen, "approve")
    assert (await desk.decide(MAY, seen, "approve")).state == "approved"


async def test_without_four_eyes_the_log_says_that_it_was_ones_own_agent(desk: Desk):
    handoff = await one(desk)

    await desk.decide(ADA, handoff, "approve")

    assert (await last(desk.house))["codes"]["own_agent"] is True


async def test_nobody_decides_on_what_they_submitted(desk: Desk):
    await desk.put(BEN, "input/x.csv")
    handoff = await desk.submit(BEN, "input/x.csv")

    with refused(Code.OWN_WORK):
        await desk.decide(BEN, handoff, "approve")


async def test_after_the_last_round_it_is_escalated_at_once(desk: Desk):
    await desk.policy("max_rounds: 1\nraise_to: may@acme.example\n")
    handoff = await one(desk)

    after = await desk.decide(BEN, handoff, "request_changes", "No end in sight.")

    assert (after.state, after.round, after.kind) == ("in_review", 2, "escalation")
    assert (after.path, after.raised_to) == ("needs-review/x.csv", "pe_may")
    assert after.decision is not None
    assert (after.decision.round, after.decision.verdict) == (1, "request_changes")
    assert (await desk.types())[-3:] == [
        "handoff.changes_requested",
        "handoff.resubmitted",
        "handoff.raised",
    ]
    mine = await desk.house.ask(handoffs.list_, MAY, handoffs.ListHandoffs(reviewer="me"))
    assert [each.id for each in mine.items] == [handoff.id]
    same = await desk.decide(BEN, handoff, "request_changes", "No end in sight.")
    assert same.round == 2


async def test_a_foreign_lock_holds_the_decision_and_ones_own_ends(desk: Desk):
    handoff = await one(desk)
    lock = await desk.do(locks.take, MAY, locks.TakeLock(path="needs-review/x.csv"))
    with refused(Code.LOCKED):
        await desk.decide(BEN, handoff, "approve")

    after = await desk.decide(MAY, handoff, "approve")

    assert after.state == "approved"
    assert (await desk.types())[-2:] == ["lock.released", "handoff.approved"]
    assert lock is not None


async def test_files_are_decided_one_by_one(desk: Desk):
    handoff = await batch(desk, "a.csv", "b.csv", "c.csv")

    after = await desk.decide(
        BEN,
        handoff,
        "approve",
        "Two are off.",
        files={"b.csv": "request_changes", "c.csv": "reject"},
    )

    assert (after.id, after.state, after.path) == (
        handoff.id,
        "changes_requested",
        "feedback/batch",
    )
    assert after.decision is not None
    assert after.decision.digest == handoff.digest
    assert {one.path: one.verdict for one in after.decision.files} == {
        "a.csv": "approve",
        "b.csv": "request_changes",
        "c.csv": "reject",
    }
    assert await desk.paths() == {
        "approved/batch/a.csv",
        "approved/batch/handoff.json",
        "rejected/batch/c.csv",
        "rejected/batch/handoff.json",
        "feedback/batch/b.csv",
        "feedback/batch/handoff.json",
        "feedback/batch/handoff.feedback.md",
    }
    assert [file.path for file in after.files] == ["b.csv", "handoff.json"]
    page = await desk.house.ask(handoffs.list_, BEN, handoffs.ListHandoffs())
    parts = {each.state: each for each in page.items if each.id != handoff.id}
    assert set(parts) == {"approved", "rejected"}
    part = await desk.read(BEN, parts["approved"].id)
    assert part.split_from == handoff.id
    assert part.digest != handoff.digest
    assert [file.path for file in part.files] == ["a.csv", "handoff.json"]
    decided = [each for each in await desk.types() if each.startswith("handoff.")]
    assert decided == [
        "handoff.opened",
        "handoff.split",
        "handoff.split",
        "handoff.changes_requested",
    ]


async def test_verdicts_on_single_files_are_repeated_after_the_files_have_left(desk: Desk):
    handoff = await batch(desk, "a.csv", "b.csv")
    said = {"a.csv": "approve", "b.csv": "request_changes"}
    await desk.decide(BEN, handoff, "approve", "One is off.", files=said)
    before = await desk.mark()

    same = await desk.decide(BEN, handoff, "approve", "One is off.", files=said)
    claim = await desk.claim(SCRIBE)
    await desk.submit(SCRIBE, claim.path, token=claim.lock_token)
    later = await desk.decide(BEN, handoff, "approve", "One is off.", files=said)

    assert (same.id, same.state) == (handoff.id, "changes_requested")
    assert (later.state, later.round) == ("in_review", 2)
    assert "handoff.reviewed" not in await desk.types(before)
    with refused(Code.ALREADY_DECIDED):
        await desk.decide(BEN, handoff, "approve", files={"b.csv": "approve"})


async def test_a_partial_verdict_waits_for_the_other_files(desk: Desk):
    handoff = await batch(desk, "a.csv", "b.csv")

    first = await desk.decide(BEN, handoff, "approve", files={"a.csv": "approve"}, partial=True)
    assert first.state == "in_review"
    after = await desk.decide(BEN, handoff, "approve", files={"b.csv": "approve"}, partial=True)

    assert after.state == "approved"
    with refused(Code.INVALID):
        await desk.decide(BEN, handoff, "approve", files={"z.csv": "approve"})


async def test_what_is_listed_leaves_the_files_out(desk: Desk):
    handoff = await one(desk, title="T")

    page = await desk.house.ask(handoffs.list_, BEN, handoffs.ListHandoffs(state="in_review"))

    shown = msgspec.to_builtins(page.items[0])
    assert shown["id"] == handoff.id
    assert shown["path"] == "needs-review/x.csv"
    assert "files" not in shown
    assert "decision" not in shown
