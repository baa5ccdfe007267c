"""Deliveries: what is in line for an endpoint, how each try went, and to tell it once more."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from signoff.actions import lining, signing
from signoff.actions.context import Context
from signoff.actions.endpoint_views import check_line
from signoff.actions.views import Page, when
from signoff.domain import deliveries
from signoff.domain.deliveries import Attempt, Delivery, State
from signoff.domain.endpoints import Endpoint
from signoff.domain.errors import Code, Conflict, Invalid, NotFound
from signoff.domain.events import Event, Type
from signoff.domain.ids import EndpointId
from signoff.store.deliveries import Packed

PAGE = 50
MOST = 500
NEWEST = 2**53


class ListDeliveries(Struct, frozen=True, kw_only=True):
    """Whose deliveries, in which state; the newest event first.

    `endpoint` is an endpoint's id, or that of a line of callbacks.
    """

    endpoint: str
    state: State | None = None
    cursor: str = ""
    limit: Annotated[int, Meta(ge=1, le=MOST)] = PAGE


class OneDelivery(Struct, frozen=True, kw_only=True):
    """The delivery of one event to an endpoint; `position` is the event's in the log."""

    endpoint: str
    position: int


class AttemptView(Struct, frozen=True, kw_only=True):
    """One try. Without a `status` there was no answer, and `failure` says why.

    `excerpt` is the beginning of the answer's body, at most 1,000 characters.
    """

    number: int
    at: datetime
    seconds: float
    url: str
    request: dict[str, str]
    status: int | UnsetType = UNSET
    failure: str | UnsetType = UNSET
    response: dict[str, str] | UnsetType = UNSET
    excerpt: str | UnsetType = UNSET


class DeliveryItem(Struct, frozen=True, kw_only=True):
    """One event in line for an endpoint: `id` is the event's, and the `webhook-id`.

    `tries` are those since it was put in line, or replayed; `due_at` is when the next is.
    """

    id: str
    endpoint: str
    position: int
    type: str
    state: str
    tries: int
    created_at: datetime
    due_at: datetime | UnsetType = UNSET
    finished_at: datetime | UnsetType = UNSET


class DeliveryView(DeliveryItem, frozen=True, kw_only=True):
    """A delivery with what is sent, and how each try went."""

    payload: Any
    attempts: tuple[AttemptView, ...]


def every(ctx: Context, asked: ListDeliveries) -> Page:
    """List what is in line for an endpoint, was delivered, or was given up."""
    line = check_line(ctx, asked.endpoint)
    if not (asked.cursor or "0").isdecimal():
        raise Invalid("This cursor was not given out here", field="cursor")
    found = ctx.tx.deliveries.page(
        line,
        state="" if asked.state is None else asked.state.value,
        before=int(asked.cursor or NEWEST),
        limit=asked.limit,
    )
    more = len(found) == asked.limit
    return Page(
        items=tuple(DeliveryItem(**_item(each.delivery)) for each in found),
        next=str(found[-1].delivery.position) if more else None,
    )


def read(ctx: Context, asked: OneDelivery) -> DeliveryView:
    """Show a delivery with its tries: what was sent, what came back, how long it took."""
    line = check_line(ctx, asked.endpoint)
    return _view(ctx, _delivery(ctx, line, asked.position))


def replay(ctx: Context, asked: OneDelivery) -> DeliveryView:
    """Tell an endpoint of one event once more, under the id that it always had."""
    lining.take_turns(ctx)
    line = check_line(ctx, asked.endpoint)
    _check_on(ctx, line)
    packed = _delivery(ctx, line, asked.position)
    if packed.delivery.state is State.WAITING:
        raise Conflict(
            "This delivery waits to be tried already",
            code=Code.WRONG_STATE,
            hint="`due_at` says when it is.",
        )
    ctx.tx.deliveries.save(deliveries.replay(packed.delivery, now=ctx.now))
    ctx.tx.deliveries.hasten(line)
    codes: dict[str, str | int | bool] = {
        "after": asked.position - 1,
        "until": asked.position,
        "missed_only": False,
    }
    ctx.record(Event(type=Type.ENDPOINT_REPLAYED, subject=line, codes=codes))
    return _view(ctx, _delivery(ctx, line, asked.position))


def _check_on(ctx: Context, line: EndpointId) -> None:
    if line.startswith(signing.CALLBACKS):
        return
    kept = ctx.tx.endpoints.by_id(line)
    endpoint: Endpoint | None = kept.endpoint if kept else None
    if endpoint is None or not endpoint.on:
        raise Conflict(
            "This endpoint is told nothing now",
            code=Code.WRONG_STATE,
            hint="Let it go on first: PATCH it with `enabled` true.",
        )


def _delivery(ctx: Context, line: EndpointId, position: int) -> Packed:
    found = ctx.tx.deliveries.at(line, position)
    if found is None:
        raise NotFound(
            "This event is not in line for this endpoint, or no longer kept",
            hint="GET endpoints/{endpoint}/deliveries lists them; a replay brings it back.",
        )
    return found


def _item(delivery: Delivery) -> dict[str, Any]:
    return {
        "id": delivery.id,
        "endpoint": delivery.endpoint,
        "position": delivery.position,
        "type": delivery.type.value,
        "state": delivery.state.value,
        "tries": delivery.tries,
        "created_at": when(delivery.created_at),
        "due_at": when(delivery.due_at) if delivery.due_at else UNSET,
        "finished_at": when(delivery.finished_at) if delivery.finished_at else UNSET,
    }


def _view(ctx: Context, packed: Packed) -> DeliveryView:
    delivery = packed.delivery
    tries = ctx.tx.deliveries.attempts(delivery.endpoint, delivery.position)
    return DeliveryView(
        **_item(delivery),
        payload=msgspec.json.decode(packed.payload),
        attempts=tuple(map(_attempt, tries)),
    )


def _attempt(attempt: Attempt) -> AttemptView:
    return AttemptView(
        number=attempt.number,
        at=when(attempt.at),
        seconds=attempt.seconds,
        url=attempt.url,
        request=attempt.request,
        status=UNSET if attempt.status is None else attempt.status,
        failure=attempt.failure or UNSET,
        response=attempt.response or UNSET,
        excerpt=attempt.excerpt or UNSET,
    )
