from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from signoff.actions import claims, deciding, moves, splitting, withdrawing
from signoff.actions.claims import OneClaim
from signoff.actions.moves import Move
from signoff.actions.splitting import Split
from signoff.domain.actors import system
from signoff.domain.errors import Code
from signoff.domain.sidecars import Question, Sidecar
from tests.actions.cast import ACME, ADA, BEN, CLERK, DAN, RITA, SCRIBE, last
from tests.actions.desk import Desk, opened_desk, refused


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    opened = await opened_desk(tmp_path)
    yield opened
    await opened.house.close()


async def test_a_file_goes_to_needs_review_with_its_context_as_a_sidecar(desk: Desk):
    await desk.put(SCRIBE, "input/q3/report.csv")

    handoff = await desk.submit(SCRIBE, "input/q3/report.csv", title="Q3", confidence=0.8)

    assert (handoff.state, handoff.round, handoff.kind) == ("in_review", 1, "approval")
    assert handoff.path == "needs-review/q3/report.csv"
    assert handoff.title == "Q3"
    assert [file.path for file in handoff.files] == ["file", "sidecar"]
    assert handoff.created is True
    assert await desk.paths() == {
        "needs-review/q3/report.csv",
        "needs-review/q3/report.csv.handoff.json",
    }
    told = await last(desk.house)
    assert told["type"] == "handoff.opened"
    assert told["digest"] == handoff.digest
    assert told["private"]["from"] == "input/q3/report.csv"


async def test_several_paths_are_gathered_below_their_nearest_parent(desk: Desk):
    await desk.put(SCRIBE, "input/a/x.csv")
    await desk.put(SCRIBE, "input/a/b/y.csv")

    handoff = await desk.submit(SCRIBE, "input/a/x.csv", "input/a/b/y.csv", title="Both")

    assert handoff.path == "needs-review/a/Both"
    assert await desk.paths() == {
        "needs-review/a/Both/x.csv",
        "needs-review/a/Both/b/y.csv",
        "needs-review/a/Both/handoff.json",
    }


async def test_a_file_named_with_its_sidecar_is_one_file(desk: Desk):
    await desk.put(SCRIBE, "input/x.csv")
    await desk.put(SCRIBE, "input/x.csv.handoff.json", '{"title": "Told"}')

    handoff = await desk.submit(SCRIBE, "input/x.csv", "input/x.csv.handoff.json")

    assert (handoff.path, handoff.title) == ("needs-review/x.csv", "Told")


async def test_a_file_named_with_markdown_about_it_is_one_file(desk: Desk):
    await desk.put(SCRIBE, "input/x.csv")
    await desk.put(SCRIBE, "input/x.md", "---\nhandoff: approval\ntitle: T\n---\nHello\n")

    handoff = await desk.submit(SCRIBE, "input/x.csv", "input/x.md")

    assert (handoff.path, handoff.title) == ("needs-review/x.csv", "T")
    assert await desk.paths() == {"needs-review/x.csv", "needs-review/x.md"}


async def test_a_sidecar_under_another_name_becomes_the_one_that_counts(desk: Desk):
    await desk.put(SCRIBE, "input/x.csv")
    await desk.put(SCRIBE, "input/x-metadata.json", '{"summary": "Old", "confidence": 0.5}')

    handoff = await desk.submit(SCRIBE, "input/x.csv", summary="New")

    assert (handoff.summary, handoff.confidence) == ("New", 0.5)
    assert await desk.paths() == {
        "needs-review/x.csv",
        "needs-review/x.csv.handoff.json",
    }


async def test_a_taken_name_gives_way_on_file_and_sidecar(desk: Desk):
    await desk.put(SCRIBE, "input/x.csv")
    await desk.submit(SCRIBE, "input/x.csv", title="One")
    await desk.put(SCRIBE, "input/x.csv")

    second = await desk.submit(SCRIBE, "input/x.csv", title="Two")

    assert second.path == "needs-review/x (2).csv"
    assert "needs-review/x (2).csv.handoff.json" in await desk.paths()


async def test_an_invalid_sidecar_is_flagged_and_shown_raw(desk: Desk):
    await desk.put(SCRIBE, "input/x.csv")
    await desk.put(SCRIBE, "input/x.csv.handoff.json", "{ not json")

    handoff = await desk.submit(SCRIBE, "input/x.csv")

    assert handoff.raw_sidecar == "{ not json"
    assert [flag.severity for flag in handoff.flags] == ["warning"]


