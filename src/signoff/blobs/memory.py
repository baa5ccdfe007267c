"""Blobs in a dictionary, for tests and for trying things out; nothing survives the process."""

import time
from collections.abc import AsyncIterator, Callable
from typing import TypeVar

from signoff.blobs.stores import BlobInfo, Bytes, absent, check_name, clean_prefix, taken
from signoff.domain.ids import Instant

T = TypeVar("T")


class MemoryStore:
    """Objects in memory."""

    read_ahead = 1

    def __init__(self) -> None:
        self._objects: dict[str, tuple[bytes, Instant]] = {}

    async def create(self, name: str, *, size_hint: int = 0) -> "MemoryWriter":  # noqa: ARG002
        """Begin an object; a name that exists is refused at once."""
        if check_name(name) in self._objects:
            raise taken(name)
        return MemoryWriter(self, name)

    async def read(self, name: str, start: int, length: int) -> bytes:
        """Return a slice."""
        return self._get(name)[start : start + length]

    async def read_into(self, name: str, start: int, into: memoryview) -> int:
        """Copy a slice."""
        data = self._get(name)[start : start + len(into)]
        into[: len(data)] = data
        return len(data)

    async def read_through(
        self, name: str, start: int, into: memoryview, use: Callable[[memoryview], T]
    ) -> T:
        """Copy a slice, and use it at once."""
        return use(into[: await self.read_into(name, start, into)])

    async def size(self, name: str) -> int:
        """Return the length."""
        return len(self._get(name))

    async def remove(self, name: str) -> None:
        """Forget the object."""
        self._objects.pop(check_name(name), None)

    async def walk(self, prefix: str = "") -> AsyncIterator[BlobInfo]:
        """List a snapshot of the names."""
        bare = clean_prefix(prefix)
        for name, (data, modified_at) in list(self._objects.items()):
            if not bare or name.startswith(f"{bare}/"):
                yield BlobInfo(name=name, size=len(data), modified_at=modified_at)

    async def put(self, name: str, data: bytes, *, overwrite: bool = False) -> None:
        """Keep the bytes."""
        if check_name(name) in self._objects and not overwrite:
            raise taken(name)
        self._objects[name] = (bytes(data), Instant(time.time_ns() // 1000))

    async def free(self) -> int | None:
        """Return None: memory is the system's to give."""
        return None

    async def close(self) -> None:
        """Forget everything."""
        self._objects.clear()

    def _get(self, name: str) -> bytes:
        try:
            return self._objects[check_name(name)][0]
        except KeyError:
            raise absent(name) from None


class MemoryWriter:
    """An object that is being gathered."""

    def __init__(self, store: MemoryStore, name: str) -> None:
        self._store = store
        self._name = name
        self._data: bytearray | None = bytearray()
        self._kept = False

    async def write(self, data: Bytes) -> None:
        """Append."""
        if self._data is None:
            raise ValueError("This writer is closed")
        self._data += memoryview(data).cast("B")

    async def keep(self) -> bool:
        """Keep what was gathered so far."""
        if self._data is None:
            raise ValueError("This writer is closed")
        await self._store.put(self._name, bytes(self._data), overwrite=self._kept)
        self._kept = True
        return True

    async def finish(self) -> None:
        """Keep what was gathered."""
        await self.keep()
        self._data = None

    async def abort(self) -> None:
        """Forget what was gathered."""
        self._data = None
