"""What a policy demands of one package: who must look, how many, by when, and what then."""

import msgspec
from msgspec import Struct

from signoff.domain.calendars import after, length_of
from signoff.domain.clocks import OnTimeout
from signoff.domain.facts import Facts, meets, met
from signoff.domain.handoffs import Step
from signoff.domain.ids import SECOND, Instant, Micros
from signoff.domain.policies import (
    FourEyes,
    OrderedStep,
    Policy,
    Reminders,
    Rule,
    SecondLook,
    Who,
)
from signoff.domain.readings import due_instant
from signoff.domain.sidecars import Sidecar

_STRICTNESS = tuple(FourEyes)


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
        if rule.settle_seconds is not None and meets(rule, facts):
            return Micros(round(rule.settle_seconds * SECOND) - policy.settle)
    return Micros(round(policy.settle_seconds * SECOND) - policy.settle)


def max_attempts(policy: Policy, path: str, agent: tuple[str, ...]) -> int:
    """Return how often work at a path may lapse with an agent before people see it."""
    facts = Facts(path=path, agent=agent)
    for rule in policy.rules:
        if rule.max_attempts is not None and meets(rule, facts):
            return rule.max_attempts
    return policy.max_attempts