async def test_a_sidecar_that_is_too_large_is_flagged_and_holds_nothing_up(desk: Desk):
    await desk.put(SCRIBE, "input/x.csv")
    await desk.put(SCRIBE, "input/x.csv.handoff.json", " " * (1024 * 1024 + 1))

    handoff = await desk.submit(SCRIBE, "input/x.csv")

    assert [flag.message for flag in handoff.flags] == [
        "The sidecar is too large and was not read."
    ]
    assert [file.path for file in handoff.files] == ["file", "sidecar"]


async def test_large_markdown_beside_a_file_is_work_of_its_own(desk: Desk):
    await desk.put(SCRIBE, "input/x.csv")
    await desk.put(SCRIBE, "input/x.md", "a" * (1024 * 1024 + 1))

    claim = await desk.claim(SCRIBE)
    handoff = await desk.submit(SCRIBE, claim.path, token=claim.lock_token)

    assert handoff.path == "needs-review/x.csv"
    assert await desk.paths() == {"needs-review/x.csv", "input/x.md"}


async def test_the_same_dedupe_key_returns_the_open_handoff(desk: Desk):
    await desk.put(SCRIBE, "input/x.csv")
    first = await desk.submit(SCRIBE, "input/x.csv", dedupe_key="run-7")
    mark = await desk.mark()

    second = await desk.submit(SCRIBE, "input/x.csv", dedupe_key="run-7")

    assert (second.id, second.created) == (first.id, False)
    assert await desk.types(mark) == []


async def test_resume_state_is_shown_to_the_submitting_agent_alone(desk: Desk):
    await desk.put(SCRIBE, "input/x.csv")
    handoff = await desk.submit(SCRIBE, "input/x.csv", resume_state="step 4")

    mine = await desk.read(SCRIBE, handoff.id)
    theirs = await desk.read(ADA, handoff.id)

    assert handoff.resume_state == mine.resume_state == "step 4"
    assert not theirs.resume_state


async def test_work_from_a_claim_lands_below_its_items_parent_and_ends_the_claim(desk: Desk):
    await desk.put(DAN, "input/a/x.csv")
    claim = await desk.claim(SCRIBE)
    await desk.put(SCRIBE, f"{claim.folder}/clean.csv", "clean", claim.lock_token)
    await desk.put(SCRIBE, f"{claim.folder}/scratch.txt", "scratch", claim.lock_token)
    mark = await desk.mark()

    handoff = await desk.submit(
        SCRIBE, f"{claim.folder}/clean.csv", token=claim.lock_token, title="Clean"
    )

    assert handoff.path == "needs-review/a/clean.csv"
    assert [source.path for source in handoff.sources] == [f"archive/{handoff.id}/x.csv"]
    assert await desk.paths() == {
        "needs-review/a/clean.csv",
        "needs-review/a/clean.csv.handoff.json",
        f"archive/{handoff.id}/x.csv",
    }
    types = await desk.types(mark)
    assert "claim.released" in types
    assert types[-1] == "handoff.opened"


async def test_gathered_work_of_a_claim_lands_below_its_items_parent(desk: Desk):
    await desk.put(DAN, "input/a/x.csv")
    claim = await desk.claim(SCRIBE)
    await desk.put(SCRIBE, f"{claim.folder}/out/one.csv", "1", claim.lock_token)
    await desk.put(SCRIBE, f"{claim.folder}/out/two.csv", "2", claim.lock_token)

    handoff = await desk.submit(
        SCRIBE,
        f"{claim.folder}/out/one.csv",
        f"{claim.folder}/out/two.csv",
        token=claim.lock_token,
        title="Pair",
    )

    assert handoff.path == "needs-review/a/out/Pair"


async def test_a_claims_work_folder_stands_for_what_is_in_it(desk: Desk):
    await desk.put(DAN, "input/x.csv")
    claim = await desk.claim(SCRIBE)
    await desk.put(SCRIBE, f"{claim.folder}/report.md", "# Report", claim.lock_token)

    handoff = await desk.submit(SCRIBE, claim.folder, token=claim.lock_token, title="All")

    assert handoff.path == "needs-review/All"
    assert {file.path for file in handoff.files} == {"x.csv", "report.md", "handoff.json"}


async def test_the_next_round_is_what_is_submitted_from_a_claim_on_it(desk: Desk):
    await desk.put(SCRIBE, "input/a/x.csv", "one")
    first = await desk.submit(SCRIBE, "input/a/x.csv", title="T", kind="approval")
    await desk.decide(BEN, first, "request_changes", "Add a row.")
    claim = await desk.claim(SCRIBE)
    await desk.put(SCRIBE, claim.path, "two", claim.lock_token)

    second = await desk.submit(SCRIBE, claim.path, token=claim.lock_token, summary="Row added")

    assert (second.id, second.round, second.state) == (first.id, 2, "in_review")
    assert (second.title, second.summary) == ("T", "Row added")
    assert second.path == "needs-review/a/x.csv"
    assert second.created is False
    assert await desk.paths() == {
        "needs-review/a/x.csv",
        "needs-review/a/x.csv.handoff.json",
    }
    assert (await last(desk.house))["type"] == "handoff.resubmitted"


