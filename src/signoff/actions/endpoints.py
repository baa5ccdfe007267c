"""Endpoints: where machines are told of what happens, signed."""

from typing import Annotated

from msgspec import Meta, Struct
from msgspec.structs import replace

from signoff.actions import lining, signing
from signoff.actions.context import Context
from signoff.actions.endpoint_views import EndpointView, endpoint_of, theirs, view
from signoff.actions.views import Nothing, Page
from signoff.domain.endpoints import (
    MAX_ENDPOINTS,
    WANTED,
    Ending,
    Endpoint,
    check,
    resume,
)
from signoff.domain.errors import Code, Conflict, Invalid
from signoff.domain.events import Event, Type
from signoff.domain.ids import EndpointId
from signoff.domain.permissions import Permission
from signoff.domain.signatures import Scheme
from signoff.domain.urls import refused_by_form
from signoff.store.deliveries import Replaying
from signoff.store.endpoints import Kept


class Create(Struct, frozen=True, kw_only=True):
    """Where to send, and of what; without `events` it hears of all that happens to handoffs.

    `events` are whole types (`handoff.approved`), all of a noun (`handoff.*`), or `*`. `path`
    is a glob over the place where it happened (`needs-review/contracts/**`). `signature` is
    `v1`, with a secret that both know, or `v1a`, Ed25519 with a public key.
    """

    url: str
    events: tuple[str, ...] = WANTED
    path: str = ""
    description: str = ""
    signature: Scheme = Scheme.HMAC


class One(Struct, frozen=True, kw_only=True):
    """An endpoint by id."""

    endpoint: str


class Every(Struct, frozen=True, kw_only=True):
    """The workspace's endpoints; an agent's own."""


class Change(Struct, frozen=True, kw_only=True):
    """What changes of an endpoint; the rest stays. `enabled` false pauses it."""

    endpoint: str
    url: str | None = None
    events: tuple[str, ...] | None = None
    path: str | None = None
    description: str | None = None
    enabled: bool | None = None


class Rotate(Struct, frozen=True, kw_only=True):
    """The endpoint that gets a new secret, and how long the old one signs beside it."""

    endpoint: str
    overlap_seconds: Annotated[int, Meta(ge=0, le=signing.MAX_OVERLAP)] = signing.OVERLAP


class Replay(Struct, frozen=True, kw_only=True):
    """What an endpoint is told again: the events after a position, up to `until` or the end.

    With `missed_only` what arrived is left out. What it hears now and its creator may see now
    counts; each goes out under the id that it always had.
    """

    endpoint: str
    after: Annotated[int, Meta(ge=0)]
    until: Annotated[int, Meta(ge=0)] | None = None
    missed_only: bool = False


def create(ctx: Context, asked: Create) -> EndpointView:
    """Add an endpoint; its secret is shown this once."""
    ctx.permit(Permission.ENDPOINT_SET)
    lining.take_turns(ctx)
    if len(ctx.tx.endpoints.all()) >= MAX_ENDPOINTS:
        raise Conflict(
            f"A workspace has at most {MAX_ENDPOINTS} endpoints", hint="Remove one first."
        )
    endpoint = check(
        Endpoint(
            id=EndpointId(ctx.tx.new_id("ep")),
            url=asked.url,
            events=asked.events,
            path=asked.path,
            description=asked.description,
            scheme=asked.signature,
            by=ctx.caller.actor.id,
            by_kind=ctx.caller.actor.kind,
            credential=ctx.caller.credential.id,
            narrowed_to=ctx.caller.credential.paths,
            created_at=ctx.now,
        )
    )
    _check_reach(ctx, endpoint.url)
    key = signing.draw(endpoint.scheme)
    kept = Kept(endpoint=endpoint, sealed=signing.seal(ctx, endpoint.id, (key,)))
    ctx.tx.endpoints.save(endpoint, sealed=kept.sealed)
    _record(ctx, Type.ENDPOINT_CREATED, endpoint)
    return view(ctx, kept, fresh=key)


def every(ctx: Context, asked: Every) -> Page:
    """List endpoints, without their secrets."""
    del asked
    ctx.permit(Permission.ENDPOINT_SET)
    found = (each for each in ctx.tx.endpoints.all() if theirs(ctx, each))
    kept = (ctx.tx.endpoints.by_id(each.id) for each in found)
    return Page(items=tuple(view(ctx, each) for each in kept if each))


def read(ctx: Context, asked: One) -> EndpointView:
    """Show an endpoint, and how it has been doing."""
    return view(ctx, endpoint_of(ctx, asked.endpoint))


def change(ctx: Context, asked: Change) -> EndpointView:
    """Change where an endpoint is or what it hears, pause it, or let it go on."""
    lining.take_turns(ctx)
    kept = endpoint_of(ctx, asked.endpoint)
    said = {
        "url": asked.url,
        "events": asked.events,
        "path": asked.path,
        "description": asked.description,
    }
    words = {name: value for name, value in said.items() if value is not None}
    endpoint = check(replace(kept.endpoint, **words))
    if "url" in words:
        _check_reach(ctx, endpoint.url)
    if asked.enabled and not endpoint.on:
        endpoint = _take_over(ctx, resume(endpoint))
    if endpoint != kept.endpoint:
        ctx.tx.endpoints.save(endpoint)
        _record(ctx, Type.ENDPOINT_CHANGED, endpoint)
        if endpoint.on:
            _go_on(ctx, endpoint)
    if asked.enabled is False and endpoint.on:
        endpoint = lining.disable(ctx, endpoint, Ending.PAUSED)
    return view(ctx, replace(kept, endpoint=endpoint))


