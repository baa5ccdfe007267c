"""A file's bytes as an answer: whole or in part, if the client does not have them already."""

from datetime import UTC
from email.utils import formatdate, parsedate_to_datetime
from functools import lru_cache
from urllib.parse import quote

from starlette.types import Send

from signoff.actions.files import Opened
from signoff.actions.house import House
from signoff.asgi.answers import Headers, Request, answer
from signoff.asgi.ranges import asked_for
from signoff.domain.errors import Stale
from signoff.domain.ids import Slug

SAFE: Headers = [
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"sandbox; default-src 'none'; style-src 'unsafe-inline'"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"private, no-cache"),
]
"""Nothing that was uploaded ever runs in our origin."""


async def give(
    house: House,
    request: Request,
    send: Send,
    opened: Opened,
    *,
    workspace: Slug,
    headers: Headers,
) -> None:
    """Answer with a file, a part of it, or that it is as the client knows it."""
    if not modified(request, opened):
        await answer(send, 304, b"", headers)
        return
    part = asked_for(request, size=opened.size, etag=opened.etag)
    headers = headers + part.headers
    if request.method == "HEAD" or part.start == part.end:
        await _begin(send, part.status, headers)
        await send({"type": "http.response.body", "body": b""})
        return
    begun = False
    pieces = house.bytes.give_out(workspace, opened.blob, start=part.start, end=part.end)
    async for piece in pieces:
        if not begun:  # the answer begins with the first piece that was found whole
            await _begin(send, part.status, headers)
            begun = True
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def _begin(send: Send, status: int, headers: Headers) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})


def described(opened: Opened, *, attachment: bool = False) -> Headers:
    """Return the headers that say what a file is, and keep it from running."""
    kind = "attachment" if attachment else "inline"
    name = quote(opened.name, safe="")
    return [
        (b"content-type", opened.media_type.encode("latin-1", "replace")),
        (b"etag", opened.etag.encode()),
        (b"last-modified", http_date(int(opened.modified_at.timestamp())).encode()),
        (b"accept-ranges", b"bytes"),
        (b"content-disposition", f"{kind}; filename*=UTF-8''{name}".encode()),
        (b"signoff-version", str(opened.version).encode()),
        (b"signoff-digest", opened.digest.encode()),
        *SAFE,
    ]


@lru_cache(maxsize=8192)
def http_date(seconds: int) -> str:
    """Return a time as HTTP has it, in whole seconds since 1970 (RFC 9110, 5.6.7)."""
    return formatdate(seconds, usegmt=True)


def modified(request: Request, opened: Opened) -> bool:
    """Judge If-Match, If-None-Match and the times beside them (RFC 9110, 13.2.2)."""
    wanted = request.header(b"if-match")
    changed = int(opened.modified_at.timestamp())
    if wanted:
        is_as_seen = not {opened.etag, "*"}.isdisjoint(etags(wanted))
    else:
        unmodified = seconds_of(request.header(b"if-unmodified-since"))
        is_as_seen = unmodified is None or changed <= unmodified
    if not is_as_seen:
        raise Stale(f"“{opened.path}” is not as you saw it", etag=opened.etag)
    known = request.header(b"if-none-match")
    if known:
        return {opened.etag, "*"}.isdisjoint(etags(known))
    since = seconds_of(request.header(b"if-modified-since"))
    return since is None or changed > since


def seconds_of(said: str) -> int | None:
    """Return a time of HTTP's in seconds since 1970; None for what is no such time."""
    try:
        found = parsedate_to_datetime(said)
    except (ValueError, TypeError):
        return None
    return int((found if found.tzinfo is not None else found.replace(tzinfo=UTC)).timestamp())


def etags(raw: str) -> tuple[str, ...]:
    """Return the entity tags of If-Match or If-None-Match; a weak one keeps its value."""
    if not raw:
        return ()
    return tuple([tag.strip().removeprefix("W/") for tag in raw.split(",") if tag.strip()])
