"""Bytes of a file as a model can be shown them: text, a picture, or base64."""

import base64
import codecs

from signoff.actions.files import Opened
from signoff.mcp.messages import Json
from signoff.mcp.visit import Visit

PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
MOST_PICTURE = 1024 * 1024
"""Larger pictures are no use to a model, and fill what it can hold."""


async def take(visit: Visit, opened: Opened, *, start: int, end: int) -> bytes:
    """Return a part of a file's bytes."""
    if start >= end:
        return b""
    pieces = visit.parts.house.bytes.give_out(
        visit.workspace, opened.blob, start=start, end=end
    )
    return b"".join([bytes(piece) async for piece in pieces])


def is_text(opened: Opened, data: bytes) -> bool:
    """Say whether bytes, which may be cut off at either end, are to be read as text."""
    if b"\0" in data:
        return False
    return opened.media_type.startswith("text/") or whole_text(data) is not None


def whole_text(data: bytes) -> tuple[str, int] | None:
    """Return the text of UTF-8 up to its last whole character, and how many bytes that is."""
    start = 0
    while start < min(3, len(data)) and data[start] & 0xC0 == 0x80:  # noqa: PLR2004  inside one
        start += 1
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        text = decoder.decode(data[start:])
    except UnicodeDecodeError:
        return None
    return text, len(data) - len(decoder.getstate()[0])


def base64_of(data: bytes) -> str:
    """Write bytes as base64."""
    return base64.b64encode(data).decode()


def picture(opened: Opened, data: bytes) -> Json:
    """Return a picture as a model looks at it."""
    return {"type": "image", "data": base64_of(data), "mimeType": opened.media_type}
