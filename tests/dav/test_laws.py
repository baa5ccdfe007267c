"""The laws of the workspace, kept by who knows nothing but a drive (RULES 7 to 13, 18 to 30)."""

import json
from typing import Any

import pytest

from signoff.actions import handoffs, locks
from signoff.actions.handoff_views import HandoffItem
from signoff.actions.handoffs import ListHandoffs
from signoff.actions.locks import TakeLock
from signoff.domain.ids import SECOND
from signoff.worker.duties import settle_arrivals
from tests.actions.cast import BEN, DAN, SCRIBE, held, log
from tests.actions.works import later, text_of
from tests.dav.drive import Drive, Town


async def settle(town: Town, seconds: float = 6) -> None:
    later(town.house, int(seconds * SECOND))
    await settle_arrivals(town.house)


async def handed_over(town: Town) -> list[HandoffItem]:
    page = await town.house.ask(handoffs.list_, BEN, ListHandoffs())
    return list(page.items)


async def one(town: Town) -> Any:
    (item,) = await handed_over(town)
    return await town.house.ask(handoffs.read, BEN, handoffs.One(handoff=item.id))


async def types(town: Town) -> list[str]:
    return [each["type"] for each in await log(town.house)]


async def in_review(town: Town, name: str = "r.pdf") -> Drive:
    """Let the agent hand a file over by moving it; return its drive."""
    scribe = town["scribe"]
    await scribe.put(f"input/{name}", "report")
    moved = await scribe("MOVE", f"input/{name}", scribe.to(f"needs-review/{name}"))
    assert moved.status == 201
    return scribe


# Arriving (RULES 18).


async def test_what_is_put_into_review_settles_and_opens(fresh: Town):
    scribe = fresh["scribe"]

    assert (await scribe.put("needs-review/r.pdf", "report")).status == 201
    assert (await fresh["clerk"].put("needs-review/r.pdf", "mine")).status in (409, 423)
    await settle(fresh, 1)
    assert await handed_over(fresh) == []
    await settle(fresh)

    handoff = await one(fresh)
    assert (handoff.path, handoff.state) == ("needs-review/r.pdf", "in_review")
    assert handoff.submitted_by.name == "Scribe"
    assert (await types(fresh))[-1] == "handoff.opened"


async def test_a_folder_that_comes_file_by_file_is_one_package(fresh: Town):
    scribe = fresh["scribe"]
    await scribe.make("needs-review/batch")
    await scribe.put("needs-review/batch/a.csv", "a")
    await settle(fresh, 3)
    await scribe.make("needs-review/batch/sub")
    await scribe.put("needs-review/batch/sub/b.csv", "b")
    await settle(fresh, 3)
    assert await handed_over(fresh) == []
    await settle(fresh, 3)

    handoff = await one(fresh)

    assert handoff.path == "needs-review/batch"
    assert sorted(each.path for each in handoff.files) == ["a.csv", "sub/b.csv"]


@pytest.mark.parametrize("method", ["MOVE", "COPY"])
async def test_what_comes_whole_opens_at_once(fresh: Town, method: str):
    scribe = fresh["scribe"]
    await scribe.make("work", "work/set")
    await scribe.put("work/set/a.csv", "a")

    done = await scribe(method, "work/set", scribe.to("needs-review/set"))

    assert done.status == 201
    assert (await one(fresh)).path == "needs-review/set"
    assert await scribe.there("work/set") is (method == "COPY")


async def test_empty_files_and_locked_names_open_nothing(fresh: Town):
    dan = fresh["dan"]
    taken = await dan.lock("needs-review/doc.docx", depth="0")
    await settle(fresh)
    assert await handed_over(fresh) == []

    await dan.put("needs-review/doc.docx", "text", If=f"(<{taken.token}>)")
    await settle(fresh)
    assert await handed_over(fresh) == []
    assert (await dan.unlock("needs-review/doc.docx", taken.token)).status == 204
    await settle(fresh)

    assert (await one(fresh)).path == "needs-review/doc.docx"


SIDECAR = json.dumps({"title": "Third quarter", "summary": "All is well.", "confidence": 0.5})