async def test_a_next_round_does_not_repeat_the_questions_that_were_answered(desk: Desk):
    await desk.put(SCRIBE, "input/x.csv", "one")
    ask = Question(id="day_first", text="Day first?", schema={"type": "boolean"})
    first = await desk.submit(SCRIBE, "input/x.csv", kind="escalation", questions=(ask,))
    await desk.decide(BEN, first, "answer", answers={"day_first": True})
    claim = await desk.claim(SCRIBE)

    second = await desk.submit(SCRIBE, claim.path, token=claim.lock_token, summary="Done")

    assert (second.kind, second.questions, second.round) == ("approval", (), 2)
    assert second.verdicts == ("approve", "request_changes", "reject")


async def test_another_package_may_take_the_place_of_the_one_sent_back(desk: Desk):
    await desk.put(SCRIBE, "input/x.csv", "one")
    first = await desk.submit(SCRIBE, "input/x.csv")
    await desk.decide(BEN, first, "request_changes", "As a table, please.")
    await desk.put(SCRIBE, "input/table.md", "| a |")

    second = await desk.submit(SCRIBE, "input/table.md", handoff=first.id)

    assert (second.id, second.round, second.path) == (first.id, 2, "needs-review/table.md")
    assert await desk.paths() == {"needs-review/table.md", f"archive/{first.id}/x.csv"}


async def test_a_policy_names_reviewers_and_a_sidecar_only_adds(desk: Desk):
    await desk.policy("reviewers: [ada@acme.example]\nrequired: 1\n")
    await desk.put(SCRIBE, "input/x.csv")

    handoff = await desk.submit(
        SCRIBE, "input/x.csv", reviewers=("ben@acme.example", "nobody@else.example")
    )

    assert handoff.reviewers == ("pe_ada", "pe_ben")
    assert handoff.required == 2
    assert "nobody@else.example" in handoff.flags[0].message


# Refusals.


async def test_nothing_to_hand_over_is_refused(desk: Desk):
    with refused(Code.NO_FILES):
        await desk.submit(SCRIBE)
    await desk.put(SCRIBE, "input/e/.DS_Store")
    with refused(Code.NO_FILES):
        await desk.submit(SCRIBE, "input/e")
    with refused(Code.NOT_FOUND):
        await desk.submit(SCRIBE, "input/none.csv")


async def test_an_escalation_says_what_it_needs(desk: Desk):
    await desk.put(SCRIBE, "input/x.csv")

    with refused(Code.INVALID):
        await desk.submit(SCRIBE, "input/x.csv", kind="escalation")
    with refused(Code.INVALID):
        await desk.submit(SCRIBE, "input/x.csv", kind="wish")


async def test_a_reader_hands_nothing_over(desk: Desk):
    await desk.put(SCRIBE, "input/x.csv")

    with refused(Code.FORBIDDEN):
        await desk.submit(RITA, "input/x.csv")

    assert (await last(desk.house))["type"] == "access.denied"


async def test_what_is_in_review_or_decided_is_not_handed_over_again(desk: Desk):
    await desk.put(SCRIBE, "input/x.csv")
    handoff = await desk.submit(SCRIBE, "input/x.csv")
    with refused(Code.WRONG_STAGE):
        await desk.submit(SCRIBE, "needs-review/x.csv")
    await desk.decide(BEN, handoff, "approve")
    with refused(Code.FROZEN):
        await desk.submit(SCRIBE, "approved/x.csv")


async def test_anothers_claim_and_anothers_round_are_refused(desk: Desk):
    await desk.put(DAN, "input/x.csv")
    claim = await desk.claim(SCRIBE)
    with refused(Code.CLAIMED):
        await desk.submit(CLERK, claim.path)
    await desk.put(CLERK, "input/y.csv")
    mine = await desk.submit(CLERK, "input/y.csv")
    await desk.decide(ADA, mine, "request_changes", "No.")
    await desk.put(SCRIBE, "input/z.csv")
    with refused(Code.WRONG_STATE):
        await desk.submit(SCRIBE, "input/z.csv", handoff=mine.id)


