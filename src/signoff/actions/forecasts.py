"""What a policy demands of one package: which rules it meets, and what they come to."""

from datetime import datetime
from typing import Annotated, Any

from msgspec import Meta, Struct

from signoff.actions import clocks, subjects
from signoff.actions.context import Context
from signoff.actions.views import when, when_or_none
from signoff.domain import policies as law
from signoff.domain import routing, timers
from signoff.domain.clocks import OnTimeout
from signoff.domain.errors import Invalid
from signoff.domain.facts import Facts, missed
from signoff.domain.files import clean_path
from signoff.domain.handoffs import Handoff, Step
from signoff.domain.ids import Instant
from signoff.domain.permissions import Permission
from signoff.domain.policy_readings import read
from signoff.domain.routing import Requirements
from signoff.domain.sidecars import KINDS, Flag, Sidecar
from signoff.domain.stages import below_stage
from signoff.domain.timers import What


class Explain(Struct, frozen=True, kw_only=True):
    """A handoff by its id, or a package that there might be, and maybe another policy.

    `flags` are severities, `size` bytes, `files` a count, `types` media types and extensions.
    """

    handoff: str | None = None
    policy: dict[str, Any] | str | None = None
    path: str = "package"
    kind: str = "approval"
    stage: str = "input"
    agent: str | None = None
    confidence: Annotated[float, Meta(ge=0, le=1)] | None = None
    flags: tuple[str, ...] = ()
    size: int = 0
    files: int = 1
    types: tuple[str, ...] = ()


class RuleView(Struct, frozen=True, kw_only=True):
    """A rule of a policy, whether a package meets it, and the conditions that it does not."""

    number: int
    is_met: bool
    missed: tuple[str, ...]
    rule: law.Rule


class Demanded(Struct, frozen=True, kw_only=True):
    """What a policy demands, and what happens by itself if nobody decides."""

    reviewers: tuple[str, ...]
    required: int
    steps: tuple[Step, ...]
    asked: tuple[str, ...]
    priority: int
    due_at: datetime | None
    reminders: tuple[datetime, ...]
    raise_to: str | None
    raise_at: datetime | None
    on_timeout: OnTimeout
    timeout_at: datetime | None
    reassign_to: tuple[str, ...]
    four_eyes: law.FourEyes
    max_rounds: int
    second_look: law.SecondLook | None


class Next(Struct, frozen=True, kw_only=True):
    """What happens to a handoff next by itself: `remind`, `raise`, `reassign`, `reject`."""

    what: What
    at: datetime


class Explained(Struct, frozen=True, kw_only=True):
    """Which rules a package meets, and what all of it comes to.

    `number` is the policy's; None is one that is not set. `sampled` says whether it would
    have a second look once it is approved; of a package that there might be nobody knows.
    `next` is what happens to the handoff as it stands, whatever policy is asked about.
    """

    number: int | None
    rules: tuple[RuleView, ...]
    demands: Demanded
    sampled: bool | None = None
    next: Next | None = None


def explain(ctx: Context, asked: Explain) -> Explained:
    """Say which rules a package meets and what they demand; it changes nothing."""
    ctx.permit(Permission.POLICY_READ)
    policy = ctx.policy if asked.policy is None else read(asked.policy)
    number = ctx.policy_number if asked.policy is None else None
    handoff = subjects.handoff_of(ctx, asked.handoff).handoff if asked.handoff else None
    facts = _facts(asked) if handoff is None else clocks.facts_of_handoff(ctx, handoff, policy)
    sidecar = None if handoff is None else handoff.context
    since = ctx.now if handoff is None else handoff.opened_at
    demanded = routing.route(policy, facts, sidecar=sidecar)
    return Explained(
        number=number,
        rules=tuple(_rule(n, rule, facts) for n, rule in enumerate(policy.rules, start=1)),
        demands=_demanded(policy, demanded, sidecar or Sidecar(), since=since),
        sampled=None
        if handoff is None
        else clocks.is_sampled(handoff.id, demanded, number=number or ctx.policy_number + 1),
        next=_next(handoff),
    )


def _next(handoff: Handoff | None) -> Next | None:
    timer = timers.next_timer(handoff) if handoff else None
    return Next(what=timer.what, at=when(timer.at)) if timer else None


def _facts(asked: Explain) -> Facts:
    for key, said, known in (("kind", asked.kind, KINDS), ("stage", asked.stage, law.FROM)):
        if said not in known:
            hint = f"One of {', '.join(known)}."
            raise Invalid(f"“{said[:80]}” is no {key}", hint=hint, field=key)
    return Facts(
        path=below_stage(clean_path(asked.path)),
        kind=asked.kind,
        stage=asked.stage,
        agent=(asked.agent,) if asked.agent else (),
        confidence=asked.confidence,
        flags=tuple(Flag(severity=each) for each in asked.flags),
        size=asked.size,
        files=asked.files,
        types=frozenset(each.casefold() for each in asked.types),
    )


def _rule(number: int, rule: law.Rule, facts: Facts) -> RuleView:
    misses = missed(rule, facts)
    return RuleView(number=number, is_met=not misses, missed=misses, rule=rule)


def _demanded(
    policy: law.Policy, demanded: Requirements, sidecar: Sidecar, *, since: Instant
) -> Demanded:
    due_at, clock = clocks.would_be(policy, demanded, sidecar, since=since)
    return Demanded(
        reviewers=demanded.reviewers,
        required=demanded.required,
        steps=demanded.steps,
        asked=demanded.asked,
        priority=demanded.priority,
        due_at=when_or_none(due_at),
        reminders=tuple(when(each) for each in clock.reminders),
        raise_to=clock.raise_to,
        raise_at=when_or_none(clock.raise_at),
        on_timeout=clock.on_timeout,
        timeout_at=when_or_none(clock.timeout_at),
        reassign_to=clock.reassign_to,
        four_eyes=demanded.four_eyes,
        max_rounds=demanded.max_rounds,
        second_look=demanded.second_look,
    )
