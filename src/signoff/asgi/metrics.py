"""The door at which an operator's monitoring reads counts, and what counts the others."""

import time

from signoff.asgi.answers import Started
from signoff.asgi.counts import TEXT, Metrics
from signoff.asgi.parts import App, Parts, Receive, Scope, Send


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


def page_of(parts: Parts) -> App:
    """Return the door at which the counts are read."""

    async def page(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001
        body = parts.metrics.page(parts.house.engine.figures())
        headers = [
            (b"content-type", TEXT),
            (b"cache-control", b"no-store"),
            (b"content-length", str(len(body)).encode()),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return page
