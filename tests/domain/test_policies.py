"""Who must look (RULES 7, 22, 27, 28 and the defaults)."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signoff.domain.calendars import length_of
from signoff.domain.clocks import OnTimeout
from signoff.domain.errors import Code, Invalid
from signoff.domain.facts import Facts, grave, met, missed, types_of
from signoff.domain.handoffs import Step
from signoff.domain.ids import DAY, HOUR, MINUTE, SECOND, Instant
from signoff.domain.policies import (
    CONDITIONS,
    Every,
    FourEyes,
    OrderedStep,
    Policy,
    Rule,
    SecondLook,
    Who,
)
from signoff.domain.policy_readings import parse, render
from signoff.domain.routing import Requirements, earlier, max_attempts, rest, route
from signoff.domain.sidecars import Flag, Sidecar

NAMES = st.lists(
    st.sampled_from(["ada@x", "bob@x", "group:legal"]), max_size=3, unique=True
).map(tuple)
RULES = st.builds(
    Rule,
    path=st.none() | st.sampled_from(["*.csv", "invoices/**", "**"]),
    kind=st.none() | st.sampled_from(["approval", "escalation"]),
    confidence_below=st.none() | st.floats(0, 1),
    flag=st.none() | st.sampled_from(["note", "warning", "critical"]),
    reviewers=NAMES,
    required=st.integers(1, 4),
    priority=st.none() | st.integers(-5, 5),
    due_in=st.none() | st.sampled_from(["5m", "2h", "1d"]),
)
POLICIES = st.builds(
    Policy,
    four_eyes=st.sampled_from(FourEyes),
    required=st.integers(1, 3),
    reviewers=NAMES,
    due_in=st.none() | st.just("3h"),
    rules=st.lists(RULES, max_size=4).map(tuple),
)
SIDECARS = st.builds(
    Sidecar,
    reviewers=NAMES,
    required=st.none() | st.integers(1, 5),
    priority=st.none() | st.integers(-9, 9),
)


def needs(policy, *, sidecar=None, **facts):
    known = {"path": "a.csv", "confidence": 0.9, **facts}
    return route(policy, Facts(**known), sidecar=sidecar)


def test_the_defaults_are_those_of_the_rules():
    policy = parse(b"")

    assert policy == Policy()
    assert policy.settle == 5 * SECOND
    assert policy.lease == 10 * MINUTE
    assert (policy.max_rounds, policy.max_attempts) == (5, 3)
    assert policy.four_eyes is FourEyes.OFF
    assert needs(policy) == Requirements()


def test_yaml_and_json_say_the_same():
    yaml = b"""
