"""The log over REST: verified on the spot, exported as JSON lines, served as tiles."""

from msgspec import Struct
from starlette.types import Receive, Scope, Send

from signoff.actions import audit, tiles, verifications
from signoff.asgi import problems
from signoff.asgi.answering import answered
from signoff.asgi.answers import NO_STORE, Headers, Request, answer, started
from signoff.asgi.parts import Parts
from signoff.domain.accounts import is_slug
from signoff.domain.actors import Door
from signoff.domain.errors import Code, Malformed, NotFound, Refusal
from signoff.domain.ids import Slug
from signoff.domain.verification import Report
from signoff.rest import binding
from signoff.rest.exchange import Exchange

TEXT = (b"content-type", b"text/plain; charset=utf-8")
OCTETS = (b"content-type", b"application/octet-stream")
KEPT = (b"cache-control", b"private, max-age=31536000, immutable")
"""A tile never changes once it is there."""


class Verified(Struct, frozen=True, kw_only=True):
    """What was checked; `sound` says that nobody tampered with it."""

    sound: bool
    report: Report


async def verify(exchange: Exchange) -> None:
    """Verify the whole log, page by page, against a checkpoint kept elsewhere if given."""
    said = binding.gather(exchange.path, exchange.request.query, await exchange.body())
    asked = binding.convert(verifications.Verify, said)
    assert isinstance(asked, verifications.Verify)
    async with exchange.parts.verifying:
        report = await verifications.verify(
            exchange.house, exchange.caller, against=asked.against
        )
    await exchange.send_json(200, Verified(sound=report.sound, report=report))


async def export(exchange: Exchange) -> None:
    """Send the whole log as JSON lines; that it was exported is on the record first."""
    begun = False
    headers: Headers = [
        (b"content-type", b"application/jsonl"),
        (b"content-disposition", b'attachment; filename="log.jsonl"'),
        NO_STORE,
    ]
    async for lines in verifications.export(exchange.house, exchange.caller):
        if not begun:
            begun = True
            start = {"type": "http.response.start", "status": 200, "headers": headers}
            await exchange.send(start)
        await exchange.send({"type": "http.response.body", "body": lines, "more_body": True})
    await exchange.send({"type": "http.response.body", "body": b""})


class LogApp:
    """`/log/{workspace}/checkpoint` and `/log/{workspace}/tile/…` (C2SP tlog-tiles)."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; a refusal becomes problem details."""
        request = Request(scope, receive)
        told = started(send)

        async def refuse(refusal: Refusal) -> None:
            status, body, headers = problems.encode(refusal, instance=str(scope["path"]))
            await answer(told, status, body, headers)

        await answered(request, told, self._answer(request, told), refuse)

    async def _answer(self, request: Request, send: Send) -> None:
        segments = request.segments()
        slug, path = "".join(segments[1:2]), "/".join(segments[2:])
        if not is_slug(slug):
            raise NotFound("There is no such log")
        if request.method not in ("GET", "HEAD"):
            raise Malformed(
                f"{request.method} means nothing here",
                code=Code.METHOD_NOT_ALLOWED,
                hint="A log is read with GET.",
                allow=["GET", "HEAD"],
            )
        caller = await self.parts.identity.caller(request.scope, Slug(slug), door=Door.REST)
        house = self.parts.house
        if path == "checkpoint":
            head = await house.do(audit.checkpoint, caller, audit.LatestCheckpoint())
            assert head.result is not None
            await answer(send, 200, head.result.note.encode(), [TEXT, NO_STORE])
            return
        data = await house.ask(tiles.tile, caller, tiles.TilePath(path=path))
        await answer(send, 200, data, [OCTETS, KEPT])
