"""Second looks over the real acts: sampled, listed, given once, and nothing undone."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from signoff.actions import deciding, second_looks
from signoff.actions.second_looks import GiveLook, ListLooks
from signoff.domain.errors import Code
from tests.actions.cast import ADA, BEN, CLERK, MAY, RITA, SCRIBE, log
from tests.actions.desk import Desk, opened_desk, refused

ALL = "second_look: {share: 1}\n"


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    opened = await opened_desk(tmp_path)
    yield opened
    await opened.house.close()


async def approved(desk: Desk, policy: str = ALL, name: str = "a.csv"):
    """Have Ben approve what the scribe, Ada's agent, submitted."""
    await desk.policy(policy)
    await desk.put(SCRIBE, f"input/{name}")
    seen = await desk.submit(SCRIBE, f"input/{name}")
    return await desk.decide(BEN, seen, "approve")


async def give(desk: Desk, caller, seen, opinion: str, reason: str = ""):
    asked = GiveLook(handoff=seen.id, opinion=opinion, digest=seen.digest, reason=reason)
    return await desk.do(second_looks.give, caller, asked)


async def listed(desk: Desk, caller, standing: str = "open"):
    page = await desk.house.ask(second_looks.list_, caller, ListLooks(standing=standing))
    return page.items


async def test_what_is_approved_and_sampled_waits_for_other_eyes(desk: Desk) -> None:
    seen = await approved(desk)

    (look,) = await listed(desk, MAY)
    assert (look.handoff.id, look.digest, look.policy) == (seen.id, seen.digest, 1)
    assert look.may_give
    assert not (await listed(desk, BEN))[0].may_give  # approved it
    assert not (await listed(desk, ADA))[0].may_give  # owns the agent
    types = await desk.types()
    approved_at = types.index("handoff.approved")
    assert types[approved_at : approved_at + 2] == [
        "handoff.approved",
        "handoff.second_look_asked",
    ]


async def test_nothing_is_sampled_without_a_share(desk: Desk) -> None:
    await approved(desk, "second_look: {share: 0}\n")

    assert await listed(desk, MAY) == ()


@pytest.mark.parametrize("verdict", ["reject", "request_changes"])
async def test_only_what_was_approved_is_sampled(desk: Desk, verdict: str) -> None:
    await desk.policy(ALL)
    await desk.put(SCRIBE, "input/a.csv")
    seen = await desk.submit(SCRIBE, "input/a.csv")
    await desk.decide(BEN, seen, verdict, "No")

    assert await listed(desk, MAY) == ()


async def test_a_part_that_was_approved_alone_is_sampled_too(desk: Desk) -> None:
    await desk.policy(ALL)
    for name in ("a.csv", "b.csv"):
        await desk.put(SCRIBE, f"input/batch/{name}")
    seen = await desk.submit(SCRIBE, "input/batch")
    files = {"b.csv": "request_changes"}
    await desk.decide(BEN, seen, "approve", "One more", files=files)

    (look,) = await listed(desk, MAY)
    assert look.handoff.state == "approved"
    assert look.handoff.id != seen.id


async def test_to_disagree_undoes_nothing_and_is_raised_to_a_manager(desk: Desk) -> None:
    seen = await approved(desk, ALL + "raise_to: ada@acme.example\n")

    look = await give(desk, MAY, seen, "disagree", "The sum is wrong")

    assert (look.standing, look.by.id, look.reason) == (
        "disagreed",
        "pe_may",
        "The sum is wrong",
    )
    assert (await desk.read(MAY, seen.id)).state == "approved"
    given, raised = (await log(desk.house))[-2:]
    assert (given["type"], given["actor"]) == ("handoff.second_look_given", "pe_may")
    assert given["codes"]["opinion"] == "disagree"
    assert given["private"]["reason"] == "The sum is wrong"
    assert (raised["type"], raised["private"]["private"]) == (
        "handoff.raised",
        {"to": "pe_ada"},
    )
    recall = deciding.Recall(handoff=seen.id, reason="The sum is wrong")
    assert (await desk.do(deciding.recall, ADA, recall)).state == "in_review"


async def test_it_is_given_once(desk: Desk) -> None:
    seen = await approved(desk)
    await give(desk, MAY, seen, "agree")
    before = await desk.mark()

    again = await give(desk, MAY, seen, "agree")
    with refused(Code.ALREADY_DECIDED):
        await give(desk, MAY, seen, "disagree", "No")

    assert again.standing == "agreed"
    assert await desk.mark() == before
    assert await listed(desk, MAY) == ()
    assert [look.handoff.id for look in await listed(desk, MAY, "agreed")] == [seen.id]


@pytest.mark.parametrize("caller", [SCRIBE, CLERK])
async def test_no_agent_gives_one(desk: Desk, caller) -> None:
    seen = await approved(desk)

    with refused(Code.AGENT_CANNOT_DECIDE):
        await give(desk, caller, seen, "agree")


async def test_nor_does_who_approved_it_or_reads_only(desk: Desk) -> None:
    seen = await approved(desk)

    with refused(Code.NOT_A_REVIEWER):
        await give(desk, BEN, seen, "agree")
    with refused(Code.FORBIDDEN):
        await give(desk, RITA, seen, "agree")


async def test_what_is_recalled_is_looked_at_no_more(desk: Desk) -> None:
    seen = await approved(desk)
    recall = deciding.Recall(handoff=seen.id, reason="Again")
    await desk.do(deciding.recall, MAY, recall)

    with refused(Code.NOT_FOUND):
        await give(desk, MAY, seen, "agree")
    assert [look.round for look in await listed(desk, MAY, "void")] == [1]


async def test_what_nobody_sampled_has_no_second_look(desk: Desk) -> None:
    seen = await approved(desk, "{}")

    with refused(Code.NOT_FOUND):
        await give(desk, MAY, seen, "agree")


@pytest.mark.parametrize(
    "asked",
    [ListLooks(standing="late"), ListLooks(cursor="x"), ListLooks(cursor="9" * 30 + ".ho_1")],
)
async def test_a_list_that_makes_no_sense_is_refused(desk: Desk, asked) -> None:
    with refused(Code.INVALID):
        await desk.house.ask(second_looks.list_, MAY, asked)


async def test_the_list_is_paged(desk: Desk) -> None:
    ids = [(await approved(desk, ALL, f"{n}.csv")).id for n in range(3)]

    first = await desk.house.ask(second_looks.list_, MAY, ListLooks(limit=2))
    rest = await desk.house.ask(
        second_looks.list_, MAY, ListLooks(limit=2, cursor=first.next or "")
    )

    found = [look.handoff.id for page in (first, rest) for look in page.items]
    assert found == ids
    assert rest.next is None
