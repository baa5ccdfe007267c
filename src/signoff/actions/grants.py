"""Grants: rights on a path that differ from what the role gives."""

from msgspec import Struct

from signoff.actions.context import Context
from signoff.actions.subjects import GROUP, subject_of
from signoff.actions.views import Nothing, Page, Who, who_is
from signoff.domain.errors import Code, Invalid, NotFound
from signoff.domain.events import Event, Type
from signoff.domain.files import clean_path
from signoff.domain.ids import ActorId, NodeId
from signoff.domain.permissions import Access, Permission

LONGEST = 2000
"""An index row of PostgreSQL holds no more than 2,704 bytes."""


class Set(Struct, frozen=True, kw_only=True):
    """What a subject may do at a path and below it.

    `subject` is a person by e-mail or id, an agent by name or id, or `group:NAME`.
    """

    subject: str
    path: str
    access: Access


class Remove(Struct, frozen=True, kw_only=True):
    """The grant that ends."""

    grant: str


class Every(Struct, frozen=True, kw_only=True):
    """The workspace's grants."""


class GrantView(Struct, frozen=True, kw_only=True):
    """A grant; `who` is the actor, unless it is to a group."""

    id: str
    subject: str
    who: Who | None
    path: str
    access: str


def _view(ctx: Context, grant: tuple[str, str, str, frozenset[str]]) -> GrantView:
    id_, subject, path, rights = grant
    return GrantView(
        id=id_,
        subject=subject,
        who=None if subject.startswith(GROUP) else who_is(ctx, ActorId(subject)),
        path=path,
        access=next(iter(rights)),
    )


def set(ctx: Context, asked: Set) -> GrantView:  # noqa: A001  called grants.set
    """Give or take a right on a path; the longest path that fits counts."""
    ctx.permit(Permission.GRANT_SET)
    path, subject = clean_path(asked.path), subject_of(ctx, asked.subject)
    if len(path.encode()) > LONGEST:
        raise Invalid(
            f"A grant lies on a path of at most {LONGEST:,} bytes",
            code=Code.TOO_LONG,
            hint="Grant the right on a folder above it.",
        )
    ctx.tx.guard(exclusive=[NodeId("grants")])
    there = [each for each in ctx.tx.members.grants() if each[1:3] == (subject, path)]
    id_ = there[0][0] if there else ctx.tx.new_id("gr")
    rights = frozenset({asked.access.value})
    ctx.tx.members.set_grant(id_, subject=subject, path=path, rights=rights)
    ctx.record(
        Event(
            type=Type.GRANT_SET,
            subject=id_,
            path=path,
            codes={"access": asked.access.value},
            private={"to": subject},
        )
    )
    return _view(ctx, (id_, subject, path, rights))


def remove(ctx: Context, asked: Remove) -> Nothing:
    """End a grant, so that the role alone counts again."""
    ctx.permit(Permission.GRANT_SET)
    ctx.tx.guard(exclusive=[NodeId("grants")])
    there = [each for each in ctx.tx.members.grants() if each[0] == asked.grant]
    if not there or not ctx.tx.members.remove_grant(asked.grant):
        raise NotFound("There is no such grant", hint="Name it by its id, `gr_…`.")
    event = Event(type=Type.GRANT_REMOVED, subject=asked.grant, path=there[0][2])
    return Nothing(event=ctx.record(event))


def every(ctx: Context, asked: Every) -> Page:  # noqa: ARG001  every question is asked something
    """List the workspace's grants."""
    ctx.permit(Permission.GRANT_SET)
    return Page(items=tuple(_view(ctx, grant) for grant in ctx.tx.members.grants()))