four_eyes: on
required: 2
reviewers: [ada@example.org, group:legal]
due_in: 2d
rules:
  - path: invoices/**
    confidence_below: 0.8
    reviewers: [group:finance]
    raise_to: bob@example.org
"""
    json = b"""{"four_eyes": "on", "required": 2, "reviewers": ["ada@example.org", "group:legal"],
      "due_in": "2d", "rules": [{"path": "invoices/**", "confidence_below": 0.8,
      "reviewers": ["group:finance"], "raise_to": "bob@example.org"}]}"""

    assert parse(yaml) == parse(json)
    assert parse(yaml).four_eyes is FourEyes.ON


@given(POLICIES)
def test_a_policy_is_read_as_it_was_written(policy):
    assert parse(render(policy)) == policy


@pytest.mark.parametrize(
    "raw",
    [
        b"requird: 2",
        b"rules: [{path: '*', reviewer: [a]}]",
        b"required: 0",
        b"required: true",
        b"required: '2'",
        b"four_eyes: maybe",
        b"max_rounds: 0",
        b"lease_seconds: 59",
        b"lease_seconds: 86401",
        b"settle_seconds: -1",
        b"settle_seconds: .inf",
        b"due_in: soon",
        b'due_in: "5m\\n"',
        b"due_in: 0m",
        b"due_in: 5",
        b"reviewers: ['']",
        b"reviewers: ada",
        b"rules: [{path: '*.csv'}]",
        b"rules: [{path: /a, required: 2}]",
        b"rules: [{kind: review, required: 2}]",
        b"rules: [{flag: high, required: 2}]",
        b"rules: [{confidence_below: 80, required: 2}]",
        b"auto_approve: true",
        b"steps: [{required: 1}]",
        b"steps: [{reviewers: []}]",
        b"reviewers: [a]\nsteps: [{reviewers: [b]}]",
        b"rules: [{reviewers: [a], steps: [{reviewers: [b]}]}]",
        b"- a",
        b"text",
        b"\xff",
        b"{",
        b"a: &x 1",
        b"rules: [" + b"{required: 2}," * 201 + b"]",
    ],
)
def test_a_policy_that_says_anything_unknown_is_refused(raw):
    with pytest.raises(Invalid) as refusal:
        parse(raw)

    assert refusal.value.code is Code.POLICY_INVALID


@given(st.binary(max_size=100))
def test_no_bytes_break_the_reading(raw):
    with suppress(Invalid):
        assert isinstance(parse(raw), Policy)


@pytest.mark.parametrize(
    ("rule", "facts", "is_met"),
    [
        (Rule(path="invoices/**"), {"path": "invoices/x.pdf"}, True),
        (Rule(path="invoices/**"), {"path": "x.pdf"}, False),
        (Rule(kind="relay"), {"kind": "relay"}, True),
        (Rule(kind="relay"), {}, False),
        (Rule(confidence_below=0.8), {"confidence": 0.79}, True),
        (Rule(confidence_below=0.8), {"confidence": 0.8}, False),
        (Rule(confidence_below=0.8), {"confidence": None}, True),
        (Rule(flag="warning"), {"flags": (Flag(severity="critical"),)}, True),
        (Rule(flag="warning"), {"flags": (Flag(severity="warning"),)}, True),
        (Rule(flag="warning"), {"flags": (Flag(severity="note"),)}, False),
        (Rule(flag="critical"), {"flags": (Flag(severity="who knows"),)}, True),
        (Rule(flag="note"), {}, False),
        (Rule(kind="relay", path="*.csv"), {"kind": "relay", "path": "x.pdf"}, False),
        (Rule(), {}, True),
    ],
)
def test_when_a_rule_is_met(rule, facts, is_met):
    demanding = Rule(
        **{name: getattr(rule, name) for name in rule.__struct_fields__} | {"required": 3}
    )

    assert needs(Policy(rules=(demanding,)), **facts).required == (3 if is_met else 1)


def test_of_several_rules_the_strictest_counts_and_the_first_names_reviewers():
    policy = Policy(
        reviewers=("ada",),
        due_in="1d",
        priority=1,
        raise_to="head",
        rules=(
            Rule(required=2, due_in="2h"),
            Rule(reviewers=("group:legal",), priority=5, required=1),
            Rule(reviewers=("bob",), due_in="30m", raise_to="boss"),
        ),
    )

    assert needs(policy) == Requirements(
        reviewers=("group:legal",),
        required=2,
        priority=5,
        due_in="30m",
        raised_to="boss",
    )


def test_a_sidecar_adds_reviewers_who_must_approve_too():
    found = needs(Policy(reviewers=("ada",)), sidecar=Sidecar(reviewers=("bob", "ada")))

    assert found == Requirements(reviewers=("ada", "bob"), required=2)


def test_a_group_that_a_sidecar_adds_is_told_but_cannot_replace_the_policys_reviewers():
    found = needs(Policy(reviewers=("ada",)), sidecar=Sidecar(reviewers=("group:friends",)))

    assert found == Requirements(reviewers=("ada",), required=1, asked=("group:friends",))


def test_without_reviewers_in_the_policy_the_sidecar_names_them():
    assert needs(Policy(), sidecar=Sidecar(reviewers=("bob",))).reviewers == ("bob",)
    assert needs(Policy(), sidecar=Sidecar(reviewers=("group:x",), required=2)) == Requirements(
        reviewers=("group:x",), required=2
    )


def test_a_sidecar_that_names_too_few_does_not_block_for_ever():
    found = needs(Policy(required=2), sidecar=Sidecar(reviewers=("bob",)))

    assert found == Requirements(required=2, asked=("bob",))


@given(POLICIES, SIDECARS, st.none() | st.floats(0, 1))
def test_no_sidecar_makes_approval_easier(policy, sidecar, confidence):
    without = needs(policy, confidence=confidence)
    found = needs(policy, confidence=confidence, sidecar=sidecar)

    assert found.required >= without.required
    assert found.priority >= without.priority
    assert set(without.reviewers) <= set(found.reviewers)
    added = set(found.reviewers) - set(without.reviewers)
    if without.reviewers:
        assert found.required - len(added) >= without.required
        assert not any(each.startswith("group:") for each in added)


@given(POLICIES)
def test_missing_confidence_is_treated_as_the_lowest(policy):
    assert needs(policy, confidence=None).required >= needs(policy, confidence=0.0).required


def test_lengths_of_time():
    assert [length_of(each) for each in ("90s", "30m", "4h", "2d", "2 d", None)] == [
        90 * SECOND,
        30 * MINUTE,
        4 * HOUR,
        2 * DAY,
        2 * DAY,
        None,
    ]


def test_the_earlier_of_both_times_counts():
    opened = Instant(10 * DAY)
    hour = Instant(opened + HOUR)
    early = Sidecar(due_at="1970-01-11T00:30:00Z")
    late = Sidecar(due_at="1970-02-01T00:00:00Z")
    past = Sidecar(due_at="1970-01-01T00:00:00Z")

    assert earlier(hour, Sidecar(), since=opened) == hour
    assert earlier(hour, early, since=opened) == opened + 30 * MINUTE
    assert earlier(hour, late, since=opened) == hour
    assert earlier(hour, past, since=opened) == opened
    assert earlier(None, late, since=opened) == Instant(31 * DAY)
    assert earlier(None, Sidecar(), since=opened) is None


def test_an_unknown_severity_is_the_gravest():
    assert grave(Flag(severity="apocalyptic")) == grave(Flag(severity="critical")) == 2
    assert grave(Flag()) == 0


LEGAL_THEN_HEAD = (
    OrderedStep(reviewers=("group:legal",)),
    OrderedStep(reviewers=("head",)),
)


def test_ordered_steps_keep_their_order():
    policy = parse(b"steps: [{reviewers: ['group:legal']}, {reviewers: [head], required: 1}]")

    assert policy == Policy(steps=LEGAL_THEN_HEAD)
    assert needs(policy) == Requirements(
        reviewers=("group:legal", "head"),
        required=2,
        steps=(Step(reviewers=("group:legal",)), Step(reviewers=("head",))),
    )


def test_the_first_rule_with_reviewers_or_steps_replaces_the_policys():
    steps = Rule(path="*.csv", steps=LEGAL_THEN_HEAD)
    names = Rule(reviewers=("ada",))

    assert needs(Policy(reviewers=("bob",), rules=(steps, names))).steps != ()
    assert needs(Policy(steps=LEGAL_THEN_HEAD, rules=(names, steps))) == Requirements(
        reviewers=("ada",)
    )


def test_the_last_step_makes_up_what_other_rules_demand():
    found = needs(Policy(steps=LEGAL_THEN_HEAD, required=3))

    assert [step.required for step in found.steps] == [1, 2]
    assert found.required == 3


def test_those_whom_a_sidecar_adds_to_steps_come_last():
    sidecar = Sidecar(reviewers=("bob", "head", "group:friends"))

    found = needs(Policy(steps=LEGAL_THEN_HEAD), sidecar=sidecar)

    assert found.steps == (
        Step(reviewers=("group:legal",)),
        Step(reviewers=("head",)),
        Step(reviewers=("bob", "group:friends")),
    )
    assert found.required == 3


@pytest.mark.parametrize(
    ("rule", "facts", "is_met"),
    [
        (Rule(stage="feedback"), {"stage": "feedback"}, True),
        (Rule(stage="feedback"), {"stage": "input"}, False),
        (Rule(agent="Scribe"), {"agent": ("ag_1", "scribe")}, True),
        (Rule(agent=("clerk", "ag_1")), {"agent": ("ag_1", "scribe")}, True),
        (Rule(agent="scribe"), {}, False),
        (Rule(confidence_from=0.9), {"confidence": 0.9}, True),
        (Rule(confidence_from=0.9), {"confidence": 0.89}, False),
        (Rule(confidence_from=0.0), {"confidence": None}, False),
        (Rule(confidence_from=0.5, confidence_below=0.8), {"confidence": 0.5}, True),
        (Rule(confidence_from=0.5, confidence_below=0.8), {"confidence": 0.8}, False),
        (Rule(size_above="10 kB"), {"size": 10_001}, True),
        (Rule(size_above="10kB"), {"size": 10_000}, False),
        (Rule(size_above="7 B"), {"size": 8}, True),
        (Rule(files_above=20), {"files": 21}, True),
        (Rule(files_above=20), {"files": 20}, False),
        (Rule(type=".PDF"), {"types": types_of([("a/B.pdf", "x/y")])}, True),
        (Rule(type="image/*"), {"types": types_of([("b", "image/png; q=1")])}, True),
        (Rule(type=("text/csv", ".xlsx")), {"types": types_of([("b", "text/csv")])}, True),
        (Rule(type="image/*"), {"types": types_of([("b.png", "imagery/png")])}, False),
    ],
)
def test_what_more_a_rule_may_ask_of_a_package(rule, facts, is_met):
    known = {"path": "a.csv", "confidence": 0.9, **facts}

    assert met(Policy(rules=(rule,)), Facts(**known)) == ((1,) if is_met else ())


def test_each_must_asks_as_many_as_are_named():
    found = needs(Policy(reviewers=("ada", "group:legal", "ada"), who=Who.EACH))

    assert found.steps == (Step(reviewers=("ada", "group:legal"), required=2, each=True),)
    assert found.required == 2


def test_the_first_rule_that_speaks_of_time_replaces_what_the_policy_says_of_it():
    policy = Policy(
        due_in="1d",
        reminders=("4h before",),
        on_timeout=OnTimeout.REJECT,
        timeout_after="1d",
        rules=(
            Rule(path="*.csv", reminders=Every(every="1h", most=2)),
            Rule(on_timeout=OnTimeout.REASSIGN, reassign_to=("group:leads",)),
        ),
    )

    found = needs(policy)

    assert found.reminders == Every(every="1h", most=2)
    assert (found.on_timeout, found.timeout_after) == (OnTimeout.REASSIGN, None)
    assert found.reassign_to == ("group:leads",)
    assert needs(policy, path="a.pdf").reminders == ("4h before",)


def test_the_strictest_four_eyes_and_the_largest_share_of_second_looks_win():
    few, many = SecondLook(share=0.1), SecondLook(share=0.5)
    policy = Policy(
        four_eyes=FourEyes.ON,
        second_look=few,
        rules=(
            Rule(path="*.csv", four_eyes=FourEyes.OFF, second_look=many),
            Rule(path="*.pdf", four_eyes=FourEyes.EDITS, second_look=SecondLook(share=0)),
        ),
    )

    table, report = needs(policy), needs(policy, path="a.pdf")

    assert (table.four_eyes, table.second_look) == (FourEyes.ON, many)
    assert (report.four_eyes, report.second_look) == (FourEyes.EDITS, few)


def test_some_arrivals_lie_still_for_longer_and_some_work_lapses_more_often():
    policy = Policy(
        rules=(
            Rule(path="scans/**", settle_seconds=60),
            Rule(path="logs/**", settle_seconds=1),
            Rule(agent="slow", max_attempts=9),
        )
    )

    assert policy.settle == SECOND
    waits = [policy.settle + rest(policy, path) for path in ("scans/a", "logs/a", "a")]
    assert waits == [60 * SECOND, SECOND, 5 * SECOND]
    assert max_attempts(policy, "a", ("ag_1", "Slow")) == 9
    assert max_attempts(policy, "a", ("ag_2", "quick")) == 3


@pytest.mark.parametrize(
    ("raw", "word"),
    [
        (b"requird: 2", "required"),
        (b"rules: [{pth: '*', required: 2}]", "path"),
        (b"rules: [{stage: need-review, required: 2}]", "needs-review"),
        (b"steps: [{reviewrs: [a]}]", "reviewers"),
        (b"second_look: {shre: 0.1}", "share"),
        (b"working_hours: {zone: UTC, form: '09:00'}", "from"),
        (b"working_hours: {zone: Europe/Berln}", "Europe/Berlin"),
    ],
)
def test_a_word_that_is_nearly_right_is_refused_with_the_right_one(raw, word):
    with pytest.raises(Invalid) as refusal:
        parse(raw)

    assert refusal.value.hint == f"Did you mean “{word}”?"


@pytest.mark.parametrize(
    "raw",
    [
        b"on_timeout: approve",
        b"on_timeout: reject",
        b"{due_in: 1d, on_timeout: raise}",
        b"{due_in: 1d, on_timeout: reassign}",
        b"{due_in: 1d, reassign_to: [a]}",
        b"who: each",
        b"reminders: [soon]",
        b"reminders: {every: 1d, most: 51}",
        b"reminders: ['0h before']",
        b"second_look: {share: 1.1}",
        b"working_hours: {zone: Mars/Olympus}",
        b"working_hours: {zone: ../../etc/passwd}",
        b"working_hours: {zone: UTC, from: '17:00', to: '09:00'}",
        b"working_hours: {zone: UTC, to: '24:01'}",
        b"working_hours: {zone: UTC, days: []}",
        b"working_hours: {zone: UTC, days: [today]}",
        b"working_hours: {zone: UTC, holidays: [2026-02-30]}",
        b"{due_in: 400d, working_hours: {zone: UTC, to: '23:00', from: '00:00'}}",
        b"rules: [{flag: note, settle_seconds: 9}]",
        b"rules: [{kind: relay, max_attempts: 9}]",
        b"rules: [{size_above: 10 MiB, required: 2}]",
        b"rules: [{stage: approved, required: 2}]",
        b"rules: [{agent: [], required: 2}]",
    ],
)
def test_a_policy_that_makes_no_sense_is_refused(raw):
    with pytest.raises(Invalid) as refusal:
        parse(raw)

    assert refusal.value.code is Code.POLICY_INVALID


def test_yaml_may_read_hours_as_sixties_and_off_as_no():
    policy = parse(
        b"working_hours: {zone: UTC, from: 8:30, to: 17:00, holidays: [2026-12-25]}\n"
        b"rules: [{path: '*', four_eyes: on}]"
    )

    assert policy.working_hours is not None
    assert (policy.working_hours.from_, policy.working_hours.to) == ("08:30", "17:00")
    assert policy.working_hours.holidays == ("2026-12-25",)
    assert policy.rules[0].four_eyes is FourEyes.ON


def test_every_condition_of_a_rule_is_looked_at():
    nothing = Facts(path="a", kind="", stage="", confidence=0.5, files=1)
    full = Rule(
        path="b",
        kind="relay",
        stage="input",
        agent="x",
        confidence_below=0.1,
        confidence_from=0.9,
        flag="note",
        size_above="1 B",
        files_above=1,
        type=".x",
    )

    assert missed(full, nothing) == CONDITIONS
