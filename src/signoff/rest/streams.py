"""Events as a stream (`text/event-stream`; HTML, section 9.2): they come as they are recorded.

A page is read when the client has taken the one before, so a slow one holds no memory here.
"""

import asyncio
from collections.abc import Awaitable, Callable

import msgspec
from msgspec.structs import replace

from signoff.actions import feeds
from signoff.actions.events import EventsPage, FindEvents
from signoff.asgi.answers import Disconnected
from signoff.domain.errors import Invalid, Refusal
from signoff.domain.ids import HandoffId
from signoff.rest.exchange import Exchange

HEARTBEAT = 15.0
TAKEN_WITHIN = 30.0
"""A client that does not take what it was sent for so long is let go."""
CHECK_EVERY = 1.0
"""Who listens is looked up again before what comes later than that."""
HEADERS = [
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]


async def follow(exchange: Exchange, asked: FindEvents) -> None:
    """Send events until the client leaves, may not listen any more, or the server stops."""
    asked = replace(asked, after=_resumed(exchange, asked.after))
    named = (HandoffId(asked.handoff),) if asked.handoff else ()
    await exchange.ask(exchange.route.declared, asked)  # whoever may not is told by status
    stream = _Stream(exchange, asked)
    tail = exchange.parts.tail
    async with tail.watch(exchange.caller.workspace, *named) as watch:
        leaving = asyncio.create_task(stream.listen(watch.wake))
        try:
            await stream.begin()
            code = await stream.run(watch.heard)
            await stream.say(f"event: bye\ndata: {code}\n\n".encode(), more=False)
        finally:
            leaving.cancel()
            await asyncio.gather(leaving, return_exceptions=True)


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

    def __init__(self, exchange: Exchange, asked: FindEvents) -> None:
        self.exchange = exchange
        self.asked = asked
        self.gone = False
        self._loop = asyncio.get_running_loop()
        self._checked = self._loop.time()

    async def listen(self, wake: Callable[[], None]) -> None:
        """Notice that the client went away."""
        while True:
            message = await self.exchange.request.receive()
            if message["type"] == "http.disconnect":
                self.gone = True
                wake()
                return

    async def begin(self) -> None:
        """Open the stream, and say how soon to come back when it breaks."""
        await self.exchange.send(
            {"type": "http.response.start", "status": 200, "headers": HEADERS}
        )
        await self.say(b"retry: 2000\n\n")

    async def run(self, heard: Callable[[float], Awaitable[bool]]) -> str:
        """Send page after page; return why it ends."""
        exchange = self.exchange
        parts = exchange.parts
        while not parts.closing.is_set():
            try:
                await self._identify()
                page = await feeds.page(parts.house, parts.tail, exchange.caller, self.asked)
            except Refusal as refusal:
                return refusal.code.value
            moved = page.next > self.asked.after
            self.asked = replace(self.asked, after=page.next)
            if page.items:
                await self.say(_frames(page))
            if not moved and not parts.closing.is_set() and not await heard(HEARTBEAT):
                await self.say(f": still here\nid: {page.next}\n\n".encode())
            if self.gone:
                raise Disconnected
        return "closing"

    async def _identify(self) -> None:
        if self._loop.time() - self._checked >= CHECK_EVERY:
            self._checked = self._loop.time()
            await self.exchange.identify_again()

    async def say(self, data: bytes, *, more: bool = True) -> None:
        """Send; a client that takes nothing is let go."""
        message = {"type": "http.response.body", "body": data, "more_body": more}
        try:
            async with asyncio.timeout(TAKEN_WITHIN):
                await self.exchange.send(message)
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
