"""Blobs as the house knows them: plaintext in, plaintext out, encrypted in any store.

An upload is hashed and encrypted in one pass, 1 MiB at a time in a thread, while the piece
before it is being written and the one after it is being received: memory stays flat.
"""

import asyncio
import hashlib
import mmap
import os
from collections import deque
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from types import TracebackType
from typing import Self

import msgspec

from signoff.blobs.cobblestone import CHUNK, damaged
from signoff.blobs.format import PIECE, Decryptor, Encryptor, head_length
from signoff.blobs.headers import read_header
from signoff.blobs.keys import Keyring, RootKey, WorkspaceKeys, stored_keys
from signoff.blobs.stores import BlobStore, BlobWriter, Bytes, blob_name, check_name
from signoff.domain.errors import Invalid
from signoff.domain.ids import BlobId, Digest, Slug

_INLINE = 8 * CHUNK
"""Up to here the work costs no more than handing it to a thread."""


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """What an upload has become: `size` and `digest` are the plaintext's."""

    blob_id: BlobId
    digest: Digest
    size: int
    encrypted_size: int


class Encrypted:
    """A store of encrypted blobs."""

    def __init__(self, store: BlobStore, keyring: Keyring) -> None:
        self.store = store
        self._keyring = keyring
        # Hashing frees the interpreter, encrypting does not: a second thread still pays.
        threads = min(max(os.cpu_count() or 2, 2), 8)
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="encrypt")

    async def upload(self, workspace: Slug, blob_id: BlobId, *, size_hint: int = 0) -> "Upload":
        """Begin a blob; nothing can be read under its id before `finish` has returned."""
        keys = await self._keyring.keys(workspace)
        name = blob_name(workspace, blob_id)
        writer = await self.store.create(name, size_hint=size_hint)
        encryptor = Encryptor(keys.newest, context=blob_id)
        return Upload(blob_id, encryptor=encryptor, writer=writer, pool=self._pool)

    async def read(
        self, workspace: Slug, blob_id: BlobId, *, start: int = 0, end: int | None = None
    ) -> AsyncIterator[bytes]:
        """Yield the plaintext from `start` up to `end`, decrypting only the chunks it needs.

        Raises NotFound or Damaged at the first step when the blob as a whole is not there or
        not right, and Damaged later at the chunk that is not what it was, before any of it.
        """
        if start < 0:
            raise ValueError("A range begins at 0 or later")
        name = blob_name(workspace, blob_id)
        length, head = await asyncio.gather(
            self.store.size(name), self.store.read(name, 0, head_length(workspace))
        )
        keys = await self._keys_for(workspace, head)
        version = read_header(head).version
        decryptor = Decryptor(keys.at(version), head, context=blob_id, length=length)
        end = decryptor.size if end is None else min(end, decryptor.size)
        async for first, piece in self._pieces(name, decryptor, start=start, end=end):
            at = first * CHUNK
            if at < start or at + len(piece) > end:
                piece = piece[max(start - at, 0) : max(end - at, 0)]  # noqa: PLW2901
            if piece:
                yield piece

    async def _pieces(
        self, name: str, decryptor: Decryptor, *, start: int, end: int
    ) -> AsyncIterator[tuple[int, bytes]]:
        # Beyond the end the last chunk is read all the same: it proves where the end is.
        last = decryptor.size // CHUNK
        first = min(start // CHUNK, last)
        stop = last + 1 if end >= decryptor.size else max((end - 1) // CHUNK, first) + 1
        step = PIECE // CHUNK
        steps = iter(range(first, stop, step))
        ahead: deque[tuple[int, asyncio.Task[bytes]]] = deque()
        try:
            while True:
                for at in islice(steps, 1 + self.store.read_ahead - len(ahead)):
                    fetch = self._fetch(name, decryptor, at, stop)
                    ahead.append((at, asyncio.create_task(fetch)))
                if not ahead:
                    return
                at, fetched = ahead.popleft()
                yield at, await self._decrypt(decryptor, at, await fetched)
        finally:
            for _, fetched in ahead:
                fetched.cancel()
            await asyncio.gather(*(fetched for _, fetched in ahead), return_exceptions=True)

    async def _fetch(self, name: str, decryptor: Decryptor, first: int, stop: int) -> bytes:
        begin = decryptor.offset(first)
        end = decryptor.offset(min(first + PIECE // CHUNK, stop))
        data = await self.store.read(name, begin, end - begin)
        if len(data) != end - begin:
            raise damaged("their end is missing")
        return data

    async def _decrypt(self, decryptor: Decryptor, first: int, data: bytes) -> bytes:
        if len(data) <= _INLINE:
            return decryptor.decrypt(first, data)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, decryptor.decrypt, first, data)

    async def _keys_for(self, workspace: Slug, head: bytes) -> WorkspaceKeys:
        header = read_header(head)
        if header.workspace != workspace:
            raise damaged("they belong to another workspace")
        return await self._keyring.keys(workspace, version=header.version)

    async def remove(self, workspace: Slug, blob_id: BlobId) -> None:
        """See that a blob is gone."""
        await self.store.remove(blob_name(workspace, blob_id))

    async def close(self) -> None:
        """Close the store beneath, too."""
        await asyncio.to_thread(self._pool.shutdown)
        await self.store.close()


class Upload:
    """A blob that is being received. As a context manager it aborts unless it was finished."""

    def __init__(
        self,
        blob_id: BlobId,
        *,
        encryptor: Encryptor,
        writer: BlobWriter,
        pool: ThreadPoolExecutor,
    ) -> None:
        self._blob_id = blob_id
        self._encryptor = encryptor
        self._writer = writer
        self._pool = pool
        self._hash = hashlib.sha256()
        # Mapped, not allocated: of a small upload's buffers only the pages it fills exist.
        self._filling = memoryview(mmap.mmap(-1, PIECE))
        self._spare = memoryview(mmap.mmap(-1, PIECE))
        self._held = 0
        self._open = True
        self._working: asyncio.Task[None] | None = None
        self._writing: asyncio.Task[None] | None = None

    async def write(self, chunk: Bytes) -> None:
        """Take more plaintext; wait while the pieces before it are still under way."""
        # Closed until this write is done: if it fails or is cancelled, an upload that went
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

    async def finish(self) -> Stored:
        """Make it durable and say what it is; refuse when the store has no room."""
        self._end()
        await self._settle()
        rest = self._filling[: self._held]
        await self._write_after(await self._in_thread(self._take_last, rest))
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
        """Leave nothing. May be called at any time and twice; does nothing once finished."""
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
        await self._write_after(await self._in_thread(self._take, piece))

    async def _write_after(self, piece: memoryview) -> None:
        if self._writing:
            await self._writing
        self._writing = asyncio.create_task(self._writer.write(piece))

    async def _in_thread(
        self, work: Callable[[memoryview], memoryview], piece: memoryview
    ) -> memoryview:
        if len(piece) <= _INLINE:
            return work(piece)
        return await asyncio.get_running_loop().run_in_executor(self._pool, work, piece)

    def _take(self, piece: memoryview) -> memoryview:
        self._hash.update(piece)
        return self._encryptor.update(piece)

    def _take_last(self, piece: memoryview) -> memoryview:
        self._hash.update(piece)
        return self._encryptor.finish(piece)


async def open_blob(store: BlobStore, root: RootKey, name: str) -> AsyncIterator[bytes]:
    """Yield the plaintext of a stored object, with nothing but the root key.

    Needs the object, named as the store names it, and `keys/<workspace>`; no database.
    """
    kind, _, rest = check_name(name).partition("/")
    workspace, _, blob_id = rest.partition("/")
    if kind != "blobs" or not blob_id or "/" in blob_id:
        raise Invalid(
            f"{name} is not the name of a blob",
            hint="Blobs are named blobs/<workspace>/<blob id>.",
        )
    opened = Encrypted(store, Keyring(root, stored_keys(store)))
    async for piece in opened.read(Slug(workspace), BlobId(blob_id)):
        yield piece