@pytest.mark.parametrize("first", ["file", "sidecar"])
async def test_a_sidecar_is_read_whichever_comes_first(fresh: Town, first: str):
    scribe = fresh["scribe"]
    parts = [("needs-review/q3.pdf", "report"), ("needs-review/q3.pdf.handoff.json", SIDECAR)]

    for path, body in parts if first == "file" else reversed(parts):
        assert (await scribe.put(path, body)).status == 201
    await settle(fresh)

    handoff = await one(fresh)
    assert (handoff.title, handoff.confidence) == ("Third quarter", 0.5)
    assert handoff.path == "needs-review/q3.pdf"


async def test_a_file_beside_its_sidecar_opens_at_once(fresh: Town):
    scribe = fresh["scribe"]
    await scribe.put("needs-review/q3.pdf.handoff.json", SIDECAR)
    await scribe.put("needs-review/q3.pdf", "report")

    assert (await one(fresh)).title == "Third quarter"


async def test_a_sidecar_may_still_come_before_the_first_review(fresh: Town):
    scribe = await in_review(fresh, "q3.pdf")
    before = (await one(fresh)).digest

    put = await scribe.put("needs-review/q3.pdf.handoff.json", SIDECAR)

    assert put.status == 201
    after = await one(fresh)
    assert after.title == "Third quarter"
    assert after.digest != before
    assert (await scribe.put("needs-review/q3.pdf.handoff.json", "{}")).status == 423


async def test_the_sidecar_travels_with_its_file_and_moving_it_after_is_no_fault(fresh: Town):
    scribe = fresh["scribe"]
    await scribe.put("input/q3.pdf", "report")
    await scribe.put("input/q3.pdf.handoff.json", SIDECAR)

    first = await scribe("MOVE", "input/q3.pdf", scribe.to("needs-review/q3.pdf"))
    then = await scribe(
        "MOVE", "input/q3.pdf.handoff.json", scribe.to("needs-review/q3.pdf.handoff.json")
    )

    assert (first.status, then.status) == (201, 204)
    assert await scribe.names("needs-review") == ["q3.pdf", "q3.pdf.handoff.json"]
    assert (await one(fresh)).title == "Third quarter"


# Frozen (RULES, the table of moves).


async def test_an_agent_changes_nothing_that_people_look_at(fresh: Town):
    scribe = await in_review(fresh)
    digest = (await one(fresh)).digest

    for name in ("scribe", "clerk"):
        drive = fresh[name]
        for method in ("PUT", "DELETE"):
            refused = await drive(method, "needs-review/r.pdf", {}, b"other")
            assert refused.status == 423, (name, method)
            assert refused.code == "frozen", (name, method)
            assert "lock-token-submitted" not in refused.body.decode()
        assert (await drive.lock("needs-review/r.pdf")).status == 423
    renamed = await scribe("MOVE", "needs-review/r.pdf", scribe.to("needs-review/other.pdf"))
    assert (renamed.status, renamed.code) == (403, "not_a_move")
    onto = await scribe("COPY", "needs-review/r.pdf", scribe.to("work.pdf"))
    assert onto.status == 201
    back = await scribe("COPY", "work.pdf", scribe.to("needs-review/r.pdf"))
    assert back.status == 423
    assert (await one(fresh)).digest == digest


async def test_an_agent_decides_nothing_by_moving_and_the_attempt_is_recorded(fresh: Town):
    scribe = await in_review(fresh)

    for stage in ("approved", "rejected", "feedback"):
        refused = await scribe("MOVE", "needs-review/r.pdf", scribe.to(f"{stage}/r.pdf"))
        assert (refused.status, refused.code) == (403, "agent_cannot_decide"), stage
    await scribe.put("free.txt", "x")
    for stage in ("approved", "rejected"):
        assert (await scribe.put(f"{stage}/x.txt", "x")).status == 403
        assert (await scribe("MKCOL", f"{stage}/x")).status == 403
        for method in ("MOVE", "COPY"):
            refused = await scribe(method, "free.txt", scribe.to(f"{stage}/x.txt"))
            assert (refused.status, refused.code) == (403, "by_decision_only"), (stage, method)
        assert (await scribe.lock(f"{stage}/y.txt")).status == 403

    assert (await one(fresh)).state == "in_review"
    denied = [each for each in await log(fresh.house) if each["type"] == "access.denied"]
    assert {each["door"] for each in denied} == {"dav"}
    assert denied[0]["actor"] == "ag_scribe"


