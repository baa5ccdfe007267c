"""Endpoints as others see them, and which endpoint a request means."""

from datetime import datetime

from msgspec import UNSET, Struct, UnsetType

from signoff.actions import signing
from signoff.actions.context import Context
from signoff.actions.views import Who, when, who_is
from signoff.domain.actors import Kind
from signoff.domain.endpoints import Endpoint
from signoff.domain.errors import NotFound
from signoff.domain.ids import EndpointId
from signoff.domain.permissions import Permission
from signoff.domain.signatures import Scheme, SigningKey, live
from signoff.store.endpoints import Kept

COUNTED = 1000


class EndpointView(Struct, frozen=True, kw_only=True):
    """An endpoint, and how it has been doing.

    `state` is `on`, or why it is told nothing: `paused`, `gone`, `failing`,
    `behind`, `creator_left`;
    then `stopped_at` is the position of the log from which a replay brings what it missed.
    `waiting` counts what is in line, up to 1,000. `secret` is there once, in the answer of the
    act that made it; of Ed25519 the `public_key` is always shown.
    """

    id: str
    url: str
    events: tuple[str, ...]
    path: str
    description: str
    signature: str
    state: str
    by: Who
    created_at: datetime
    waiting: int
    stopped_at: int | UnsetType = UNSET
    delivered_at: datetime | UnsetType = UNSET
    failing_since: datetime | UnsetType = UNSET
    rests_until: datetime | UnsetType = UNSET
    old_secret_until: datetime | UnsetType = UNSET
    public_key: str | UnsetType = UNSET
    secret: str | UnsetType = UNSET


def view(ctx: Context, kept: Kept, *, fresh: SigningKey | None = None) -> EndpointView:
    """Show an endpoint; `fresh` is the secret that was made just now."""
    endpoint = kept.endpoint
    standing = ctx.tx.deliveries.line(endpoint.id).standing
    keys = live(signing.unseal(ctx, endpoint.id, kept.sealed), ctx.now)
    until = keys[-1].until
    public = endpoint.scheme is Scheme.ED25519
    rests = standing.rests_until if (standing.rests_until or 0) > ctx.now else None
    return EndpointView(
        id=endpoint.id,
        url=endpoint.url,
        events=endpoint.events,
        path=endpoint.path,
        description=endpoint.description,
        signature=endpoint.scheme.value,
        state="on" if endpoint.ending is None else endpoint.ending.value,
        by=who_is(ctx, endpoint.by),
        created_at=when(endpoint.created_at),
        waiting=ctx.tx.deliveries.waits(endpoint.id, most=COUNTED),
        stopped_at=UNSET if endpoint.stopped_at is None else endpoint.stopped_at,
        delivered_at=when(standing.delivered_at) if standing.delivered_at else UNSET,
        failing_since=when(standing.failing_since) if standing.failing_since else UNSET,
        rests_until=when(rests) if rests else UNSET,
        old_secret_until=when(until) if until else UNSET,
        public_key=keys[0].shown if public else UNSET,
        secret=fresh.shown if fresh and not public else UNSET,
    )


def endpoint_of(ctx: Context, name: str) -> Kept:
    """Return an endpoint that the caller may have to do with, or refuse; agents their own."""
    ctx.permit(Permission.ENDPOINT_SET)
    kept = ctx.tx.endpoints.by_id(EndpointId(name))
    if kept is None or not theirs(ctx, kept.endpoint):
        raise NotFound("There is no such endpoint", hint="GET endpoints lists them.")
    return kept


def theirs(ctx: Context, endpoint: Endpoint) -> bool:
    """Say whether an endpoint concerns the caller: managers all, an agent its own."""
    mine = endpoint.by == ctx.caller.actor.id
    return mine or ctx.caller.actor.kind is not Kind.AGENT


def check_line(ctx: Context, name: str) -> EndpointId:
    """Return the id of a line whose deliveries the caller may see: an endpoint's, callbacks'.

    An agent sees the callbacks of its own handoffs.
    """
    if not name.startswith(signing.CALLBACKS):
        return endpoint_of(ctx, name).endpoint.id
    ctx.permit(Permission.ENDPOINT_SET)
    mine = name.startswith(f"{signing.CALLBACKS}{ctx.caller.actor.id}_")
    if not mine and ctx.caller.actor.kind is Kind.AGENT:
        raise NotFound("There are no such callbacks", hint="GET callback lists yours.")
    return EndpointId(name)
