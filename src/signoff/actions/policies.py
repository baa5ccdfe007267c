"""The workspace's policy: read it, replace it whole."""

from typing import Any

from msgspec import Struct

from signoff.actions.context import Context
from signoff.domain import policies as law
from signoff.domain.events import Event, Type
from signoff.domain.ids import NodeId
from signoff.domain.permissions import Permission


class Get(Struct, frozen=True, kw_only=True):
    """The policy in force."""


class Set(Struct, frozen=True, kw_only=True):
    """The policy: an object, or the text of one in YAML or JSON."""

    policy: dict[str, Any] | str


class PolicyView(Struct, frozen=True, kw_only=True):
    """A policy; `number` counts those that were set, 0 is what holds without one."""

    number: int
    policy: law.Policy


def get(ctx: Context, asked: Get) -> PolicyView:  # noqa: ARG001  every question is asked something
    """Read the workspace's policy."""
    ctx.permit(Permission.POLICY_READ)
    found = ctx.tx.members.policy()
    return PolicyView(number=found[0] if found else 0, policy=ctx.policy)


def set(ctx: Context, asked: Set) -> PolicyView:  # noqa: A001  called policies.set
    """Replace the workspace's policy; one that is not valid is refused as a whole."""
    ctx.permit(Permission.POLICY_SET)
    if isinstance(asked.policy, str):
        policy = law.parse(asked.policy.encode())
    else:
        policy = law.from_object(asked.policy)
    body = law.render(policy)
    ctx.tx.guard(exclusive=[NodeId("policy")])
    found = ctx.tx.members.policy()
    number = found[0] + 1 if found else 1
    ctx.tx.members.set_policy(number, body, by=ctx.caller.actor.id)
    ctx.record(Event(type=Type.POLICY_SET, codes={"number": number}, size=len(body)))
    return PolicyView(number=number, policy=policy)
