"""What a door is made of: everything that HTTP doors are given when the server starts."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias

from signoff.actions.house import House
from signoff.actions.passwords import Passwords
from signoff.actions.receiving import Receiving
from signoff.actions.tail import Tail
from signoff.asgi.counts import Metrics
from signoff.asgi.identity import Identity
from signoff.asgi.streams import Streams

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Message: TypeAlias = MutableMapping[str, Any]
App: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]


class Parts:
    """One house, who comes in, and when it closes.

    `closing` is set when the server was told to stop: every open stream waits on it, says
    goodbye and ends, for the server waits for open answers (facts of ASGI servers). Whoever
    runs the parts starts `tail` on the loop, and closes it as soon as `closing` is set.
    `issuer` is the authorization server that clients of MCP are pointed to, if there is one.
    """

    __slots__ = (
        "closing",
        "house",
        "identity",
        "issuer",
        "max_body",
        "metrics",
        "passwords",
        "streams",
        "tail",
        "uploads",
        "verifying",
    )

    def __init__(
        self, house: House, *, closing: asyncio.Event, max_body: int, issuer: str = ""
    ) -> None:
        self.house = house
        self.identity = Identity(house)
        self.passwords = Passwords(house)
        self.streams = Streams()
        self.tail = Tail(house)
        self.uploads = Receiving(house, closing=closing)
        self.closing = closing
        self.max_body = max_body
        self.issuer = issuer
        self.verifying = asyncio.Semaphore(1)
        """Reading a whole log takes a thread and a core: one at a time, the others wait."""
        self.metrics = Metrics()
