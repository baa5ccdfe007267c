"""Requests that wait: for a decision, for events, for work, for a lock.

Whoever waits sleeps on the node's one tail (STORAGE 28): a commit batch wakes them at most
once. A client that went away gets no claim, and one that was revoked gets no answer.
"""

from typing import Any

from msgspec.structs import replace

from signoff.actions import feeds
from signoff.actions.claims import TakeClaim
from signoff.actions.events import EventsPage, FindEvents
from signoff.actions.handoff_views import HandoffView
from signoff.actions.handoffs import One
from signoff.actions.lines import TicketView
from signoff.actions.locks import TakeLock
from signoff.actions.retries import Done
from signoff.asgi.vigils import (
    FREES_LOCKS,
    FREES_WORK,
    LONGEST,
    LOOK_AGAIN,
    News,
    vigil,
)
from signoff.domain.errors import Held, Invalid
from signoff.domain.ids import HandoffId
from signoff.rest import binding, interrupts, streams
from signoff.rest.exchange import Exchange


def seconds_of(said: dict[str, Any]) -> float:
    """Take `wait` out of what was said: seconds, a minute at most."""
    return float(min(_whole(said, "wait"), LONGEST))


def _whole(said: dict[str, Any], name: str) -> int:
    raw = said.pop(name, 0)
    try:
        number = int(raw) if isinstance(raw, int | str) else -1
    except ValueError:
        number = -1
    if number < 0:
        raise Invalid(
            f"“{name}” is a whole number from 0 on",
            hint="Leave it out for an answer at once.",
            field=name,
        )
    return number


# Handoffs.


async def read_handoff(exchange: Exchange) -> None:
    """Show a handoff; with `wait`, as soon as it is decided in a round after `after_round`.

    Who accepts an interrupt of AG-UI is answered with one.
    """
    said = dict(exchange.request.query)
    seconds, after_round = seconds_of(said), _whole(said, "after_round")
    asked = binding.convert(One, {**said, **exchange.path})
    assert isinstance(asked, One)
    act = exchange.route.declared
    view: HandoffView = await exchange.ask(act, asked)
    if seconds and not view.is_settled(after_round=after_round):
        async with vigil(exchange, HandoffId(asked.handoff), seconds=seconds) as waiting:
            view = await exchange.ask(act, asked)
            while not view.is_settled(after_round=after_round) and await waiting.heard():
                view = await exchange.ask(act, asked)
    if interrupts.MEDIA_TYPE in exchange.request.header(b"accept"):
        told = await interrupts.of(exchange, view)
        await exchange.send_json(200, told, media_type=interrupts.MEDIA_TYPE)
    else:
        await exchange.send_json(200, view)


# Events.


async def read_events(exchange: Exchange) -> None:
    """Read events as JSON, waiting for the first if asked to; or follow them as a stream."""
    said = dict(exchange.request.query)
    seconds = seconds_of(said)
    asked = binding.convert(FindEvents, said)
    assert isinstance(asked, FindEvents)
    if "text/event-stream" in exchange.request.header(b"accept"):
        await streams.follow(exchange, asked)
        return
    parts = exchange.parts
    page: EventsPage = await exchange.ask(exchange.route.declared, asked)
    if seconds and not page.items:
        named = (HandoffId(asked.handoff),) if asked.handoff else ()
        async with vigil(exchange, *named, seconds=seconds) as waiting:
            asked = replace(asked, after=page.next)
            page = await feeds.page(parts.house, parts.tail, exchange.caller, asked)
            while not page.items and (page.next > asked.after or await waiting.heard()):
                asked = replace(asked, after=page.next)
                page = await feeds.page(parts.house, parts.tail, exchange.caller, asked)
    await exchange.send_json(200, page)


# Work and locks.


async def take_claim(exchange: Exchange) -> None:
    """Claim a piece of work; with `wait`, as soon as there is one."""
    body = await exchange.body()
    said = binding.gather(exchange.path, exchange.request.query, body)
    seconds = seconds_of(said)
    asked = binding.convert(TakeClaim, said)
    act = exchange.route.declared
    done = await exchange.do(act, asked, body=body)
    if seconds and _is_nothing(done):
        async with vigil(exchange, seconds=seconds) as waiting:
            news = News(exchange, FREES_WORK)
            done = await exchange.do(act, asked, body=body)
            while _is_nothing(done) and await waiting.heard(LOOK_AGAIN):
                if await news.worth_a_try():
                    done = await exchange.do(act, asked, body=body)
    await exchange.send_done(done)


def _is_nothing(done: Done[Any]) -> bool:
    return done.result is None and done.replay is None


async def take_lock(exchange: Exchange) -> None:
    """Lock a path; with `wait`, stand in line for it in order."""
    body = await exchange.body()
    asked = binding.bind(TakeLock, path=exchange.path, query=exchange.request.query, body=body)
    assert isinstance(asked, TakeLock)
    seconds = float(min(asked.wait, LONGEST))
    try:
        done = await _try_lock(exchange, replace(asked, wait=0), body)
    except Held as held:
        if seconds <= 0:
            raise
        done = await _stand_in_line(exchange, asked, body, held, seconds)
    if isinstance(done.result, TicketView):
        await exchange.send_json(202, done.result)
    else:
        await exchange.send_done(done)


async def _try_lock(exchange: Exchange, asked: TakeLock, body: bytes) -> Done[Any]:
    act = exchange.route.declared
    return await exchange.do(act, asked, body=body, passing=(TicketView,))


async def _stand_in_line(
    exchange: Exchange, asked: TakeLock, body: bytes, held: Held, seconds: float
) -> Done[Any]:
    """Wait for the lock; when time is over the refusal names the ticket, to come again."""
    async with vigil(exchange, seconds=seconds) as waiting:
        news = News(exchange, FREES_LOCKS)
        while True:
            done = await _try_lock(exchange, asked, body)
            if not isinstance(done.result, TicketView):
                return done
            asked = replace(asked, ticket=done.result.ticket)
            pause = float(done.result.retry_after)
            while True:
                if not await waiting.heard(pause):
                    held.facts["ticket"] = asked.ticket
                    raise held
                if await news.worth_a_try():
                    break
