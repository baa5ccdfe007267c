"""Trying a policy out: explained for one package, tried on the last ones, nothing changed."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from signoff.actions import forecasts, trials
from signoff.actions.forecasts import Explain
from signoff.actions.trials import Try
from signoff.actions.views import instant_of
from signoff.domain.errors import Code
from signoff.domain.ids import HOUR
from signoff.worker import duties
from tests.actions.cast import ADA, BEN, DAN, MAY, SCRIBE
from tests.actions.desk import Desk, opened_desk, refused

POLICY = """
due_in: 1d
rules:
  - path: invoices/**
    confidence_below: 0.8
    reviewers: [group:legal]
    required: 2
  - agent: scribe
    priority: 5
  - type: .pdf
    due_in: 1h
"""


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    opened = await opened_desk(tmp_path)
    yield opened
    await opened.house.close()


async def explain(desk: Desk, **asked):
    return await desk.house.ask(forecasts.explain, DAN, Explain(**asked))


async def test_a_package_that_there_might_be_is_explained(desk: Desk) -> None:
    await desk.policy(POLICY)

    found = await explain(desk, path="invoices/x.csv", confidence=0.5)

    assert found.number == 1
    assert [rule.is_met for rule in found.rules] == [True, False, False]
    assert [rule.missed for rule in found.rules] == [(), ("agent",), ("type",)]
    assert (found.demands.reviewers, found.demands.required) == (("group:legal",), 2)
    assert found.sampled is None


async def test_a_handoff_is_explained_as_it_is(desk: Desk) -> None:
    await desk.policy(POLICY)
    await desk.put(SCRIBE, "input/invoices/x.pdf", "%PDF-1.7")
    seen = await desk.submit(SCRIBE, "input/invoices/x.pdf", confidence=0.9)

    found = await explain(desk, handoff=seen.id)

    assert [rule.is_met for rule in found.rules] == [False, True, True]
    assert found.demands.due_at == seen.due_at
    assert (instant_of(seen.due_at) - instant_of(seen.opened_at)) == HOUR
    assert found.demands.priority == seen.priority == 5
    assert found.sampled is False


async def test_the_reach_of_a_policy_that_is_not_set_can_be_explained(desk: Desk) -> None:
    found = await explain(desk, path="x.csv", policy="required: 3")

    assert (found.number, found.demands.required) == (None, 3)


@pytest.mark.parametrize(
    "asked",
    [{"kind": "review"}, {"stage": "approved"}, {"policy": "requird: 2"}, {"path": "../x"}],
)
async def test_what_makes_no_sense_is_refused(desk: Desk, asked) -> None:
    codes = {"policy": Code.POLICY_INVALID, "path": Code.INVALID_PATH}

    with refused(codes.get(next(iter(asked)), Code.INVALID)):
        await explain(desk, **asked)


async def test_a_policy_is_tried_on_the_last_handoffs(desk: Desk) -> None:
    for name in ("invoices/low.csv", "invoices/sure.csv", "other.csv"):
        await desk.put(SCRIBE, f"input/{name}")
    low = await desk.submit(SCRIBE, "input/invoices/low.csv", confidence=0.5)
    sure = await desk.submit(SCRIBE, "input/invoices/sure.csv", confidence=0.95)
    other = await desk.submit(SCRIBE, "input/other.csv", confidence=0.5)
    desk.wait(2 * 86_400)
    await desk.decide(BEN, low, "approve")
    policy = (
        "due_in: 1d\non_timeout: reject\nsecond_look: {share: 1}\nreminders: [when due]\n"
        "rules: [{path: invoices/**, confidence_below: 0.8, required: 2}]"
    )
    before = await desk.mark()

    found = await desk.house.ask(trials.try_, MAY, Try(policy=policy))

    assert (found.number, found.looked_at, found.differ) == (1, 3, 3)
    trial = {item.handoff: item for item in found.items}
    assert [trial[each.id].rules for each in (low, sure, other)] == [(1,), (), ()]
    first = trial[low.id]
    assert (first.before.required, first.after.required) == (1, 2)
    assert (first.before.timeout, first.after.timeout) == (None, "reject")
    assert (first.before.second_look, first.after.second_look) == (False, True)
    assert (first.before.reminders, first.after.reminders) == (0, 1)
    assert "required" not in trial[sure.id].differs
    assert found.by_key == {
        "due_at": 3,
        "reminders": 3,
        "required": 1,
        "second_look": 1,
        "timeout": 3,
    }
    assert await desk.mark() == before
    assert (await desk.read(BEN, sure.id)).state == "in_review"


async def test_the_policy_that_holds_differs_in_nothing(desk: Desk) -> None:
    policy = "due_in: 1d\nreminders: [4h before]\nrules: [{path: '*.csv', priority: 3}]"
    await desk.policy(policy)
    await desk.put(SCRIBE, "input/a.csv")
    await desk.submit(SCRIBE, "input/a.csv", reviewers=("ben@acme.example",))
    desk.wait(21 * 3600)
    await duties.keep_time(desk.house)

    found = await desk.house.ask(trials.try_, ADA, Try(policy=policy))

    assert [item.differs for item in found.items] == [()]
    assert found.items[0].before.reminders == 1


async def test_only_so_many_are_looked_at(desk: Desk) -> None:
    for number in range(4):
        await desk.put(SCRIBE, f"input/{number}.csv")
        await desk.submit(SCRIBE, f"input/{number}.csv")

    found = await desk.house.ask(trials.try_, ADA, Try(policy={}, last=3))

    assert [item.title for item in found.items] == ["3.csv", "2.csv", "1.csv"]


async def test_only_who_may_set_a_policy_may_try_one(desk: Desk) -> None:
    with refused(Code.FORBIDDEN):
        await desk.house.ask(trials.try_, BEN, Try(policy={}))
