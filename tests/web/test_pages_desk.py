"""The review desk: what it shows, what may be said on it, and what a refusal keeps."""

import re

from signoff.domain.sidecars import Anchor, Flag, Question
from tests.actions.cast import ADA, BEN, DAN, RITA, SCRIBE
from tests.actions.desk import Desk
from tests.web.visitors import Doorway, hidden, text

CSV = "Invoice,Total\nA-1,10\nA-2,20\n"


async def test_the_desk_shows_what_was_said_and_what_there_is(door: Doorway, acme: Desk):
    await acme.put(SCRIBE, "input/a.csv", CSV)
    seen = await acme.submit(
        SCRIBE,
        "input/a.csv",
        title="October",
        summary="Two **invoices**.",
        confidence=0.82,
        flags=(
            Flag(severity="critical", message="Wrong", anchor=Anchor(row=2, column="Total")),
        ),
        extra={"mood": "calm"},
    )

    page = await (await door.browser(BEN)).get(f"/w/acme/handoffs/{seen.id}")

    said = text(page)
    assert page.status_code == 200
    assert "Two invoices ." in said
    assert "82%" in said
    assert "a.csv, row 2, Total" in said
    assert 'id="flag-1"' in page.text
    assert "INV" not in said
    assert "A-2" in said
    assert '"mood": "calm"' in said
    assert "Round 1 handed over" in said
    assert hidden(page) == {"digest": seen.digest, "round": "1"}


async def test_an_approval_binds_what_was_rendered_and_the_page_says_so(
    door: Doorway, acme: Desk
):
    await acme.put(SCRIBE, "input/a.csv", CSV)
    seen = await acme.submit(SCRIBE, "input/a.csv", title="October")
    ben = await door.browser(BEN)
    url = f"/w/acme/handoffs/{seen.id}"

    answer = await ben.post(
        f"{url}/decision", data=hidden(await ben.get(url)) | {"verdict": "approve"}
    )
    page = await ben.get(url)

    assert (answer.status_code, answer.headers["location"]) == (303, url)
    assert "Ben approved this" in text(page)
    assert 'name="verdict"' not in page.text
    assert (await acme.read(BEN, seen.id)).state == "approved"
    assert await acme.there("approved/a.csv")


async def test_nothing_is_decided_by_looking(door: Doorway, acme: Desk):
    await acme.put(SCRIBE, "input/a.csv", CSV)
    seen = await acme.submit(SCRIBE, "input/a.csv")
    ben = await door.browser(BEN)
    url = f"/w/acme/handoffs/{seen.id}/decision"

    answer = await ben.get(f"{url}?verdict=approve&digest={seen.digest}&round=1")

    assert answer.status_code == 405
    assert (await acme.read(BEN, seen.id)).state == "in_review"


async def test_requesting_changes_without_a_reason_is_refused_in_the_page(
    door: Doorway, acme: Desk
):
    await acme.put(SCRIBE, "input/a.csv", CSV)
    seen = await acme.submit(SCRIBE, "input/a.csv")
    ben = await door.browser(BEN)
    url = f"/w/acme/handoffs/{seen.id}"
    form = hidden(await ben.get(url)) | {"verdict": "request_changes", "reason": "  "}

    refused = await ben.post(f"{url}/decision", data=form)
    taken = await ben.post(f"{url}/decision", data=form | {"reason": "Row 2 is wrong."})

    assert refused.status_code == 422
    assert "A reason is needed." in text(refused)
    assert taken.status_code == 303
    decision = (await acme.read(BEN, seen.id)).decision
    assert decision is not None
    assert (decision.verdict, decision.reason) == ("request_changes", "Row 2 is wrong.")


