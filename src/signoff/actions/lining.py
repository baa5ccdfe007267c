"""How an event comes in line for an endpoint: wanted, seen by its creator, packed once."""

import hashlib
from collections.abc import Iterable

from signoff.actions import entries, signing
from signoff.actions.context import Context
from signoff.actions.entries import EventView, Told
from signoff.actions.listeners import listener, submitter
from signoff.actions.views import when
from signoff.domain.actors import Caller
from signoff.domain.deliveries import CALLED_BACK, Delivery, payload, replay
from signoff.domain.deliveries import State as DeliveryState
from signoff.domain.endpoints import (
    TOLD_ALONE,
    Ending,
    Endpoint,
    end,
    lies_within,
    wants,
)
from signoff.domain.errors import Refusal
from signoff.domain.events import Event, Type
from signoff.domain.ids import EndpointId, NodeId
from signoff.domain.urls import target_of
from signoff.store.deliveries import Packed

_LINES = NodeId("@deliveries")

Ears = list[tuple[Endpoint, Caller]]


def ears(ctx: Context, endpoints: Iterable[Endpoint]) -> Ears:
    """Return endpoints with their creators' eyes; those whose creator left are ended."""
    found: Ears = []
    known: dict[object, Caller | None] = {}
    for endpoint in endpoints:
        eyes = (endpoint.by, endpoint.by_kind, endpoint.narrowed_to)
        if eyes not in known:
            known[eyes] = listener(ctx, endpoint)
        caller = known[eyes]
        if caller is None:
            disable(ctx, endpoint, Ending.CREATOR_LEFT)
        else:
            found.append((endpoint, caller))
    return found


def listens(ctx: Context, endpoint: Endpoint) -> bool:
    """Say whether an endpoint's creator may still see anything."""
    return listener(ctx, endpoint) is not None


def disable(ctx: Context, endpoint: Endpoint, why: Ending) -> Endpoint:
    """Tell an endpoint nothing any more, on the record; what waits for it stands still."""
    ended = end(endpoint, why, head=ctx.tx.audit.head()[0])
    ctx.tx.endpoints.save(ended)
    ctx.tx.deliveries.save_line(endpoint.id, ctx.tx.deliveries.line(endpoint.id), next_at=None)
    codes: dict[str, str | int | bool] = {"reason": why.value, "by": endpoint.by}
    ctx.record(Event(type=Type.ENDPOINT_DISABLED, subject=endpoint.id, codes=codes))
    return ended


def hears(ctx: Context, ear: tuple[Endpoint, Caller], told: Told) -> bool:
    """Say whether an endpoint is told: it wants to be, and its creator may see it."""
    endpoint, caller = ear
    if told.entry.type is TOLD_ALONE:
        return told.entry.subject == endpoint.id
    if not wants(endpoint, told.entry.type):
        return False
    event = entries.shown(told, caller, ctx.grants)
    return event is not None and lies_within(endpoint, _places(event, told))


def _places(event: EventView, told: Told) -> tuple[str, ...]:
    """Return the places that the creator sees, of those where it happened."""
    named = (event.path, event.from_path, event.to_path)
    seen = tuple(path for path in named if isinstance(path, str))
    return seen or told.where


def pack(ctx: Context, endpoint: EndpointId, told: Told, *, url: str = "") -> Packed:
    """Return an event as it is sent to an endpoint."""
    entry = told.entry
    return Packed(
        delivery=Delivery(
            id=entry.id,
            endpoint=endpoint,
            position=entry.position,
            type=entry.type,
            created_at=ctx.now,
            due_at=ctx.now,
        ),
        payload=payload(
            entry, workspace=ctx.workspace, base_url=ctx.base_url, at=when(entry.at)
        ),
        url=url,
    )


def take_turns(ctx: Context) -> None:
    """Let no other transaction move lines meanwhile: none forgets what another put in."""
    ctx.tx.guard(exclusive=[_LINES])


def put_in_line(ctx: Context, packed: Iterable[Packed]) -> None:
    """Add deliveries that are not there yet, and let their lines go on."""
    added = [each for each in packed if ctx.tx.deliveries.add(each)]
    if not added:
        return
    take_turns(ctx)
    for line in dict.fromkeys(each.delivery.endpoint for each in added):
        ctx.tx.deliveries.hasten(line)


def again(ctx: Context, packed: Packed, *, missed_only: bool) -> bool:
    """Put a delivery in line that may have been there before; say whether it is told again."""
    rows = ctx.tx.deliveries
    before = rows.at(packed.delivery.endpoint, packed.delivery.position)
    if before is None:
        return rows.add(packed)
    match before.delivery.state:
        case DeliveryState.WAITING:
            return False
        case DeliveryState.DELIVERED if missed_only:
            return False
        case _:
            rows.save(replay(before.delivery, now=ctx.now))
            return True


# Callbacks.


def called_back(ctx: Context, told: Told) -> Packed | None:
    """Return what the handoff's own `callback_url` is told, if it has one that can be called.

    It is signed by what proves us to the agent that submitted it.
    """
    if told.entry.type not in CALLED_BACK or told.entry.handoff is None:
        return None
    stored = ctx.tx.handoffs.by_id(told.entry.handoff)
    url = stored.handoff.context.callback_url if stored else None
    if stored is None or not url:
        return None
    try:
        origin = target_of(url).origin
    except Refusal:
        return None  # a sidecar may say anything; what cannot be called is not
    caller = submitter(ctx, stored.handoff.submitted_by)
    if caller is None or entries.shown(told, caller, ctx.grants) is None:
        return None
    signing.draw_workspace_key(ctx)
    return pack(ctx, line_of(origin, stored.handoff.submitted_by), told, url=url)


def line_of(origin: str, agent: str) -> EndpointId:
    """Return in which line the callbacks of an agent to a server stand."""
    name = hashlib.sha256(f"{origin} {agent}".encode()).hexdigest()[:20]
    return EndpointId(f"{signing.CALLBACKS}{agent}_{name}")
