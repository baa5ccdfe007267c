"""The exact bytes of a file: of a version, or of a round of a handoff.

Nothing that was uploaded runs in our origin. Pictures are shown, all else is downloaded.
"""

import mimetypes
from urllib.parse import quote

from msgspec import Struct

from signoff.actions import files, handoff_files
from signoff.actions.files import ReadFile
from signoff.actions.handoff_files import OpenFile
from signoff.actions.transfers import Whereabouts
from signoff.asgi.answers import Headers, answer, query_int
from signoff.asgi.ranges import asked_for
from signoff.asgi.uploads import check_not_code
from signoff.web.pages import RAW_SECURITY
from signoff.web.visits import Visit

INLINE = frozenset(
    {
        "image/avif",
        "image/bmp",
        "image/gif",
        "image/jpeg",
        "image/png",
        "image/svg+xml",
        "image/webp",
    }
)
"""What a browser shows without running anything, under the policy of `RAW_SECURITY`."""

OCTETS = "application/octet-stream"
KEPT = b"private, max-age=31536000, immutable"
"""Bytes that are named by their digest never change; only the reader's browser keeps them."""
ASKED_EACH_TIME = b"private, no-cache"


class Bytes(Struct, frozen=True, kw_only=True):
    """What is sent: where it lies, what it is called, and as what it is shown."""

    blob: Whereabouts
    name: str
    media_type: str
    size: int
    etag: str
    kept: bytes = ASKED_EACH_TIME


async def of_file(visit: Visit) -> None:
    """Send a file, or the version that is asked for."""
    version = query_int(visit.query, "version", 0) or None
    opened = await visit.ask(files.open_, ReadFile(path=visit.path["path"], version=version))
    await send(
        visit,
        Bytes(
            blob=opened.blob,
            name=opened.name,
            media_type=opened.media_type,
            size=opened.size,
            etag=opened.etag,
        ),
    )


async def of_handoff(visit: Visit) -> None:
    """Send a file of a handoff, by its digest: the bytes on the desk, and no others."""
    asked = OpenFile(
        handoff=visit.path["handoff"],
        path=visit.path["path"],
        digest=f"sha256:{visit.path['digest']}",
    )
    opened = await visit.ask(handoff_files.open_, asked)
    await send(
        visit,
        Bytes(
            blob=opened.blob,
            name=opened.name,
            media_type=opened.media_type,
            size=opened.size,
            etag=f'"{visit.path["digest"]}"',
            kept=KEPT,
        ),
    )


def shown_as(name: str, media_type: str) -> str:
    """Return the media type under which bytes are sent.

    A picture that was uploaded without saying so is believed by its name; a browser that is
    told wrong shows nothing (`nosniff`).
    """
    if media_type in INLINE:
        return media_type
    guessed = mimetypes.guess_type(name, strict=False)[0] or ""
    return guessed if guessed in INLINE else media_type or OCTETS


async def send(visit: Visit, what: Bytes) -> None:
    """Send bytes whole or in part (RFC 9110, section 14.2), as a picture or a download."""
    check_not_code(visit.request)
    media_type = shown_as(what.name, what.media_type)
    inline = media_type in INLINE and "download" not in visit.query
    name = quote(what.name, safe="")
    headers: Headers = [
        (b"content-type", media_type.encode("latin-1", "replace")),
        (
            b"content-disposition",
            f"{'inline' if inline else 'attachment'}; filename*=UTF-8''{name}".encode(),
        ),
        (b"etag", what.etag.encode()),
        (b"accept-ranges", b"bytes"),
        (b"cache-control", what.kept),
        *((key.lower().encode(), said.encode()) for key, said in RAW_SECURITY.items()),
    ]
    if what.etag in visit.request.header(b"if-none-match"):
        await answer(visit.send, 304, b"", headers)
        return
    part = asked_for(visit.request, size=what.size, etag=what.etag)
    headers += part.headers
    if visit.is_head or part.start == part.end:
        await _begin(visit, part.status, headers)
        await visit.send({"type": "http.response.body", "body": b""})
        return
    begun = False
    async for piece in visit.house.bytes.give_out(
        visit.workspace, what.blob, start=part.start, end=part.end
    ):
        if not begun:  # the answer begins with the first bytes that were found whole
            await _begin(visit, part.status, headers)
            begun = True
        await visit.send({"type": "http.response.body", "body": piece, "more_body": True})
    await visit.send({"type": "http.response.body", "body": b""})


async def _begin(visit: Visit, status: int, headers: Headers) -> None:
    await visit.send({"type": "http.response.start", "status": status, "headers": headers})


async def first_bytes(visit: Visit, blob: Whereabouts, *, most: int) -> bytes:
    """Return the first bytes of a blob, for a preview."""
    pieces = visit.house.bytes.give_out(
        visit.workspace, blob, start=0, end=min(most, blob.size)
    )
    return b"".join([piece async for piece in pieces])
