"""A blob that is being written: hashed and encrypted in one pass, a piece at a time.

One piece is encrypted in a thread while the one before it is being written and the one after
it is being received: memory stays flat.
"""

import asyncio
import hashlib
import mmap
from types import TracebackType
from typing import Self

import msgspec

from signoff.blobs.format import PIECE, Encryptor
from signoff.blobs.stores import BlobWriter, Bytes
from signoff.blobs.workers import Workers
from signoff.domain.ids import BlobId, Digest


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """What was taken in: `size` and `digest` are the plaintext's."""

    blob_id: BlobId
    digest: Digest
    size: int
    encrypted_size: int


class Intake:
    """A blob that is being received. As a context manager it aborts unless it was finished."""

    def __init__(
        self,
        blob_id: BlobId,
        *,
        encryptor: Encryptor,
        writer: BlobWriter,
        workers: Workers,
    ) -> None:
        self._blob_id = blob_id
        self._encryptor = encryptor
        self._writer = writer
        self._workers = workers
        self._hash = hashlib.sha256()
        # Mapped, not allocated: of a small blob's buffers only the pages it fills exist.
        self._filling = memoryview(mmap.mmap(-1, PIECE))
        self._spare = memoryview(mmap.mmap(-1, PIECE))
        self._held = 0
        self._open = True
        self._working: asyncio.Task[None] | None = None
        self._writing: asyncio.Task[None] | None = None

    async def write(self, chunk: Bytes) -> None:
        """Take more plaintext; wait while the pieces before it are still under way."""
        # Closed until this write is done: if it fails or is cancelled, a blob that went
        # on after it would have a hole.
        self._end()
        view = memoryview(chunk).cast("B")
        while view:
            cut = min(PIECE - self._held, len(view))
            self._filling[self._held : self._held + cut] = view[:cut]
            self._held += cut
            view = view[cut:]
            if self._held == PIECE:
                await self._settle()
                full, self._filling, self._spare = self._filling, self._spare, self._filling
                self._held = 0
                self._working = asyncio.create_task(self._pass_on(full))
        self._open = True

    async def keep(self) -> int | None:
        """Make durable all whole pieces that came; return how much plaintext that is.

        It stays and can be read (`Encrypted.read` with `cut`), whatever follows. None from a
        store that keeps nothing but whole objects.
        """
        self._end()
        await self._settle()
        if self._writing:
            await self._writing
        is_kept = not self._encryptor.size or await self._writer.keep()
        self._open = True
        return self._encryptor.size if is_kept else None

    async def finish(self) -> Stored:
        """Make it durable and say what it is; refuse when the store has no room."""
        self._end()
        await self._settle()
        rest = self._filling[: self._held]
        await self._write_after(await self._workers.do(self._take_last, rest))
        if self._writing:
            await self._writing
        await self._writer.finish()
        return Stored(
            blob_id=self._blob_id,
            digest=Digest(f"sha256:{self._hash.hexdigest()}"),
            size=self._encryptor.size,
            encrypted_size=self._encryptor.encrypted_size,
        )

    async def abort(self) -> None:
        """Leave nothing but what was kept. At any time, and twice; nothing once finished."""
        self._open = False
        under_way = [task for task in (self._working, self._writing) if task]
        self._working = self._writing = None
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
        await self._writer.abort()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.abort()

    def _end(self) -> None:
        if not self._open:
            raise ValueError("This upload has ended")
        self._open = False

    async def _settle(self) -> None:
        if self._working:
            await self._working

    async def _pass_on(self, piece: memoryview) -> None:
        await self._write_after(await self._workers.do(self._take, piece))

    async def _write_after(self, piece: memoryview) -> None:
        if self._writing:
            await self._writing
        self._writing = asyncio.create_task(self._writer.write(piece))

    def _take(self, piece: memoryview) -> memoryview:
        self._hash.update(piece)
        return self._encryptor.update(piece)

    def _take_last(self, piece: memoryview) -> memoryview:
        self._hash.update(piece)
        return self._encryptor.finish(piece)
