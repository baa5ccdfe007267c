"""Rules of a policy as the acts follow them: what a package is decides who must look."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from signoff.actions import claims, deciding, forecasts
from signoff.actions.claims import TakeClaim
from signoff.actions.forecasts import Explain
from signoff.domain.actors import Door
from signoff.domain.errors import Code
from signoff.domain.timers import What
from signoff.worker import duties
from tests.actions.cast import ADA, BEN, DAN, MAY, SCRIBE, by_drive
from tests.actions.desk import Desk, opened_desk, refused


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    opened = await opened_desk(tmp_path)
    yield opened
    await opened.house.close()


async def required(desk: Desk, caller, path: str, **context) -> int:
    seen = await desk.submit(caller, path, **context)
    return seen.required


@pytest.mark.parametrize(
    ("rule", "others"),
    [
        ("size_above: 10 B", {"input/small.txt": "x"}),
        ("type: .PDF", {"input/small.txt": "x"}),
        ("agent: scribe", {}),
        ("stage: input", {"shared/other.txt": "x"}),
    ],
)
async def test_what_a_package_is_made_of_asks_more_eyes(desk: Desk, rule, others) -> None:
    await desk.policy(f"rules: [{{{rule}, required: 3}}]")
    await desk.put(SCRIBE, "input/large.pdf", "more than ten bytes")
    for path, text in others.items():
        await desk.put(SCRIBE, path, text)

    assert await required(desk, SCRIBE, "input/large.pdf") == 3
    for path in others:
        assert await required(desk, SCRIBE, path) == 1


async def test_a_sidecar_counts_neither_as_a_file_nor_by_its_size(desk: Desk) -> None:
    await desk.policy("rules: [{files_above: 2, required: 3}, {size_above: 1 kB, required: 4}]")
    for name in ("a", "b"):
        await desk.put(SCRIBE, f"input/two/{name}.txt", "x")

    assert await required(desk, SCRIBE, "input/two", summary="long " * 500) == 1


async def test_the_next_round_of_what_was_sent_back_comes_from_feedback(desk: Desk) -> None:
    await desk.policy("rules: [{stage: feedback, priority: 9}]")
    await desk.put(SCRIBE, "input/a.csv")
    seen = await desk.submit(SCRIBE, "input/a.csv")
    await desk.decide(BEN, seen, "request_changes", "More")
    claim = await desk.claim(SCRIBE)

    again = await desk.submit(SCRIBE, claim.path, token=claim.lock_token)

    assert (seen.priority, again.round, again.priority) == (0, 2, 9)


async def test_each_of_two_groups_must_approve(desk: Desk) -> None:
    await desk.policy("reviewers: [group:legal, may@acme.example]\nwho: each\n")
    await desk.put(SCRIBE, "input/a.csv")
    seen = await desk.submit(SCRIBE, "input/a.csv")

    first = await desk.decide(BEN, seen, "approve")
    second = await desk.decide(MAY, seen, "approve")

    assert (seen.required, first.state, second.state) == (2, "in_review", "approved")


async def test_four_eyes_may_hold_for_some_paths_alone(desk: Desk) -> None:
    await desk.policy("rules: [{path: money/**, four_eyes: on}]")
    for name in ("money/a.csv", "b.csv"):
        await desk.put(SCRIBE, f"input/{name}")
    money = await desk.submit(SCRIBE, "input/money/a.csv")
    other = await desk.submit(SCRIBE, "input/b.csv")

    with refused(Code.OWN_WORK):
        await desk.decide(ADA, money, "approve")
    assert (await desk.decide(ADA, other, "approve")).state == "approved"


async def test_rounds_may_end_sooner_for_some(desk: Desk) -> None:
    await desk.policy("rules: [{path: '*.csv', max_rounds: 1, raise_to: ada@acme.example}]")
    await desk.put(SCRIBE, "input/a.csv")
    seen = await desk.submit(SCRIBE, "input/a.csv")

    after = await desk.decide(BEN, seen, "request_changes", "No")

    assert (after.kind, after.round, after.raised_to) == ("escalation", 2, "pe_ada")


async def test_some_arrivals_lie_still_for_longer(desk: Desk) -> None:
    await desk.policy("rules: [{path: '*.tif', settle_seconds: 60}]")
    drive = by_drive(DAN, decides=False)
    for name in ("a.tif", "b.txt"):
        await desk.put(drive, f"needs-review/{name}", "x")
    opened = []

    for seconds in (6, 30, 30):
        desk.wait(seconds)
        await duties.settle_arrivals(desk.house)
        found = await desk.look(lambda tx: tx.handoffs.page(limit=10))
        opened.append(sorted(each.handoff.title for each in found))

    assert opened == [["b.txt"], ["b.txt"], ["a.tif", "b.txt"]]


async def test_some_work_may_lapse_less_often(desk: Desk) -> None:
    await desk.policy("rules: [{path: hard/**, max_attempts: 1}]")
    for name in ("hard/a.csv", "easy.csv"):
        await desk.put(SCRIBE, f"input/{name}")
        await desk.do(claims.take, SCRIBE, TakeClaim(path=f"input/{name}"))

    desk.wait(3600)
    await duties.lapse_claims(desk.house)

    assert await desk.paths() == {"needs-review/hard/a.csv", "input/easy.csv"} | {
        path for path in await desk.paths() if path.endswith(".handoff.json")
    }


async def test_the_time_of_an_agent_in_a_hurry_is_its_own(desk: Desk) -> None:
    """It is raised sooner, and goes to others no sooner."""
    await desk.policy(
        "due_in: 2d\nraise_to: ada@acme.example\nreviewers: [ben@acme.example]\n"
        "on_timeout: reassign\nreassign_to: [group:leads]\n"
    )
    await desk.put(SCRIBE, "input/a.csv")
    seen = await desk.submit(SCRIBE, "input/a.csv", due_at="2026-01-01T00:00:00Z")

    await duties.keep_time(desk.house)

    after = await desk.read(BEN, seen.id)
    assert (after.raised_to, after.reviewers) == ("pe_ada", ("pe_ben",))
    told = await desk.house.ask(forecasts.explain, BEN, Explain(handoff=seen.id))
    assert told.next is not None
    assert told.next.what is What.REASSIGN


async def test_what_is_recalled_has_all_of_its_time(desk: Desk) -> None:
    await desk.policy("due_in: 1d\non_timeout: reject\n")
    await desk.put(SCRIBE, "input/a.csv")
    seen = await desk.submit(SCRIBE, "input/a.csv")
    await desk.decide(BEN, seen, "approve")
    desk.wait(10 * 86_400)
    recall = deciding.Recall(handoff=seen.id, reason="Again")
    await desk.do(deciding.recall, MAY, recall)

    await duties.keep_time(desk.house)

    assert (await desk.read(BEN, seen.id)).state == "in_review"


async def test_no_door_lets_the_time_approve(desk: Desk) -> None:
    await desk.policy("due_in: 1d\n")
    with refused(Code.POLICY_INVALID):
        await desk.policy("due_in: 1d\non_timeout: approve\n")
    await desk.put(SCRIBE, "input/a.csv")
    seen = await desk.submit(SCRIBE, "input/a.csv")
    with refused(Code.AGENT_CANNOT_DECIDE):
        await desk.decide(replace(SCRIBE, door=Door.WORKER), seen, "approve")
