"""The instance's people: who may sign in at all."""

import secrets
from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from signoff.actions.context import Context
from signoff.actions.subjects import person_of
from signoff.actions.views import CredentialView, Page, Who, when, when_or_none, who
from signoff.domain.accounts import (
    LINK_LIFE,
    Person,
    checked_email,
    checked_name,
    digest_of_secret,
    email_key,
)
from signoff.domain.actors import CredentialKind, Kind
from signoff.domain.errors import Code, Conflict
from signoff.domain.events import Event, Type
from signoff.domain.ids import INSTANCE, ActorId, Instant, NodeId
from signoff.domain.permissions import Permission


class Create(Struct, frozen=True, kw_only=True):
    """A new person; `encoded` is the argon2 hash that `Passwords` made, empty for a link."""

    email: str
    name: str
    encoded: str = ""


class SetPassword(Struct, frozen=True, kw_only=True):
    """Whose password, by e-mail or id; `encoded` is the argon2 hash that `Passwords` made."""

    person: str
    encoded: str


class Of(Struct, frozen=True, kw_only=True):
    """A person, by e-mail or id."""

    person: str


class Every(Struct, frozen=True, kw_only=True):
    """A page of people, in the order of their addresses."""

    cursor: str = ""
    limit: Annotated[int, Meta(ge=1, le=1000)] = 100


class Me(Struct, frozen=True, kw_only=True):
    """Who is asking."""


class PersonView(Struct, frozen=True, kw_only=True):
    """A person; `signin_url` is a link that signs them in once, shown when it is made."""

    id: str
    email: str
    name: str
    admin: bool
    has_password: bool
    created_at: datetime
    disabled_at: datetime | None = None
    signin_url: str | None = None


class LinkView(Struct, frozen=True, kw_only=True):
    """A link that signs a person in once; it is shown this once."""

    url: str
    expires_at: datetime


class MeView(Struct, frozen=True, kw_only=True):
    """The caller as the server sees them."""

    actor: Who
    workspace: str | None
    role: str | None
    admin: bool
    groups: tuple[str, ...]
    credential: CredentialView
    scopes: tuple[str, ...]
    paths: tuple[str, ...]
    decides: bool
    email: str | None = None
    owner: Who | None = None


def _view(person: Person, signin_url: str | None = None) -> PersonView:
    return PersonView(
        id=person.id,
        email=person.email,
        name=person.name,
        admin=person.admin,
        has_password=person.has_password,
        created_at=when(person.created_at),
        disabled_at=when_or_none(person.disabled_at),
        signin_url=signin_url,
    )


def create(ctx: Context, asked: Create) -> PersonView:
    """Add a person; the first becomes the instance's admin.

    Without a password the answer holds a link that signs them in once.
    """
    ctx.permit(Permission.PERSON_CREATE)
    email, name = checked_email(asked.email), checked_name(asked.name)
    ctx.tx.guard(exclusive=[NodeId("people")])
    if ctx.tx.accounts.by_email(email) is not None:
        raise Conflict(
            f"Somebody is known as “{email}” already",
            code=Code.EXISTS,
            hint="Give them a role, or a sign-in link with `signoff user link`.",
        )
    person = Person(
        id=ActorId(ctx.tx.new_id("pe")),
        email=email,
        name=name,
        admin=not ctx.tx.accounts.anybody(),
        created_at=ctx.now,
        has_password=bool(asked.encoded),
    )
    ctx.tx.accounts.add(person, password=asked.encoded)
    _record(
        ctx,
        Event(
            type=Type.PERSON_CREATED,
            subject=person.id,
            codes={"admin": person.admin},
            private={"email": email, "name": name},
        ),
    )
    return _view(person, None if asked.encoded else _make_link(ctx, person)[0])


def link(ctx: Context, asked: Of) -> LinkView:
    """Make a link that signs a person in once, within a day."""
    ctx.permit(Permission.PERSON_CREATE)
    person = person_of(ctx, asked.person)
    _check_enabled(person)
    url, until = _make_link(ctx, person)
    return LinkView(url=url, expires_at=when(until))


def _make_link(ctx: Context, person: Person) -> tuple[str, Instant]:
    secret = secrets.token_urlsafe(32)
    until = Instant(ctx.now + LINK_LIFE)
    ctx.tx.accounts.add_link(person.id, hash_=digest_of_secret(secret), expires_at=until)
    _record(ctx, Event(type=Type.SIGNIN_LINK_CREATED, subject=person.id))
    return f"{ctx.base_url}/signin/{secret}", until


def set_password(ctx: Context, asked: SetPassword) -> PersonView:
    """Set one's own password, or as an admin anybody's; their other sessions end."""
    person = person_of(ctx, asked.person)
    own = person.id == ctx.caller.actor.id
    session = ctx.caller.credential.kind is CredentialKind.SESSION
    if not (own and session):
        ctx.permit(Permission.PERSON_CREATE)
    ctx.tx.accounts.set_password(person.id, asked.encoded)
    ctx.tx.accounts.end_sessions_of(person.id, but=ctx.caller.credential.id if own else None)
    _record(ctx, Event(type=Type.PERSON_CHANGED, subject=person.id, codes={"what": "password"}))
    return _view(person_of(ctx, person.id))


def disable(ctx: Context, asked: Of) -> PersonView:
    """Keep a person from signing in; their sessions and app passwords end with it."""
    ctx.permit(Permission.PERSON_CREATE)
    person = person_of(ctx, asked.person)
    _check_enabled(person)
    if person.id == ctx.caller.actor.id:
        raise Conflict("Nobody can disable themselves", hint="Ask another admin.")
    ctx.tx.accounts.disable(person.id)
    ctx.tx.accounts.end_sessions_of(person.id)
    _record(ctx, Event(type=Type.PERSON_DISABLED, subject=person.id))
    return _view(person_of(ctx, person.id))


def every(ctx: Context, asked: Every) -> Page:
    """List the instance's people."""
    ctx.permit(Permission.PERSON_CREATE)
    found = ctx.tx.accounts.page(after=asked.cursor, limit=asked.limit + 1)
    shown = found[: asked.limit]
    more = len(found) > asked.limit
    return Page(
        items=tuple(_view(person) for person in shown),
        next=email_key(shown[-1].email) if more else None,
    )


def me(ctx: Context, asked: Me) -> MeView:  # noqa: ARG001  every question is asked something
    """Say who one is here, with which credential, and what it is good for."""
    caller = ctx.caller
    if caller.role is None and caller.workspace != INSTANCE:
        ctx.permit(Permission.WORKSPACE_READ)
    person = (
        ctx.tx.accounts.by_id(caller.actor.id) if caller.actor.kind is Kind.PERSON else None
    )
    owner = caller.actor.owner
    return MeView(
        actor=who(caller.actor),
        workspace=None if caller.workspace == INSTANCE else caller.workspace,
        role=caller.role.value if caller.role else None,
        admin=caller.admin,
        groups=tuple(sorted(caller.groups)),
        credential=CredentialView(id=caller.credential.id, kind=caller.credential.kind.value),
        scopes=tuple(sorted(scope.value for scope in caller.credential.scopes)),
        paths=caller.credential.paths,
        decides=caller.credential.decides,
        email=person.email if person else None,
        owner=who(ctx.actor(owner)) if owner else None,
    )


def _check_enabled(person: Person) -> None:
    if person.disabled_at is not None:
        raise Conflict(
            f"{person.name} is disabled", code=Code.WRONG_STATE, hint="Add them anew."
        )


def _record(ctx: Context, event: Event) -> None:
    ctx.tx.record(event, caller=ctx.caller, workspace=INSTANCE)