async def test_a_person_edits_in_review_and_the_digest_moves(fresh: Town):
    await in_review(fresh)
    before = (await one(fresh)).digest

    assert (await fresh["ben"].put("needs-review/r.pdf", "better")).status == 204

    after = await one(fresh)
    assert after.digest != before
    assert (await fresh["ben"]("DELETE", "needs-review/r.pdf")).status == 423


# Deciding by moving (RULES 30).


async def test_a_person_who_may_decide_approves_by_moving(fresh: Town):
    await in_review(fresh)
    digest = (await one(fresh)).digest
    ben = await fresh.drive_of("ben", decides=True)

    moved = await ben("MOVE", "needs-review/r.pdf", ben.to("approved/r.pdf"))

    assert moved.status == 201
    handoff = await one(fresh)
    assert (handoff.state, handoff.path) == ("approved", "approved/r.pdf")
    assert handoff.decision.digest == digest
    entry = (await log(fresh.house))[-1]
    assert (entry["type"], entry["door"], entry["actor"]) == (
        "handoff.approved",
        "dav",
        "pe_ben",
    )
    for drive in (ben, fresh["scribe"]):
        assert (await drive.put("approved/r.pdf", "x")).status in (403, 423)
        assert (await drive("DELETE", "approved/r.pdf")).status in (403, 423)
    copied = await fresh["scribe"]("COPY", "approved/r.pdf", ben.to("again.pdf"))
    assert copied.status == 201


async def test_a_file_that_does_not_fit_its_schema_is_not_approved_by_moving(fresh: Town):
    scribe, ben = fresh["scribe"], await fresh.drive_of("ben", decides=True)
    said = {"schemas": {"file": {"type": "object", "required": ["amount"]}}}
    await scribe.put("input/pay.json", '{"amount": 5}')
    await scribe.put("input/pay.json.handoff.json", json.dumps(said))
    await scribe("MOVE", "input/pay.json", scribe.to("needs-review/pay.json"))
    await ben.put("needs-review/pay.json", "{}")

    refused = await ben("MOVE", "needs-review/pay.json", ben.to("approved/pay.json"))
    await ben.put("needs-review/pay.json", '{"amount": 6}')
    moved = await ben("MOVE", "needs-review/pay.json", ben.to("approved/pay.json"))

    assert (refused.status, moved.status) == (422, 201)
    assert (await one(fresh)).state == "approved"


async def test_what_does_not_fit_is_not_submitted_by_moving(fresh: Town):
    scribe = fresh["scribe"]
    said = {"schemas": {"file": {"type": "object", "required": ["amount"]}}}
    await scribe.put("input/pay.json", "{}")
    await scribe.put("input/pay.json.handoff.json", json.dumps(said))

    refused = await scribe("MOVE", "input/pay.json", scribe.to("needs-review/pay.json"))

    assert refused.status == 422
    assert await handed_over(fresh) == []


async def test_an_app_password_without_the_right_decides_nothing(fresh: Town):
    await in_review(fresh)
    ben = fresh["ben"]

    for stage in ("approved", "rejected", "feedback"):
        refused = await ben("MOVE", "needs-review/r.pdf", ben.to(f"{stage}/r.pdf"))
        assert (refused.status, refused.code) == (403, "credential_cannot_decide")

    assert (await one(fresh)).state == "in_review"
    assert (await types(fresh))[-1] == "access.denied"


@pytest.mark.parametrize(
    ("stage", "state", "event"),
    [
        ("feedback", "changes_requested", "handoff.changes_requested"),
        ("rejected", "rejected", "handoff.rejected"),
    ],
)
async def test_the_reason_of_a_move_is_the_note(
    fresh: Town, stage: str, state: str, event: str
):
    await in_review(fresh)
    ben = await fresh.drive_of("ben", decides=True)

    moved = await ben("MOVE", "needs-review/r.pdf", ben.to(f"{stage}/r.pdf"))
    assert moved.status == 201
    assert (await one(fresh)).state == state
    assert event not in await types(fresh)
    note = await ben.put(f"{stage}/r.pdf.feedback.md", "Page 3 is empty.\n")

    assert note.status in (201, 204)
    assert (await one(fresh)).decision.reason == "Page 3 is empty."
    assert event in await types(fresh)
    assert b"Page 3 is empty." in await fresh["scribe"].get(f"{stage}/r.pdf.feedback.md")


