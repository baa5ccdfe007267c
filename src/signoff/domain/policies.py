"""Who must look at what, by when, and what then. Nothing in a policy ever approves."""

from enum import StrEnum
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from signoff.domain.documents import read_json, read_yaml, text_of
from signoff.domain.errors import Code, Invalid
from signoff.domain.globs import check_glob, matches
from signoff.domain.handoffs import Step
from signoff.domain.ids import HOUR, MINUTE, SECOND, Instant, Micros
from signoff.domain.readings import due_instant
from signoff.domain.sidecars import KINDS, SEVERITIES, Flag, Sidecar

Name = Annotated[str, Meta(min_length=1, max_length=200)]
Names = Annotated[tuple[Name, ...], Meta(max_length=50)]
Required = Annotated[int, Meta(ge=1, le=50)]
Priority = Annotated[int, Meta(ge=-100, le=100)]
Part = Annotated[float, Meta(ge=0, le=1)]
Length = Annotated[str, Meta(pattern=r"^[1-9][0-9]{0,5} ?(s|m|h|d)\Z")]

_UNITS = {"s": SECOND, "m": MINUTE, "h": HOUR, "d": 24 * HOUR}


class FourEyes(StrEnum):
    """Whether the owner of an agent may approve its work (RULES 27)."""

    OFF = "off"
    ON = "on"
    EDITS = "edits"
    """Neither the owner nor anybody who wrote a version in the package."""


