"""The header before every encrypted blob: what it is, whose it is, which key opens it.

    magic "SOFFBLOB" ‖ u8 format 1 ‖ u8 suite 1 ‖ u32 key version ‖ u8 length ‖ workspace

Numbers are big-endian; suite 1 is Cobblestone-256. The header is not secret, and it is part
of the context from which the blob's key is derived: with a bit of it changed, nothing opens.
"""

import msgspec

from signoff.blobs.cobblestone import damaged
from signoff.domain.ids import Slug

MAGIC = b"SOFFBLOB\x01\x01"
_SLUG_AT = len(MAGIC) + 5


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """What a blob says of itself."""

    workspace: Slug
    version: int
    length: int


def write_header(workspace: Slug, version: int) -> bytes:
    """Return the bytes that every blob under this key begins with."""
    slug = workspace.encode()
    return MAGIC + version.to_bytes(4, "big") + len(slug).to_bytes(1, "big") + slug


def header_length(workspace: Slug) -> int:
    """Return how long the header of this workspace's blobs is."""
    return _SLUG_AT + len(workspace.encode())


def read_header(data: bytes) -> Header:
    """Read what a blob says of itself; raise Damaged when it is not one."""
    if not data.startswith(MAGIC):
        raise damaged("they do not begin as a blob of this format does")
    end = _SLUG_AT + data[_SLUG_AT - 1] if len(data) >= _SLUG_AT else _SLUG_AT
    slug = data[_SLUG_AT:end]
    if len(data) < end or not slug.isascii():
        raise damaged("their header is cut off or changed")
    version = int.from_bytes(data[len(MAGIC) : len(MAGIC) + 4], "big")
    return Header(workspace=Slug(slug.decode()), version=version, length=end)