async def test_a_stale_digest_is_refused_kindly_and_the_note_is_kept(door: Doorway, acme: Desk):
    await acme.put(SCRIBE, "input/a.csv", CSV)
    seen = await acme.submit(SCRIBE, "input/a.csv")
    ben = await door.browser(BEN)
    url = f"/w/acme/handoffs/{seen.id}"
    form = hidden(await ben.get(url)) | {"verdict": "reject", "reason": "Not <this> one."}
    await acme.put(ADA, "needs-review/a.csv", "Invoice,Total\nA-1,11\n")

    refused = await ben.post(f"{url}/decision", data=form)

    assert refused.status_code == 409
    assert "This has changed since you opened it." in text(refused)
    assert "Not &lt;this&gt; one.</textarea>" in refused.text
    assert hidden(refused)["digest"] != seen.digest
    assert (await acme.read(BEN, seen.id)).state == "in_review"


async def test_answers_go_back_as_data_typed_as_the_schemas_say(door: Doorway, acme: Desk):
    await acme.put(SCRIBE, "input/lease.md", "# Lease\n")
    seen = await acme.submit(
        SCRIBE,
        "input/lease.md",
        kind="escalation",
        questions=(
            Question(id="which", text="Which?", schema={"enum": ["2021", "2024"]}),
            Question(id="rent", text="Rent?", schema={"type": "number", "minimum": 1}),
        ),
    )
    ben = await door.browser(BEN)
    url = f"/w/acme/handoffs/{seen.id}"
    form = hidden(await ben.get(url)) | {"verdict": "answer", "answers[which]": "2024"}

    refused = await ben.post(f"{url}/decision", data=form | {"answers[rent]": "0"})
    taken = await ben.post(f"{url}/decision", data=form | {"answers[rent]": "12.5"})

    assert refused.status_code == 422
    assert "0 is less than the minimum of 1" in text(refused)
    assert 'value="2024" form="decide" required checked' in refused.text
    assert taken.status_code == 303
    decision = (await acme.read(BEN, seen.id)).decision
    assert decision is not None
    assert decision.answers == {"which": "2024", "rent": 12.5}


async def test_one_file_of_a_batch_can_be_sent_back(door: Doorway, acme: Desk):
    await acme.put(SCRIBE, "input/q/a.csv", CSV)
    await acme.put(SCRIBE, "input/q/b.csv", CSV)
    seen = await acme.submit(SCRIBE, "input/q", title="Batch")
    ben = await door.browser(BEN)
    url = f"/w/acme/handoffs/{seen.id}"
    page = await ben.get(url)
    form = {"digest": seen.digest, "round": "1", "verdict": "approve", "reason": "See b."}
    paths = re.findall(r'name="(files\[\d+\]\[path\])" value="([^"]*)"', page.text)
    send_back = next(name for name, path in paths if path == "b.csv")

    answer = await ben.post(
        f"{url}/decision",
        data=form | dict(paths) | {send_back.replace("path", "verdict"): "request_changes"},
    )

    assert answer.status_code == 303
    decision = (await acme.read(BEN, seen.id)).decision
    assert decision is not None
    assert {one.path: one.verdict for one in decision.files}["b.csv"] == "request_changes"


async def test_the_next_round_shows_what_changed_since_the_last(door: Doorway, acme: Desk):
    await acme.put(SCRIBE, "input/a.csv", CSV)
    first = await acme.submit(SCRIBE, "input/a.csv")
    await acme.decide(BEN, first, "request_changes", "Row 2 is wrong.")
    claim = await acme.claim(SCRIBE)
    await acme.put(SCRIBE, claim.path, "Invoice,Total\nA-1,10\nA-2,25\n", claim.lock_token)
    second = await acme.submit(SCRIBE, claim.path, token=claim.lock_token)
    ben = await door.browser(BEN)

    page = await ben.get(f"/w/acme/handoffs/{second.id}?file=file&since=1")

    assert second.round == 2
    assert "Since round 1 1 row" in text(page)
    assert "<del>20</del><ins>25</ins>" in page.text
    assert "Asked for changes" in text(page)