class OrderedStep(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Some reviewers, `required` of whom must approve before the next step begins."""

    reviewers: Annotated[tuple[Name, ...], Meta(min_length=1, max_length=50)]
    required: Required = 1


Steps = Annotated[tuple[OrderedStep, ...], Meta(max_length=10)]


class Rule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What else is demanded of packages that meet every condition given here.

    `confidence_below` also means a package that says no confidence; `flag` means this
    severity or a graver one.
    """

    path: Name | None = None
    kind: Name | None = None
    confidence_below: Part | None = None
    flag: Name | None = None
    reviewers: Names = ()
    steps: Steps = ()
    required: Required | None = None
    priority: Priority | None = None
    due_in: Length | None = None
    raise_to: Name | None = None


class Policy(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The workspace's policy. Without one, any one reviewer or manager decides (RULES 22).

    Without `due_in` a handoff waits for ever.
    """

    settle_seconds: Annotated[float, Meta(ge=0, le=3600)] = 5
    lease_seconds: Annotated[int, Meta(ge=60, le=86_400)] = 600
    max_rounds: Annotated[int, Meta(ge=1, le=100)] = 5
    max_attempts: Annotated[int, Meta(ge=1, le=100)] = 3
    four_eyes: FourEyes = FourEyes.OFF
    required: Required = 1
    reviewers: Names = ()
    steps: Steps = ()
    priority: Priority = 0
    due_in: Length | None = None
    raise_to: Name | None = None
    rules: Annotated[tuple[Rule, ...], Meta(max_length=200)] = ()

    @property
    def settle(self) -> Micros:
        """Return the settle time of arrivals."""
        return Micros(round(self.settle_seconds * SECOND))

    @property
    def lease(self) -> Micros:
        """Return how long a claim lasts unless its agent says otherwise."""
        return Micros(self.lease_seconds * SECOND)


class Requirements(Struct, frozen=True, kw_only=True):
    """What a handoff needs in order to be decided.

    `reviewers` are e-mail addresses, actor ids and `group:NAME`; empty means any who may
    review. `asked` are told besides, but their approval does not count for `required`.
    `steps` are given if there is an order; then `reviewers` and `required` are their sums.
    """

    reviewers: tuple[str, ...] = ()
    required: int = 1
    priority: int = 0
    due_in: Micros | None = None
    raised_to: str | None = None
    asked: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()


def parse(raw: bytes) -> Policy:
    """Return the policy that YAML or JSON says; refuse every key that is not known.

    A typing error must never open a gate, so nothing is skipped or guessed.
    """
    text = text_of(raw, code=Code.POLICY_INVALID)
    read = read_json if text.lstrip().startswith("{") else read_yaml
    value = read(text, code=Code.POLICY_INVALID)
    return from_object({} if value is None else value)


def from_object(value: Any) -> Policy:
    """Return the policy that an object says, with the same strictness."""
    if isinstance(value, dict) and isinstance(value.get("four_eyes"), bool):
        # YAML 1.1 reads a bare `on` and `off` as truths
        value = value | {"four_eyes": "on" if value["four_eyes"] else "off"}
    try:
        policy = msgspec.convert(value, Policy)
    except msgspec.ValidationError as broken:
        raise Invalid(
            f"The policy cannot be taken: {broken}",
            code=Code.POLICY_INVALID,
            hint="The keys are listed in docs/reference/policy.md.",
        ) from broken
    places: tuple[Policy | Rule, ...] = (policy, *policy.rules)
    for each in places:
        if each.reviewers and each.steps:
            raise Invalid(
                "The policy names both reviewers and steps at one place",
                code=Code.POLICY_INVALID,
                hint="Name the reviewers in the steps.",
            )
    for n, rule in enumerate(policy.rules):
        _check_rule(rule, n)
    return policy


def _check_rule(rule: Rule, n: int) -> None:
    def wrong(what: str) -> Invalid:
        return Invalid(f"Rule {n + 1} of the policy {what}", code=Code.POLICY_INVALID)

    if rule.path is not None:
        check_glob(rule.path, code=Code.POLICY_INVALID)
    if rule.kind is not None and rule.kind not in KINDS:
        raise wrong(f"names the kind “{rule.kind}”, which is none of {', '.join(KINDS)}")
    if rule.flag is not None and rule.flag not in SEVERITIES:
        raise wrong(f"names the flag “{rule.flag}”, which is none of {', '.join(SEVERITIES)}")
    effects = (rule.required, rule.priority, rule.due_in, rule.raise_to)
    if not rule.reviewers and not rule.steps and effects == (None, None, None, None):
        raise wrong("demands nothing")


def render(policy: Policy) -> bytes:
    """Return the policy as JSON that `parse` reads; what is the default is left out."""
    return msgspec.json.format(msgspec.json.encode(policy), indent=2) + b"\n"


def apply(
    policy: Policy,
    *,
    path: str,
    kind: str,
    confidence: float | None,
    flags: tuple[Flag, ...] = (),
    sidecar: Sidecar | None = None,
) -> Requirements:
    """Return what the policy demands of a package, with what its sidecar asks for.

    `path` is the one below the stage. Every rule that matches counts: the most approvals, the
    highest priority and the shortest time win, the first rule that names reviewers does, and
    they replace the policy's own. A sidecar only adds (RULES 7).
    """
    rules = [
        rule
        for rule in policy.rules
        if _matches(rule, path=path, kind=kind, confidence=confidence, flags=flags)
    ]
    chosen: Policy | Rule = policy
    raised, required, due_in = None, policy.required, length_of(policy.due_in)
    for rule in rules:
        if chosen is policy and (rule.reviewers or rule.steps):
            chosen = rule
        raised = raised or rule.raise_to
        required = max(required, rule.required or 1)
        due_in = min(filter(None, (due_in, length_of(rule.due_in))), default=None)
    demanded = Requirements(
        reviewers=chosen.reviewers and tuple(dict.fromkeys(chosen.reviewers)),
        required=required,
        priority=max(
            [r.priority for r in rules if r.priority is not None] or [policy.priority]
        ),
        due_in=due_in,
        raised_to=raised or policy.raise_to,
    )
    if chosen.steps:
        return _in_steps(demanded, chosen.steps, sidecar or Sidecar())
    return demanded if sidecar is None else _asked(demanded, sidecar)


def _matches(
    rule: Rule, *, path: str, kind: str, confidence: float | None, flags: tuple[Flag, ...]
) -> bool:
    if rule.path is not None and not matches(rule.path, path):
        return False
    if rule.kind is not None and rule.kind != kind:
        return False
    if rule.confidence_below is not None and not (
        confidence is None or confidence < rule.confidence_below
    ):
        return False
    return rule.flag is None or any(grave(f) >= SEVERITIES.index(rule.flag) for f in flags)


def grave(flag: Flag) -> int:
    """Return how grave a flag is; a word that nobody knows is the gravest."""
    known = flag.severity in SEVERITIES
    return SEVERITIES.index(flag.severity) if known else len(SEVERITIES) - 1


def length_of(text: str | None) -> Micros | None:
    """Return the length of time that `90s`, `30m`, `4h` or `2d` says."""
    return Micros(int(text[:-1]) * _UNITS[text[-1]]) if text else None


def _asked(demanded: Requirements, sidecar: Sidecar) -> Requirements:
    """Add what a sidecar asks for, which may make approval harder and never easier.

    Where the policy names reviewers, each person added must approve on top of what it
    demands, so that `required` is never met by those whom the agent chose. A group has
    unknown members, and is only told.
    """
    known = demanded.reviewers
    added = tuple(dict.fromkeys([each for each in sidecar.reviewers if each not in known]))
    people = tuple([each for each in added if not each.startswith("group:")])
    groups = tuple([each for each in added if each.startswith("group:")])
    required = max(demanded.required, sidecar.required or 1)
    reviewers, asked = demanded.reviewers, groups
    if reviewers and people:
        reviewers = (*reviewers, *people)
        required = max(sidecar.required or 1, demanded.required + len(people))
    elif not reviewers and added:
        enough = bool(groups) or len(people) >= required
        reviewers, asked = (added, ()) if enough else ((), added)
    return msgspec.structs.replace(
        demanded,
        reviewers=reviewers,
        asked=asked,
        required=required,
        priority=max(demanded.priority, sidecar.priority or demanded.priority),
    )


def _in_steps(
    demanded: Requirements, ordered: tuple[OrderedStep, ...], sidecar: Sidecar
) -> Requirements:
    """Put the demands in order: the last step makes up what is missing of `required`.

    Those whom a sidecar adds are a step of their own behind the policy's.
    """
    steps = [Step(reviewers=each.reviewers, required=each.required) for each in ordered]
    wanted = max(demanded.required, sidecar.required or 1)
    missing = max(0, wanted - sum(step.required for step in steps))
    steps[-1] = msgspec.structs.replace(steps[-1], required=steps[-1].required + missing)
    named = {each for step in steps for each in step.reviewers}
    added = tuple(dict.fromkeys(each for each in sidecar.reviewers if each not in named))
    if added:
        steps.append(Step(reviewers=added))
    return msgspec.structs.replace(
        demanded,
        reviewers=tuple(dict.fromkeys(each for step in steps for each in step.reviewers)),
        required=sum(step.required for step in steps),
        priority=max(demanded.priority, sidecar.priority or demanded.priority),
        steps=tuple(steps),
    )


def due_at(
    requirements: Requirements, *, opened_at: Instant, sidecar: Sidecar | None = None
) -> Instant | None:
    """Return when a handoff is late: the earlier of the policy's time and the sidecar's."""
    wanted = []
    if requirements.due_in is not None:
        wanted.append(opened_at + requirements.due_in)
    if sidecar is not None and sidecar.due_at is not None:
        wanted.append(max(opened_at, due_instant(sidecar.due_at)))
    return Instant(min(wanted)) if wanted else None
