from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from signoff.actions import comments, handoffs
from signoff.actions.comments import AddComment, OneComment
from signoff.actions.handoffs import ListFiles, ListHandoffs, One, Raise
from signoff.domain.errors import Code
from tests.actions.cast import BEN, CLERK, DAN, MAY, RITA, SCRIBE, last
from tests.actions.desk import Desk, opened_desk, refused


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    opened = await opened_desk(tmp_path)
    yield opened
    await opened.house.close()


async def one(desk: Desk, name: str = "x.csv"):
    await desk.put(SCRIBE, f"input/{name}")
    return await desk.submit(SCRIBE, f"input/{name}", title=name)


async def test_a_handoff_is_shown_with_what_its_digest_covers(desk: Desk):
    handoff = await one(desk)

    shown = await desk.read(RITA, handoff.id)

    assert shown.url == f"http://signoff.example/w/acme/handoffs/{handoff.id}"
    assert [file.path for file in shown.files] == ["file", "sidecar"]
    assert shown.verdicts == ("approve", "request_changes", "reject")
    assert shown.submitted_by.name == "Scribe"
    with refused(Code.NOT_FOUND):
        await desk.read(RITA, "ho_none")


async def test_lists_page_and_filter(desk: Desk):
    made = [await one(desk, f"{n}.csv") for n in range(5)]
    await desk.decide(BEN, made[0], "approve")

    first = await desk.house.ask(handoffs.list_, BEN, ListHandoffs(limit=2))
    second = await desk.house.ask(
        handoffs.list_, BEN, ListHandoffs(limit=2, cursor=first.next or "")
    )
    waiting = await desk.house.ask(handoffs.list_, BEN, ListHandoffs(state="in_review"))
    approved = await desk.house.ask(handoffs.list_, BEN, ListHandoffs(state="approved"))
    of_scribe = await desk.house.ask(handoffs.list_, BEN, ListHandoffs(agent="Scribe"))
    of_clerk = await desk.house.ask(handoffs.list_, CLERK, ListHandoffs(agent="me"))

    assert [each.title for each in first.items] == ["4.csv", "3.csv"]
    assert [each.title for each in second.items] == ["2.csv", "1.csv"]
    assert [each.title for each in waiting.items] == ["1.csv", "2.csv", "3.csv", "4.csv"]
    assert [each.title for each in approved.items] == ["0.csv"]
    assert len(of_scribe.items) == 5
    assert of_clerk.items == ()
    with refused(Code.INVALID):
        await desk.house.ask(handoffs.list_, BEN, ListHandoffs(state="perhaps"))
    with refused(Code.INVALID):
        await desk.house.ask(handoffs.list_, BEN, ListHandoffs(cursor="nonsense"))
    with refused(Code.INVALID):
        await desk.house.ask(handoffs.list_, BEN, ListHandoffs(kind="nonsense"))


async def test_an_agent_finds_what_it_asked_under_a_key_also_when_it_is_decided(desk: Desk):
    await desk.put(SCRIBE, "input/x.csv")
    handoff = await desk.submit(SCRIBE, "input/x.csv", dedupe_key="thread:1")
    await desk.decide(BEN, handoff, "approve")
    asked = ListHandoffs(dedupe_key="thread:1")

    mine = await desk.house.ask(handoffs.list_, SCRIBE, asked)
    theirs = await desk.house.ask(handoffs.list_, CLERK, asked)
    none = await desk.house.ask(
        handoffs.list_, SCRIBE, ListHandoffs(dedupe_key="thread:1", state="in_review")
    )

    assert [(item.id, item.state) for item in mine.items] == [(handoff.id, "approved")]
    assert (mine.next, theirs.items, none.items) == (None, (), ())


async def test_files_of_a_package_are_paged(desk: Desk):
    for n in range(3):
        await desk.put(SCRIBE, f"input/b/{n}.csv")
    handoff = await desk.submit(SCRIBE, "input/b")

    page = await desk.house.ask(
        handoffs.list_files, BEN, ListFiles(handoff=handoff.id, limit=2)
    )
    rest = await desk.house.ask(
        handoffs.list_files,
        BEN,
        ListFiles(handoff=handoff.id, limit=2, cursor=page.next or ""),
    )

    assert [each.path for each in page.items] == ["0.csv", "1.csv"]
    assert ([each.path for each in rest.items], rest.next) == (["2.csv"], None)


