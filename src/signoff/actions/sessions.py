"""Sessions: how a person's browser is let in, and put out again."""

import ipaddress
import secrets
from datetime import datetime

import msgspec
from msgspec import Struct

from signoff.actions.context import Context
from signoff.actions.views import Nothing, Page, Who, when, who
from signoff.domain.accounts import (
    FAILURE_WINDOW,
    MAX_FAILURES,
    SESSION_IDLE,
    SESSION_LIFE,
    Person,
    Session,
    digest_of_secret,
    email_key,
)
from signoff.domain.actors import Credential, CredentialKind
from signoff.domain.errors import Busy, Code, Forbidden, NotFound, Unauthenticated
from signoff.domain.events import Event, Type
from signoff.domain.ids import INSTANCE, SECOND, ActorId, CredentialId, Instant, NodeId


class Attempt(Struct, frozen=True, kw_only=True):
    """Somebody who is about to be asked for the password of an e-mail address."""

    email: str


class Attempted(Struct, frozen=True, kw_only=True):
    """What to hold the password against; no person, and no hash, for an unknown address."""

    id: str
    subjects: tuple[str, ...]
    person: ActorId | None
    encoded: str


class Begin(Struct, frozen=True, kw_only=True):
    """A person whose password was right, and the attempt that is forgiven."""

    person: ActorId
    attempt: Attempted


class Forgive(Struct, frozen=True, kw_only=True):
    """An attempt whose password was right."""

    attempt: Attempted


class BeginByLink(Struct, frozen=True, kw_only=True):
    """The secret of a link that signs in once."""

    secret: str


class End(Struct, frozen=True, kw_only=True):
    """The session to end; empty for the one that asks."""

    session: str = ""


class Every(Struct, frozen=True, kw_only=True):
    """One's own sessions."""


class SignedIn(Struct, frozen=True, kw_only=True):
    """A new session; `secret` is what the browser keeps, and is shown once."""

    secret: str
    session: str
    person: Who
    email: str
    expires_at: datetime


class SessionView(Struct, frozen=True, kw_only=True):
    """A browser that is signed in; `current` is the one that asks."""

    id: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    current: bool


def attempt(ctx: Context, asked: Attempt) -> Attempted:
    """Count an attempt to sign in before the password is looked at, so that none slips by.

    Refuses the sixth within fifteen minutes for an address on the net or an e-mail address.
    """
    subjects = [f"email {email_key(asked.email)}"]
    if ctx.caller.address:
        subjects.append(f"address {_net_of(ctx.caller.address)}")
    ctx.tx.guard(exclusive=[NodeId(subject) for subject in subjects])
    for subject in subjects:
        _check_guesses(ctx, subject)
    name = ctx.tx.new_id("sf")
    for subject in subjects:
        ctx.tx.books.failed_signin(subject, attempt=name)
    person = ctx.tx.accounts.by_email(asked.email)
    known = person is not None and person.disabled_at is None
    return Attempted(
        id=name,
        subjects=tuple(subjects),
        person=person.id if person and known else None,
        encoded=ctx.tx.accounts.password(person.id) if person and known else "",
    )


def _net_of(address: str) -> str:
    """Return what guesses are counted by: of IPv6 whoever rents a line has 2^64 addresses."""
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return address
    if known.version == 4:  # noqa: PLR2004
        return address
    mapped = known.ipv4_mapped
    return str(mapped) if mapped else str(ipaddress.ip_network((known, 64), strict=False))


def _check_guesses(ctx: Context, subject: str) -> None:
    times = ctx.tx.books.failures(subject, since=Instant(ctx.now - FAILURE_WINDOW))
    if len(times) < MAX_FAILURES:
        return
    left = times[-MAX_FAILURES] + FAILURE_WINDOW - ctx.now
    raise Busy(
        "There were too many wrong passwords",
        code=Code.TOO_MANY_ATTEMPTS,
        hint="Wait a quarter of an hour, or ask for a sign-in link.",
        retry_after=max(1, -(-left // SECOND)),
    )


def forgive(ctx: Context, asked: Forgive) -> Nothing:
    """Take back what was counted for an attempt that turned out right."""
    _forgive(ctx, asked.attempt)
    return Nothing()


def _forgive(ctx: Context, attempt: Attempted) -> None:
    for subject in attempt.subjects:
        ctx.tx.books.forgive_signin(subject, attempt=attempt.id)


def begin(ctx: Context, asked: Begin) -> SignedIn:
    """Begin a session for a person whose password was right."""
    _forgive(ctx, asked.attempt)
    person = ctx.tx.accounts.by_id(asked.person)
    if person is None or person.disabled_at is not None:
        raise Unauthenticated("This account is closed", hint="Ask an admin.")
    return _start(ctx, person, how="password")


def begin_by_link(ctx: Context, asked: BeginByLink) -> SignedIn:
    """Begin a session by a link, which is used up."""
    person = ctx.tx.accounts.use_link(digest_of_secret(asked.secret))
    if person is None or person.disabled_at is not None:
        raise Unauthenticated(
            "This link was used before, or its time is over",
            code=Code.CREDENTIAL_EXPIRED,
            hint="Sign in with your password, or ask an admin for another link.",
        )
    return _start(ctx, person, how="link")


def _start(ctx: Context, person: Person, *, how: str) -> SignedIn:
    secret = secrets.token_urlsafe(32)
    session = Session(
        id=CredentialId(ctx.tx.new_id("se")),
        person=person.id,
        created_at=ctx.now,
        expires_at=Instant(ctx.now + SESSION_LIFE),
        seen_at=ctx.now,
    )
    ctx.tx.accounts.add_session(session, hash_=digest_of_secret(secret))
    caller = msgspec.structs.replace(
        ctx.caller,
        actor=person.actor,
        credential=Credential(id=session.id, kind=CredentialKind.SESSION, decides=True),
    )
    event = Event(type=Type.SESSION_STARTED, subject=session.id, codes={"by": how})
    ctx.tx.record(event, caller=caller, workspace=INSTANCE)
    return SignedIn(
        secret=secret,
        session=session.id,
        person=who(person.actor),
        email=person.email,
        expires_at=when(session.expires_at),
    )


def end(ctx: Context, asked: End) -> Nothing:
    """Sign out: end one's own session, this one or another."""
    _check_browser(ctx)
    session = CredentialId(asked.session) if asked.session else ctx.caller.credential.id
    mine = {each.id for each in ctx.tx.accounts.sessions_of(ctx.caller.actor.id)}
    if session not in mine or not ctx.tx.accounts.end_session(session):
        raise NotFound("There is no such session of yours", hint="It may have ended.")
    event = Event(type=Type.SESSION_ENDED, subject=session, codes={"by": "person"})
    return Nothing(event=ctx.tx.record(event, caller=ctx.caller, workspace=INSTANCE))


def every(ctx: Context, asked: Every) -> Page:  # noqa: ARG001  every question is asked something
    """List one's own sessions."""
    _check_browser(ctx)
    idle_since = ctx.now - SESSION_IDLE
    return Page(
        items=tuple(
            SessionView(
                id=session.id,
                created_at=when(session.created_at),
                seen_at=when(session.seen_at),
                expires_at=when(session.expires_at),
                current=session.id == ctx.caller.credential.id,
            )
            for session in ctx.tx.accounts.sessions_of(ctx.caller.actor.id)
            if session.seen_at >= idle_since
        )
    )


def _check_browser(ctx: Context) -> None:
    if ctx.caller.credential.kind is not CredentialKind.SESSION:
        raise Forbidden(
            "Only a browser that is signed in has sessions",
            hint="End a key by revoking it.",
        )
