"""A receiver of webhooks in a process of its own: it answers at once, and counts.

`python -m bench.receivers` prints its port. A POST to `/hang` is never answered; a GET says
how many came since the last one, and how long after they happened.
"""

import asyncio
import json
import time
from datetime import datetime
from typing import Any

import httptools
import uvloop

_DONE = b"HTTP/1.1 204 No Content\r\ncontent-length: 0\r\n\r\n"
_TIME = b'"timestamp":"'


class Counts:
    """When what came had happened, on the wall clock that both processes have."""

    def __init__(self) -> None:
        self.latencies: list[float] = []

    def came(self, body: bytes) -> None:
        start = body.index(_TIME) + len(_TIME)
        told = body[start : body.index(b'"', start)].decode()
        self.latencies.append(time.time() - datetime.fromisoformat(told).timestamp())

    def take(self) -> bytes:
        found = sorted(self.latencies)
        self.latencies = []
        said: dict[str, Any] = {"count": len(found)}
        for name, part in (("p50", 0.5), ("p99", 0.99), ("most", 1.0)):
            said[name] = found[min(len(found) - 1, int(len(found) * part))] if found else 0
        body = json.dumps(said).encode()
        return b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body)


COUNTS = Counts()


class Receiving(asyncio.Protocol):
    """One connection."""

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.parser = httptools.HttpRequestParser(self)

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)

    def on_message_begin(self) -> None:
        self.url = b""
        self.body = bytearray()

    def on_url(self, url: bytes) -> None:
        self.url += url

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        if self.parser.get_method() == b"GET":
            self.transport.write(COUNTS.take())
        elif self.url != b"/hang":
            COUNTS.came(bytes(self.body))
            self.transport.write(_DONE)


async def main() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Receiving, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main())
