"""Which part of a file a request asks for (RFC 9110, 14)."""

import re

from msgspec import Struct

from signoff.asgi.answers import Headers, Request
from signoff.domain.errors import Code, Conflict

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)


class Part(Struct, frozen=True, kw_only=True):
    """From where up to where a file is given out, and the status that says so."""

    start: int
    end: int
    status: int
    headers: Headers


def asked_for(request: Request, *, size: int, etag: str) -> Part:
    """Return what of a file is asked for: one range, or all of it.

    More than one range, or one of a file that has changed since, is answered with the whole.
    Refuse a range in which no byte lies.
    """
    whole = Part(start=0, end=size, status=200, headers=_length(0, size))
    found = _RANGE.fullmatch(request.header(b"range").strip())
    if_range = request.header(b"if-range")
    if found is None or (if_range and if_range != etag):
        return whole
    first, last = found.groups()
    if first:
        start, end = int(first), min(int(last) + 1, size) if last else size
    elif last:
        start, end = max(size - int(last), 0), size
    else:
        return whole
    if start >= end:
        raise Conflict(
            f"There is no such range in {size} bytes",
            code=Code.RANGE_UNSATISFIABLE,
            hint="Ask for bytes that are there.",
            size=size,
        )
    said = f"bytes {start}-{end - 1}/{size}".encode()
    headers = [(b"content-range", said), *_length(start, end)]
    return Part(start=start, end=end, status=206, headers=headers)


def _length(start: int, end: int) -> Headers:
    return [(b"content-length", str(end - start).encode())]