async def test_a_review_is_taken_by_one_and_given_back(desk: Desk):
    handoff = await one(desk)

    taken = await desk.do(handoffs.take, BEN, One(handoff=handoff.id))
    assert taken.taken_by is not None
    assert taken.taken_by.id == "pe_ben"
    assert (await last(desk.house))["type"] == "handoff.taken"
    given = await desk.do(handoffs.give_back, BEN, One(handoff=handoff.id))

    assert given.taken_by is None
    assert (await last(desk.house))["type"] == "handoff.given_back"
    with refused(Code.WRONG_STATE):
        await desk.do(handoffs.give_back, BEN, One(handoff=handoff.id))
    for caller in (SCRIBE, DAN):
        with refused(Code.FORBIDDEN):
            await desk.do(handoffs.take, caller, One(handoff=handoff.id))


async def test_a_handoff_is_raised_to_somebody_who_then_finds_it(desk: Desk):
    handoff = await one(desk)

    raised = await desk.do(
        handoffs.raise_, BEN, Raise(handoff=handoff.id, to="may@acme.example", reason="Late")
    )

    assert raised.raised_to == "pe_may"
    told = await last(desk.house)
    assert (told["type"], told["private"]["reason"]) == ("handoff.raised", "Late")
    mine = await desk.house.ask(handoffs.list_, MAY, ListHandoffs(reviewer="me"))
    assert [each.id for each in mine.items] == [handoff.id]
    with refused(Code.NOT_FOUND):
        await desk.do(handoffs.raise_, BEN, Raise(handoff=handoff.id, to="no@body.example"))


async def test_what_was_sent_back_is_offered_to_other_agents(desk: Desk):
    handoff = await one(desk)
    with refused(Code.WRONG_STATE):
        await desk.do(handoffs.offer, BEN, One(handoff=handoff.id))
    await desk.decide(BEN, handoff, "request_changes", "Again.")

    await desk.do(handoffs.offer, BEN, One(handoff=handoff.id))

    assert (await last(desk.house))["type"] == "handoff.offered"
    assert (await desk.claim(CLERK)).handoff == handoff.id


async def test_comments_are_added_listed_and_settled(desk: Desk):
    handoff = await one(desk)
    said = await desk.do(comments.add, SCRIBE, AddComment(handoff=handoff.id, text="See row 2"))
    assert (await last(desk.house))["type"] == "comment.added"

    settled = await desk.do(
        comments.resolve, BEN, OneComment(handoff=handoff.id, comment=said.id)
    )

    assert settled.resolved_by is not None
    assert settled.resolved_by.id == "pe_ben"
    assert (await last(desk.house))["type"] == "comment.resolved"
    page = await desk.house.ask(comments.list_, RITA, comments.ListComments(handoff=handoff.id))
    assert [each.text for each in page.items] == ["See row 2"]
    with refused(Code.INVALID):
        await desk.do(comments.add, BEN, AddComment(handoff=handoff.id, text=" "))
    with refused(Code.TOO_LONG):
        await desk.do(comments.add, BEN, AddComment(handoff=handoff.id, text="x" * 20_000))
    with refused(Code.FORBIDDEN):
        await desk.do(comments.add, RITA, AddComment(handoff=handoff.id, text="Hm"))
    with refused(Code.NOT_FOUND):
        await desk.do(comments.resolve, BEN, OneComment(handoff=handoff.id, comment="co_x"))


async def test_submitting_and_deciding_take_few_statements(desk: Desk):
    first = await one(desk, "a/first.csv")
    await desk.decide(BEN, first, "approve")  # now the folders are there
    count = 0
    execute = desk.engine._writer.execute

    def counted(*given: Any, **how: Any) -> Any:
        nonlocal count
        count += 1
        return execute(*given, **how)

    await desk.put(SCRIBE, "input/a/x.csv")
    desk.engine._writer.execute = counted
    handoff = await desk.submit(SCRIBE, "input/a/x.csv", title="T", summary="S")
    for_submit, count = count, 0
    await desk.decide(BEN, handoff, "approve")

    # four of each are BEGIN, SAVEPOINT, RELEASE and COMMIT
    assert for_submit - 4 <= 26
    assert count - 4 <= 24
