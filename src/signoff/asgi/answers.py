"""Reading a request and sending an answer: thin words over ASGI, without a framework's cost."""

import re
from collections.abc import AsyncIterator, MutableMapping
from typing import Any, TypeAlias
from urllib.parse import parse_qsl, unquote_to_bytes

from starlette.types import Receive, Scope, Send

from signoff.actions.retries import Done
from signoff.actions.turns import BrokenOff
from signoff.domain.errors import Code, Invalid, Malformed, TooLarge

Headers: TypeAlias = list[tuple[bytes, bytes]]
_NUMBER = re.compile(r"-?[0-9]{1,15}")
JSON = (b"content-type", b"application/json")
NO_STORE = (b"cache-control", b"no-store")


class Disconnected(BrokenOff):
    """The client went away."""


class Request:
    """An HTTP request as the doors read it."""

    __slots__ = ("_headers", "_query", "receive", "scope")

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self.scope = scope
        self.receive = receive
        self._headers: dict[bytes, bytes] | None = None
        self._query: dict[str, str] | None = None

    @property
    def method(self) -> str:
        """Return the method."""
        return str(self.scope["method"])

    @property
    def headers(self) -> dict[bytes, bytes]:
        """Return the headers; those that came twice are joined by commas."""
        if self._headers is None:
            raw = self.scope["headers"]
            found: dict[bytes, bytes] = dict(raw)
            self._headers = found if len(found) == len(raw) else _joined(raw)
        return self._headers

    def header(self, name: bytes) -> str:
        """Return a header's value, or the empty string."""
        value = self.headers.get(name)
        return "" if value is None else value.strip(b" \t").decode("latin-1")

    @property
    def query(self) -> dict[str, str]:
        """Return the query's parameters; of one that came twice the last counts."""
        if self._query is None:
            raw = self.scope.get("query_string", b"").decode("latin-1")
            self._query = dict(parse_qsl(raw, keep_blank_values=True)) if raw else {}
        return self._query

    @property
    def length(self) -> int | None:
        """Return the announced length of the body, if there is one."""
        value = self.headers.get(b"content-length")
        return int(value) if value is not None and value.isdigit() else None

    def segments(self) -> list[str]:
        """Return the path's segments, decoded one by one: `%2F` is no separator."""
        raw = self.scope.get("raw_path") or str(self.scope["path"]).encode()
        if raw.isascii() and b"%" not in raw and b"?" not in raw:
            found: list[str] = raw.decode().split("/")[1:]
            return found
        try:
            return [
                unquote_to_bytes(part).decode("utf-8") if b"%" in part else part.decode("utf-8")
                for part in raw.partition(b"?")[0].split(b"/")[1:]
            ]
        except UnicodeDecodeError as broken:
            raise Invalid(
                "The path is not UTF-8",
                code=Code.INVALID_PATH,
                hint="Encode it as UTF-8, then percent-encode it.",
            ) from broken

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the body as it comes; a client that goes away ends it with Disconnected."""
        while True:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                raise Disconnected
            body = message.get("body", b"")
            if body:
                yield body
            if not message.get("more_body", False):
                return

    async def body(self, *, limit: int) -> bytes:
        """Return the whole body, at most `limit` bytes."""
        announced = self.length
        if announced is not None and announced > limit:
            raise _too_large(limit)
        whole = bytearray()
        async for chunk in self.chunks():
            whole += chunk
            if len(whole) > limit:
                raise _too_large(limit)
        if announced is not None and len(whole) != announced:
            raise Malformed("The body ended early", code=Code.BODY_INCOMPLETE)
        return bytes(whole)


def _joined(raw: Headers) -> dict[bytes, bytes]:
    found: dict[bytes, bytes] = {}
    for name, value in raw:
        found[name] = found[name] + b", " + value if name in found else value
    return found


def _too_large(limit: int) -> TooLarge:
    return TooLarge(
        f"A body is at most {limit} bytes here",
        hint="Send less, or write files with PUT.",
    )


class Started:
    """A `send` that remembers whether the answer has begun, and with which status."""

    __slots__ = ("send", "status")

    def __init__(self, send: Send) -> None:
        self.send = send
        self.status = 0

    @property
    def begun(self) -> bool:
        """Say whether anything was sent."""
        return self.status != 0

    async def __call__(self, message: MutableMapping[str, Any]) -> None:
        """Send a message of the answer."""
        if not self.status:
            self.status = message["status"]
        await self.send(message)


def started(send: Send) -> Started:
    """Return a `send` that remembers: what it was wrapped in already, if it was."""
    return send if isinstance(send, Started) else Started(send)


async def answer(send: Send, status: int, body: bytes, headers: Headers) -> None:
    """Send an answer whole."""
    if isinstance(send, Started):
        send.status, send = status, send.send
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [*headers, (b"content-length", str(len(body)).encode())]
            if status not in (204, 304)
            else headers,
        }
    )
    await send({"type": "http.response.body", "body": body})


def event_headers(done: Done[Any]) -> Headers:
    """Return the header that says where an act stands in the log (RULES 35)."""
    if not done.events:
        return []
    last = done.events[-1]
    return [(b"signoff-event", f"{last.id}; position={last.position}".encode())]


def query_int(query: dict[str, str], name: str, default: int) -> int:
    """Return a whole number of the query, or refuse it."""
    raw: Any = query.get(name)
    if raw is None or raw == "":
        return default
    if not _NUMBER.fullmatch(raw):
        raise Invalid(f"“{name}” is a whole number", hint=f"Not “{raw[:40]}”.")
    return int(raw)
