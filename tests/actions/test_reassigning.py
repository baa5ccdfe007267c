"""Reviews are handed on, and what people who are away were asked reaches who stands in."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from signoff.actions import delegations, grants, handoffs, inboxes, members, reassigning
from signoff.actions.delegations import AwayView, End, Every, Set
from signoff.actions.handoff_views import HandoffView
from signoff.actions.inboxes import CountThrough, LookThrough
from signoff.actions.reassigning import Reassign
from signoff.actions.views import when, who
from signoff.domain.actors import Caller, Role
from signoff.domain.errors import Code
from signoff.domain.grants import Access
from tests.actions.cast import ADA, BEN, DAN, MAY, RITA, SCRIBE, last
from tests.actions.desk import Desk, opened_desk, refused

DAY = 24 * 3600


@pytest.fixture
async def acme(tmp_path: Path) -> AsyncIterator[Desk]:
    opened = await opened_desk(tmp_path)
    yield opened
    await opened.house.close()


async def waiting(acme: Desk, name: str = "r.csv", *, by: Caller = SCRIBE) -> HandoffView:
    await acme.put(by, f"input/{name}", f"{name}\n")
    return await acme.submit(by, f"input/{name}", title=name)


async def hand(acme: Desk, by: Caller, seen: HandoffView, to: str, **more: Any) -> HandoffView:
    asked = Reassign(handoff=seen.id, to=to, **more)
    return await acme.do(reassigning.reassign, by, asked)


async def go(acme: Desk, by: Caller, to: str, days: float = 7, **more: Any) -> AwayView:
    until = when(acme.engine.now()) + timedelta(days=days)
    return await acme.do(delegations.set, by, Set(to=to, until=until, **more))


async def mine(acme: Desk, who: Caller) -> list[str]:
    found = await acme.house.ask(inboxes.look, who, LookThrough())
    return [item.title for item in found.items]


async def second_reviewer(acme: Desk, role: Role = Role.REVIEWER) -> Caller:
    """Let Rita review, so that there are two of them."""
    await acme.do(members.set, ADA, members.Set(person=RITA.actor.id, role=role))
    return replace(RITA, role=role)


# Reassign.


async def test_a_reviewer_hands_on_what_they_were_asked(acme: Desk):
    rita = await second_reviewer(acme)
    await acme.policy("reviewers: [ben@acme.example]")
    seen = await waiting(acme)

    after = await hand(acme, BEN, seen, "rita@acme.example", note="You know this one.")

    assert after.reviewers == ("pe_rita",)
    assert (await mine(acme, BEN), await mine(acme, rita)) == ([], ["r.csv"])
    told = await last(acme.house)
    assert told["type"] == "handoff.reassigned"
    assert (await acme.decide(rita, after, "approve")).state == "approved"
    with refused(Code.NOT_A_REVIEWER):
        await acme.decide(BEN, after, "approve")


async def test_who_was_asked_before_is_found_in_no_list_any_more(acme: Desk):
    await second_reviewer(acme)
    await acme.policy("reviewers: [ben@acme.example]")
    seen = await waiting(acme)

    await hand(acme, BEN, seen, "pe_rita")

    for person, count in ((BEN, 0), (RITA, 1)):
        asked = handoffs.ListHandoffs(reviewer=str(person.actor.id))
        found = await acme.house.ask(handoffs.list_, ADA, asked)
        assert len(found.items) == count


async def test_a_manager_hands_on_what_somebody_who_left_was_asked(acme: Desk):
    await acme.policy("reviewers: [ben@acme.example]")
    seen = await waiting(acme)
    await acme.do(members.remove, ADA, members.Remove(person=BEN.actor.id))

    after = await hand(acme, MAY, seen, "pe_ada")

    assert after.reviewers == ("pe_ada",)


@pytest.mark.parametrize("to", ["dan@acme.example", "group:nobody"])
async def test_it_goes_to_nobody_who_could_not_review_it(acme: Desk, to: str):
    await acme.policy("reviewers: [ben@acme.example]")
    seen = await waiting(acme)

    with refused(Code.CANNOT_REVIEW):
        await hand(acme, BEN, seen, to)


async def test_nor_to_the_owner_of_the_agent_where_four_eyes_must_look(acme: Desk):
    await acme.policy("reviewers: [ben@acme.example]\nfour_eyes: on")
    seen = await waiting(acme)

    with refused(Code.CANNOT_REVIEW):
        await hand(acme, BEN, seen, "ada@acme.example")


async def test_nor_to_whom_a_grant_hides_it(acme: Desk):
    await second_reviewer(acme)
    await acme.policy("reviewers: [ben@acme.example]")
    hide = grants.Set(subject="pe_rita", path="needs-review", access=Access.NONE)
    await acme.do(grants.set, ADA, hide)
    seen = await waiting(acme)

    with refused(Code.CANNOT_REVIEW):
        await hand(acme, BEN, seen, "pe_rita")


async def test_a_stranger_is_told_of_no_handoff_and_of_no_member(acme: Desk):
    await acme.policy("reviewers: [ben@acme.example]")
    seen = await waiting(acme)

    with refused(Code.FORBIDDEN):
        await hand(acme, DAN, seen, "ben@acme.example")
    with refused(Code.NOT_FOUND):
        await hand(acme, BEN, seen, "stranger@elsewhere.example")


async def test_the_next_round_is_asked_of_whom_the_policy_names(acme: Desk):
    rita = await second_reviewer(acme)
    await acme.policy("reviewers: [ben@acme.example]")
    seen = await hand(acme, BEN, await waiting(acme), "pe_rita")
    await acme.decide(rita, seen, "request_changes", "Once more.")
    claim = await acme.claim(SCRIBE)

    again = await acme.submit(SCRIBE, claim.path, token=claim.lock_token)

    assert (again.id, again.reviewers) == (seen.id, ("pe_ben",))


# Away.


async def test_while_one_is_away_another_is_asked_as_well_and_then_no_longer(acme: Desk):
    rita = await second_reviewer(acme)
    await acme.policy("reviewers: [ben@acme.example]")
    seen = await waiting(acme)

    gone = await go(acme, BEN, "rita@acme.example", note="At the sea.")
    both = (await mine(acme, BEN), await mine(acme, rita))
    counted = await acme.house.ask(inboxes.count, rita, CountThrough())
    acme.wait(7 * DAY)

    assert (gone.person.id, gone.to.id, gone.now) == ("pe_ben", "pe_rita", True)
    assert both == (["r.csv"], ["r.csv"])
    assert counted.mine == 1
    assert await mine(acme, rita) == []
    with refused(Code.NOT_A_REVIEWER):
        await acme.decide(rita, seen, "approve")


async def test_a_verdict_for_one_who_is_away_says_for_whom(acme: Desk):
    rita = await second_reviewer(acme)
    await acme.policy("reviewers: [ben@acme.example]")
    seen = await waiting(acme)
    await go(acme, BEN, "pe_rita")

    done = await acme.decide(rita, seen, "approve")

    assert done.decision is not None
    assert (done.decision.by.id, done.decision.on_behalf_of) == ("pe_rita", who(BEN.actor))
    assert done.reviews[0].on_behalf_of == who(BEN.actor)
    told = await last(acme.house)
    assert told["codes"]["on_behalf_of"] == "pe_ben"


async def test_what_asks_a_group_of_one_who_is_away_is_found_by_who_stands_in(acme: Desk):
    rita = await second_reviewer(acme)
    await acme.policy("reviewers: ['group:legal']")
    seen = await waiting(acme)
    await go(acme, BEN, "pe_rita")

    assert await mine(acme, rita) == ["r.csv"]
    assert (await acme.decide(rita, seen, "approve")).state == "approved"


async def test_one_is_back_before_ones_time(acme: Desk):
    rita = await second_reviewer(acme)
    await acme.policy("reviewers: [ben@acme.example]")
    await waiting(acme)
    await go(acme, BEN, "pe_rita")

    await acme.do(delegations.end, BEN, End())

    told = await last(acme.house)
    assert (told["type"], told["subject"]) == ("away.ended", "pe_ben")
    assert await mine(acme, rita) == []
    with refused(Code.NOT_FOUND):
        await acme.do(delegations.end, BEN, End())


async def test_who_is_away_is_seen_by_all_and_set_for_another_by_managers_alone(acme: Desk):
    rita = await second_reviewer(acme)
    later = when(acme.engine.now()) + timedelta(days=2)
    await go(acme, MAY, "pe_rita", days=9, from_=later, person="ben@acme.example")

    found = await acme.house.ask(delegations.every, DAN, Every())

    assert [(one.person.id, one.to.id, one.now) for one in found.items] == [
        ("pe_ben", "pe_rita", False)
    ]
    with refused(Code.FORBIDDEN):
        await go(acme, rita, "pe_may", person="pe_ben")
    with refused(Code.FORBIDDEN):
        await go(acme, DAN, "pe_ben")


@pytest.mark.parametrize(
    ("to", "code"),
    [
        ("pe_dan", Code.CANNOT_REVIEW),
        ("pe_ben", Code.INVALID),
        ("nobody@elsewhere.example", Code.NOT_FOUND),
    ],
)
async def test_who_cannot_stand_in_does_not(acme: Desk, to: str, code: Code):
    with refused(code):
        await go(acme, BEN, to)


async def test_a_time_says_in_which_zone_it_is(acme: Desk):
    naive = datetime.now(tz=UTC).replace(tzinfo=None) + timedelta(days=3)

    with refused(Code.INVALID):
        await acme.do(delegations.set, BEN, Set(to="pe_may", until=naive))


async def test_who_may_review_no_longer_stands_in_for_nobody(acme: Desk):
    rita = await second_reviewer(acme)
    await acme.policy("reviewers: [ben@acme.example]")
    seen = await waiting(acme)
    await go(acme, BEN, "pe_rita")
    reader = await second_reviewer(acme, Role.READER)

    with refused(Code.FORBIDDEN):
        await acme.decide(reader, seen, "approve")
    assert rita.role is Role.REVIEWER
    assert await mine(acme, reader) == []
