"""The bytes of uploads as they come: stored in parts, acknowledged once they are durable.

Each request's bytes are one part, a blob of its own. An upload that came in one is named as it
is; parts are read once more and put together, when the last of them has come.
"""

import asyncio
import hashlib
import hmac
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from signoff.actions import uploads
from signoff.actions.house import House
from signoff.actions.retries import Done, Retry
from signoff.actions.transfers import INLINE, Arrived
from signoff.actions.turns import Turn, Turns
from signoff.actions.uploads import (
    Append,
    Begun,
    CreateUpload,
    Finish,
    Mark,
    OneUpload,
    UploadView,
)
from signoff.blobs.stores import Bytes
from signoff.domain import uploads as law
from signoff.domain.actors import Caller
from signoff.domain.errors import Code, Conflict, Invalid
from signoff.domain.ids import LockToken, Slug
from signoff.domain.uploads import Upload
from signoff.store.transaction import Recorded
from signoff.store.uploads import Part

if TYPE_CHECKING:
    from signoff.blobs.intakes import Intake

MARK_BYTES = 64 << 20
MARK_SECONDS = 10.0
"""So often what came is made durable while more comes: a crash costs no more than this."""


class Sender(Struct, frozen=True):
    """Who sends, with which tokens; `again` looks up after a while whether they still may."""

    caller: Caller
    tokens: frozenset[LockToken]
    again: Callable[[], Awaitable[Caller]]


class Sent(Struct, frozen=True, kw_only=True):
    """What a request says of the bytes that it sends.

    `coming` is how many they are, if it is known; `checksum` an algorithm, and what it must
    come to. Conditions stand in place of those that the upload began with.
    """

    upload: str
    offset: int
    length: int | None = None
    coming: int | None = None
    checksum: tuple[str, bytes] | None = None
    if_match: tuple[str, ...] = ()
    if_none_match: tuple[str, ...] = ()


class Received(Struct, frozen=True, kw_only=True):
    """An upload after a request, and what was recorded if it became a file."""

    view: UploadView
    events: tuple[Recorded, ...] = ()


class Receiving:
    """Takes in what is sent to uploads, for every door."""

    def __init__(self, house: House, *, closing: asyncio.Event) -> None:
        self._house = house
        self._turns = Turns(closing)

    async def create(
        self, sender: Sender, asked: CreateUpload, *, retry: Retry | None = None
    ) -> Done[UploadView]:
        """Begin an upload; refuse at once what would be refused at its end."""
        law.check_length(asked.length, most=self._house.bytes.max_upload)
        asked = replace(asked, free=await self._room(asked.length))
        return await self._house.do(
            uploads.create, sender.caller, asked, tokens=sender.tokens, retry=retry
        )

    async def look(self, sender: Sender, upload: str) -> UploadView:
        """Say how far an upload is, once whoever sends to it has kept what they took."""
        one = OneUpload(upload=upload)
        await self._house.ask(uploads.read, sender.caller, one)
        await self._turns.interrupt(upload)
        return await self._house.ask(uploads.read, sender.caller, one)

    async def cancel(self, sender: Sender, asked: OneUpload) -> None:
        """Give an upload up, once whoever sends to it has ended."""
        await self._house.ask(uploads.read, sender.caller, asked)
        async with self._turns.take(asked.upload):
            await self._house.do(uploads.cancel, sender.caller, asked)

    async def append(
        self, sender: Sender, sent: Sent, chunks: AsyncIterator[bytes]
    ) -> Received:
        """Take more in; name the file once all has come.

        What came of a request that breaks off is kept, unless it has a checksum.
        """
        await self._house.ask(uploads.read, sender.caller, OneUpload(upload=sent.upload))
        async with self._turns.take(sent.upload) as turn:
            law.check_length(sent.length, most=self._house.bytes.max_upload)
            asked = Append(
                upload=sent.upload,
                offset=sent.offset,
                length=sent.length,
                free=await self._room(sent.length),
            )
            begun = await self._do(uploads.append, sender, asked)
            if begun.upload.written is not None:
                law.check_fits(sent.coming or 0, 0)
                return Received(view=uploads.shown(begun.upload))
            taking = Taking(self._house, sender, sent, begun, turn)
            if begun.upload.is_whole:
                await taking.check_end(chunks)
                upload = begun.upload
            else:
                upload = await taking.take_in(chunks)
            if upload.is_whole:
                turn.settle()
                return await taking.finish(upload)
            if turn.stopped is not None:
                raise turn.stopped
            return Received(view=uploads.shown(upload))

    async def _room(self, length: int | None) -> int | None:
        """Return how much the store takes, where a length is to be held against that."""
        return await self._house.blobs.free() if length else None

    async def _do(self, action: Callable[..., Any], sender: Sender, asked: object) -> Any:
        return (await self._house.do(action, sender.caller, asked)).result


