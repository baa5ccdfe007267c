"""A small load generator: keep-alive HTTP/1.1 over raw sockets, scripted by generators."""

import asyncio
import time
from collections.abc import Callable, Generator
from typing import Any, NamedTuple

import uvloop


class Answer(NamedTuple):
    status: int
    headers: bytes
    body: bytes


Script = Generator[bytes, Answer, None]


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


class _Connection(asyncio.Protocol):
    def __init__(self, script: Script, tally: Tally, done: asyncio.Future[None]) -> None:
        self.script = script
        self.tally = tally
        self.done = done
        self.buffer = bytearray()
        self.need = -1
        self.head = b""
        self.status = 0
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
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if self.need < 0:
            end = self.buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            self.head = bytes(self.buffer[:end])
            self.status = int(self.head[9:12])
            low = self.head.lower()
            at = low.find(b"content-length:")
            length = 0
            if at >= 0:
                stop = low.find(b"\r\n", at)
                length = int(low[at + 15 : stop if stop > 0 else None])
            self.need = end + 4 + length
        if len(self.buffer) < self.need:
            return
        body = bytes(self.buffer[len(self.head) + 4 : self.need])
        del self.buffer[: self.need]
        self.need = -1
        self.tally.requests += 1
        if self.status >= 400:
            self.tally.errors[self.status] = self.tally.errors.get(self.status, 0) + 1
            self.tally.first_error = self.tally.first_error or body[:400]
        self._next(Answer(self.status, self.head, body))

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
    head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{auth}\r\n{more}"
    if body or method in {"PUT", "POST"}:
        head += f"Content-Length: {len(body)}\r\n"
        if kind:
            head += f"Content-Type: {kind}\r\n"
    return head.encode() + b"\r\n" + body