def remove(ctx: Context, asked: One) -> Nothing:
    """Remove an endpoint; what waits for it is told to nobody."""
    lining.take_turns(ctx)
    endpoint = endpoint_of(ctx, asked.endpoint).endpoint
    ctx.tx.endpoints.remove(endpoint.id)
    ctx.tx.deliveries.drop_line(endpoint.id)
    return Nothing(event=_record(ctx, Type.ENDPOINT_REMOVED, endpoint))


def rotate(ctx: Context, asked: Rotate) -> EndpointView:
    """Give an endpoint a new secret; until the overlap is over, both sign."""
    lining.take_turns(ctx)
    kept = endpoint_of(ctx, asked.endpoint)
    endpoint = kept.endpoint
    fresh = signing.draw(endpoint.scheme)
    keys = signing.unseal(ctx, endpoint.id, kept.sealed)
    keys = signing.successor(ctx, keys, fresh, overlap=asked.overlap_seconds)
    sealed = signing.seal(ctx, endpoint.id, keys)
    ctx.tx.endpoints.save(endpoint, sealed=sealed)
    codes: dict[str, str | int | bool] = {"overlap_seconds": asked.overlap_seconds}
    ctx.record(Event(type=Type.ENDPOINT_ROTATED, subject=endpoint.id, codes=codes))
    return view(ctx, replace(kept, sealed=sealed), fresh=fresh)


def ping(ctx: Context, asked: One) -> Nothing:
    """Have an endpoint told `endpoint.pinged`, to see whether it hears."""
    endpoint = endpoint_of(ctx, asked.endpoint).endpoint
    _check_on(endpoint)
    return Nothing(event=_record(ctx, Type.ENDPOINT_PINGED, endpoint))


def replay(ctx: Context, asked: Replay) -> EndpointView:
    """Tell an endpoint again what happened after a position, be it that it missed it or not."""
    lining.take_turns(ctx)
    kept = endpoint_of(ctx, asked.endpoint)
    endpoint = kept.endpoint
    _check_on(endpoint)
    head = ctx.tx.audit.head()[0]
    until = head if asked.until is None else min(asked.until, head)
    if asked.after >= until:
        raise Invalid(
            f"Nothing happened after {asked.after} and up to {until}",
            hint=f"The log ends at {head}.",
            field="after",
        )
    line = ctx.tx.deliveries.line(endpoint.id)
    if line.replaying is not None:
        raise Conflict(
            "This endpoint is being told again already",
            code=Code.WRONG_STATE,
            hint=f"It is at {line.replaying.after} of {line.replaying.until}.",
        )
    replaying = Replaying(after=asked.after, until=until, missed_only=asked.missed_only)
    ctx.tx.deliveries.save_line(
        endpoint.id, replace(line, replaying=replaying), next_at=ctx.now
    )
    codes: dict[str, str | int | bool] = {
        "after": asked.after,
        "until": until,
        "missed_only": asked.missed_only,
    }
    ctx.record(Event(type=Type.ENDPOINT_REPLAYED, subject=endpoint.id, codes=codes))
    return view(ctx, kept)


def _check_on(endpoint: Endpoint) -> None:
    if not endpoint.on:
        raise Conflict(
            "This endpoint is told nothing now",
            code=Code.WRONG_STATE,
            hint="Let it go on first: PATCH it with `enabled` true.",
        )


def _check_reach(ctx: Context, url: str) -> None:
    """Refuse at once what would be refused at every try; names are looked up at each."""
    why = refused_by_form(url, ctx.reach)
    if why:
        raise Invalid(
            f"This URL is not called: {why[0].lower()}{why[1:]}",
            hint="Name an https address on the internet, or have the operator allow this one"
            " (SIGNOFF_ALLOW_INSIDE).",
            field="url",
        )


def _take_over(ctx: Context, endpoint: Endpoint) -> Endpoint:
    """Let an endpoint whose creator left see with the eyes of whoever lets it go on."""
    if lining.listens(ctx, endpoint):
        return endpoint
    return replace(
        endpoint,
        by=ctx.caller.actor.id,
        by_kind=ctx.caller.actor.kind,
        credential=ctx.caller.credential.id,
        narrowed_to=ctx.caller.credential.paths,
    )


def _go_on(ctx: Context, endpoint: Endpoint) -> None:
    """Let what waits be told now; whoever changed something wants to see whether it helped."""
    line = ctx.tx.deliveries.line(endpoint.id)
    standing = replace(line.standing, failures=0, failing_since=None, rests_until=None)
    ctx.tx.deliveries.save_line(endpoint.id, replace(line, standing=standing), next_at=ctx.now)


def _record(ctx: Context, type_: Type, endpoint: Endpoint) -> str:
    state = "on" if endpoint.ending is None else endpoint.ending.value
    codes: dict[str, str | int | bool] = {"by": endpoint.by, "state": state}
    private = {"url": endpoint.url, "events": list(endpoint.events), "path": endpoint.path}
    return ctx.record(Event(type=type_, subject=endpoint.id, codes=codes, private=private))
