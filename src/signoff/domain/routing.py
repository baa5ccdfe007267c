"""What a policy demands of one package: who must look, how many, by when, and what then."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec
from msgspec import Struct

from signoff.domain.calendars import after, length_of
from signoff.domain.clocks import OnTimeout
from signoff.domain.files import stem_and_extension
from signoff.domain.globs import matches
from signoff.domain.handoffs import Step
from signoff.domain.ids import SECOND, Instant, Micros, Path
from signoff.domain.policies import (
    ORDINARY,
    FourEyes,
    OrderedStep,
    Policy,
    Reminders,
    Rule,
    SecondLook,
    Who,
    size_of,
)
from signoff.domain.readings import due_instant
from signoff.domain.sidecars import SEVERITIES, Flag, Sidecar
from signoff.domain.stages import Stage, stage_of

_STRICTNESS = tuple(FourEyes)


class Facts(Struct, frozen=True, kw_only=True):
    """What rules may want to know of a package.

    `path` is the one below the stage. `agent` are the names that the submitting agent goes
    by; a person has none. `types` are the media types and the extensions (`.pdf`) in it.
    """

    path: str
    kind: str = "approval"
    stage: str = str(Stage.INPUT)
    agent: tuple[str, ...] = ()
    confidence: float | None = None
    flags: tuple[Flag, ...] = ()
    size: int = 0
    files: int = 1
    types: frozenset[str] = frozenset()


class Requirements(Struct, frozen=True, kw_only=True):
    """What a handoff needs in order to be decided, and what happens while it is not.

    `reviewers` are e-mail addresses, actor ids and `group:NAME`; empty means any who may
    review. `asked` are told besides, but their approval does not count for `required`.
    `steps` are given if there is an order, or if each must approve; then `reviewers` and
    `required` are their sums.
    """

    reviewers: tuple[str, ...] = ()
    required: int = 1
    priority: int = 0
    due_in: str | None = None
    raised_to: str | None = None
    asked: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()
    reminders: Reminders = ()
    on_timeout: OnTimeout = OnTimeout.WAIT
    timeout_after: str | None = None
    reassign_to: tuple[str, ...] = ()
    four_eyes: FourEyes = FourEyes.OFF
    max_rounds: int = 5
    second_look: SecondLook | None = None


# Which rules are met.


def met(policy: Policy, facts: Facts) -> tuple[int, ...]:
    """Return the numbers of the rules that are met; the first rule is 1."""
    return tuple([n for n, rule in enumerate(policy.rules, 1) if _meets(rule, facts)])


def missed(rule: Rule, facts: Facts) -> tuple[str, ...]:
    """Return the conditions of a rule that a package does not meet, by their keys."""
    return tuple(_misses(rule, facts))


def _meets(rule: Rule, facts: Facts) -> bool:
    return next(_misses(rule, facts), None) is None


def _misses(rule: Rule, facts: Facts) -> Iterator[str]:
    for key, holds in _CONDITIONS.items():
        wanted = getattr(rule, key)
        if wanted is not None and not holds(wanted, facts):
            yield key


def _sure(facts: Facts) -> float:
    """Return how sure an agent is; who says nothing is less sure than anybody."""
    return -1.0 if facts.confidence is None else facts.confidence


_CONDITIONS: dict[str, Callable[[Any, Facts], bool]] = {
    "path": lambda wanted, facts: matches(wanted, facts.path),
    "kind": lambda wanted, facts: wanted == facts.kind,
    "stage": lambda wanted, facts: wanted == facts.stage,
    "agent": lambda wanted, facts: _is_by(_several(wanted), facts.agent),
    "confidence_below": lambda wanted, facts: _sure(facts) < wanted,
    "confidence_from": lambda wanted, facts: _sure(facts) >= wanted,
    "flag": lambda wanted, facts: any(
        grave(flag) >= SEVERITIES.index(wanted) for flag in facts.flags
    ),
    "size_above": lambda wanted, facts: facts.size > size_of(wanted),
    "files_above": lambda wanted, facts: facts.files > wanted,
    "type": lambda wanted, facts: any(_is_of(each, facts.types) for each in _several(wanted)),
}


def _several(said: str | tuple[str, ...]) -> tuple[str, ...]:
    return (said,) if isinstance(said, str) else said


def _is_by(wanted: tuple[str, ...], agent: tuple[str, ...]) -> bool:
    names = {each.casefold() for each in agent}
    return any(each.casefold() in names for each in wanted)


def _is_of(wanted: str, types: frozenset[str]) -> bool:
    """Say whether one of the types is the wanted one: `.pdf`, `application/pdf`, `image/*`."""
    wanted = wanted.casefold()
    if wanted.endswith("/*"):
        return any(each.startswith(wanted[:-1]) for each in types)
    return wanted in types


def types_of(files: Iterable[tuple[str, str]]) -> frozenset[str]:
    """Return the types of files, each given by its name and its media type."""
    found: set[str] = set()
    for name, media_type in files:
        found |= {media_type.partition(";")[0].strip().casefold()}
        extension = stem_and_extension(name.rpartition("/")[2])[1]
        found |= {extension.casefold()} - {""}
    return frozenset(found)


def origin(from_path: Path | None) -> str:
    """Return where a package was submitted from; what came by itself was written there."""
    if from_path is None:
        return str(Stage.NEEDS_REVIEW)
    stage = stage_of(from_path)
    return ORDINARY if stage is None else str(stage)


def grave(flag: Flag) -> int:
    """Return how grave a flag is; a word that nobody knows is the gravest."""
    known = flag.severity in SEVERITIES
    return SEVERITIES.index(flag.severity) if known else len(SEVERITIES) - 1


# What they demand.


def route(policy: Policy, facts: Facts, *, sidecar: Sidecar | None = None) -> Requirements:
    """Return what the policy demands of a package, with what its sidecar asks for.

    Every rule that is met counts: the most approvals, the highest priority, the shortest
    time, the strictest four eyes and the largest share of second looks win. Of all else the
    first rule that says something replaces the policy's own. A sidecar only adds (RULES 7).
    """
    rules = [policy.rules[n - 1] for n in met(policy, facts)]
    naming = next((r for r in rules if r.reviewers or r.steps), policy)
    timing = next((r for r in rules if r.on_timeout is not None), policy)
    priorities = [r.priority for r in rules if r.priority is not None]
    demanded = Requirements(
        reviewers=tuple(dict.fromkeys(naming.reviewers)),
        required=max(policy.required, *(r.required or 1 for r in (*rules, Rule()))),
        priority=max(priorities or [policy.priority]),
        due_in=_shortest(policy, rules),
        raised_to=next((r.raise_to for r in rules if r.raise_to), policy.raise_to),
        reminders=next(
            (r.reminders for r in rules if r.reminders is not None), policy.reminders
        ),
        on_timeout=timing.on_timeout or OnTimeout.WAIT,
        timeout_after=timing.timeout_after,
        reassign_to=timing.reassign_to,
        four_eyes=max(
            (policy.four_eyes, *(r.four_eyes or FourEyes.OFF for r in rules)),
            key=_STRICTNESS.index,
        ),
        max_rounds=next((r.max_rounds for r in rules if r.max_rounds), policy.max_rounds),
        second_look=_most_looks(policy, rules),
    )
    if naming.steps:
        return _in_steps(demanded, naming.steps, sidecar or Sidecar())
    if naming.who is Who.EACH:
        each = OrderedStep(reviewers=naming.reviewers, who=Who.EACH)
        return _in_steps(demanded, (each,), sidecar or Sidecar())
    return demanded if sidecar is None else _asked(demanded, sidecar)


def _shortest(policy: Policy, rules: list[Rule]) -> str | None:
    said = [each for each in (policy.due_in, *(r.due_in for r in rules)) if each]
    return min(said, key=lambda each: length_of(each, policy.working_hours) or 0, default=None)


def _most_looks(policy: Policy, rules: list[Rule]) -> SecondLook | None:
    said = [r.second_look for r in rules if r.second_look] + [policy.second_look]
    return max(filter(None, said), key=lambda each: each.share, default=None)


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
    steps = [_step(each) for each in ordered]
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


def _step(ordered: OrderedStep) -> Step:
    named = tuple(dict.fromkeys(ordered.reviewers))
    if ordered.who is Who.ONE:
        return Step(reviewers=named, required=ordered.required)
    return Step(reviewers=named, required=max(ordered.required, len(named)), each=True)


# By when.


def policy_due_at(
    policy: Policy, requirements: Requirements, *, since: Instant
) -> Instant | None:
    """Return when the policy wants a decision on what was opened `since`."""
    length = length_of(requirements.due_in, policy.working_hours)
    return None if length is None else after(policy.working_hours, since, length)


def earlier(policy_due: Instant | None, sidecar: Sidecar, *, since: Instant) -> Instant | None:
    """Return when a handoff is late: the earlier of the policy's time and the sidecar's."""
    wanted = [] if policy_due is None else [policy_due]
    if sidecar.due_at is not None:
        wanted.append(max(since, due_instant(sidecar.due_at)))
    return Instant(min(wanted)) if wanted else None


# What is wanted before there is a handoff.


def rest(policy: Policy, path: str) -> Micros:
    """Return how much longer than the shortest settle time what arrives at a path waits."""
    facts = Facts(path=path)
    for rule in policy.rules:
        if rule.settle_seconds is not None and _meets(rule, facts):
            return Micros(round(rule.settle_seconds * SECOND) - policy.settle)
    return Micros(round(policy.settle_seconds * SECOND) - policy.settle)


def max_attempts(policy: Policy, path: str, agent: tuple[str, ...]) -> int:
    """Return how often work at a path may lapse with an agent before people see it."""
    facts = Facts(path=path, agent=agent)
    for rule in policy.rules:
        if rule.max_attempts is not None and _meets(rule, facts):
            return rule.max_attempts
    return policy.max_attempts
