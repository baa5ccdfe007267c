from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from signoff.actions import arrivals, handoffs, locks, withdrawing
from signoff.actions.arrivals import Settle, Settled
from signoff.actions.folder_views import PathOnly
from signoff.actions.folders import make_folder
from signoff.domain.actors import system
from signoff.domain.errors import Code
from tests.actions.cast import ACME, BEN, CLERK, RITA, SCRIBE, held, last, log
from tests.actions.desk import Desk, opened_desk, refused


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    opened = await opened_desk(tmp_path)
    yield opened
    await opened.house.close()


async def settle(desk: Desk, *, after: float = 6) -> Settled:
    desk.wait(after)
    done = await desk.house.do(arrivals.settle, system(ACME), Settle())
    assert done.result is not None
    return done.result


async def test_a_file_that_arrives_opens_once_it_has_settled(desk: Desk):
    await desk.put(SCRIBE, "needs-review/q3/x.csv")
    assert (await settle(desk, after=1)).handoff is None

    opened = await settle(desk)

    assert opened.handoff is not None
    handoff = await desk.read(BEN, opened.handoff)
    assert (handoff.path, handoff.submitted_by.id) == ("needs-review/q3", "ag_scribe")
    told = await last(desk.house)
    assert (told["type"], told["actor"]) == ("handoff.opened", "system")


async def test_the_package_is_the_topmost_new_node_and_a_place_stays_a_place(desk: Desk):
    await desk.do(make_folder, SCRIBE, PathOnly(path="needs-review/place"))
    assert (await settle(desk)).handoff is None
    await desk.put(SCRIBE, "needs-review/place/x.csv")

    opened = await settle(desk)

    assert opened.handoff is not None
    assert (await desk.read(BEN, opened.handoff)).path == "needs-review/place/x.csv"


async def test_nobody_else_touches_what_arrives(desk: Desk):
    await desk.put(SCRIBE, "needs-review/x.csv")

    with refused(Code.CONFLICT):
        await desk.put(CLERK, "needs-review/x.csv", "other")
    with refused(Code.FORBIDDEN):
        await desk.put(RITA, "needs-review/y.csv", "other")


async def test_each_write_begins_the_settling_anew(desk: Desk):
    await desk.put(SCRIBE, "needs-review/x.csv", "1")
    desk.wait(4)
    await desk.put(SCRIBE, "needs-review/x.csv", "2")

    assert (await settle(desk, after=4)).handoff is None
    assert (await settle(desk, after=2)).handoff is not None


async def test_a_lock_holds_an_arrival_open(desk: Desk):
    await desk.put(SCRIBE, "needs-review/x.csv")
    await desk.do(locks.take, SCRIBE, locks.TakeLock(path="needs-review/x.csv"))
    assert (await settle(desk)).handoff is None
    desk.wait(3600)

    assert (await settle(desk)).handoff is not None


async def test_an_arrival_settles_from_the_end_of_a_lock_in_it(desk: Desk):
    await desk.put(SCRIBE, "needs-review/x.csv")
    lock = await desk.do(locks.take, SCRIBE, locks.TakeLock(path="needs-review/x.csv"))
    assert (await settle(desk)).handoff is None
    desk.wait(4)
    await desk.do(locks.release, SCRIBE, locks.OneLock(token=held(lock)))

    assert (await settle(desk, after=2)).handoff is None
    assert (await settle(desk, after=4)).handoff is not None


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("needs-review/empty.csv", ""),
        ("needs-review/.DS_Store", "litter"),
        ("needs-review/x.csv.handoff.json", "{}"),
    ],
)
async def test_what_is_no_work_opens_nothing(desk: Desk, path: str, data: str):
    await desk.put(SCRIBE, path, data)

    for _ in range(3):
        assert await settle(desk) == Settled()

    page = await desk.house.ask(handoffs.list_, BEN, handoffs.ListHandoffs())
    assert page.items == ()


async def test_an_empty_file_that_is_written_later_opens(desk: Desk):
    await desk.put(SCRIBE, "needs-review/x.csv", "")
    assert (await settle(desk)).handoff is None
    await desk.put(SCRIBE, "needs-review/x.csv", "full")

    assert (await settle(desk)).handoff is not None


async def test_a_file_whose_sidecar_waits_for_it_opens_at_once(desk: Desk):
    await desk.put(SCRIBE, "needs-review/x.csv.handoff.json", '{"title": "First"}')
    await desk.put(SCRIBE, "needs-review/x.csv")

    page = await desk.house.ask(handoffs.list_, BEN, handoffs.ListHandoffs())
    assert [each.title for each in page.items] == ["First"]
    assert await settle(desk) == Settled()


async def test_a_file_whose_sidecar_follows_opens_at_once(desk: Desk):
    await desk.put(SCRIBE, "needs-review/x.csv")
    await desk.put(SCRIBE, "needs-review/x-metadata.json", '{"title": "Second"}')

    page = await desk.house.ask(handoffs.list_, BEN, handoffs.ListHandoffs())
    assert [each.title for each in page.items] == ["Second"]
    handoff = await desk.read(BEN, page.items[0].id)
    assert [file.path for file in handoff.files] == ["file", "sidecar"]


