"""API keys are made in one way, for whichever act."""

import secrets

from signoff.actions.context import Context
from signoff.domain.accounts import ApiKey, digest_of_secret
from signoff.domain.actors import Scope
from signoff.domain.errors import Invalid
from signoff.domain.events import Event, Type
from signoff.domain.files import clean_path
from signoff.domain.ids import ActorId, CredentialId, Instant


def make_key(
    ctx: Context,
    agent: ActorId,
    *,
    scopes: tuple[Scope, ...],
    paths: tuple[str, ...],
    expires_at: Instant | None,
) -> tuple[ApiKey, str]:
    """Draw a key's secret, keep its hash, and put the key on the record."""
    if not scopes:
        raise Invalid("A key without a scope is good for nothing", hint="Name one scope.")
    key = ApiKey(
        id=CredentialId(ctx.tx.new_id("ky")),
        agent=agent,
        scopes=frozenset(scopes),
        paths=tuple(clean_path(path) for path in paths),
        created_at=ctx.now,
        expires_at=expires_at,
    )
    secret = f"so_{ctx.workspace}_{secrets.token_urlsafe(32)}"
    ctx.tx.members.add_key(key, hash_=digest_of_secret(secret))
    ctx.record(
        Event(
            type=Type.KEY_CREATED,
            subject=key.id,
            codes={"agent": agent, "scopes": "+".join(sorted(key.scopes))},
            private={"paths": list(key.paths)} if key.paths else {},
        )
    )
    return key, secret
