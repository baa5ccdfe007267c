"""Who must look (RULES 7, 22, 27, 28 and the defaults)."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signoff.domain.errors import Code, Invalid
from signoff.domain.handoffs import Step
from signoff.domain.ids import DAY, HOUR, MINUTE, SECOND, Instant, Micros
from signoff.domain.policies import (
    FourEyes,
    OrderedStep,
    Policy,
    Requirements,
    Rule,
    apply,
    due_at,
    grave,
    length_of,
    parse,
    render,
)
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


def needs(policy, *, path="a.csv", kind="approval", confidence=0.9, flags=(), sidecar=None):
    return apply(
        policy, path=path, kind=kind, confidence=confidence, flags=flags, sidecar=sidecar
    )


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
        due_in=Micros(30 * MINUTE),
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
    policy = Requirements(due_in=HOUR)
    early = Sidecar(due_at="1970-01-11T00:30:00Z")
    late = Sidecar(due_at="1970-02-01T00:00:00Z")
    past = Sidecar(due_at="1970-01-01T00:00:00Z")

    assert due_at(policy, opened_at=opened) == opened + HOUR
    assert due_at(policy, opened_at=opened, sidecar=early) == opened + 30 * MINUTE
    assert due_at(policy, opened_at=opened, sidecar=late) == opened + HOUR
    assert due_at(policy, opened_at=opened, sidecar=past) == opened
    assert due_at(Requirements(), opened_at=opened, sidecar=late) == Instant(31 * DAY)
    assert due_at(Requirements(), opened_at=opened) is None


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
