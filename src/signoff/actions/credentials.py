"""What a credential proves, to one workspace, at one moment."""

from collections.abc import Callable

from msgspec import Struct

from signoff.domain.accounts import (
    APP_PASSWORD,
    Person,
    digest_of_secret,
    email_key,
    idle,
    workspace_of_key,
)
from signoff.domain.actors import Actor, Credential, CredentialKind, Role, Scope
from signoff.domain.errors import Code, Unauthenticated
from signoff.domain.ids import INSTANCE, Instant
from signoff.store.transaction import Transaction

NEVER = Instant(0)
Look = Callable[[Transaction, str], "Proven"]
"""One of the functions below: from a secret to whom it proves."""


class Proven(Struct, frozen=True, kw_only=True):
    """Who showed a credential, and what they are to the transaction's workspace.

    In a closed workspace everybody only reads, owners and agents too.
    `seen_at` is when the credential was last used, where the look-up tells.
    """

    actor: Actor
    credential: Credential
    role: Role | None
    groups: frozenset[str] = frozenset()
    admin: bool = False
    closed: bool = False
    seen_at: Instant = NEVER
    until: Instant | None = None
    """When it ends by itself, if it does."""


def by_key(tx: Transaction, secret: str) -> Proven:
    """Return the agent whose key this is; the transaction is in the key's own workspace."""
    found = tx.members.key_by_hash(digest_of_secret(secret))
    if found is None or workspace_of_key(secret) != tx.workspace:
        raise Unauthenticated("This key is not known here", hint="Look for a missing letter.")
    key, agent, closed = found
    if not key.alive(tx.now) or agent.disabled_at is not None:
        raise Unauthenticated(
            "This key has ended",
            code=Code.CREDENTIAL_EXPIRED,
            hint="Ask whoever runs the agent for its new key.",
        )
    return Proven(
        actor=agent.actor,
        credential=Credential(
            id=key.id,
            kind=CredentialKind.API_KEY,
            scopes=key.scopes & {Scope.READ} if closed else key.scopes,
            paths=key.paths,
        ),
        role=Role.AGENT,
        closed=closed,
        until=key.expires_at,
    )


def by_session(tx: Transaction, secret: str) -> Proven:
    """Return the person whose browser this is."""
    found = tx.accounts.session(digest_of_secret(secret))
    if found is None or idle(found[0], tx.now):
        raise Unauthenticated(
            "You are no longer signed in", code=Code.CREDENTIAL_EXPIRED, hint="Sign in again."
        )
    session, person = found
    credential = Credential(id=session.id, kind=CredentialKind.SESSION, decides=True)
    return _as_member(tx, person, credential, seen_at=session.seen_at, until=session.expires_at)


def by_app_password(tx: Transaction, email: str, secret: str) -> Proven:
    """Return the person whose app password this is; the e-mail address must be theirs."""
    found = tx.accounts.app_password(digest_of_secret(secret))
    if (
        found is None
        or not secret.startswith(APP_PASSWORD)
        or email_key(found[1].email) != email_key(email)
    ):
        raise Unauthenticated(
            "The e-mail address or the app password is wrong",
            code=Code.WRONG_PASSWORD,
            hint="The user name is your e-mail address; make another app password if need be.",
        )
    password, person = found
    credential = Credential(
        id=password.id, kind=CredentialKind.APP_PASSWORD, decides=password.decides
    )
    seen_at = password.seen_at or NEVER
    return _as_member(tx, person, credential, seen_at=seen_at, until=password.expires_at)


def _as_member(
    tx: Transaction,
    person: Person,
    credential: Credential,
    *,
    seen_at: Instant = NEVER,
    until: Instant | None = None,
) -> Proven:
    found = None if tx.workspace == INSTANCE else tx.members.standing(person.id)
    member, closed = found or (None, False)
    role = member.role if member else None
    return Proven(
        actor=person.actor,
        credential=credential,
        role=Role.READER if closed else role,
        groups=frozenset(member.groups) if member else frozenset(),
        admin=person.admin,
        closed=closed,
        seen_at=seen_at,
        until=until,
    )
