"""App passwords: what a person types into a mounted drive."""

import secrets
from datetime import datetime

from msgspec import Struct

from signoff.actions.context import Context
from signoff.actions.key_views import Time
from signoff.actions.subjects import future, person_of
from signoff.actions.views import Nothing, Page, when, when_or_none
from signoff.domain.accounts import (
    APP_PASSWORD,
    AppPassword,
    Person,
    checked_name,
    digest_of_secret,
)
from signoff.domain.actors import CredentialKind
from signoff.domain.errors import Conflict, Forbidden, NotFound
from signoff.domain.events import Event, Type
from signoff.domain.ids import INSTANCE, CredentialId, NodeId

MOST = 50
"""So many that are good a person has: each brings room for what desktops leave behind."""


class Create(Struct, frozen=True, kw_only=True):
    """A password for a drive. `decides` says whether moving packages with it may decide."""

    name: str = "drive"
    decides: bool = False
    expires_at: Time | None = None
    person: str = ""
    """Whose it is, by e-mail or id, where the operator asks; else the caller's own."""


class Revoke(Struct, frozen=True, kw_only=True):
    """The app password that ends; `person` as in `Create`."""

    password: str
    person: str = ""


class Every(Struct, frozen=True, kw_only=True):
    """One's own app passwords; `person` as in `Create`."""

    person: str = ""


class AppPasswordView(Struct, frozen=True, kw_only=True):
    """An app password; `secret` is there once, in the answer of the act that made it.

    `seen_at` is when it was last used, to within five minutes.
    """

    id: str
    name: str
    decides: bool
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    seen_at: datetime | None = None
    secret: str | None = None


def _view(password: AppPassword, secret: str | None = None) -> AppPasswordView:
    return AppPasswordView(
        id=password.id,
        name=password.name,
        decides=password.decides,
        created_at=when(password.created_at),
        expires_at=when_or_none(password.expires_at),
        revoked_at=when_or_none(password.revoked_at),
        seen_at=when_or_none(password.seen_at),
        secret=secret,
    )


def create(ctx: Context, asked: Create) -> AppPasswordView:
    """Make an app password; its secret is shown this once."""
    person = _whose(ctx, asked.person)
    if person.disabled_at is not None:
        raise Conflict(f"{person.name} is disabled")
    _check_few(ctx, person)
    password = AppPassword(
        id=CredentialId(ctx.tx.new_id("ap")),
        person=person.id,
        name=checked_name(asked.name),
        decides=asked.decides,
        created_at=ctx.now,
        expires_at=future(ctx, asked.expires_at),
    )
    secret = APP_PASSWORD + secrets.token_urlsafe(32)
    ctx.tx.accounts.add_app_password(password, hash_=digest_of_secret(secret))
    event = Event(
        type=Type.APP_PASSWORD_CREATED,
        subject=password.id,
        codes={"person": person.id, "decides": password.decides},
        private={"name": password.name},
    )
    ctx.tx.record(event, caller=ctx.caller, workspace=INSTANCE)
    return _view(password, secret)


def _check_few(ctx: Context, person: Person) -> None:
    """Refuse one more where there are very many, which nobody looks over."""
    ctx.tx.guard(exclusive=[NodeId(f"app passwords {person.id}")])
    every = ctx.tx.accounts.app_passwords(person.id)
    if sum(each.alive(ctx.now) for each in every) >= MOST:
        raise Conflict(
            f"Nobody has more than {MOST} app passwords",
            hint="Revoke those that no drive uses any more.",
        )


def revoke(ctx: Context, asked: Revoke) -> Nothing:
    """End an app password at once."""
    person = _whose(ctx, asked.person)
    id_ = CredentialId(asked.password)
    if not ctx.tx.accounts.revoke_app_password(id_, person=person.id):
        raise NotFound("There is no such app password", hint="It may have been revoked.")
    event = Event(
        type=Type.APP_PASSWORD_REVOKED, subject=asked.password, codes={"person": person.id}
    )
    return Nothing(event=ctx.tx.record(event, caller=ctx.caller, workspace=INSTANCE))


def every(ctx: Context, asked: Every) -> Page:
    """List app passwords, without their secrets."""
    person = _whose(ctx, asked.person)
    return Page(items=tuple(_view(each) for each in ctx.tx.accounts.app_passwords(person.id)))


def _whose(ctx: Context, said: str) -> Person:
    """Return the person whose passwords these are: nobody makes what another decides with."""
    caller = ctx.caller
    if caller.credential.kind is CredentialKind.OPERATOR:
        return person_of(ctx, said)
    own = caller.credential.kind is CredentialKind.SESSION
    person = person_of(ctx, said or caller.actor.id) if own else None
    if person is None or person.id != caller.actor.id:
        raise Forbidden(
            "App passwords are made by the person who uses them, in the browser",
            hint="Sign in, or ask the operator for `signoff app-password create`.",
        )
    return person
