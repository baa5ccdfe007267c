"""The drive as an ASGI application: find the caller and the place, then the method."""

from starlette.types import Receive, Scope, Send

from signoff.asgi.answering import answered
from signoff.asgi.answers import Request, Started, answer, started
from signoff.asgi.parts import Parts
from signoff.dav import (
    contents,
    folders,
    litter,
    locking,
    problems,
    propfind,
    proppatch,
    roots,
)
from signoff.dav.addresses import Address, address_of
from signoff.dav.visit import Handler, Visit
from signoff.domain.actors import Door
from signoff.domain.errors import Code, Malformed, NotFound, Refusal
from signoff.domain.ids import Slug
from signoff.domain.litter import is_litter

METHODS: dict[str, Handler] = {
    "OPTIONS": roots.options,
    "GET": contents.get,
    "HEAD": contents.get,
    "PUT": contents.put,
    "DELETE": folders.delete,
    "MKCOL": folders.mkcol,
    "COPY": folders.copy,
    "MOVE": folders.move,
    "PROPFIND": propfind.propfind,
    "PROPPATCH": proppatch.proppatch,
    "LOCK": locking.lock,
    "UNLOCK": locking.unlock,
}

AT_THE_TOP: dict[str, Handler] = {
    "OPTIONS": roots.options,
    "GET": roots.get,
    "HEAD": roots.get,
    "PROPFIND": roots.propfind,
}
"""What may be asked where there is no workspace yet: at `/dav/`, and for Windows at `/`."""


def _methods_of(address: Address) -> dict[str, Handler]:
    if address.workspace is None:
        return AT_THE_TOP
    return litter.METHODS if is_litter(address.path) else METHODS


class DavApp:
    """Every path below `/dav/`."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; a refusal becomes WebDAV's error element."""
        request = Request(scope, receive)
        told = started(send)

        async def refuse(refusal: Refusal) -> None:
            await self._refuse(request, refusal, told)

        await answered(request, told, self._answer(request, told), refuse)

    async def _answer(self, request: Request, send: Started) -> None:
        segments = request.segments()
        address = address_of(segments) if segments[0] == "dav" else Address()
        caller = await self.parts.identity.caller(
            request.scope, address.workspace, door=Door.DAV
        )
        if address.workspace and caller.role is None:
            raise NotFound("There is no such workspace")
        methods = _methods_of(address)
        handler = methods.get(request.method)
        if handler is None:
            raise Malformed(
                f"{request.method} means nothing here",
                code=Code.METHOD_NOT_ALLOWED,
                hint=f"Allowed: {', '.join(methods)}.",
                allow=list(methods),
            )
        await handler(Visit(self.parts, request, send, address=address, caller=caller))

    async def _refuse(self, request: Request, refusal: Refusal, send: Started) -> None:
        self.parts.metrics.refused(refusal.code)
        slug = request.scope["path"].split("/")[2:3]
        workspace = Slug(slug[0]) if slug and slug[0] else None
        status, body, headers = problems.encode(refusal, request.method, workspace)
        await answer(send, status, b"" if request.method == "HEAD" else body, headers)