async def test_what_was_sent_back_is_not_handed_over_by_another_agent(desk: Desk):
    await desk.put(SCRIBE, "input/x.csv")
    handoff = await desk.submit(SCRIBE, "input/x.csv")
    await desk.decide(BEN, handoff, "request_changes", "No.")

    with refused(Code.FORBIDDEN):
        await desk.submit(CLERK, "feedback/x.csv")
    again = await desk.submit(SCRIBE, "feedback/x.csv")

    assert (again.id, again.round, again.submitted_by.id) == (handoff.id, 2, "ag_scribe")


async def test_a_lapsed_claim_submits_nothing(desk: Desk):
    await desk.put(DAN, "input/x.csv")
    claim = await desk.claim(SCRIBE)
    desk.wait(601)

    with refused(Code.CLAIM_LAPSED):
        await desk.submit(SCRIBE, claim.path, token=claim.lock_token)

    assert await desk.paths() == {claim.path}


async def test_a_claim_that_was_swept_is_lapsed_and_not_unknown(desk: Desk):
    await desk.put(DAN, "input/batch/x.csv")
    claim = await desk.claim(SCRIBE, "input/batch")
    desk.wait(601)
    await desk.do(claims.lapse, system(ACME), OneClaim(claim=claim.id))

    with refused(Code.CLAIM_LAPSED):
        await desk.submit(SCRIBE, claim.path, token=claim.lock_token)
    with refused(Code.CLAIM_LAPSED):
        split = Split(path=f"{claim.path}/x.csv", context=Sidecar(needs="Help."))
        await desk.do(splitting.split, SCRIBE, split, claim.lock_token)

    assert await desk.paths() == {"input/batch/x.csv"}


async def test_the_sidecar_of_a_file_in_review_is_frozen_for_agents(desk: Desk):
    await desk.put(SCRIBE, "input/x.csv")
    await desk.submit(SCRIBE, "input/x.csv", title="T")

    with refused(Code.FROZEN):
        await desk.put(SCRIBE, "needs-review/x.csv.handoff.json", "{}")
    with refused(Code.FROZEN):
        await desk.put(SCRIBE, "needs-review/x.csv", "other")


async def test_a_person_who_edits_the_sidecar_moves_the_digest(desk: Desk):
    await desk.put(SCRIBE, "input/x.csv")
    handoff = await desk.submit(SCRIBE, "input/x.csv", title="T")
    mark = await desk.mark()

    await desk.put(BEN, "needs-review/x.csv.handoff.json", '{"summary": "Mine"}')

    now = await desk.read(BEN, handoff.id)
    assert now.digest != handoff.digest
    assert now.summary == "Mine"
    assert await desk.types(mark) == ["handoff.changed", "file.written"]


async def test_moving_into_needs_review_submits(desk: Desk):
    await desk.put(SCRIBE, "input/x.csv")

    view = await desk.do(
        moves.move, SCRIBE, Move(from_="input/x.csv", to="needs-review/b/x.csv")
    )

    handoff = await desk.read(SCRIBE, str(view.handoff))
    assert (handoff.path, handoff.state) == ("needs-review/b/x.csv", "in_review")


async def test_a_package_of_ten_thousand_files_is_the_most(desk: Desk):
    await desk.put(SCRIBE, "input/x.csv")

    with refused(Code.PACKAGE_TOO_LARGE):
        await desk.submit(SCRIBE, *(f"input/{n}.csv" for n in range(501)))


async def test_a_successor_of_what_was_withdrawn_inherits_its_rounds(desk: Desk):
    await desk.put(SCRIBE, "input/x.csv")
    first = await desk.submit(SCRIBE, "input/x.csv")
    back = await desk.do(withdrawing.withdraw, SCRIBE, withdrawing.Withdraw(handoff=first.id))
    assert back.claim is not None

    second = await desk.submit(SCRIBE, back.claim.path, token=back.claim.lock_token)

    assert second.id != first.id
    assert (second.previous, second.round) == (first.id, 1)
    assert second.path == "needs-review/x.csv"
    assert (await desk.read(SCRIBE, first.id)).state == "withdrawn"
    listed = await desk.house.ask(claims.list_, SCRIBE, claims.ListClaims())
    assert listed.items == ()
    with refused(Code.NOT_FOUND):
        await desk.do(deciding.recall, ADA, deciding.Recall(handoff="ho_none", reason="x"))


async def test_nothing_lands_in_a_package_that_has_the_name_of_its_folder(desk: Desk):
    await desk.put(SCRIBE, "input/d/x.csv")
    batch = await desk.submit(SCRIBE, "input/d")
    await desk.put(CLERK, "input/d/y.csv")

    other = await desk.submit(CLERK, "input/d/y.csv")

    assert (batch.path, other.path) == ("needs-review/d", "needs-review/d (2)/y.csv")
    assert (await desk.read(BEN, batch.id)).digest == batch.digest
