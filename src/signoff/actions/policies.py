"""The workspace's policy: read it and those before it, replace it whole."""

import re
from datetime import datetime
from typing import Any

from msgspec import Struct

from signoff.actions.context import Context
from signoff.actions.views import Page, Who, when, who_is
from signoff.domain import policies as law
from signoff.domain.errors import Invalid, NotFound
from signoff.domain.events import Event, Type
from signoff.domain.ids import NodeId
from signoff.domain.permissions import Permission
from signoff.domain.policy_changes import changed_keys, in_words
from signoff.domain.policy_readings import parse, read, render
from signoff.domain.policy_schemas import schema as schema_of
from signoff.store.members import PolicyRow

MOST = 200
NEWEST = 2**53
_NUMBER = re.compile(r"[0-9]{1,15}")


class Get(Struct, frozen=True, kw_only=True):
    """The policy in force, or an earlier one by its number."""

    number: int | None = None


class Set(Struct, frozen=True, kw_only=True):
    """The policy: an object, or the text of one in YAML or JSON."""

    policy: dict[str, Any] | str


class History(Struct, frozen=True, kw_only=True):
    """The policies that were ever set, a page at a time."""

    limit: int = 50
    cursor: str = ""


class Schema(Struct, frozen=True, kw_only=True):
    """The JSON Schema of policies."""


class PolicyView(Struct, frozen=True, kw_only=True):
    """A policy; `number` counts those that were set, 0 is what holds without one."""

    number: int
    policy: law.Policy


class PolicyItem(Struct, frozen=True, kw_only=True):
    """A policy that was set: who set it, when, and the keys that it changed."""

    number: int
    at: datetime
    by: Who
    changed: tuple[str, ...]


def get(ctx: Context, asked: Get) -> PolicyView:
    """Read the workspace's policy, or one that held before it."""
    ctx.permit(Permission.POLICY_READ)
    if asked.number is None or asked.number == ctx.policy_number:
        return PolicyView(number=ctx.policy_number, policy=ctx.policy)
    if asked.number == 0:
        return PolicyView(number=0, policy=law.Policy())
    found = ctx.tx.members.policies(before=asked.number + 1, limit=1)
    if not found or found[0].number != asked.number:
        raise NotFound(
            f"There was never a policy number {asked.number}", hint="The history lists them."
        )
    return PolicyView(number=asked.number, policy=parse(found[0].body))


def set(ctx: Context, asked: Set) -> PolicyView:  # noqa: A001  called policies.set
    """Replace the workspace's policy; one that is not valid is refused as a whole.

    What is open is planned by it soon after.
    """
    ctx.permit(Permission.POLICY_SET)
    policy = read(asked.policy)
    body = render(policy)
    ctx.tx.guard(exclusive=[NodeId("policy")])
    found = ctx.tx.members.policy()
    number = found[0] + 1 if found else 1
    before = parse(found[1]) if found else law.Policy()
    ctx.tx.members.set_policy(number, body, by=ctx.caller.actor.id)
    ctx.tx.replans.begin()
    changed = changed_keys(before, policy)
    codes: dict[str, str | int | bool] = {"number": number, "changed": in_words(changed)}
    ctx.record(Event(type=Type.POLICY_SET, codes=codes, size=len(body)))
    return PolicyView(number=number, policy=policy)


def history(ctx: Context, asked: History) -> Page:
    """List the policies that were set, the newest first: who, when, which keys."""
    ctx.permit(Permission.POLICY_READ)
    if asked.cursor and not _NUMBER.fullmatch(asked.cursor):
        raise Invalid("This cursor is none of ours", hint="Use the `next` of a page.")
    limit = min(max(asked.limit, 1), MOST)
    rows = ctx.tx.members.policies(before=int(asked.cursor or NEWEST), limit=limit + 1)
    items = tuple(
        _item(ctx, row, before)
        for row, before in zip(rows[:limit], (*rows[1:], None), strict=False)
    )
    return Page(items=items, next=str(rows[limit - 1].number) if len(rows) > limit else None)


def _item(ctx: Context, row: PolicyRow, before: PolicyRow | None) -> PolicyItem:
    earlier = parse(before.body) if before else law.Policy()
    return PolicyItem(
        number=row.number,
        at=when(row.at),
        by=who_is(ctx, row.by),
        changed=changed_keys(earlier, parse(row.body)),
    )


def schema(ctx: Context, asked: Schema) -> dict[str, Any]:  # noqa: ARG001
    """Show the JSON Schema of policies, as an editor wants it."""
    ctx.permit(Permission.POLICY_READ)
    return schema_of()
