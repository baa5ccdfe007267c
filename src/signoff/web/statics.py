"""Styles, scripts and icons: read once, compressed once, kept by browsers for ever.

Their URLs hold the hash of them all, `/static/<version>/…`, so a new release has new URLs.
"""

import gzip
import hashlib
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from msgspec import Struct

TYPES = {
    "css": b"text/css; charset=utf-8",
    "js": b"text/javascript; charset=utf-8",
    "json": b"application/json",
    "svg": b"image/svg+xml",
}
FOR_EVER = b"public, max-age=31536000, immutable"
ASK_EACH_TIME = b"public, no-cache"
SMALL = 512
"""Less than this is not worth compressing."""


class Asset(Struct, frozen=True, kw_only=True):
    """One file: its bytes as they are and compressed, its type, its entity tag."""

    plain: bytes
    packed: bytes
    media_type: bytes
    etag: bytes


class Statics(Struct, frozen=True, kw_only=True):
    """Every file by its path below `/static/`, and the version of them all."""

    assets: dict[str, Asset]
    version: str

    def find(self, segments: list[str]) -> tuple[Asset | None, bytes]:
        """Return the file at a path, and how long browsers may keep it.

        Nodes of two releases may stand side by side for a while: a version that is another
        node's is answered with what there is, and not kept.
        """
        version, rest = segments[0], "/".join(segments[1:])
        if version == self.version:
            return self.assets.get(rest), FOR_EVER
        return self.assets.get(rest) or self.assets.get("/".join(segments)), ASK_EACH_TIME


@cache
def load() -> Statics:
    """Read and compress what the package carries."""
    found = dict(sorted(_walk(files("signoff.web") / "static", "")))
    whole = hashlib.sha256()
    for name, data in found.items():
        whole.update(f"{name}\0{len(data)}\0".encode())
        whole.update(data)
    return Statics(
        assets={name: _asset(name, data) for name, data in found.items()},
        version=whole.hexdigest()[:12],
    )


def _walk(folder: Traversable, prefix: str) -> list[tuple[str, bytes]]:
    found: list[tuple[str, bytes]] = []
    for each in folder.iterdir():
        if each.is_dir():
            found += _walk(each, f"{prefix}{each.name}/")
        elif each.name.rpartition(".")[2] in TYPES:
            found.append((f"{prefix}{each.name}", each.read_bytes()))
    return found


def _asset(name: str, data: bytes) -> Asset:
    return Asset(
        plain=data,
        packed=gzip.compress(data, 6, mtime=0) if len(data) > SMALL else b"",
        media_type=TYPES[name.rpartition(".")[2]],
        etag=b'"%s"' % hashlib.sha256(data).hexdigest()[:20].encode(),
    )
