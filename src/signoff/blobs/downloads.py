"""A blob that is being read: pieces are fetched and decrypted ahead of who takes them."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from itertools import islice

from signoff.blobs.buffers import Buffers
from signoff.blobs.cobblestone import CHUNK, SEALED, damaged
from signoff.blobs.format import PIECE, Decryptor
from signoff.blobs.stores import BlobStore
from signoff.blobs.workers import Workers

_STEP = PIECE // CHUNK


def early(start: int, end: int | None) -> int:
    """Return how many bytes behind the head to ask for along with it.

    So the first piece is there one journey to a bucket earlier. Nothing, if the range does
    not begin in the first chunk.
    """
    if start >= CHUNK:
        return 0
    return SEALED * (_STEP if end is None else min(end // CHUNK + 1, _STEP))


class Download:
    """The chunks of one blob, `read_ahead` pieces ahead; `first` are those that came early."""

    def __init__(
        self,
        name: str,
        *,
        decryptor: Decryptor,
        store: BlobStore,
        workers: Workers,
        buffers: Buffers,
        first: memoryview,
    ) -> None:
        self._name = name
        self._decryptor = decryptor
        self._store = store
        self._workers = workers
        self._buffers = buffers
        self._first = first

    async def range(self, start: int, end: int | None) -> AsyncIterator[memoryview]:
        """Yield the plaintext from `start` up to `end`, decrypting only the chunks it needs."""
        size = self._decryptor.size
        end = size if end is None else min(end, size)
        async for first, piece in self._pieces(start, end):
            at = first * CHUNK
            if at < start or at + len(piece) > end:
                piece = piece[max(start - at, 0) : max(end - at, 0)]  # noqa: PLW2901
            if piece:
                yield piece

    async def _pieces(self, start: int, end: int) -> AsyncIterator[tuple[int, memoryview]]:
        # Beyond the end the last chunk is read all the same: it proves where the end is.
        last = self._decryptor.size // CHUNK
        first = min(start // CHUNK, last)
        stop = max((end - 1) // CHUNK, first) + 1 if end < self._decryptor.size else last + 1
        steps = iter(range(first, stop, _STEP))
        ahead: deque[tuple[int, asyncio.Task[memoryview]]] = deque()
        try:
            while True:
                for at in islice(steps, 1 + self._store.read_ahead - len(ahead)):
                    piece = self._piece(at, min(at + _STEP, stop))
                    ahead.append((at, asyncio.create_task(piece)))
                if not ahead:
                    return
                at, opened = ahead.popleft()
                yield at, await opened
        finally:
            for _, opened in ahead:
                opened.cancel()
            await asyncio.gather(*(opened for _, opened in ahead), return_exceptions=True)

    async def _piece(self, first: int, stop: int) -> memoryview:
        """Fetch some chunks and decrypt them, in one journey to a thread where it can be."""
        begin = self._decryptor.offset(first)
        length = self._decryptor.offset(stop) - begin
        into = self._buffers.take()

        def opened(data: memoryview) -> memoryview:
            if len(data) != length:
                raise damaged("their end is missing")
            return self._decryptor.decrypt(first, data, into=into)

        if first == 0 and self._first:
            early, self._first = self._first[:length], memoryview(b"")
            return await self._workers.do(opened, early)
        room = self._buffers.take()[:length]
        return await self._store.read_through(self._name, begin, room, opened)
