"""The answer to one request: JSON, or a stream once anything is told before the answer."""

import asyncio
from typing import Any

from signoff.asgi.answers import JSON, NO_STORE, Disconnected, Headers, Started, answer
from signoff.mcp import messages
from signoff.mcp.messages import Fault, Id, Json

TAKEN_WITHIN = 30.0
"""A client that does not take what it was sent for so long is let go."""
EVENT_STREAM: Headers = [
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]


class Reply:
    """Where a request is answered, once.

    A notification before that opens a stream, on which the answer then is the last frame.
    """

    __slots__ = ("_send", "_streams", "name")

    def __init__(self, send: Started, name: Id | None) -> None:
        self._send = send
        self._streams = False
        self.name = name

    @property
    def begun(self) -> bool:
        """Say whether anything was sent."""
        return self._send.begun

    async def notify(self, method: str, params: Json) -> None:
        """Tell the client something about its request."""
        await self._say(_frame(messages.notification(method, params)))

    async def comment(self) -> None:
        """Keep the stream from looking dead."""
        await self._say(b": still here\n\n")

    async def _say(self, data: bytes, *, more: bool = True) -> None:
        """Send; a client that takes nothing is let go."""
        try:
            async with asyncio.timeout(TAKEN_WITHIN):
                if not self._streams:
                    self._streams = True
                    await self._send(
                        {"type": "http.response.start", "status": 200, "headers": EVENT_STREAM}
                    )
                await self._send(
                    {"type": "http.response.body", "body": data, "more_body": more}
                )
        except TimeoutError:
            raise Disconnected from None

    async def finish(self, value: Any) -> None:
        """Answer."""
        await self._end(200, messages.result(self.name, value))

    async def fail(self, fault: Fault, *, status: int, headers: Headers | None = None) -> None:
        """Say what was wrong."""
        await self._end(status, messages.error(self.name, fault), headers)

    async def _end(self, status: int, body: bytes, headers: Headers | None = None) -> None:
        if self._streams:
            await self._say(_frame(body), more=False)
            return
        await answer(self._send, status, body, [JSON, NO_STORE, *(headers or [])])

    async def close(self) -> None:
        """End a stream that answers nothing."""
        await self._say(b"", more=False)

    async def accept(self) -> None:
        """Take a notification, which is owed no answer."""
        await answer(self._send, 202, b"", [NO_STORE])


def _frame(body: bytes) -> bytes:
    return b"event: message\ndata: %s\n\n" % body
