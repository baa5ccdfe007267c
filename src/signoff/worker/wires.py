"""One connection to somebody else's server: a request goes out, a bounded answer comes in."""

import asyncio
from typing import Final, cast

import httptools
from msgspec import Struct

MAX_HEAD: Final = 32 * 1024
"""Bytes of an answer's head; what is longer is no answer that we read."""

_FINAL = 200


class Failed(Exception):
    """There was no answer; the sentence says why, and may be shown to whoever asked."""


class Broken(Failed):
    """The connection could not be made, or it broke off."""


class Stale(Broken):
    """A connection that was kept open had been closed by the other side meanwhile."""


class Garbled(Failed):
    """What came was no HTTP, or too much of it."""


class Untrusted(Failed):
    """The other side could not prove who it is."""


class TimedOut(Failed):
    """It took too long."""


class Forbidden(Failed):
    """It leads where nobody is called."""


class Answer(Struct, frozen=True, kw_only=True):
    """What came back: the beginning of the body, header names in lower case.

    Of a header that came several times the last is kept.
    """

    status: int
    headers: dict[str, str]
    body: bytes
    seconds: float = 0.0


class Wire(asyncio.Protocol):
    """An HTTP/1.1 connection that carries one request at a time."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self.reusable = True
        self.used = 0
        self._waiting: asyncio.Future[Answer] | None = None
        self._reset(0)

    def _reset(self, limit: int) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._limit = limit
        self._heard = False
        self._in_head = True
        self._head = 0
        self._headers: dict[str, str] = {}
        self._body = bytearray()

    @property
    def is_open(self) -> bool:
        """Say whether it can carry another request."""
        return self.reusable and self.transport is not None and not self.transport.is_closing()

    async def ask(self, request: bytes, *, limit: int) -> Answer:
        """Send a request and return the answer, with up to `limit` bytes of its body."""
        assert self.transport is not None
        self._reset(limit)
        self.used += 1
        self._waiting = asyncio.get_running_loop().create_future()
        try:
            self.transport.write(request)
            return await self._waiting
        except BaseException:
            self.close()
            raise
        finally:
            self._waiting = None

    def close(self) -> None:
        """End the connection at once."""
        self.reusable = False
        if self.transport is not None:
            self.transport.abort()

    # What asyncio tells.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember by what to write."""
        # uvloop's is one in all but its class
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Read on; what nobody asked for ends the connection."""
        if self._waiting is None or self._waiting.done():
            self.close()
            return
        self._heard = True
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._fail(Garbled("The answer is no HTTP"))
        self._head += len(data)
        if self._in_head and self._head > MAX_HEAD:
            self._fail(Garbled("The answer's head is too long"))

    def eof_received(self) -> bool:
        """Let the connection end."""
        return False

    def connection_lost(self, error: Exception | None) -> None:
        """Answer with what came if it was to end so; else say that it broke off."""
        del error
        self.reusable = False
        if self._waiting is None or self._waiting.done():
            return
        if not self._heard:
            kind = Stale if self.used > 1 else Broken
            self._waiting.set_exception(kind("The connection was closed without an answer"))
        elif not self._in_head and self._ends_with_the_connection():
            self._finish()
        else:
            self._waiting.set_exception(Broken("The connection broke off within the answer"))

    def _ends_with_the_connection(self) -> bool:
        """Say whether the body's end is the connection's (RFC 9112, section 6.3)."""
        return "content-length" not in self._headers and "chunked" not in self._headers.get(
            "transfer-encoding", ""
        )

    # What the parser tells.

    def on_message_begin(self) -> None:
        """End the connection if it goes on after the answer."""
        if self._waiting is None or self._waiting.done():
            self.close()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header."""
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        """Pass over answers that only say that the answer is to come (RFC 9110, 15.2)."""
        match self._parser.get_status_code():
            case 101:
                self._fail(Garbled("The answer changes the protocol"))
            case status if status < _FINAL:
                self._headers = {}
            case _:
                self._in_head = False

    def on_body(self, data: bytes) -> None:
        """Keep the beginning; of a body that is longer no more is read."""
        if self._waiting is None or self._waiting.done():
            return
        self._body += data[: self._limit - len(self._body)]
        if len(self._body) >= self._limit:
            self.reusable = False
            self._finish()
            self.close()

    def on_message_complete(self) -> None:
        """Hand the answer over."""
        if self._in_head or self._waiting is None or self._waiting.done():
            return
        self.reusable = self.reusable and self._parser.should_keep_alive()
        self._finish()

    def _finish(self) -> None:
        assert self._waiting is not None
        self._waiting.set_result(
            Answer(
                status=self._parser.get_status_code(),
                headers=self._headers,
                body=bytes(self._body),
            )
        )

    def _fail(self, failed: Failed) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(failed)
        self.close()
