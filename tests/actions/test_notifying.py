"""Who is told of what happens, once; and what is over is told no more."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from signoff.actions import (
    comments,
    delegations,
    followers,
    grants,
    handoffs,
    members,
    notifications,
)
from signoff.actions.comments import AddComment
from signoff.actions.followers import Rewind
from signoff.actions.handoff_views import HandoffView
from signoff.actions.house import House
from signoff.domain.actors import Role
from signoff.domain.grants import Access
from signoff.domain.preferences import Choice
from signoff.domain.topics import Topic
from tests.actions.cast import ADA, BEN, DAN, MAY, RITA, SCRIBE, do
from tests.actions.desk import Desk, opened_desk
from tests.actions.postal import choose, follow, told, topics


@pytest.fixture
async def desk(tmp_path: Path):
    opened = await opened_desk(tmp_path)
    await follow(opened.house)
    yield opened
    await opened.house.close()


async def handed(desk: Desk, path: str = "input/report.csv", **context) -> HandoffView:
    await desk.put(SCRIBE, path)
    seen = await desk.submit(SCRIBE, path, **context)
    await follow(desk.house)
    return seen


async def test_with_nobody_named_each_reviewer_finds_it_in_the_inbox(desk: Desk) -> None:
    seen = await handed(desk)

    found = await told(desk.house, BEN)
    assert [(one.topic, one.handoff, one.unread) for one in found] == [("open", seen.id, True)]
    assert await topics(desk.house, ADA) == ["open"]
    assert await topics(desk.house, MAY) == ["open"]
    assert await topics(desk.house, DAN) == []
    assert await topics(desk.house, RITA) == []


async def test_who_is_named_is_asked_and_nobody_else(desk: Desk) -> None:
    await handed(desk, reviewers=("ben@acme.example",))

    assert await topics(desk.house, BEN) == ["asked"]
    assert await topics(desk.house, ADA) == []
    assert await topics(desk.house, MAY) == []


async def test_who_stands_in_is_asked_as_well(desk: Desk) -> None:
    until = datetime.now(UTC) + timedelta(days=3)
    await do(
        desk.house, delegations.set, BEN, delegations.Set(to="may@acme.example", until=until)
    )

    await handed(desk, reviewers=("ben@acme.example",))

    assert await topics(desk.house, BEN) == ["asked"]
    assert await topics(desk.house, MAY) == ["asked"]
    assert await topics(desk.house, ADA) == []


async def test_a_group_is_asked_by_its_members(desk: Desk) -> None:
    await handed(desk, reviewers=("group:legal",))

    assert await topics(desk.house, BEN) == ["asked"]
    assert await topics(desk.house, MAY) == []


async def test_where_those_who_are_named_cannot_managers_are_told(desk: Desk) -> None:
    await handed(desk, reviewers=("group:legal",))
    await do(
        desk.house, members.set, ADA, members.Set(person="pe_ben", role=Role.READER, groups=())
    )
    await handed(desk, "input/other.csv", reviewers=("group:legal",))

    assert await topics(desk.house, MAY) == ["open"]
    assert await topics(desk.house, ADA) == ["open"]


async def test_who_submits_is_not_asked_about_it(desk: Desk) -> None:
    await desk.put(BEN, "input/mine.csv")
    await desk.submit(BEN, "input/mine.csv")
    await follow(desk.house)

    assert await topics(desk.house, BEN) == []
    assert await topics(desk.house, MAY) == ["open"]


async def test_who_may_not_see_the_place_is_told_nothing(desk: Desk) -> None:
    hidden = grants.Set(subject="pe_ben", path="needs-review/secret", access=Access.NONE)
    await do(desk.house, grants.set, ADA, hidden)

    await handed(desk, "input/secret/plan.csv")

    assert await topics(desk.house, BEN) == []
    assert await topics(desk.house, MAY) == ["open"]


async def test_who_left_is_told_nothing(desk: Desk) -> None:
    await do(desk.house, members.remove, ADA, members.Remove(person="pe_ben"))

    await handed(desk)

    rows = await desk.look(lambda tx: tx.notifications.page("pe_ben", before=(2, 0), limit=9))
    assert rows == []


async def test_the_decision_is_told_to_who_submitted_and_ends_what_was_asked(
    desk: Desk,
) -> None:
    await desk.put(DAN, "input/mine.csv")
    seen = await desk.submit(DAN, "input/mine.csv")
    await follow(desk.house)

    await desk.decide(BEN, seen, "reject", "Not wanted")
    await follow(desk.house)

    (one,) = await told(desk.house, DAN)
    assert (one.topic, one.unread) == ("decided", True)
    assert one.headline == "Ben rejected “mine.csv”"
    (asked,) = await told(desk.house, MAY)
    assert (asked.topic, asked.settled, asked.unread) == ("open", True, False)


async def test_who_had_begun_hears_that_it_was_decided_elsewhere(desk: Desk) -> None:
    seen = await handed(desk)
    await do(desk.house, handoffs.take, MAY, handoffs.One(handoff=seen.id))
    await follow(desk.house)

    await desk.decide(ADA, seen, "approve")
    await follow(desk.house)

    assert await topics(desk.house, MAY) == ["settled", "open"]
    assert await topics(desk.house, BEN) == ["open"]


async def test_what_somebody_takes_is_not_asked_of_the_others(desk: Desk) -> None:
    seen = await handed(desk)

    await do(desk.house, handoffs.take, MAY, handoffs.One(handoff=seen.id))
    await follow(desk.house)

    (of_ben,), (of_may,) = await told(desk.house, BEN), await told(desk.house, MAY)
    assert (of_ben.settled, of_ben.unread) == (True, False)
    assert (of_may.settled, of_may.unread) == (False, True)


async def test_who_reviewed_it_before_hears_of_its_next_round(desk: Desk) -> None:
    seen = await handed(desk)
    await desk.decide(BEN, seen, "request_changes", "Row 3")
    claim = await desk.claim(SCRIBE)
    await desk.submit(SCRIBE, claim.path, token=claim.lock_token)
    await follow(desk.house)

    assert (await topics(desk.house, BEN))[0] == "next_round"
    assert (await topics(desk.house, MAY))[0] == "open"


async def test_the_next_step_is_asked_when_it_is_its_turn(desk: Desk) -> None:
    await desk.policy(
        "rules:\n  - steps:\n      - reviewers: ['group:legal']\n"
        "      - reviewers: ['may@acme.example']\n"
    )
    seen = await handed(desk)
    before = await topics(desk.house, MAY)

    await desk.decide(BEN, seen, "approve")
    await follow(desk.house)

    assert before == []
    assert await topics(desk.house, MAY) == ["asked"]


async def test_whom_it_is_raised_to_is_told(desk: Desk) -> None:
    seen = await handed(desk, reviewers=("ben@acme.example",))

    raised = handoffs.Raise(handoff=seen.id, to="may@acme.example")
    await do(desk.house, handoffs.raise_, BEN, raised)
    await follow(desk.house)

    assert await topics(desk.house, MAY) == ["raised"]


async def test_a_comment_tells_whom_it_names_and_who_takes_part(desk: Desk) -> None:
    await desk.put(DAN, "input/mine.csv")
    seen = await desk.submit(DAN, "input/mine.csv", reviewers=("ben@acme.example",))
    await follow(desk.house)

    said = AddComment(handoff=seen.id, text="Is row 3 right? @Rita, @ben knows.")
    await do(desk.house, comments.add, MAY, said)
    await follow(desk.house)

    assert (await topics(desk.house, RITA))[0] == "mentioned"
    assert (await topics(desk.house, BEN))[0] == "mentioned"
    assert (await topics(desk.house, DAN))[0] == "commented"
    assert await topics(desk.house, MAY) == []


async def test_an_agents_owner_hears_of_decisions_only_if_they_want(desk: Desk) -> None:
    first = await handed(desk, reviewers=("ben@acme.example",))
    await desk.decide(BEN, first, "approve")
    await follow(desk.house)
    unasked = await topics(desk.house, ADA)

    await choose(desk.house, ADA, choices={Topic.AGENT_DECIDED: Choice(inbox=True)})
    second = await handed(desk, "input/two.csv", reviewers=("ben@acme.example",))
    await desk.decide(BEN, second, "approve")
    await follow(desk.house)

    assert unasked == []
    assert await topics(desk.house, ADA) == ["agent_decided"]


async def test_a_follower_that_reads_again_tells_nothing_twice(desk: Desk) -> None:
    seen = await handed(desk)
    read = notifications.Read(handoff=seen.id)
    await do(desk.house, notifications.read, BEN, read)

    await do(desk.house, followers.rewind, ADA, Rewind(name="notifications", position=0))
    await follow(desk.house)

    (one,) = await told(desk.house, BEN)
    assert not one.unread


async def test_old_news_is_told_to_nobody(desk: Desk) -> None:
    await desk.put(SCRIBE, "input/report.csv")
    await desk.submit(SCRIBE, "input/report.csv")
    desk.wait(4 * 86_400)

    await follow(desk.house)

    assert await told(desk.house, BEN) == []


# Seen.


async def test_what_was_seen_is_counted_no_more(desk: Desk) -> None:
    first = await handed(desk)
    await handed(desk, "input/two.csv")
    third = await handed(desk, "input/three.csv")
    newest = (await told(desk.house, BEN))[0]

    by_handoff = await do(
        desk.house, notifications.read, BEN, notifications.Read(handoff=first.id)
    )
    by_id = await do(desk.house, notifications.read, BEN, notifications.Read(ids=(newest.id,)))
    rest = await do(
        desk.house, notifications.read, BEN, notifications.Read(until=newest.position)
    )

    assert newest.handoff == third.id
    assert (by_handoff.unread, by_id.unread, rest.unread) == (2, 1, 0)
    assert (await desk.house.ask(notifications.count, MAY, notifications.Count())).unread == 3


async def test_unread_comes_first_page_by_page(desk: Desk) -> None:
    one = await handed(desk)
    two = await handed(desk, "input/two.csv")
    three = await handed(desk, "input/three.csv")
    await do(desk.house, notifications.read, BEN, notifications.Read(handoff=three.id))

    seen, cursor = [], ""
    while True:
        asked = notifications.ListNotifications(limit=1, cursor=cursor)
        page = await desk.house.ask(notifications.list_, BEN, asked)
        seen += [item.handoff for item in page.items]
        if page.next is None:
            break
        cursor = page.next

    assert seen == [two.id, one.id, three.id]


async def test_people_are_told_on_either_database(acme: House) -> None:
    await follow(acme)
    desk = Desk(acme, acme.engine)  # type: ignore[arg-type]
    seen = await handed(desk)

    await desk.decide(BEN, seen, "approve")
    await follow(acme)

    (one,) = await told(acme, MAY)
    assert (one.topic, one.settled, one.unread) == ("open", True, False)
