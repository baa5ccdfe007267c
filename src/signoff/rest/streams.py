"""Events as a stream (`text/event-stream`; HTML, section 9.2): they come as they are recorded.

A page is read when the client has taken the one before, so a slow one holds no memory here.
"""

import asyncio

import msgspec
from msgspec.structs import replace

from signoff.actions.events import EventsPage, FindEvents
from signoff.asgi.answers import Disconnected
from signoff.asgi.vigils import vigil
from signoff.domain.errors import Invalid, Refusal
from signoff.domain.ids import HandoffId
from signoff.rest.exchange import Exchange

TAKEN_WITHIN = 30.0
"""A client that does not take what it was sent for so long is let go."""
EVENT_STREAM = [
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]


async def follow(exchange: Exchange, asked: FindEvents) -> None:
    """Send events until the client leaves, may not listen any more, or the server stops."""
    asked = replace(asked, after=_resumed(exchange, asked.after))
    named = (HandoffId(asked.handoff),) if asked.handoff else ()
    await exchange.ask(exchange.route.declared, asked)  # whoever may not is told by status
    stream = _Stream(exchange)
    with exchange.parts.streams.hold(exchange.caller.credential.id):
        async with vigil(exchange, *named) as waiting:
            await stream.begin()
            code = "closing"
            try:
                await waiting.follow(asked, stream.tell)
            except Refusal as refusal:
                code = refusal.code.value
            await stream.say(f"event: bye\ndata: {code}\n\n".encode(), more=False)


def _resumed(exchange: Exchange, after: int) -> int:
    """Return where a client that was cut off goes on: it sends the last id that it saw."""
    raw = exchange.request.header(b"last-event-id")
    if not raw:
        return after
    if not (raw.isascii() and raw.isdigit() and len(raw) < 19):  # noqa: PLR2004  int8
        raise Invalid("Last-Event-ID is a position", hint="Send the last `id` of the stream.")
    return int(raw)


class _Stream:
    """What goes over one connection."""

    def __init__(self, exchange: Exchange) -> None:
        self._send = exchange.send

    async def begin(self) -> None:
        """Open the stream, and say how soon to come back when it breaks."""
        await self._send(
            {"type": "http.response.start", "status": 200, "headers": EVENT_STREAM}
        )
        await self.say(b"retry: 2000\n\n")

    async def tell(self, page: EventsPage) -> None:
        """Send what was recorded, or that nothing was."""
        still_here = f": still here\nid: {page.next}\n\n".encode()
        await self.say(_frames(page) if page.items else still_here)

    async def say(self, data: bytes, *, more: bool = True) -> None:
        """Send; a client that takes nothing is let go."""
        message = {"type": "http.response.body", "body": data, "more_body": more}
        try:
            async with asyncio.timeout(TAKEN_WITHIN):
                await self._send(message)
        except TimeoutError:
            raise Disconnected from None


def _frames(page: EventsPage) -> bytes:
    """Write events as a stream has them; the last id also passes over what is not shown."""
    frames = [
        b"id: %d\nevent: %s\ndata: %s\n\n"
        % (event.position, event.type.encode(), msgspec.json.encode(event))
        for event in page.items
    ]
    if page.items[-1].position < page.next:
        frames.append(b"id: %d\n\n" % page.next)
    return b"".join(frames)
