"""What every store of bytes can do, and how its objects are named.

A store keeps raw bytes and knows nothing of keys: `encrypted.Encrypted` wraps any of them.

    blobs/<workspace>/<blob id>   one encrypted blob, written once, never reused
    keys/<workspace>              the workspace's keys, wrapped by the root key
"""

import re
import secrets
from collections.abc import AsyncIterator, Callable
from typing import Protocol, TypeAlias, TypeVar

import msgspec

from signoff.domain.errors import Code, Conflict, Invalid, NotFound
from signoff.domain.ids import BlobId, Instant, Slug

T = TypeVar("T")

Bytes: TypeAlias = bytes | bytearray | memoryview


class BlobInfo(msgspec.Struct, frozen=True, kw_only=True):
    """One object as the store sees it; `modified_at` is by the store's own clock."""

    name: str
    size: int
    modified_at: Instant


class BlobWriter(Protocol):
    """One object that is being written. It exists when `finish` has returned, not before."""

    async def write(self, data: Bytes) -> None:
        """Append; return when there is room for more. A failed write leaves nothing."""

    async def keep(self) -> bool:
        """Make durable what was written so far: it can be read, and stays whatever follows.

        False from a store that keeps nothing but whole objects.
        """

    async def finish(self) -> None:
        """Make it durable under its name, or refuse and leave nothing but what was kept."""

    async def abort(self) -> None:
        """Leave nothing but what was kept. At any time, and twice; nothing once finished."""


class BlobStore(Protocol):
    """Raw bytes by name. Every implementation runs `tests/blobs/contract.py`."""

    @property
    def read_ahead(self) -> int:
        """How many ranges to ask for at once: a bucket takes long to begin an answer."""

    async def create(self, name: str, *, size_hint: int = 0) -> BlobWriter:
        """Begin an object; a name that exists is refused here or at `finish`.

        `size_hint` need not be right: it only chooses how large the parts are.
        """

    async def read(self, name: str, start: int, length: int) -> bytes:
        """Return the bytes there are in that range; raise NotFound when there is no object."""

    async def read_into(self, name: str, start: int, into: memoryview) -> int:
        """Fill what is given with the bytes from there on; return how many there were."""

    async def read_through(
        self, name: str, start: int, into: memoryview, use: Callable[[memoryview], T]
    ) -> T:
        """Fill what is given, and return what `use` makes of it beside the event loop."""

    async def size(self, name: str) -> int:
        """Return the object's length; raise NotFound when there is none."""

    async def remove(self, name: str) -> None:
        """See that it is gone; an object that is not there is gone already."""

    def walk(self, prefix: str = "") -> AsyncIterator[BlobInfo]:
        """List what lies below a folder of names, unfinished leftovers of a crash too."""

    async def put(self, name: str, data: bytes, *, overwrite: bool = False) -> None:
        """Keep a small object, durable on return; readers see the old bytes or the new."""

    async def free(self) -> int | None:
        """Return how many more bytes there is room for; None where nobody can say."""

    async def close(self) -> None:
        """Let go of threads and connections."""


def blob_name(workspace: Slug, blob_id: BlobId) -> str:
    """Name a workspace's blob."""
    return check_name(f"blobs/{workspace}/{blob_id}")


def key_name(workspace: Slug) -> str:
    """Name the object that holds a workspace's wrapped keys."""
    return check_name(f"keys/{workspace}")


def new_blob_id() -> BlobId:
    """Draw a random 128-bit id (STORAGE 17)."""
    return BlobId(secrets.token_hex(16))


async def store_now(store: BlobStore) -> Instant:
    """Ask the store for the time by its own clock, by which its objects' ages are told."""
    await store.put("clock/now", b"", overwrite=True)
    return max([info.modified_at async for info in store.walk("clock")])


_PART = r"[A-Za-z0-9@_-][A-Za-z0-9@._-]{0,127}"
_NAME = re.compile(f"{_PART}(/{_PART}){{0,7}}")


def check_name(name: str) -> str:
    """Return the name if every store can hold it: it is a path on disk and a key on S3."""
    if not _NAME.fullmatch(name):
        raise Invalid(
            f"{name!r} cannot be the name of a stored object",
            hint="Between slashes stand letters, digits and . _ @ - with no dot in front.",
        )
    return name


def clean_prefix(prefix: str) -> str:
    """Return the folder of names without its slash; the empty string is everything."""
    bare = prefix.strip("/")
    return check_name(bare) if bare else ""


def absent(name: str) -> NotFound:
    """Say that there is no such object."""
    return NotFound(f"There is no stored object {name}")


def taken(name: str) -> Conflict:
    """Say that the name is in use; stored objects are written once."""
    return Conflict(
        f"A stored object {name} exists already",
        code=Code.EXISTS,
        hint="Write under a new random id.",
    )
