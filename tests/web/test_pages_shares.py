"""Sharing reviews in the pages: hand one on, be away, come back."""

from datetime import timedelta

from msgspec.structs import replace

from signoff.actions import members
from signoff.actions.views import when
from signoff.domain.actors import Caller, Role
from tests.actions.cast import ADA, BEN, DAN, MAY, RITA, SCRIBE, log
from tests.actions.desk import Desk
from tests.web.visitors import Doorway, text


async def rita_reviews(acme: Desk) -> Caller:
    await acme.do(members.set, ADA, members.Set(person=RITA.actor.id, role=Role.REVIEWER))
    return replace(RITA, role=Role.REVIEWER)


async def waiting(acme: Desk, policy: str = "reviewers: [ben@acme.example]") -> str:
    await acme.policy(policy)
    await acme.put(SCRIBE, "input/r.csv")
    seen = await acme.submit(SCRIBE, "input/r.csv", title="Report")
    return f"/w/acme/handoffs/{seen.id}"


def soon(acme: Desk, days: int) -> str:
    return f"{when(acme.engine.now()) + timedelta(days=days):%Y-%m-%dT%H:%M}"


async def test_a_page_says_whom_it_asks_and_hands_it_to_another(door: Doorway, acme: Desk):
    await rita_reviews(acme)
    page = await waiting(acme)
    ben = await door.browser(BEN)

    before = await ben.get(page)
    sent = await ben.post(f"{page}/reassign", data={"to": "pe_rita", "note": "Yours."})
    after = await ben.get(page)

    assert "Asks Ben" in text(before)
    assert "Hand to…" in text(before)
    assert (sent.status_code, sent.headers["location"]) == (303, page)
    assert "Asks Rita" in text(after)
    assert "Hand to…" not in text(after)
    assert "Handed the review on" in text(after)
    assert (await log(acme.house))[-1]["type"] == "handoff.reassigned"


async def test_a_refusal_is_said_on_the_page(door: Doorway, acme: Desk):
    page = await waiting(acme)
    ben = await door.browser(BEN)

    refused = await ben.post(f"{page}/reassign", data={"to": "group:nobody"})

    assert refused.status_code == 409
    assert "It was not handed on. They may not review this." in text(refused)


async def test_a_manager_says_whose_where_several_are_asked(door: Doorway, acme: Desk):
    await rita_reviews(acme)
    page = await waiting(acme, "reviewers: [ben@acme.example, 'group:legal']")
    may = await door.browser(MAY)

    shown = await may.get(page)
    await may.post(f"{page}/reassign", data={"from": "group:legal", "to": "pe_rita"})

    assert "Whose review" in text(shown)
    assert "Asks Ben, Rita" in text(await may.get(page))


async def test_who_is_away_says_so_on_their_page_and_comes_back(door: Doorway, acme: Desk):
    rita = await door.browser(await rita_reviews(acme))
    page = await waiting(acme)
    ben = await door.browser(BEN)
    form = {"from": "", "until": soon(acme, 5), "to": "pe_rita", "note": "At the sea."}

    gone = await ben.post("/w/acme/you/away", data=form)
    mine, theirs = await ben.get("/w/acme/you"), await rita.get("/w/acme/you")
    shown = await rita.get(page)
    back = await ben.post("/w/acme/you/away/end")

    assert (gone.status_code, gone.headers["location"]) == (303, "/w/acme/you#away")
    assert "Rita stands in for you until" in text(mine)
    assert "You stand in for Ben until" in text(theirs)
    assert "For Ben, who is away" in text(shown)
    assert back.status_code == 303
    assert "Say that you are away" in text(await ben.get("/w/acme/you"))
    assert "For Ben" not in text(await rita.get(page))


async def test_what_cannot_be_taken_stays_in_the_form_with_the_reason(
    door: Doorway, acme: Desk
):
    ben = await door.browser(BEN)
    form = {"until": soon(acme, -2), "to": "pe_may", "note": "Kept."}

    past = await ben.post("/w/acme/you/away", data=form)
    none = await ben.post("/w/acme/you/away", data={"until": "soon", "to": "pe_may"})
    nobody = await ben.post("/w/acme/you/away", data={"until": soon(acme, 2)})

    assert (past.status_code, none.status_code, nobody.status_code) == (422, 422, 422)
    assert "It would be over before it began" in text(past)
    assert 'value="Kept."' in past.text
    assert "Say until when" in text(none)
    assert "Say who stands in" in text(nobody)


async def test_who_reviews_nothing_has_nothing_to_say_of_being_away(door: Doorway):
    dan = await door.browser(DAN)

    assert "Away" not in text(await dan.get("/w/acme/you"))


async def test_a_verdict_for_another_is_shown_as_one(door: Doorway, acme: Desk):
    rita = await rita_reviews(acme)
    page = await waiting(acme)
    ben = await door.browser(BEN)
    await ben.post("/w/acme/you/away", data={"until": soon(acme, 5), "to": "pe_rita"})
    seen = await acme.read(rita, page.rpartition("/")[2])
    await acme.decide(rita, seen, "approve")

    shown = await ben.get(page)

    assert "for Ben approved this" in text(shown)