async def test_an_approved_edit_shows_what_people_changed(door: Doorway, acme: Desk):
    await acme.put(SCRIBE, "input/a.csv", CSV)
    seen = await acme.submit(SCRIBE, "input/a.csv")
    await acme.put(ADA, "needs-review/a.csv", "Invoice,Total\nA-1,10\nA-2,21\n")
    await acme.decide(ADA, await acme.read(ADA, seen.id), "approve")

    page = await (await door.browser(BEN)).get(f"/w/acme/handoffs/{seen.id}?file=file&since=1")

    assert "People edited it first." in text(page)
    assert "Since it was submitted" in text(page)
    assert "<del>20</del><ins>21</ins>" in page.text


async def test_a_comment_stands_on_the_page_with_its_place(door: Doorway, acme: Desk):
    await acme.put(SCRIBE, "input/a.csv", CSV)
    seen = await acme.submit(SCRIBE, "input/a.csv")
    ben = await door.browser(BEN)
    url = f"/w/acme/handoffs/{seen.id}"

    answer = await ben.post(
        f"{url}/comments",
        data={
            "text": "Is <b>this</b> so?",
            "file": "file",
            "anchor": '{"row":2,"column":"Total"}',
        },
    )
    page = await ben.get(url)

    assert answer.headers["location"] == f"{url}?file=file#talk"
    assert "a.csv, row 2, Total" in text(page)
    assert "Is &lt;b&gt;this&lt;/b&gt; so?" in page.text
    assert 'href="?file=file#row-2"' in page.text


async def test_who_may_not_decide_is_told_why_and_is_offered_nothing(door: Doorway, acme: Desk):
    await acme.put(DAN, "input/a.csv", CSV)
    seen = await acme.submit(DAN, "input/a.csv")
    url = f"/w/acme/handoffs/{seen.id}"

    rita = await (await door.browser(RITA)).get(url)
    posted = await (await door.browser(RITA)).post(
        f"{url}/decision", data={"verdict": "approve", "digest": seen.digest, "round": "1"}
    )

    assert "You are not a reviewer of this handoff." in text(rita)
    assert 'name="verdict"' not in rita.text
    assert posted.status_code == 403
    assert (await acme.read(ADA, seen.id)).state == "in_review"


async def test_a_decision_is_recalled_with_a_reason(door: Doorway, acme: Desk):
    await acme.put(SCRIBE, "input/a.csv", CSV)
    seen = await acme.submit(SCRIBE, "input/a.csv")
    await acme.decide(ADA, seen, "approve")
    ada = await door.browser(ADA)
    url = f"/w/acme/handoffs/{seen.id}"

    without = await ada.post(f"{url}/recall", data={"reason": ""})
    recalled = await ada.post(f"{url}/recall", data={"reason": "The wrong month."})

    assert without.status_code == 422
    assert recalled.status_code == 303
    assert (await acme.read(ADA, seen.id)).state == "in_review"


async def test_hostile_names_and_contents_are_text(door: Doorway, acme: Desk):
    evil = "<img src=x onerror=alert(1)>"
    await acme.put(SCRIBE, f"input/{evil}.csv", f"a,{evil}\n1,{evil}\n")
    seen = await acme.submit(
        SCRIBE,
        f"input/{evil}.csv",
        title=evil,
        summary=evil,
        checklist=(evil,),
        extra={evil: evil},
        flags=(Flag(message=evil, file=evil),),
    )
    ben = await door.browser(BEN)

    for path in (f"handoffs/{seen.id}", "inbox", "activity", "files/needs-review"):
        page = await ben.get(f"/w/acme/{path}")
        assert page.status_code == 200
        assert "<img src=x" not in page.text


async def test_a_session_that_ended_leads_back_to_the_handoff(door: Doorway):
    answer = await door.stranger().post("/w/acme/handoffs/ho_1/decision", data={"verdict": "x"})

    assert answer.headers["location"] == "/signin?next=/w/acme/handoffs/ho_1"
