"""One request and its answer, with what the door found out about it."""

from typing import Any

import msgspec
from msgspec.structs import replace
from starlette.types import Send

from signoff.actions.house import House
from signoff.actions.retries import Done, Retry
from signoff.actions.table import Act
from signoff.asgi.answers import JSON, NO_STORE, Headers, Request, answer, event_headers
from signoff.asgi.parts import Parts
from signoff.domain.actors import Caller
from signoff.domain.ids import LockToken
from signoff.rest import binding
from signoff.rest.routes import Route

NO_CONTENT = 204
_ENCODER = msgspec.json.Encoder()


class Exchange:
    """A request that has found its row, its caller, and where to answer."""

    __slots__ = ("_caller", "parts", "path", "request", "route", "send", "tokens")

    def __init__(
        self,
        parts: Parts,
        request: Request,
        send: Send,
        *,
        route: Route,
        path: dict[str, str],
        caller: Caller | None,
    ) -> None:
        self.parts = parts
        self.request = request
        self.send = send
        self.route = route
        self.path = path
        self._caller = caller
        self.tokens: frozenset[LockToken] = binding.tokens(request)

    @property
    def house(self) -> House:
        """Return the house."""
        return self.parts.house

    @property
    def caller(self) -> Caller:
        """Return who calls."""
        assert self._caller is not None
        return self._caller

    async def body(self) -> bytes:
        """Return the whole body, within the limit for JSON."""
        return await self.request.body(limit=self.parts.max_body)

    async def ask(self, act: Act, asked: Any) -> Any:
        """Answer a question."""
        return await self.house.ask(act.run, self.caller, asked, tokens=self.tokens)

    async def identify_again(self) -> None:
        """Look up again who calls, after a wait; refuse whoever may not any more."""
        known = self.caller
        caller = await self.parts.identity.caller(
            self.request.scope, known.workspace, door=known.door
        )
        self._caller = replace(caller, request_id=known.request_id)

    async def do(
        self, act: Act, asked: Any, *, body: bytes, passing: tuple[type, ...] = ()
    ) -> Done[Any]:
        """Do an act, once for each Idempotency-Key; a result of `passing` is no answer yet."""
        retry = self.retry(body=body, secret=act.secret, passing=passing)
        return await self.house.do(act.run, self.caller, asked, tokens=self.tokens, retry=retry)

    def retry(self, *, body: bytes, secret: bool, passing: tuple[type, ...]) -> Retry | None:
        """Return the request's Idempotency-Key with what was sent with it, if it has one."""
        if self.request.method != "POST":
            return None
        return binding.retry(
            self.request,
            route=str(self.request.scope["path"]),
            body=body + b"?" + self.request.scope.get("query_string", b""),
            status=self.route.status,
            secret=secret,
            passing=passing,
        )

    async def send_done(self, done: Done[Any]) -> None:
        """Answer with an act's result, or with what was answered before."""
        headers = event_headers(done)
        if done.replay is not None:
            headers += [(b"idempotent-replayed", b"true"), JSON, NO_STORE]
            await answer(self.send, done.status, done.replay, headers)
        elif done.result is None or self.route.status == NO_CONTENT:
            await answer(self.send, NO_CONTENT, b"", headers)
        else:
            old = getattr(done.result, "created", None) is False
            await self.send_json(200 if old else self.route.status, done.result, headers)

    async def send_json(
        self,
        status: int,
        value: Any,
        headers: Headers | None = None,
        *,
        media_type: str | None = None,
    ) -> None:
        """Answer with JSON, or with a format that is written in it."""
        body = _ENCODER.encode(value)
        type_ = (b"content-type", media_type.encode()) if media_type else JSON
        await answer(self.send, status, body, [type_, NO_STORE, *(headers or [])])
