"""A small load generator: keep-alive HTTP/1.1 over raw sockets, scripted by generators."""

import asyncio
import re
import time
from collections.abc import Callable, Generator
from typing import Any, NamedTuple

import uvloop

_LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")
_CHUNKED = re.compile(rb"(?i)\r\ntransfer-encoding: *chunked")
_LAST_CHUNK = b"\r\n0\r\n\r\n"


KEPT = 1 << 20
"""Longer bodies are counted and not kept: copying them would be measured, too."""


class Answer(NamedTuple):
    """What came back; of a body longer than KEPT only its length is known."""

    status: int
    headers: bytes
    body: bytes
    length: int


Sent = bytes | tuple[bytes | memoryview, ...]
"""A request, whole or in parts; parts are sent as they lie, without joining them."""
Script = Generator[Sent, Answer, None]


class Tally:
    """What a run counted: latencies of whole steps, by name, and answers of 400 and up."""

    def __init__(self) -> None:
        self.latencies: dict[str, list[float]] = {}
        self.errors: dict[int, int] = {}
        self.first_error = b""
        self.requests = 0

    def took(self, name: str, seconds: float) -> None:
        self.latencies.setdefault(name, []).append(seconds)

    def count(self, name: str) -> int:
        return len(self.latencies.get(name, ()))

    def percentile(self, name: str, part: float) -> float:
        found = sorted(self.latencies.get(name, ()))
        return found[min(len(found) - 1, int(len(found) * part))] if found else float("nan")


class _Connection(asyncio.BufferedProtocol):
    """One script at work. All connections receive into one buffer, as each empties it."""

    _received = memoryview(bytearray(1 << 18))

    def __init__(self, script: Script, tally: Tally, done: asyncio.Future[None]) -> None:
        self.script = script
        self.tally = tally
        self.done = done
        self.head = bytearray()
        self.body = bytearray()
        self.status = 0
        self.length = -1
        self.left = 0
        self.chunked = False
        self.tail = b""
        self.transport: Any = None

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        transport.set_write_buffer_limits(high=1 << 30)
        self._next(None)

    def _next(self, answer: Answer | None) -> None:
        try:
            request = next(self.script) if answer is None else self.script.send(answer)
        except StopIteration:
            self.transport.close()
            if not self.done.done():
                self.done.set_result(None)
            return
        self.transport.writelines((request,) if isinstance(request, bytes) else request)

    def get_buffer(self, _sizehint: int) -> memoryview:
        return self._received

    def buffer_updated(self, count: int) -> None:
        data = self._received[:count]
        if self.length < 0:
            self.head += data
            end = self.head.find(b"\r\n\r\n") + 4
            if end < 4:
                return
            data = memoryview(bytes(self.head[end:]))
            del self.head[end:]
            self._begin()
        if self.chunked:
            self._chunks(data)
            return
        self.left -= len(data)
        if self.length <= KEPT:
            self.body += data
        if self.left <= 0:
            self._end()

    def _chunks(self, data: memoryview | bytes) -> None:
        """Count a body of unknown length; what ends it stands in no listing."""
        self.length += len(data)
        self.tail = (self.tail + bytes(data[-len(_LAST_CHUNK) :]))[-len(_LAST_CHUNK) :]
        if self.tail == _LAST_CHUNK:
            self.tail = b""
            self._end()

    def _begin(self) -> None:
        self.status = int(self.head[9:12])
        found = _LENGTH.search(self.head)
        self.length = self.left = int(found[1]) if found else 0
        self.chunked = found is None and _CHUNKED.search(self.head) is not None

    def _end(self) -> None:
        answer = Answer(self.status, bytes(self.head), bytes(self.body), self.length)
        self.head.clear()
        self.body.clear()
        self.length = -1
        self.tally.requests += 1
        if answer.status >= 400:
            self.tally.errors[answer.status] = self.tally.errors.get(answer.status, 0) + 1
            self.tally.first_error = self.tally.first_error or answer.body[:400]
        self._next(answer)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(exc or ConnectionError("the server hung up"))


class Run(NamedTuple):
    tally: Tally
    seconds: float


def drive(
    port: int,
    scripts: list[Callable[[Tally, float], Script]],
    *,
    seconds: float,
) -> Run:
    """Run one script a connection until `seconds` are over; each ends its own last step."""

    async def main() -> Run:
        loop = asyncio.get_running_loop()
        tally = Tally()
        start = time.perf_counter()
        until = start + seconds
        waits = []
        for make in scripts:
            done: asyncio.Future[None] = loop.create_future()
            await loop.create_connection(
                lambda make=make, done=done: _Connection(make(tally, until), tally, done),
                "127.0.0.1",
                port,
            )
            waits.append(done)
        await asyncio.gather(*waits)
        return Run(tally, time.perf_counter() - start)

    return uvloop.run(main())


def request(
    method: str, path: str, *, auth: str, body: bytes = b"", kind: str = "", more: str = ""
) -> bytes:
    length = len(body) if body or method in {"PUT", "POST"} else None
    return _head(method, path, auth=auth, length=length, kind=kind, more=more) + body


def upload(path: str, *, auth: str, parts: tuple[bytes | memoryview, ...]) -> Sent:
    """Put a large file, whose bytes are not copied first."""
    length = sum(len(part) for part in parts)
    return (_head("PUT", path, auth=auth, length=length), *parts)


def _head(
    method: str, path: str, *, auth: str, length: int | None, kind: str = "", more: str = ""
) -> bytes:
    head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{auth}\r\n{more}"
    if length is not None:
        head += f"Content-Length: {length}\r\n"
        if kind:
            head += f"Content-Type: {kind}\r\n"
    return head.encode() + b"\r\n"
