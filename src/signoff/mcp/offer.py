"""What this door offers: its methods, and who is let in."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from msgspec import Struct

from signoff.mcp.messages import Json
from signoff.mcp.visit import Admit, Visit

OLD, MODERN = "handshake", "modern"

Run: TypeAlias = Callable[[Visit, Json], Awaitable[Any]]


class Method(Struct, frozen=True, kw_only=True):
    """What answers a method, in which eras, and how long a client may keep the answer."""

    run: Run
    eras: frozenset[str] = frozenset({OLD, MODERN})
    ttl_ms: int | None = None
    scope: str = "private"


class Offer(Struct, frozen=True, kw_only=True):
    """All that a client can ask for here."""

    admit: Admit
    methods: dict[str, Method]
    stream: Callable[[Visit], Awaitable[None]]
    """What a GET of the handshake era is answered with."""
