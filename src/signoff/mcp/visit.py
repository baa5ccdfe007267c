"""One request of a client: who asks, under which revision, and what they can do."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from mcp_types.version import MODERN_PROTOCOL_VERSIONS
from msgspec.structs import replace

from signoff.actions.context import Context
from signoff.asgi.answers import Request
from signoff.asgi.parts import Parts
from signoff.domain.actors import Caller
from signoff.domain.ids import LockToken, Slug
from signoff.mcp.messages import Json, Message
from signoff.mcp.replies import Reply

P = TypeVar("P")
R = TypeVar("R")
Admit = Callable[[Parts, Request], Awaitable[Caller]]

TASKS = "io.modelcontextprotocol/tasks"


class Visit:
    """A request that has found its caller."""

    __slots__ = (
        "_admit",
        "_caller",
        "capabilities",
        "message",
        "parts",
        "reply",
        "request",
        "version",
    )

    def __init__(
        self,
        parts: Parts,
        request: Request,
        reply: Reply,
        message: Message,
        *,
        admit: Admit,
        caller: Caller,
        version: str,
        capabilities: Json,
    ) -> None:
        self.parts = parts
        self.request = request
        self.reply = reply
        self.message = message
        self.version = version
        self.capabilities = capabilities
        self._admit = admit
        self._caller = caller

    @property
    def caller(self) -> Caller:
        """Return who calls."""
        return self._caller

    @property
    def workspace(self) -> Slug:
        """Return the workspace that the key opens."""
        return self._caller.workspace

    @property
    def is_modern(self) -> bool:
        """Say whether every request stands for itself, as since 2026-07-28."""
        return self.version in MODERN_PROTOCOL_VERSIONS

    @property
    def takes_tasks(self) -> bool:
        """Say whether the client declared that it can be given a task."""
        extensions = self.capabilities.get("extensions")
        return self.is_modern and isinstance(extensions, dict) and TASKS in extensions

    async def ask(
        self,
        query: Callable[[Context, P], R],
        asked: P,
        *,
        tokens: frozenset[LockToken] = frozenset(),
    ) -> R:
        """Answer a question."""
        return await self.parts.house.ask(query, self._caller, asked, tokens=tokens)

    async def do(
        self,
        action: Callable[[Context, P], Any],
        asked: P,
        *,
        tokens: frozenset[LockToken] = frozenset(),
    ) -> Any:
        """Do an act; return what it answers."""
        done = await self.parts.house.do(action, self._caller, asked, tokens=tokens)
        return done.result

    async def identify_again(self) -> None:
        """Look up again who calls, after a wait; refuse whoever may not any more."""
        caller = await self._admit(self.parts, self.request)
        self._caller = replace(caller, request_id=self._caller.request_id)

    async def progress(self, done: float, total: float, text: str) -> None:
        """Tell a client that asked for it how far its request is."""
        token = self.message.meta.get("progressToken")
        if isinstance(token, str | int):
            said = {"progressToken": token, "progress": done, "total": total, "message": text}
            await self.reply.notify("notifications/progress", said)
