"""Trying a policy out: how the last handoffs would have fared under it."""

from datetime import datetime
from typing import Annotated, Any

from msgspec import Meta, Struct
from msgspec.structs import replace

from signoff.actions import clocks, descriptions, sights
from signoff.actions.context import Context
from signoff.actions.views import when, when_or_none
from signoff.domain import policies as law
from signoff.domain import routing
from signoff.domain.actors import Kind as ActorKind
from signoff.domain.clocks import Clock, OnTimeout
from signoff.domain.facts import Facts, met
from signoff.domain.handoffs import Handoff, State, Step
from signoff.domain.permissions import Permission
from signoff.domain.policy_readings import read
from signoff.store.handoffs import NEVER

PAGE = 100


class Try(Struct, frozen=True, kw_only=True):
    """A policy, and how many of the last handoffs it is tried on."""

    policy: dict[str, Any] | str
    last: Annotated[int, Meta(ge=1, le=500)] = 100


class Judged(Struct, frozen=True, kw_only=True):
    """How one handoff fared under a policy: what was demanded, what happened by itself."""

    reviewers: tuple[str, ...]
    required: int
    steps: tuple[Step, ...]
    priority: int
    due_at: datetime | None
    reminders: int
    is_raised: bool
    timeout: str | None
    second_look: bool


class Trial(Struct, frozen=True, kw_only=True):
    """One handoff: what did happen, what would have, and in which of it they differ.

    `rules` are the numbers of those that it meets, of the policy that is tried.
    """

    handoff: str
    title: str
    state: str
    opened_at: datetime
    decided_at: datetime | None
    rules: tuple[int, ...]
    differs: tuple[str, ...]
    before: Judged
    after: Judged


class Tried(Struct, frozen=True, kw_only=True):
    """A policy as it would be, and how the last handoffs would have fared under it.

    `differ` counts those with whom anything would have been otherwise; `by_key` says of how
    many each thing would.
    """

    number: int
    policy: law.Policy
    looked_at: int
    differ: int
    by_key: dict[str, int]
    items: tuple[Trial, ...]


def try_(ctx: Context, asked: Try) -> Tried:
    """Say how the last handoffs would have fared under a policy; it changes nothing."""
    ctx.permit(Permission.POLICY_SET)
    policy = read(asked.policy)
    number = ctx.policy_number + 1
    items: list[Trial] = []
    before: tuple[int, str] | None = (NEVER, "")
    while before is not None and len(items) < asked.last:
        found = ctx.tx.handoffs.page(before=before, limit=PAGE)
        items += [
            _trial(ctx, each.handoff, policy, number=number)
            for each in found
            if sights.sees(ctx, each.handoff)
        ]
        last = found[-1].handoff if len(found) == PAGE else None
        before = (last.opened_at, last.id) if last else None
    items = items[: asked.last]
    keys = [key for item in items for key in item.differs]
    return Tried(
        number=number,
        policy=policy,
        looked_at=len(items),
        differ=sum(1 for item in items if item.differs),
        by_key={key: keys.count(key) for key in dict.fromkeys(sorted(keys))},
        items=tuple(items),
    )


def _trial(ctx: Context, handoff: Handoff, policy: law.Policy, *, number: int) -> Trial:
    facts = clocks.facts_of_handoff(ctx, handoff, policy)
    before = _did(ctx, handoff)
    after = _would(ctx, handoff, policy, facts, number=number)
    differs = tuple(
        name
        for name in Judged.__struct_fields__
        if getattr(before, name) != getattr(after, name)
    )
    return Trial(
        handoff=handoff.id,
        title=handoff.title,
        state=str(handoff.state),
        opened_at=when(handoff.opened_at),
        decided_at=when_or_none(handoff.decided_at),
        rules=met(policy, facts),
        differs=differs,
        before=before,
        after=after,
    )


def _did(ctx: Context, handoff: Handoff) -> Judged:
    clock, decision = handoff.clock or Clock(), handoff.decision
    rejected = decision is not None and decision.by_kind is ActorKind.SYSTEM
    reassigned = str(clock.on_timeout) if clock.timed_out else None
    return Judged(
        reviewers=handoff.reviewers,
        required=handoff.required,
        steps=handoff.steps,
        priority=handoff.priority,
        due_at=when_or_none(handoff.due_at),
        reminders=clock.reminded,
        is_raised=clock.raised,
        timeout=str(OnTimeout.REJECT) if rejected else reassigned,
        second_look=bool(ctx.tx.second_looks.of(handoff.id)),
    )


def _would(
    ctx: Context, handoff: Handoff, policy: law.Policy, facts: Facts, *, number: int
) -> Judged:
    demanded = routing.route(policy, facts, sidecar=handoff.context)
    due_at, clock = clocks.would_be(policy, demanded, handoff.context, since=handoff.opened_at)
    end = handoff.decided_at or ctx.now
    over = clock.timeout_at is not None and clock.timeout_at <= end
    approved = handoff.state is State.APPROVED
    return Judged(
        reviewers=descriptions.by_id(ctx, demanded.reviewers),
        required=demanded.required,
        steps=tuple(
            replace(step, reviewers=descriptions.by_id(ctx, step.reviewers))
            for step in demanded.steps
        ),
        priority=demanded.priority,
        due_at=when_or_none(due_at),
        reminders=min(clock.most, sum(1 for each in clock.reminders if each <= end)),
        is_raised=clock.raise_at is not None and clock.raise_at <= end,
        timeout=str(clock.on_timeout) if over else None,
        second_look=approved and clocks.is_sampled(handoff.id, demanded, number=number),
    )