async def test_a_note_that_is_there_before_the_move_is_its_reason(fresh: Town):
    await in_review(fresh)
    ben = await fresh.drive_of("ben", decides=True)

    note = await ben.put("needs-review/r.pdf.feedback.md", "Too short.")
    moved = await ben("MOVE", "needs-review/r.pdf", ben.to("feedback/r.pdf"))

    assert moved.status == 201
    if note.status == 201:
        assert (await one(fresh)).decision.reason == "Too short."
    else:
        assert (note.status, note.code) == (403, "reserved_name")


async def test_a_taken_name_gives_way_and_the_answer_says_where_it_stands(fresh: Town):
    await in_review(fresh)
    ben = await fresh.drive_of("ben", decides=True)
    await ben("MOVE", "needs-review/r.pdf", ben.to("approved/r.pdf"))
    await in_review(fresh)

    again = await ben("MOVE", "needs-review/r.pdf", ben.to("approved/r.pdf", Overwrite="T"))

    assert again.status == 201
    assert again.headers["location"].endswith(
        "/dav/acme/approved/r%20(2).pdf"
    ) or again.headers["location"].endswith("/dav/acme/approved/r%20%282%29.pdf")
    assert await ben.get("approved/r.pdf") == b"report"


async def test_what_was_sent_back_is_claimed_by_moving_and_the_note_travels(fresh: Town):
    scribe = await in_review(fresh)
    ben = await fresh.drive_of("ben", decides=True)
    await ben("MOVE", "needs-review/r.pdf", ben.to("feedback/r.pdf"))
    await ben.put("feedback/r.pdf.feedback.md", "More.")
    assert await scribe.names("feedback") == ["r.pdf", "r.pdf.feedback.md"]

    first = await scribe.put("feedback/r.pdf", "better")
    assert (first.status, first.code) == (423, "claim_first")
    moved = await scribe("MOVE", "feedback/r.pdf", scribe.to("needs-review/r.pdf"))

    assert moved.status == 201
    handoff = await one(fresh)
    assert (handoff.state, handoff.round) == ("in_review", 2)


# Claims (RULES 12, 13).


async def test_moving_work_into_processing_is_a_claim(fresh: Town):
    scribe, clerk = fresh["scribe"], fresh["clerk"]
    await fresh["dan"].put("input/job.csv", "work")
    later(fresh.house, 10 * SECOND)

    moved = await scribe("MOVE", "input/job.csv", scribe.to("processing/job.csv"))

    assert moved.status == 201
    assert "claim.taken" in await types(fresh)
    status, found = await fresh.rest("scribe", "GET", "claims?mine=true")
    assert status == 200
    assert len(found["items"]) == 1
    assert (await scribe.put("processing/job.csv", "done")).status == 204
    refused = await clerk.put("processing/job.csv", "mine")
    assert (refused.status, refused.code) == (423, "claimed")
    submitted = await scribe("MOVE", "processing/job.csv", scribe.to("needs-review/job.csv"))
    assert submitted.status == 201
    assert (await one(fresh)).state == "in_review"
    status, found = await fresh.rest("scribe", "GET", "claims?mine=true")
    assert found["items"] == []


async def test_what_is_still_being_written_into_input_is_not_claimed(fresh: Town):
    scribe = fresh["scribe"]
    taken = await fresh["dan"].lock("input/open.docx", depth="0")
    await fresh["dan"].put("input/open.docx", "draft", If=f"(<{taken.token}>)")
    later(fresh.house, 10 * SECOND)

    refused = await scribe("MOVE", "input/open.docx", scribe.to("processing/open.docx"))

    assert refused.status == 423
    status, claim = await fresh.rest("scribe", "POST", "claims", {"stage": "input"})
    assert (status, claim) == (204, None)


async def test_work_of_an_agent_is_under_its_claim_for_a_drive_too(fresh: Town):
    await fresh["dan"].put("input/job.csv", "work")
    later(fresh.house, 10 * SECOND)
    status, claim = await fresh.rest("scribe", "POST", "claims", {})
    assert status == 201

    for name in ("dan", "clerk"):
        refused = await fresh[name].put(claim["path"], "x")
        assert (refused.status, refused.code) == (423, "claimed")
    without = await fresh["scribe"].put(claim["path"], "x")
    assert without.status in (204, 423)
    with_token = await fresh["scribe"].put(claim["path"], "y", If=f"(<{claim['lock_token']}>)")
    assert with_token.status == 204


