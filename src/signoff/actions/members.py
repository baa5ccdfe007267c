"""Members: which person is what to a workspace."""

from datetime import datetime

from msgspec import Struct

from signoff.actions.context import Context
from signoff.actions.subjects import person_of
from signoff.actions.views import Nothing, Page, Who, when, who, who_is
from signoff.domain.accounts import Member, checked_group, email_key
from signoff.domain.actors import Kind, Role
from signoff.domain.errors import Code, Conflict, Forbidden, Invalid, NotFound
from signoff.domain.events import Event, Type
from signoff.domain.ids import ActorId, NodeId
from signoff.domain.permissions import Permission

FOR_PEOPLE = frozenset(Role) - {Role.AGENT, Role.SYSTEM}


class Set(Struct, frozen=True, kw_only=True):
    """A person by e-mail or id, their role, and the groups that reviews can be asked of.

    Without `groups` those they had stay.
    """

    person: str
    role: Role
    groups: tuple[str, ...] | None = None


class Remove(Struct, frozen=True, kw_only=True):
    """The person who leaves, by e-mail or id."""

    person: str


class Every(Struct, frozen=True, kw_only=True):
    """The workspace's members."""


class MemberView(Struct, frozen=True, kw_only=True):
    """A person's membership."""

    person: Who
    email: str
    role: str
    groups: tuple[str, ...]
    since: datetime


def set(ctx: Context, asked: Set) -> MemberView:  # noqa: A001  called members.set
    """Give a person a role in the workspace, and groups."""
    ctx.permit(Permission.MEMBER_SET)
    if asked.role not in FOR_PEOPLE:
        raise Invalid(
            f"A person cannot be “{asked.role}”",
            hint=f"The roles are {', '.join(role for role in Role if role in FOR_PEOPLE)}.",
        )
    ctx.tx.guard(exclusive=[NodeId("members")])
    person = person_of(ctx, asked.person)
    before = ctx.tx.members.member(person.id)
    _check_owners(ctx, before, after=asked.role)
    kept = before.groups if before else ()
    groups = kept if asked.groups is None else tuple(checked_group(g) for g in asked.groups)
    member = Member(
        person=person.id,
        role=asked.role,
        groups=tuple(sorted({*groups})),
        since=before.since if before else ctx.now,
    )
    ctx.tx.members.set_member(member)
    ctx.record(
        Event(
            type=Type.MEMBER_SET,
            subject=person.id,
            codes={"role": asked.role.value},
            private={"groups": list(member.groups)} if member.groups else {},
        )
    )
    return MemberView(
        person=who(person.actor),
        email=person.email,
        role=member.role.value,
        groups=member.groups,
        since=when(member.since),
    )


def remove(ctx: Context, asked: Remove) -> Nothing:
    """Take a person out of the workspace; members may leave by themselves."""
    person = person_of(ctx, asked.person) if _may_look(ctx, asked) else None
    if person is None or person.id != ctx.caller.actor.id or ctx.caller.role is None:
        ctx.permit(Permission.MEMBER_SET)
    ctx.tx.guard(exclusive=[NodeId("members")])
    member = ctx.tx.members.member(person.id) if person else None
    if person is None or member is None:
        raise NotFound(f"“{asked.person}” is no member of this workspace")
    _check_owners(ctx, member, after=None)
    ctx.tx.members.remove_member(person.id)
    return Nothing(event=ctx.record(Event(type=Type.MEMBER_REMOVED, subject=person.id)))


def _may_look(ctx: Context, asked: Remove) -> bool:
    """Say whether the caller means themselves, or may ask who is known to the instance."""
    me = ctx.tx.accounts.by_id(ctx.caller.actor.id)
    mine = asked.person == ctx.caller.actor.id or (
        me is not None and email_key(asked.person) == email_key(me.email)
    )
    return mine or ctx.may(Permission.MEMBER_SET)


def _check_owners(ctx: Context, before: Member | None, *, after: Role | None) -> None:
    """Refuse to make or unmake an owner without being one, and to unmake the last."""
    was = before is not None and before.role is Role.OWNER
    if was == (after is Role.OWNER):
        return
    if ctx.caller.role not in {Role.OWNER, Role.SYSTEM}:
        raise Forbidden("Only an owner says who is an owner", hint="Ask an owner.")
    if not was:
        return
    owners = [each for each in ctx.tx.members.all_members() if each.role is Role.OWNER]
    if len(owners) == 1:
        raise Conflict(
            "A workspace has at least one owner",
            code=Code.LAST_OWNER,
            hint="Make somebody else an owner first.",
        )


def every(ctx: Context, asked: Every) -> Page:  # noqa: ARG001  every question is asked something
    """List the workspace's members."""
    ctx.permit(Permission.MEMBER_READ)
    # Addresses are for those who can use them: agents know people by name.
    addresses = ctx.caller.actor.kind is not Kind.AGENT
    return Page(
        items=tuple(
            MemberView(
                person=who_is(ctx, member.person),
                email=_email(ctx, member.person) if addresses else "",
                role=member.role.value,
                groups=member.groups,
                since=when(member.since),
            )
            for member in ctx.tx.members.all_members()
        )
    )


def _email(ctx: Context, person: ActorId) -> str:
    found = ctx.tx.accounts.by_id(person)
    return found.email if found else ""