class Taking:
    """One request's part of an upload."""

    def __init__(
        self, house: House, sender: Sender, sent: Sent, begun: Begun, turn: Turn
    ) -> None:
        self._house = house
        self._sender = sender
        self._sent = sent
        self._upload = begun.upload
        self._part = begun.part
        self._turn = turn

    @property
    def _workspace(self) -> Slug:
        return self._sender.caller.workspace

    async def take_in(self, chunks: AsyncIterator[bytes]) -> Upload:
        """Store what comes as a part; return the upload with it."""
        room = law.room_left(self._upload, most=self._house.bytes.max_upload)
        law.check_fits(self._sent.coming or 0, room)
        intake = await self._house.blobs.take_in(
            self._workspace, self._part.blob, size_hint=self._sent.coming or room
        )
        async with intake:
            size = await self._fill(intake, self._turn.chunks(chunks), room=room)
            if not size:
                return self._upload
            stored = await intake.finish()
            return await self._mark(replace(self._part, size=stored.size, digest=stored.digest))

    async def _fill(self, intake: "Intake", chunks: AsyncIterator[bytes], *, room: int) -> int:
        """Pass on what comes; make it durable from time to time."""
        checksum = self._sent.checksum
        running = hashlib.new(checksum[0], usedforsecurity=False) if checksum else None
        clock = asyncio.get_running_loop().time
        size, marked, marked_at = 0, 0, clock()
        async for chunk in chunks:
            size += len(chunk)
            law.check_fits(size, room)
            if running is not None:
                running.update(chunk)
            await intake.write(chunk)
            due = size - marked >= MARK_BYTES or clock() - marked_at >= MARK_SECONDS
            if due and running is None:
                kept = await intake.keep() or 0
                await self._mark(replace(self._part, size=kept))
                marked, marked_at = size, clock()
        if checksum and running is not None:
            self._check(checksum[1], running.digest())
        return size

    def _check(self, wanted: bytes, came: bytes) -> None:
        """Keep nothing of what its checksum does not vouch for."""
        if self._turn.stopped is not None:
            raise self._turn.stopped
        if self._turn.is_broken_off or not hmac.compare_digest(wanted, came):
            raise Invalid(
                "What came is not what its checksum says; it was not kept",
                code=Code.CHECKSUM_MISMATCH,
                hint="It was damaged on the way; send it again.",
            )

    async def _mark(self, part: Part) -> Upload:
        """Acknowledge what is durable, if the sender still may send."""
        caller = await self._sender.again()
        mark = Mark(upload=self._upload.id, turn=self._upload.turn, part=part)
        done = await self._house.do(uploads.mark, caller, mark, tokens=self._sender.tokens)
        assert done.result is not None
        return done.result

    async def check_end(self, chunks: AsyncIterator[bytes]) -> None:
        """Refuse a last byte, sent again, that is not the one that is stored."""
        again = bytearray()
        async for chunk in self._turn.chunks(chunks):
            again += chunk
            law.check_fits(len(again), self._upload.stored - self._sent.offset)
        if again and again != b"".join(
            [bytes(piece) async for piece in self._read(start=self._sent.offset)]
        ):
            raise Conflict(
                "The upload ends with another byte",
                hint="The file changed meanwhile: give the upload up, and begin another.",
            )

    # The end.

    async def finish(self, upload: Upload) -> Received:
        """Name the file, in one transaction; what is refused now may be tried again."""
        sender = replace(self._sender, caller=await self._sender.again())
        arrived = await self._arrived(sender, upload)
        finish = Finish(
            upload=upload.id,
            turn=upload.turn,
            blob=arrived.blob,
            digest=arrived.digest,
            inline=arrived.inline,
            if_match=self._sent.if_match,
            if_none_match=self._sent.if_none_match,
        )
        try:
            done = await self._house.do(
                uploads.finish, sender.caller, finish, tokens=sender.tokens
            )
        except Invalid as refusal:
            if refusal.code is Code.DIGEST_MISMATCH:
                one = OneUpload(upload=upload.id)
                await self._house.do(uploads.cancel, sender.caller, one)
            raise
        assert done.result is not None
        return Received(view=uploads.shown(done.result), events=done.events)

    async def _arrived(self, sender: Sender, upload: Upload) -> Arrived:
        """Return the upload's bytes as one blob; small ones for the transaction, as by PUT."""
        parts = await self._parts()
        if len(parts) == 1 and parts[0].digest is not None and upload.stored > INLINE:
            return Arrived(blob=parts[0].blob, digest=parts[0].digest, size=upload.stored)
        arrived = await self._house.bytes.take_in(
            sender.caller, self._read(start=0), length=upload.stored
        )
        if arrived.inline is None:
            whole = Part(blob=arrived.blob, start=0, size=arrived.size, digest=arrived.digest)
            mark = Mark(upload=upload.id, turn=upload.turn, part=whole)
            done = await self._house.do(uploads.combine, sender.caller, mark)
            for blob in done.result or ():
                await self._house.blobs.remove(self._workspace, blob)
        return arrived

    async def _parts(self) -> tuple[Part, ...]:
        one = OneUpload(upload=self._upload.id)
        return await self._house.ask(uploads.parts, self._sender.caller, one)

    async def _read(self, *, start: int) -> AsyncIterator[Bytes]:
        """Yield what is stored, from an offset on."""
        for part in await self._parts():
            if part.start + part.size > start:
                pieces = self._house.blobs.read(
                    self._workspace,
                    part.blob,
                    start=max(start - part.start, 0),
                    end=part.size,
                    cut=part.digest is None,
                )
                async for piece in pieces:
                    yield piece
