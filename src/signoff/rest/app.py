"""The REST door as an ASGI application: match a row of the table, bind, act, answer."""

from collections.abc import Awaitable, Callable

from starlette.types import Receive, Scope, Send

from signoff.asgi import problems
from signoff.asgi.answering import answered
from signoff.asgi.answers import Request, Started, answer, started
from signoff.asgi.parts import Parts
from signoff.domain.accounts import is_slug
from signoff.domain.actors import Door
from signoff.domain.errors import Code, Invalid, Malformed, NotFound, Refusal
from signoff.domain.ids import Slug
from signoff.domain.rights import DECIDING
from signoff.rest import binding, bodies, content, instance, records, tus, uploads, waiting
from signoff.rest.exchange import Exchange
from signoff.rest.routes import ROUTES, Route

PREFIX = ("api", "v1")

Handler = Callable[[Exchange], Awaitable[None]]

HANDLERS: dict[str, Handler] = {
    "write": content.write,
    "read": content.read,
    "upload": uploads.create,
    "look": uploads.look,
    "append": uploads.append,
    "cancel": uploads.cancel,
    "submit": bodies.submit,
    "split": bodies.split,
    "policy": bodies.set_policy,
    "trial": bodies.try_policy,
    "decisions": bodies.decide_several,
    "handoff": waiting.read_handoff,
    "events": waiting.read_events,
    "claim": waiting.take_claim,
    "lock": waiting.take_lock,
    "verify": records.verify,
    "export": records.export,
}


class RestApp:
    """Every path below `/api/v1`."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self._nouns = nouns_of(ROUTES)
        self._instance = nouns_of(instance.ROUTES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; a refusal becomes problem details."""
        if tus.concerns(scope):
            scope, send = tus.meant(scope), tus.speaking(send)
        request = Request(scope, receive)
        told = started(send)

        async def refuse(refusal: Refusal) -> None:
            await self._refuse(request, refusal, told)

        await answered(request, told, self._answer(request, told), refuse)

    async def _answer(self, request: Request, send: Started) -> None:
        segments = request.segments()[len(PREFIX) :]
        if len(segments) > 2 and segments[0] == "workspaces":  # noqa: PLR2004  slug and noun
            slug = segments[1]
            if not is_slug(slug):
                raise NotFound("There is no such workspace")
            if request.method == "OPTIONS" and segments[2] == tus.NOUN:
                await tus.tell(send, most=self.parts.house.bytes.max_upload)
                return
            route, path = match(self._nouns, request.method, segments[2:])
            workspace: Slug | None = Slug(slug)
        else:
            route, path = match(self._instance, request.method, segments)
            workspace = None
            if route.by in instance.OPEN:
                exchange = Exchange(
                    self.parts, request, send, route=route, path=path, caller=None
                )
                await instance.HANDLERS[route.by](exchange)
                return
        caller = await self.parts.identity.caller(request.scope, workspace, door=Door.REST)
        exchange = Exchange(self.parts, request, send, route=route, path=path, caller=caller)
        handler = HANDLERS.get(route.by) or instance.HANDLERS.get(route.by)
        await (handler or plain)(exchange)

    async def _refuse(self, request: Request, refusal: Refusal, send: Started) -> None:
        self.parts.metrics.refused(refusal.code)
        path = str(request.scope["path"])
        status, body, headers = problems.encode(refusal, instance=path)
        await answer(send, status, body, headers)


async def plain(exchange: Exchange) -> None:
    """Do an act that needs nothing but its own arguments."""
    request, act = exchange.request, exchange.route.declared
    body = b"" if request.method in ("GET", "HEAD") else await exchange.body()
    said = binding.gather(exchange.path, request.query, body)
    try:
        asked = binding.convert(act.asked, said | binding.conditions(request, act.asked))
    except Invalid:
        if act.permission in DECIDING:
            await exchange.house.check_decides(act.run, exchange.caller)
        raise
    if not act.writes:
        await exchange.send_json(200, await exchange.ask(act, asked))
        return
    await exchange.send_done(await exchange.do(act, asked, body=body))


# Matching.

Nouns = dict[str, list[tuple[str, tuple[str, ...], Route]]]


def nouns_of(routes: tuple[Route, ...]) -> Nouns:
    """Return rows by the first word of their path."""
    found: Nouns = {}
    for route in routes:
        noun, *rest = route.path.split("/")
        found.setdefault(noun, []).append((route.method, tuple(rest), route))
    return found


def match(nouns: Nouns, method: str, segments: list[str]) -> tuple[Route, dict[str, str]]:
    """Return the row that a request means, and what its path says."""
    noun, *rest = segments or [""]
    for wanted, pattern, route in nouns.get(noun, ()):
        if wanted == method and (path := fit(pattern, rest)) is not None:
            return route, path
    allowed = sorted(
        {m for m, pattern, _ in nouns.get(noun, ()) if fit(pattern, rest) is not None}
    )
    if allowed:
        raise Malformed(
            f"{method} means nothing here",
            code=Code.METHOD_NOT_ALLOWED,
            hint=f"Allowed: {', '.join(allowed)}.",
            allow=allowed,
        )
    raise NotFound("There is nothing at this address", hint="/openapi.json lists all there is.")


def fit(pattern: tuple[str, ...], segments: list[str]) -> dict[str, str] | None:
    """Return what the path says if it fits a pattern; None if it does not."""
    said: dict[str, str] = {}
    for index, part in enumerate(pattern):
        if part.endswith("*}"):
            said[part[1:-2]] = "/".join(segments[index:])
            return said
        if index >= len(segments):
            return None
        if part.startswith("{"):
            if not segments[index]:
                return None
            said[part[1:-1]] = segments[index]
        elif part != segments[index]:
            return None
    return said if len(segments) == len(pattern) else None
