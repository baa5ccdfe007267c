"""Callbacks: what proves a handoff's `callback_url` that it is us who call."""

from datetime import datetime
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from signoff.actions import signing
from signoff.actions.context import Context
from signoff.actions.endpoint_views import COUNTED
from signoff.actions.views import when
from signoff.domain.events import Event, Type
from signoff.domain.ids import EndpointId
from signoff.domain.permissions import Permission
from signoff.domain.signatures import Scheme, live
from signoff.store.deliveries import Line


class Mine(Struct, frozen=True, kw_only=True):
    """The callbacks of one's own handoffs."""


class Rotate(Struct, frozen=True, kw_only=True):
    """How long one's old secret signs beside the new one."""

    overlap_seconds: Annotated[int, Meta(ge=0, le=signing.MAX_OVERLAP)] = signing.OVERLAP


class CallbackLine(Struct, frozen=True, kw_only=True):
    """One's callbacks to one server; `endpoints/{id}/deliveries` lists them."""

    id: str
    waiting: int
    delivered_at: datetime | UnsetType = UNSET
    failing_since: datetime | UnsetType = UNSET


class CallbackView(Struct, frozen=True, kw_only=True):
    """How callbacks are signed: by the workspace's public key, and by one's secret, if any.

    `secret` is there once, in the answer of the act that made it.
    """

    public_key: str
    has_secret: bool
    old_secret_until: datetime | UnsetType = UNSET
    secret: str | UnsetType = UNSET
    lines: tuple[CallbackLine, ...] = ()


def read(ctx: Context, asked: Mine) -> CallbackView:
    """Show by which keys callbacks of one's handoffs are signed, and how they go."""
    del asked
    ctx.permit(Permission.EVENT_READ)
    return _view(ctx)


def rotate(ctx: Context, asked: Rotate) -> CallbackView:
    """Make the secret that signs callbacks of one's handoffs, or a new one; shown this once."""
    ctx.permit(Permission.HANDOFF_SUBMIT)
    me = ctx.caller.actor.id
    fresh = signing.draw(Scheme.HMAC)
    keys = signing.agent_keys(ctx, me)
    keys = signing.successor(ctx, keys, fresh, overlap=asked.overlap_seconds)
    sealed = signing.seal(ctx, signing.CALLBACKS + me, keys)
    ctx.tx.endpoints.save_callback_keys(me, sealed)
    codes: dict[str, str | int | bool] = {"overlap_seconds": asked.overlap_seconds}
    ctx.record(Event(type=Type.CALLBACK_ROTATED, subject=me, codes=codes))
    return _view(ctx, secret=fresh.shown)


def _view(ctx: Context, *, secret: str | UnsetType = UNSET) -> CallbackView:
    me = ctx.caller.actor.id
    keys = live(signing.agent_keys(ctx, me), ctx.now)
    until = keys[-1].until if keys else None
    lines = ctx.tx.deliveries.lines_of(f"{signing.CALLBACKS}{me}_")
    return CallbackView(
        public_key=signing.draw_workspace_key(ctx).shown,
        has_secret=bool(keys),
        old_secret_until=when(until) if until else UNSET,
        secret=secret,
        lines=tuple(_line(ctx, name, line) for name, line in lines),
    )


def _line(ctx: Context, name: EndpointId, line: Line) -> CallbackLine:
    standing = line.standing
    return CallbackLine(
        id=name,
        waiting=ctx.tx.deliveries.waits(name, most=COUNTED),
        delivered_at=when(standing.delivered_at) if standing.delivered_at else UNSET,
        failing_since=when(standing.failing_since) if standing.failing_since else UNSET,
    )
