"""Bytes on their way in and out, while no transaction is open."""

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeAlias

from msgspec import Struct

from signoff.blobs.encrypted import Encrypted
from signoff.blobs.format import decrypt_small, encrypt_small
from signoff.blobs.keys import WorkspaceKeys
from signoff.blobs.stores import Bytes
from signoff.domain.actors import Caller, system
from signoff.domain.errors import Code, Damaged, Invalid, NotFound, TooLarge
from signoff.domain.events import Event, Type
from signoff.domain.ids import DAY, BlobId, Digest, Instant, Slug
from signoff.store.blobs import BlobRow
from signoff.store.engine import Engine
from signoff.store.ids import new_id
from signoff.store.transaction import Transaction

Whereabouts: TypeAlias = BlobRow
"""Where a version's bytes lie; doors pass it on to `Transfers.give_out`."""

INLINE = 16 * 1024
"""Up to here bytes lie in the database (STORAGE 19)."""


class Arrived(Struct, frozen=True, kw_only=True):
    """Bytes that are kept, and that no version names yet."""

    blob: BlobId
    digest: Digest
    size: int
    inline: bytes | None = None


class Transfers:
    """Takes bodies in and gives blobs out, for every door."""

    def __init__(
        self,
        engine: Engine,
        blobs: Encrypted,
        keys: Callable[[Slug], Awaitable[WorkspaceKeys | None]],
        *,
        max_upload: int,
    ) -> None:
        self._engine = engine
        self._blobs = blobs
        self._keys = keys
        self.max_upload = max_upload

    async def take_in(
        self, caller: Caller, chunks: AsyncIterator[Bytes], *, length: int | None = None
    ) -> Arrived:
        """Hash and encrypt a body as it comes; small ones are kept for the transaction.

        No transaction is open meanwhile. Refuses more than `max_upload`, and a body that ends
        before its announced length.
        """
        if length is not None and length > self.max_upload:
            raise self._too_large()
        small = bytearray()
        async for chunk in chunks:
            small += chunk
            if len(small) > INLINE:
                return await self._take_in_large(caller, small, chunks, length=length)
        _check_length(len(small), length)
        return await self._take_in_small(caller.workspace, bytes(small))

    async def _take_in_small(self, workspace: Slug, data: bytes) -> Arrived:
        keys = await self._keys(workspace)
        if keys is None:
            raise NotFound("There is no such workspace")
        blob = self._new_blob()
        digest = Digest(f"sha256:{hashlib.sha256(data).hexdigest()}")
        inline = encrypt_small(keys.newest, data, context=blob)
        return Arrived(blob=blob, digest=digest, size=len(data), inline=inline)

    async def _take_in_large(
        self,
        caller: Caller,
        first: bytearray,
        chunks: AsyncIterator[Bytes],
        *,
        length: int | None,
    ) -> Arrived:
        blob = self._new_blob()

        def expect(tx: Transaction) -> None:
            until = Instant(tx.now + DAY)
            tx.blobs.expect(blob, by=caller.actor.id, until=until)

        await self._engine.write(expect, workspace=caller.workspace)
        intake = await self._blobs.take_in(caller.workspace, blob, size_hint=length or 0)
        async with intake:
            size = len(first)
            await intake.write(bytes(first))
            async for chunk in chunks:
                size += len(chunk)
                if size > self.max_upload:
                    raise self._too_large()
                await intake.write(chunk)
            _check_length(size, length)
            stored = await intake.finish()
        return Arrived(blob=blob, digest=stored.digest, size=stored.size)

    def _too_large(self) -> TooLarge:
        return TooLarge(
            f"A file is at most {self.max_upload} bytes here",
            hint="Split it, or ask the operator to raise --max-upload.",
        )

    async def give_out(
        self, workspace: Slug, blob: BlobRow, *, start: int = 0, end: int | None = None
    ) -> AsyncIterator[Bytes]:
        """Yield a blob's bytes from `start` up to `end`; damage ends it, and is remembered."""
        try:
            if blob.is_inline:
                data = await self._inline(workspace, blob)
                yield data[start:end]
            else:
                async for piece in self._blobs.read(workspace, blob.id, start=start, end=end):
                    yield piece
        except (Damaged, NotFound):
            await self._remember_damage(workspace, blob)
            raise

    async def _inline(self, workspace: Slug, blob: BlobRow) -> bytes:
        data = blob.inline
        if data is None:
            data = await self._engine.read(
                lambda tx: tx.blobs.inline(blob.id), workspace=workspace
            )
        keys = await self._keys(workspace)
        if data is None or keys is None:
            raise Damaged("The bytes of this file are missing")
        return decrypt_small(keys, data, context=blob.id)

    async def _remember_damage(self, workspace: Slug, blob: BlobRow) -> None:

        def work(tx: Transaction) -> None:
            if tx.blobs.mark_damaged(blob.id):
                event = Event(type=Type.FILE_DAMAGED, digest=blob.digest, subject=blob.id)
                tx.record(event, caller=system(workspace))

        await self._engine.write(work, workspace=workspace, background=True)

    def _new_blob(self) -> BlobId:
        return BlobId(new_id("bl", self._engine.now()))


def _check_length(size: int, length: int | None) -> None:
    if length is not None and size != length:
        raise Invalid(
            f"The body ended after {size} of {length} bytes; nothing was kept",
            code=Code.BODY_INCOMPLETE,
            hint="Send it again.",
        )
