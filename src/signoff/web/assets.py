"""Serve styles, scripts and icons."""

from signoff.asgi.answers import Headers, answer
from signoff.domain.errors import NotFound
from signoff.web import statics
from signoff.web.visits import Visit

ICON = "favicon.svg"


async def serve(visit: Visit) -> None:
    """Serve a file of ours; compressed, if the browser takes it so."""
    segments = visit.path["path"].split("/")
    found, kept = statics.load().find(segments)
    if found is None:
        raise NotFound("There is no such file", hint="Load the page again.")
    await _send(visit, found, kept)


async def favicon(visit: Visit) -> None:
    """Serve the icon at the address where browsers look for it by themselves."""
    found, _ = statics.load().find([ICON])
    assert found is not None
    await _send(visit, found, statics.ASK_EACH_TIME)


async def _send(visit: Visit, found: statics.Asset, kept: bytes) -> None:
    headers: Headers = [
        (b"content-type", found.media_type),
        (b"cache-control", kept),
        (b"etag", found.etag),
        (b"vary", b"accept-encoding"),
        (b"x-content-type-options", b"nosniff"),
        (b"cross-origin-resource-policy", b"same-origin"),
    ]
    if found.etag.decode() in visit.request.header(b"if-none-match"):
        await answer(visit.send, 304, b"", headers)
        return
    body = found.plain
    if found.packed and "gzip" in visit.request.header(b"accept-encoding"):
        headers.append((b"content-encoding", b"gzip"))
        body = found.packed
    await answer(visit.send, 200, b"" if visit.is_head else body, headers)
