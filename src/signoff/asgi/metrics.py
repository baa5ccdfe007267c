"""The door at which an operator's monitoring reads counts, and what counts the others."""

import time

from signoff.actions import followers
from signoff.actions.house import House
from signoff.asgi.answers import Started
from signoff.asgi.counts import TEXT, FollowerLag, Metrics
from signoff.asgi.parts import App, Parts, Receive, Scope, Send
from signoff.domain.actors import system
from signoff.domain.ids import INSTANCE, SECOND


def counted(app: App, door: str, metrics: Metrics) -> App:
    """Wrap a door so that its answers are counted."""

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        began = time.monotonic()
        noting = Started(send)
        try:
            await app(scope, receive, noting)
        finally:
            metrics.requests[door, noting.status] += 1
            metrics.seconds[door] += time.monotonic() - began

    return wrapped


async def _behind(house: House) -> tuple[FollowerLag, ...]:
    found = await house.ask(followers.lags, system(INSTANCE), followers.Every())
    now = house.engine.now()
    return tuple(
        FollowerLag(
            name=lag.name,
            entries=lag.entries,
            seconds=0 if lag.since is None else max(0, now - lag.since) / SECOND,
        )
        for lag in found
    )


def page_of(parts: Parts) -> App:
    """Return the door at which the counts are read."""

    async def page(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001
        engine = parts.house.engine
        body = parts.metrics.page(engine.figures(), await _behind(parts.house))
        headers = [
            (b"content-type", TEXT),
            (b"cache-control", b"no-store"),
            (b"content-length", str(len(body)).encode()),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return page