async def test_withdrawing_is_moving_back(fresh: Town):
    scribe = await in_review(fresh)

    moved = await scribe("MOVE", "needs-review/r.pdf", scribe.to("processing/r.pdf"))

    assert moved.status == 201
    assert (await one(fresh)).state == "withdrawn"


# Drafts (RULES 15).


async def test_a_draft_hides_what_is_unfinished_from_listings_and_reads(fresh: Town):
    dan, ben = fresh["dan"], fresh["ben"]
    await dan.make("d")
    await dan.put("d/old.txt", "before")
    etag = await dan.etag("d/old.txt")
    tokens = []
    for path in ("d/old.txt", "d/new.txt"):
        done = await fresh.house.do(locks.take, DAN, TakeLock(path=path, mode="draft"))
        tokens.append(held(done.result))
        put = await dan.put(path, "unfinished", If=f"(<{tokens[-1]}>)")
        assert put.status in (201, 204)

    assert await ben.names("d") == ["old.txt"]
    assert await ben.get("d/old.txt") == b"before"
    assert await ben.etag("d/old.txt") == etag
    assert (await ben("GET", "d/new.txt")).status == 404
    assert (await ben("PROPFIND", "d/new.txt", {"Depth": "0"})).status == 404
    assert (await ben("COPY", "d/new.txt", ben.to("stolen.txt"))).status == 404
    copied = await ben("COPY", "d/old.txt", ben.to("copied.txt"))
    assert copied.status == 201
    assert await ben.get("copied.txt") == b"before"
    assert (await ben("GET", "d/old.txt", {"If": f"([{etag}])"})).status == 200
    assert await dan.names("d") == ["new.txt", "old.txt"]
    assert await dan.get("d/new.txt") == b"unfinished"
    sizes = await ben("PROPFIND", "d", {"Depth": "1"})
    assert sizes.prop("getcontentlength", of=1) is not None
    assert sizes.prop("getcontentlength", of=1).text == "6"  # type: ignore[union-attr]

    for path, token in zip(("d/old.txt", "d/new.txt"), tokens, strict=True):
        assert (await dan.unlock(path, token)).status == 204

    assert await ben.names("d") == ["new.txt", "old.txt"]
    assert await ben.get("d/old.txt") == b"unfinished"


async def test_a_draft_that_expires_publishes_nothing(fresh: Town):
    dan, ben = fresh["dan"], fresh["ben"]
    await dan.put("d.txt", "before")
    done = await fresh.house.do(
        locks.take, DAN, TakeLock(path="d.txt", mode="draft", timeout_seconds=180)
    )
    await dan.put("d.txt", "unfinished", If=f"(<{held(done.result)}>)")
    later(fresh.house, 200 * SECOND)

    assert await ben.get("d.txt") == b"before"
    assert (await ben.put("d.txt", "mine")).status == 204
    assert await dan.get("d.txt") == b"mine"


# Locks and decisions (RULES 16).


async def test_nobody_decides_over_somebodys_lock_and_ones_own_ends(fresh: Town):
    await in_review(fresh)
    dan, ben = fresh["dan"], await fresh.drive_of("ben", decides=True)
    may = fresh["may"]
    theirs = await may.lock("needs-review/r.pdf")
    assert theirs.status == 200

    refused = await ben("MOVE", "needs-review/r.pdf", ben.to("approved/r.pdf"))
    assert refused.status == 423
    assert refused.condition == "lock-token-submitted"
    await may.unlock("needs-review/r.pdf", theirs.token)
    own = await ben.lock("needs-review/r.pdf")
    moved = await ben("MOVE", "needs-review/r.pdf", ben.to("approved/r.pdf"))

    assert moved.status == 201
    assert (await ben.unlock("approved/r.pdf", own.token)).status == 409
    assert await dan.get("approved/r.pdf") == b"report"


async def test_a_write_with_a_dead_token_creates_nothing(fresh: Town):
    dan = fresh["dan"]
    taken = await dan.lock("dead.txt", depth="0")
    await dan.unlock("dead.txt", taken.token)
    await dan("DELETE", "dead.txt")

    refused = await dan.put("dead.txt", "x", If=f"(<{taken.token}>)")

    assert refused.status == 412
    assert not await dan.there("dead.txt")


async def test_what_a_drive_wrote_every_door_reads(fresh: Town):
    await fresh["dan"].put("input/Müller.txt", "grüße")

    assert await text_of(fresh.house, SCRIBE, "input/Müller.txt") == "grüße"
