"""Where bytes are kept, written as a URL."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from signoff.blobs.local import LocalStore
from signoff.blobs.memory import MemoryStore
from signoff.blobs.stores import BlobStore
from signoff.domain.errors import Invalid

_CLOUDS = frozenset({"s3", "gs", "az"})


def open_store(url: str) -> BlobStore:
    """Open the store that a URL or a plain path names; nothing is asked of it yet.

    `/path` · `file:///path` · `memory:` · `s3://bucket/prefix?endpoint=…&region=…` ·
    `gs://bucket/prefix` · `az://container/prefix`. Credentials of the last three come from
    the environment, as their vendors' tools read them, never from the URL.
    """
    scheme = url.partition(":")[0] if ":" in url else ""
    if scheme == "memory":
        return MemoryStore()
    if scheme in _CLOUDS:
        # Start-up with local disk does not pay for a library that it never calls.
        from signoff.blobs.s3 import open_bucket  # noqa: PLC0415

        return open_bucket(url)
    parts = urlsplit(url)
    if scheme == "file" and parts.netloc in {"", "localhost"}:
        return LocalStore(Path(unquote(parts.path)))
    if "://" in url:
        raise Invalid(
            f"Bytes cannot be kept at {scheme}://{parts.hostname or ''}",
            hint="Use a path, file:///path, s3://bucket/prefix, gs://…, az://… or memory:.",
        )
    return LocalStore(Path(url))
