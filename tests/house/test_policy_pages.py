"""What the pages say of policies is so: their examples are read, and their claims tried."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from signoff.domain import routing, timers
from signoff.domain.calendars import WorkingHours
from signoff.domain.clocks import Clock, OnTimeout
from signoff.domain.facts import Facts, met, types_of
from signoff.domain.handoffs import Step
from signoff.domain.ids import DAY, HOUR, Instant
from signoff.domain.policies import (
    CONDITIONS,
    DEMANDS,
    OrderedStep,
    Policy,
    Rule,
    SecondLook,
    Who,
)
from signoff.domain.policy_readings import parse
from signoff.domain.policy_schemas import schema
from signoff.domain.routing import Requirements
from signoff.domain.sidecars import Flag
from tests.house.pages import ROOT

HOW_TO = ROOT / "docs" / "how-to" / "write-a-policy.md"
REFERENCE = ROOT / "docs" / "reference" / "policy.md"
BLOCK = re.compile(r"^```yaml ?(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
EXAMPLES = dict(BLOCK.findall(HOW_TO.read_text()))
ROWS = re.compile(r"^\| ((?:`\w+`(?:, )?)+) \|", re.MULTILINE)


def example(name: str) -> Policy:
    return parse(EXAMPLES[name].encode())


def needs(policy: Policy, path: str = "a.csv", **facts: object) -> Requirements:
    return routing.route(policy, Facts(path=path, **facts))  # type: ignore[arg-type]


def instant(text: str) -> Instant:
    return Instant(int(datetime.fromisoformat(text).astimezone(UTC).timestamp() * 1_000_000))


@pytest.mark.parametrize("page", [HOW_TO, REFERENCE], ids=lambda page: page.name)
def test_every_policy_on_the_pages_can_be_followed(page: Path) -> None:
    found = BLOCK.findall(page.read_text())

    assert found
    for _, text in found:
        assert parse(text.encode()) != Policy()


def test_the_first_policy_only_says_when_something_is_late() -> None:
    policy = example("first")

    clock = clock_of(policy, since=Instant(0))
    assert clock.due_at == 2 * DAY
    assert (clock.reminders, clock.raise_at, clock.timeout_at) == ((), None, None)


def clock_of(policy: Policy, *, since: Instant) -> Clock:
    demanded = needs(policy)
    due_at = routing.policy_due_at(policy, demanded, since=since)
    return timers.plan(policy, demanded, number=1, since=since, due_at=due_at)


def test_more_people_look_at_what_is_unsure_or_dear() -> None:
    policy = example("eyes")

    for confidence in (0.69, None):
        unsure = needs(policy, confidence=confidence)
        assert (unsure.reviewers, unsure.required) == (("group:seniors",), 2)
    assert needs(policy, confidence=0.7).reviewers == ("group:finance",)
    contract = needs(policy, "contracts/x.pdf", confidence=0.9)
    both = ("group:legal", "head@example.org")
    assert contract.steps == (Step(reviewers=both, required=2, each=True),)
    assert needs(policy, flags=(Flag(severity="critical"),)).priority == 10


def test_the_strictest_demand_wins_and_the_first_names() -> None:
    both = needs(example("eyes"), "contracts/x.pdf", confidence=0.5)

    assert (both.reviewers, both.required) == (("group:seniors",), 2)


def test_rules_look_at_what_else_is_known() -> None:
    policy = example("conditions")
    table = types_of([("sum.xlsx", "application/octet-stream")])

    assert met(policy, Facts(path="a", agent=("ledger-bot",), types=table)) == (1,)
    assert met(policy, Facts(path="a", size=20_000_001)) == (2,)
    assert met(policy, Facts(path="a", stage="feedback")) == (3,)
    assert met(policy, Facts(path="a", confidence=0.6)) == (4,)


def test_steps_come_one_after_the_other() -> None:
    assert needs(example("steps"), "releases/1.md").steps == (
        Step(reviewers=("group:engineering",), required=2),
        Step(reviewers=("head@example.org",)),
    )


@pytest.mark.parametrize(
    ("opened", "late"),
    [
        ("2026-11-27T16:00+01:00", "2026-11-30T16:00+01:00"),
        ("2026-03-27T16:00+01:00", "2026-03-30T16:00+02:00"),
        ("2026-12-23T16:00+01:00", "2026-12-28T16:00+01:00"),
    ],
)
def test_a_day_is_a_day_of_work(opened: str, late: str) -> None:
    assert clock_of(example("hours"), since=instant(opened)).due_at == instant(late)


def test_the_clock_reminds_raises_and_rejects() -> None:
    clock = clock_of(example("clock"), since=Instant(0))

    assert clock.reminders == (2 * DAY - 4 * HOUR, 2 * DAY)
    assert (clock.raise_at, clock.raise_to) == (2 * DAY, "head@example.org")
    assert (clock.timeout_at, clock.on_timeout) == (7 * DAY, OnTimeout.REJECT)


def test_it_is_given_to_who_is_on_call() -> None:
    clock = clock_of(example("reassign"), since=Instant(0))

    assert (clock.timeout_at, clock.reassign_to) == (4 * HOUR, ("group:on-call",))
    assert clock.reminders == tuple(Instant(n * HOUR) for n in (1, 2, 3))


def test_one_in_ten_is_looked_at_twice() -> None:
    assert example("second").second_look == SecondLook(
        share=0.1, reviewers=("group:audit",), raise_to="head@example.org"
    )


def told(heading: str) -> set[str]:
    """Return the keys in the first column of the table below a heading."""
    _, _, rest = REFERENCE.read_text().partition(f"{heading}\n")
    cells = ROWS.findall(rest.partition("\n## ")[0])
    return {key for cell in cells for key in re.findall(r"\w+", cell)}


@pytest.mark.parametrize(
    ("heading", "keys"),
    [
        ("# The policy", Policy.__struct_encode_fields__),
        ("## Rules", CONDITIONS),
        ("## By itself", tuple(map(str, OnTimeout))),
        ("## Working hours", WorkingHours.__struct_encode_fields__),
        ("## Second looks", SecondLook.__struct_encode_fields__),
    ],
)
def test_the_reference_has_every_key(heading: str, keys: tuple[str, ...]) -> None:
    assert told(heading) == set(keys)


def test_the_reference_names_every_demand_of_a_rule() -> None:
    _, _, rest = REFERENCE.read_text().partition("The demands are")

    assert set(re.findall(r"`(\w+)`", rest.partition("\n\n")[0])) - {"path", "agent"} == set(
        DEMANDS
    )


def test_every_part_of_a_policy_is_in_the_schema() -> None:
    for kind in (Policy, Rule, OrderedStep, SecondLook, WorkingHours):
        properties = schema()["$defs"][kind.__name__]["properties"]

        assert set(properties) == set(kind.__struct_encode_fields__)


def test_who_says_one_or_each() -> None:
    assert set(schema()["$defs"]["Who"]["enum"]) == set(Who)
