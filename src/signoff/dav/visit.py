"""One request to a drive: who asks, of what, under which conditions, with which locks."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

from msgspec.structs import replace
from starlette.types import Send

from signoff.actions.conditions import under
from signoff.actions.context import Context
from signoff.actions.house import House
from signoff.actions.retries import Done
from signoff.asgi.answers import Headers, Request, answer, event_headers
from signoff.asgi.parts import Parts
from signoff.dav import xml
from signoff.dav.addresses import Address, destination, host_of, href, named
from signoff.dav.conditions import conditions_of, seen_by
from signoff.domain.actors import Caller
from signoff.domain.conditions import Conditions
from signoff.domain.ids import LockToken, Path, Slug

P = TypeVar("P")
R = TypeVar("R")
Handler = Callable[["Visit"], Awaitable[None]]


class Visit:
    """A request that has found its caller and its place."""

    __slots__ = ("address", "caller", "conditions", "parts", "request", "send")

    def __init__(
        self, parts: Parts, request: Request, send: Send, *, address: Address, caller: Caller
    ) -> None:
        self.parts = parts
        self.request = request
        self.send = send
        self.address = address
        self.caller = caller
        said = conditions_of(
            request.header(b"if"),
            own=address.path,
            whose=lambda text: named(text, workspace=self.workspace, hosts=self._hosts),
        )
        seen = seen_by(request, own=address.path)
        self.conditions: Conditions = said if seen is None else replace(said, seen=seen)

    @property
    def house(self) -> House:
        """Return the house."""
        return self.parts.house

    @property
    def workspace(self) -> Slug:
        """Return the workspace that is asked."""
        return self.caller.workspace

    @property
    def path(self) -> Path:
        """Return the path in it."""
        return self.address.path

    @property
    def tokens(self) -> frozenset[LockToken]:
        """Return the lock tokens that the request submits."""
        return self.conditions.tokens

    @property
    def _hosts(self) -> frozenset[str]:
        public = urlsplit(self.house.base_url).netloc
        return frozenset({host_of(public), host_of(self.request.header(b"host"))} - {""})

    @property
    def destination(self) -> Path:
        """Return where a copy or a move goes to."""
        said = self.request.header(b"destination")
        return destination(said, workspace=self.workspace, hosts=self._hosts)

    def href(self, path: Path, *, is_folder: bool = True) -> str:
        """Return the address of something in the workspace."""
        return href(self.address.workspace and self.workspace, path, is_folder=is_folder)

    async def ask(self, query: Callable[[Context, P], R], asked: P) -> R:
        """Answer a question."""
        return await self.house.ask(query, self.caller, asked, tokens=self.tokens)

    async def ask_under(self, query: Callable[[Context, P], R], asked: P) -> R:
        """Answer a question if what the request says of its resource is so."""
        return await self.ask(under(self.conditions, query), asked)

    async def do(self, action: Callable[[Context, P], R], asked: P) -> Done[R]:
        """Do an act if what the request says of its resource is so."""
        return await self.house.do(
            under(self.conditions, action), self.caller, asked, tokens=self.tokens
        )

    async def body(self) -> bytes:
        """Return the request's body, which is XML."""
        return await self.request.body(limit=xml.MAX_BYTES)

    async def answer(self, status: int, headers: Headers | None = None) -> None:
        """Answer without a body."""
        await answer(self.send, status, b"", headers or [])

    async def answer_done(
        self, status: int, done: Done[Any], headers: Headers | None = None
    ) -> None:
        """Answer an act, with where it stands in the log."""
        await self.answer(status, [*(headers or []), *event_headers(done)])

    async def answer_xml(self, status: int, body: str, headers: Headers | None = None) -> None:
        """Answer with a document."""
        said = [xml.CONTENT_TYPE, (b"cache-control", b"no-store"), *(headers or [])]
        await answer(self.send, status, body.encode(), said)
