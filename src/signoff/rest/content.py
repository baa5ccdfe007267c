"""Files over REST: bytes in by PUT, bytes out by GET, with ranges and conditions."""

import base64
import binascii
import re
from functools import partial

from signoff.actions import files
from signoff.actions.files import ReadFile, WriteFile
from signoff.asgi import contents
from signoff.asgi.answers import event_headers, query_int
from signoff.asgi.uploads import check_not_code, is_large
from signoff.domain.errors import Code, Invalid
from signoff.rest.exchange import Exchange

_SHA256 = re.compile(r"sha-256=:([A-Za-z0-9+/=]+):")


async def write(exchange: Exchange) -> None:
    """Take a file in: hash and encrypt as it comes, then name it in one transaction."""
    request, house, caller = exchange.request, exchange.house, exchange.caller
    asked = partial(
        WriteFile,
        path=exchange.path["path"],
        media_type=request.header(b"content-type"),
        if_match=contents.etags(request.header(b"if-match")),
        if_none_match=contents.etags(request.header(b"if-none-match")),
    )
    length = request.length
    if is_large(length):
        nothing = asked(blob="", digest="", size=0)
        await house.ask(files.may_write, caller, nothing, tokens=exchange.tokens)
    arrived = await house.bytes.take_in(caller, request.chunks(), length=length)
    _check_digest(request.header(b"repr-digest"), arrived.digest)
    done = await house.do(
        files.write,
        caller,
        asked(
            blob=arrived.blob,
            digest=arrived.digest,
            size=arrived.size,
            inline=arrived.inline,
        ),
        tokens=exchange.tokens,
    )
    result = done.result
    assert result is not None
    await exchange.send_json(
        201 if result.created else 200,
        result,
        [(b"etag", result.etag.encode()), *event_headers(done)],
    )


def _check_digest(said: str, digest: str) -> None:
    """Refuse bytes that are not what the client meant to send (RFC 9530, Repr-Digest)."""
    found = _SHA256.search(said) if said else None
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
    await contents.give(
        house,
        request,
        exchange.send,
        opened,
        workspace=exchange.caller.workspace,
        headers=contents.described(opened, attachment="download" in request.query),
    )
