"""Blobs as the house knows them: plaintext in, plaintext out, encrypted in any store."""

import asyncio
from collections.abc import AsyncIterator

from signoff.blobs.buffers import Buffers
from signoff.blobs.cobblestone import damaged
from signoff.blobs.downloads import Download, early
from signoff.blobs.format import ROOM, Decryptor, Encryptor, head_length, stored_size
from signoff.blobs.headers import read_header
from signoff.blobs.intakes import Intake
from signoff.blobs.keys import Keyring, RootKey, WorkspaceKeys, stored_keys
from signoff.blobs.stores import BlobStore, blob_name, check_name
from signoff.blobs.workers import Workers
from signoff.domain.errors import Invalid
from signoff.domain.ids import BlobId, Slug


class Encrypted:
    """A store of encrypted blobs."""

    def __init__(self, store: BlobStore, keyring: Keyring) -> None:
        self.store = store
        self._keyring = keyring
        self._workers = Workers()
        self._buffers = Buffers(ROOM)

    async def take_in(self, workspace: Slug, blob_id: BlobId, *, size_hint: int = 0) -> Intake:
        """Begin a blob; nothing can be read under its id before `finish` has returned."""
        keys = await self._keyring.keys(workspace)
        name = blob_name(workspace, blob_id)
        writer = await self.store.create(name, size_hint=size_hint)
        encryptor = Encryptor(keys.newest, context=blob_id)
        return Intake(blob_id, encryptor=encryptor, writer=writer, workers=self._workers)

    async def read(
        self,
        workspace: Slug,
        blob_id: BlobId,
        *,
        start: int = 0,
        end: int | None = None,
        cut: bool = False,
    ) -> AsyncIterator[memoryview]:
        """Yield the plaintext from `start` up to `end`, decrypting only the chunks it needs.

        `cut` says that it was never finished, and that `end` is how much of it was kept.
        Raises NotFound or Damaged at the first step when the blob as a whole is not there or
        not right, and Damaged later at the chunk that is not what it was, before any of it.
        """
        if start < 0:
            raise ValueError("A range begins at 0 or later")
        name = blob_name(workspace, blob_id)
        begin = head_length(workspace)
        room = self._buffers.take()[: begin + early(start, end)]
        length, came = await asyncio.gather(
            self.store.size(name), self.store.read_into(name, 0, room)
        )
        if cut and end is not None:
            length = stored_size(workspace, end + 1)  # so that no last chunk is looked for
        head = bytes(room[: min(begin, came)])
        keys = await self._keys_for(workspace, head)
        key = keys.at(read_header(head).version)
        download = Download(
            name,
            decryptor=Decryptor(key, head, context=blob_id, length=length),
            store=self.store,
            workers=self._workers,
            buffers=self._buffers,
            first=room[begin:came],
        )
        del room
        async for piece in download.range(start, end):
            yield piece

    async def _keys_for(self, workspace: Slug, head: bytes) -> WorkspaceKeys:
        header = read_header(head)
        if header.workspace != workspace:
            raise damaged("they belong to another workspace")
        return await self._keyring.keys(workspace, version=header.version)

    async def remove(self, workspace: Slug, blob_id: BlobId) -> None:
        """See that a blob is gone."""
        await self.store.remove(blob_name(workspace, blob_id))

    async def free(self) -> int | None:
        """Return how many more bytes there is room for; None where nobody can say."""
        return await self.store.free()

    async def close(self) -> None:
        """Close the store beneath, too."""
        await self._workers.close()
        await self.store.close()


async def open_blob(store: BlobStore, root: RootKey, name: str) -> AsyncIterator[memoryview]:
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
