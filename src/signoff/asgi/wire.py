"""How bytes come from the socket and leave for it: fewer copies, fewer packets.

uvicorn copies each piece of a body twice. It writes an answer's head and body one by one, and
uvloop hands each write to the system where it can: for a small answer that is twice the
work, here and at the client, which is woken twice.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

SMALL = 16 * 1024
"""What is longer is not copied to be sent together."""


class Together:
    """A transport that holds a small write for the next one, until the loop's turn is over."""

    __slots__ = ("_held", "_loop", "_transport")

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._held = b""

    def write(self, data: bytes) -> None:
        """Send what was held with this; hold this alone if it is small."""
        if self._held:
            held, self._held = self._held, b""
            if len(data) > SMALL:
                self._transport.writelines((held, data))
            else:
                self._transport.write(held + data)
        elif len(data) > SMALL:
            self._transport.write(data)
        else:
            self._held = bytes(data)
            self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        held, self._held = self._held, b""
        if held and not self._transport.is_closing():
            self._transport.write(held)

    def close(self) -> None:
        """Send what was held, and close."""
        self._flush()
        self._transport.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class Wire(HttpToolsProtocol):
    """uvicorn's connection, over a transport that writes together, and without the copies."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin with a connection."""
        super().connection_made(Together(transport, self.loop))  # type: ignore[arg-type]

    def on_url(self, url: bytes) -> None:
        """Take a piece of the request's target, in which a fragment has no place.

        uvicorn would drop it, so that `DELETE /folder/#name` deleted the folder. What is raised
        here is answered with 400 (RFC 9112, section 3.2).
        """
        if b"#" in url:
            raise ValueError("A request's target holds no fragment")
        super().on_url(url)

    def on_body(self, body: bytes) -> None:
        """Take a piece of the body that has come."""
        if not self.cycle.body:
            # Added to an empty bytearray it would be copied, and once more when it is read;
            # the sum of empty bytes and a piece is the piece itself.
            self.cycle.body = b""  # type: ignore[assignment]
        super().on_body(body)
