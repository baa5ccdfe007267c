"""Files over REST: bytes in by PUT, bytes out by GET, with ranges and conditions."""

import base64
import binascii
import re
from datetime import datetime
from email.utils import format_datetime, parsedate_to_datetime
from urllib.parse import quote

from signoff.actions import files
from signoff.actions.files import Opened, ReadFile, WriteFile
from signoff.asgi.answers import Headers, answer, query_int
from signoff.asgi.ranges import asked_for
from signoff.asgi.uploads import check_not_code
from signoff.domain.errors import Code, Invalid, Stale
from signoff.rest import binding
from signoff.rest.exchange import Exchange

CHECK_FIRST = 16 * 1024
"""Larger bodies are stored as they come, so they are asked for only of who may write them."""

_SAFE: Headers = [
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"sandbox; default-src 'none'; style-src 'unsafe-inline'"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"private, no-cache"),
]
"""Nothing that was uploaded ever runs in our origin."""


async def write(exchange: Exchange) -> None:
    """Take a file in: hash and encrypt as it comes, then name it in one transaction."""
    request, house, caller = exchange.request, exchange.house, exchange.caller
    asked = WriteFile(
        path=exchange.path["path"],
        blob="",
        digest="",
        size=0,
        media_type=request.header(b"content-type"),
        if_match=binding.etags(request.header(b"if-match")),
        if_none_match=binding.etags(request.header(b"if-none-match")),
    )
    length = request.length
    if length is None or length > CHECK_FIRST:
        await house.ask(files.may_write, caller, asked, tokens=exchange.tokens)
    arrived = await house.bytes.take_in(caller, request.chunks(), length=length)
    _check_digest(request.header(b"repr-digest"), arrived.digest)
    done = await house.do(
        files.write,
        caller,
        WriteFile(
            path=asked.path,
            blob=arrived.blob,
            digest=arrived.digest,
            size=arrived.size,
            inline=arrived.inline,
            media_type=asked.media_type,
            if_match=asked.if_match,
            if_none_match=asked.if_none_match,
        ),
        tokens=exchange.tokens,
    )
    result = done.result
    assert result is not None
    last = done.events[-1]
    await exchange.send_json(
        201 if result.created else 200,
        result,
        [
            (b"etag", result.etag.encode()),
            (b"signoff-event", f"{last.id}; position={last.position}".encode()),
        ],
    )


def _check_digest(said: str, digest: str) -> None:
    """Refuse bytes that are not what the client meant to send (RFC 9530, Repr-Digest)."""
    found = re.search(r"sha-256=:([A-Za-z0-9+/=]+):", said)
    if found is None:
        return
    try:
        said_digest = base64.b64decode(found.group(1), validate=True).hex()
    except binascii.Error:
        said_digest = ""
    if said_digest != digest.removeprefix("sha256:"):
        raise Invalid(
            "The body is not what its Repr-Digest says",
            code=Code.DIGEST_MISMATCH,
            hint="It was damaged on the way; send it again.",
            digest=digest,
        )


async def read(exchange: Exchange) -> None:
    """Give a file out, or a part of it, or say that it is as the client knows it."""
    request, house = exchange.request, exchange.house
    check_not_code(request)
    version = query_int(request.query, "version", 0) or None
    opened = await house.ask(
        files.open_,
        exchange.caller,
        ReadFile(path=exchange.path["path"], version=version),
        tokens=exchange.tokens,
    )
    headers = _headers(opened, attachment="download" in request.query)
    if not _modified(exchange, opened):
        await answer(exchange.send, 304, b"", headers)
        return
    part = asked_for(request, size=opened.size, etag=opened.etag)
    headers += part.headers
    if request.method == "HEAD" or part.start == part.end:
        await _begin(exchange, part.status, headers)
        await exchange.send({"type": "http.response.body", "body": b""})
        return
    await _stream(
        exchange,
        opened,
        start=part.start,
        end=part.end,
        status=part.status,
        headers=headers,
    )


async def _stream(
    exchange: Exchange,
    opened: Opened,
    *,
    start: int,
    end: int,
    status: int,
    headers: Headers,
) -> None:
    """Send the bytes; the answer begins with the first that was found whole."""
    begun = False
    pieces = exchange.house.bytes.give_out(
        exchange.caller.workspace, opened.blob, start=start, end=end
    )
    async for piece in pieces:
        if not begun:
            await _begin(exchange, status, headers)
            begun = True
        await exchange.send({"type": "http.response.body", "body": piece, "more_body": True})
    await exchange.send({"type": "http.response.body", "body": b""})


async def _begin(exchange: Exchange, status: int, headers: Headers) -> None:
    await exchange.send({"type": "http.response.start", "status": status, "headers": headers})


def _headers(opened: Opened, *, attachment: bool) -> Headers:
    kind = "attachment" if attachment else "inline"
    name = quote(opened.name, safe="")
    return [
        (b"content-type", opened.media_type.encode("latin-1", "replace")),
        (b"etag", opened.etag.encode()),
        (b"last-modified", _http_date(opened.modified_at)),
        (b"accept-ranges", b"bytes"),
        (b"content-disposition", f"{kind}; filename*=UTF-8''{name}".encode()),
        (b"signoff-version", str(opened.version).encode()),
        (b"signoff-digest", opened.digest.encode()),
        *_SAFE,
    ]


def _http_date(time: datetime) -> bytes:
    return format_datetime(time.replace(microsecond=0), usegmt=True).encode()


def _modified(exchange: Exchange, opened: Opened) -> bool:
    """Judge If-Match, If-None-Match and If-Modified-Since (RFC 9110, 13.2.2)."""
    request = exchange.request
    wanted = request.header(b"if-match")
    if wanted and not {opened.etag, "*"} & set(binding.etags(wanted)):
        raise Stale(f"“{opened.path}” is not as you saw it", etag=opened.etag)
    known = request.header(b"if-none-match")
    if known:
        return not {opened.etag, "*"} & set(binding.etags(known))
    since = request.header(b"if-modified-since")
    if since:
        try:
            return opened.modified_at.replace(microsecond=0) > parsedate_to_datetime(since)
        except (ValueError, TypeError):
            return True
    return True
