"""What members chose to hear and where the workspace is told, as they lie encrypted in rows."""

from typing import TypeVar

import msgspec

from signoff.actions.context import Context
from signoff.blobs.format import decrypt_small, encrypt_small
from signoff.domain.channels import WorkspaceChannel
from signoff.domain.ids import ActorId
from signoff.domain.preferences import Preferences

V = TypeVar("V")


def preferences_of(ctx: Context, person: ActorId) -> Preferences:
    """Return what a person chose, or what holds without a choice."""
    body = ctx.tx.preferences.of(person)
    return Preferences() if body is None else _opened(ctx, body, person, Preferences)


def keep_preferences(ctx: Context, person: ActorId, preferences: Preferences) -> None:
    """Keep what a person chose."""
    ctx.tx.preferences.set(person, _closed(ctx, preferences, person))


def channels_of(ctx: Context) -> tuple[WorkspaceChannel, ...]:
    """Return the channels of the workspace."""
    rows = ctx.tx.preferences.channels()
    return tuple(_opened(ctx, body, id_, WorkspaceChannel) for id_, body in rows)


def channel_of(ctx: Context, id_: str) -> WorkspaceChannel | None:
    """Return a channel of the workspace."""
    return next((each for each in channels_of(ctx) if each.id == id_), None)


def keep_channel(ctx: Context, channel: WorkspaceChannel) -> None:
    """Keep a channel of the workspace."""
    ctx.tx.preferences.set_channel(channel.id, _closed(ctx, channel, channel.id))


def _closed(ctx: Context, value: object, context: str) -> bytes:
    """Encrypt a value: an address may be all that is needed to write to somebody."""
    assert ctx.keys is not None
    return encrypt_small(ctx.keys.newest, msgspec.json.encode(value), context=context)


def _opened(ctx: Context, body: bytes, context: str, kind: type[V]) -> V:
    assert ctx.keys is not None
    return msgspec.json.decode(decrypt_small(ctx.keys, body, context=context), type=kind)