@pytest.mark.parametrize("name", ["x.csv.handoff.json", "x-metadata.json"])
async def test_the_first_sidecar_before_the_first_review_speaks_for_the_package(
    desk: Desk, name: str
):
    await desk.put(SCRIBE, "needs-review/x.csv")
    opened = await settle(desk)
    assert opened.handoff is not None
    before = await desk.read(BEN, opened.handoff)

    await desk.put(
        SCRIBE,
        f"needs-review/{name}",
        '{"kind": "escalation", "title": "Late", "needs": "A rate"}',
    )

    after = await desk.read(BEN, opened.handoff)
    assert (after.title, after.kind, after.needs) == ("Late", "escalation", "A rate")
    assert after.digest != before.digest
    assert after.submitted_digest == after.digest
    assert "handoff.changed" in await desk.types()
    with refused(Code.DIGEST_MISMATCH):
        await desk.decide(BEN, before, "answer", "5 %")
    with refused(Code.FROZEN):
        await desk.put(SCRIBE, f"needs-review/{name}", "{}")
    approved = await desk.decide(BEN, after, "approve")
    assert approved.decision is not None
    assert approved.decision.changed is False
    assert await desk.paths() == {"approved/x.csv", f"approved/{name}"}


async def test_no_sidecar_is_added_once_somebody_reviewed(desk: Desk):
    await desk.policy("required: 2\n")
    await desk.put(SCRIBE, "needs-review/x.csv")
    opened = await settle(desk)
    assert opened.handoff is not None
    seen = await desk.read(BEN, opened.handoff)
    await desk.decide(BEN, seen, "approve")

    with refused(Code.FROZEN):
        await desk.put(SCRIBE, "needs-review/x.csv.handoff.json", '{"title": "Late"}')


async def test_a_sidecar_in_a_folder_speaks_for_it_too(desk: Desk):
    await desk.put(SCRIBE, "needs-review/b/x.csv")
    opened = await settle(desk)
    assert opened.handoff is not None

    await desk.put(SCRIBE, "needs-review/b/handoff.json", '{"title": "Folder"}')

    assert (await desk.read(BEN, opened.handoff)).title == "Folder"


async def test_an_arrival_at_the_old_path_is_the_next_round(desk: Desk):
    await desk.put(SCRIBE, "needs-review/x.csv", "one")
    opened = await settle(desk)
    assert opened.handoff is not None
    first = await desk.read(BEN, opened.handoff)
    node = await desk.node_at("needs-review/x.csv")
    await desk.decide(BEN, first, "request_changes", "Again.")
    await desk.put(SCRIBE, "needs-review/x.csv", "two")

    again = await settle(desk)

    assert again.handoff == opened.handoff
    second = await desk.read(BEN, opened.handoff)
    assert (second.round, second.state, second.path) == (2, "in_review", "needs-review/x.csv")
    assert await desk.tree() == {"needs-review/x.csv": "two"}
    assert await desk.node_at("needs-review/x.csv") == node
    assert (await last(desk.house))["type"] == "handoff.resubmitted"
    approved = await desk.decide(BEN, second, "approve")
    assert approved.path == "approved/x.csv"


async def test_a_folder_that_arrives_anew_becomes_next_versions_and_the_rest_is_archived(
    desk: Desk,
):
    await desk.put(SCRIBE, "needs-review/b/keep.csv", "one")
    await desk.put(SCRIBE, "needs-review/b/old.csv", "old")
    opened = await settle(desk)
    assert opened.handoff is not None
    first = await desk.read(BEN, opened.handoff)
    await desk.decide(BEN, first, "request_changes", "Again.")
    await desk.put(SCRIBE, "needs-review/b/keep.csv", "two")
    await desk.put(SCRIBE, "needs-review/b/deep/new.csv", "new")

    again = await settle(desk)

    assert again.handoff == opened.handoff
    assert await desk.tree() == {
        "needs-review/b/keep.csv": "two",
        "needs-review/b/deep/new.csv": "new",
        f"archive/{opened.handoff}/old.csv": "old",
    }
    second = await desk.read(BEN, opened.handoff)
    assert [file.path for file in second.files] == ["deep/new.csv", "keep.csv"]


async def test_an_arrival_of_another_agent_at_that_path_is_a_new_handoff(desk: Desk):
    await desk.put(SCRIBE, "needs-review/x.csv", "one")
    opened = await settle(desk)
    assert opened.handoff is not None
    first = await desk.read(BEN, opened.handoff)
    await desk.decide(BEN, first, "request_changes", "Again.")
    await desk.put(CLERK, "needs-review/x.csv", "mine")

    other = await settle(desk)

    assert other.handoff not in (None, opened.handoff)


async def test_what_was_written_into_review_is_withdrawn_to_the_queue(desk: Desk):
    await desk.put(SCRIBE, "needs-review/x.csv", "one")
    opened = await settle(desk)
    assert opened.handoff is not None

    back = await desk.do(
        withdrawing.withdraw, SCRIBE, withdrawing.Withdraw(handoff=opened.handoff)
    )

    assert back.claim is not None
    taken = [each for each in await log(desk.house) if each["type"] == "claim.taken"]
    assert taken[-1]["private"]["from"] == "input/x.csv"


async def test_what_arrives_may_be_handed_over_at_once(desk: Desk):
    await desk.put(SCRIBE, "needs-review/x.csv", "one")

    handoff = await desk.submit(SCRIBE, "needs-review/x.csv", title="Now")

    assert (handoff.path, handoff.title) == ("needs-review/x.csv", "Now")
    assert await settle(desk) == Settled()


async def test_a_part_of_what_arrives_is_not_handed_over_alone(desk: Desk):
    await desk.put(SCRIBE, "needs-review/d/x.csv")

    with refused(Code.PACKAGE_NESTED):
        await desk.submit(SCRIBE, "needs-review/d/x.csv")


async def test_only_the_system_asks_what_has_settled(desk: Desk):
    with refused(Code.FORBIDDEN):
        await desk.house.do(arrivals.settle, SCRIBE, Settle())
