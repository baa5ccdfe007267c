"""Where the bytes of an upload come from: bytes, a path, a file object, an iterator."""

import io
import os
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
from pathlib import Path
from typing import IO, TypeAlias, cast

Data: TypeAlias = (
    bytes | bytearray | memoryview | str | os.PathLike[str] | IO[bytes] | Iterable[bytes]
)
"""What `write` takes. A `str` is text (UTF-8), never a path: say `Path(…)` for a file."""

AsyncData: TypeAlias = Data | AsyncIterable[bytes]
"""What the awaited `write` takes."""


class Source:
    """Bytes in order, a given number at a time; `size` is None while nobody knows it."""

    blocking = False
    """Whether `read` may wait for a disk, so that an event loop has it read elsewhere."""

    def __init__(self, size: int | None) -> None:
        self.size = size

    def read(self, size: int) -> bytes:
        """Return the next bytes: `size` of them unless it ends."""
        raise TypeError(f"{size} bytes of this can only be awaited: use AsyncSignoff")

    async def read_async(self, size: int) -> bytes:
        """Do the same on an event loop."""
        return self.read(size)

    def close(self) -> None:
        """Close what was opened here."""


class _FileSource(Source):
    blocking = True

    def __init__(self, file: IO[bytes], *, own: bool) -> None:
        super().__init__(_left_in(file))
        self._file = file
        self._own = own

    def read(self, size: int) -> bytes:
        parts: list[bytes] = []
        while size > 0 and (part := self._file.read(size)):
            parts.append(part)
            size -= len(part)
        return b"".join(parts)

    def close(self) -> None:
        if self._own:
            self._file.close()


class _PiecesSource(Source):
    blocking = True

    def __init__(self, pieces: Iterator[bytes]) -> None:
        super().__init__(None)
        self._pieces = pieces
        self._rest = b""

    def read(self, size: int) -> bytes:
        parts = [self._rest]
        have = len(self._rest)
        while have < size and (piece := next(self._pieces, None)) is not None:
            parts.append(piece)
            have += len(piece)
        whole = b"".join(parts)
        self._rest = whole[size:]
        return whole[:size]


class _AwaitedSource(Source):
    def __init__(self, pieces: AsyncIterator[bytes]) -> None:
        super().__init__(None)
        self._pieces = pieces
        self._rest = b""

    async def read_async(self, size: int) -> bytes:
        parts = [self._rest]
        have = len(self._rest)
        while have < size:
            piece = await anext(self._pieces, None)
            if piece is None:
                break
            parts.append(piece)
            have += len(piece)
        whole = b"".join(parts)
        self._rest = whole[size:]
        return whole[:size]


def source_of(data: AsyncData) -> Source:
    """Return the bytes that are meant; a path is opened here and closed by `close`."""
    if isinstance(data, str):
        data = data.encode()
    if isinstance(data, bytes | bytearray | memoryview):
        source = _FileSource(io.BytesIO(data), own=True)
        source.blocking = False
        return source
    if isinstance(data, os.PathLike):
        return _FileSource(Path(data).open("rb"), own=True)
    if hasattr(data, "read"):
        return _FileSource(cast("IO[bytes]", data), own=False)
    if isinstance(data, AsyncIterable):
        return _AwaitedSource(aiter(data))
    return _PiecesSource(iter(data))


def _left_in(file: IO[bytes]) -> int | None:
    """Return how many bytes are left in a file; None for a pipe and the like."""
    try:
        here = file.tell()
        end = file.seek(0, os.SEEK_END)
        file.seek(here)
    except (OSError, AttributeError, io.UnsupportedOperation):
        return None
    return end - here
