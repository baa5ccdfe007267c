"""API keys as others see them."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from signoff.actions.views import when, when_or_none
from signoff.domain.accounts import ApiKey

Time = Annotated[datetime, Meta(tz=True)]


class KeyView(Struct, frozen=True, kw_only=True):
    """An API key; `secret` is there once, in the answer of the act that made it."""

    id: str
    agent: str
    scopes: tuple[str, ...]
    paths: tuple[str, ...]
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    secret: str | None = None


def key_view(key: ApiKey, secret: str | None = None) -> KeyView:
    """Show a key."""
    return KeyView(
        id=key.id,
        agent=key.agent,
        scopes=tuple(sorted(scope.value for scope in key.scopes)),
        paths=key.paths,
        created_at=when(key.created_at),
        expires_at=when_or_none(key.expires_at),
        revoked_at=when_or_none(key.revoked_at),
        secret=secret,
    )
