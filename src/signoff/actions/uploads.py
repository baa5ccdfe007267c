"""Uploads that go on where they broke off: begin one, add to it, name what it became.

Their bytes are moved by `receiving`, while no transaction is open.
"""

from datetime import datetime

from msgspec import Struct

from signoff.actions import reach, writing
from signoff.actions.context import Context
from signoff.actions.views import Nothing, when
from signoff.actions.writing import WriteFile
from signoff.domain import properties, uploads
from signoff.domain.errors import Code, Conflict, Invalid, NotFound
from signoff.domain.files import clean_path
from signoff.domain.ids import BlobId, Digest, Instant, NodeId, UploadId
from signoff.domain.permissions import Permission
from signoff.domain.properties import Given
from signoff.domain.uploads import KEPT_FOR, Upload, Written
from signoff.store.uploads import Part


class CreateUpload(Struct, frozen=True, kw_only=True):
    """Where an upload goes, and what is said of it at the beginning.

    `length` is null while it is not known. `digest` is what all its bytes must come to,
    `metadata` what is shown to whoever asks how far it is. `free` is what the store says of
    its room, null where it has no end.
    """

    path: str
    length: int | None = None
    media_type: str = ""
    if_match: tuple[str, ...] = ()
    if_none_match: tuple[str, ...] = ()
    digest: str = ""
    mtime_seconds: int | None = None
    metadata: str = ""
    free: int | None = None


class OneUpload(Struct, frozen=True, kw_only=True):
    """An upload, by its id."""

    upload: str


class Append(Struct, frozen=True, kw_only=True):
    """From where more of an upload is sent, and its length if it was not known before.

    `free` is what the store says of its room then, null where it has no end.
    """

    upload: str
    offset: int
    length: int | None = None
    free: int | None = None


class Mark(Struct, frozen=True, kw_only=True):
    """How much of a part is durable."""

    upload: str
    turn: int
    part: Part


class Finish(Struct, frozen=True, kw_only=True):
    """The bytes of a whole upload, and conditions in place of those it began with."""

    upload: str
    turn: int
    blob: BlobId
    digest: Digest
    inline: bytes | None = None
    if_match: tuple[str, ...] = ()
    if_none_match: tuple[str, ...] = ()


class UploadView(Struct, frozen=True, kw_only=True):
    """An upload: where it goes, how far it is, until when it is kept, what it became.

    `length` is null while it is not known, `file` until it is named. An upload that is all
    there and could not be named yet is shown short of its last byte.
    """

    id: str
    path: str
    offset: int
    length: int | None
    expires_at: datetime
    metadata: str
    file: Written | None


class Begun(Struct, frozen=True, kw_only=True):
    """An upload in the turn of who goes on with it, and the part that comes next."""

    upload: Upload
    part: Part


def create(ctx: Context, asked: CreateUpload) -> UploadView:
    """Begin an upload that may break off, and go on."""
    path = clean_path(asked.path)
    if not path:
        raise Invalid("A file needs a name", code=Code.INVALID_PATH)
    writing.foresee(
        ctx,
        WriteFile(
            path=path,
            blob="",
            digest="",
            size=0,
            if_match=asked.if_match,
            if_none_match=asked.if_none_match,
        ),
    )
    properties.checked(Given(mtime_seconds=asked.mtime_seconds))
    me = ctx.caller.actor.id
    upload = Upload(
        id=UploadId(ctx.tx.new_id("up")),
        by=me,
        path=path,
        length=asked.length,
        expires_at=ctx.now,
        metadata=asked.metadata,
        media_type=asked.media_type,
        if_match=asked.if_match,
        if_none_match=asked.if_none_match,
        digest=Digest(asked.digest) if asked.digest else None,
        mtime_seconds=asked.mtime_seconds,
    )
    upload = uploads.begun(upload, open_already=ctx.tx.uploads.open_of(me), now=ctx.now)
    _check_room(ctx, upload, free=asked.free)
    ctx.tx.uploads.add(upload)
    return shown(upload)


def read(ctx: Context, asked: OneUpload) -> UploadView:
    """Say how far an upload is, and what became of it."""
    return shown(_own(ctx, asked.upload))


def append(ctx: Context, asked: Append) -> Begun:
    """Add to an upload where it broke off; what is whole becomes the file."""
    before = _held(ctx, asked.upload)
    upload = uploads.resumed(before, offset=asked.offset, length=asked.length, now=ctx.now)
    if before.length is None:
        _check_room(ctx, upload, free=asked.free)
    place = reach.find(ctx, upload.path)
    reach.permit(ctx, Permission.FILE_WRITE, place)
    part = Part(blob=BlobId(ctx.tx.new_id("bl")), start=upload.stored, size=0, digest=None)
    if upload.written is None and not upload.is_whole:
        ctx.tx.uploads.give_up_empty(upload.id)
        uploads.check_parts(ctx.tx.uploads.count_parts(upload.id))
        until = Instant(ctx.now + KEPT_FOR)
        ctx.tx.uploads.expect(part, upload=upload.id, by=upload.by, until=until)
        reach.renewed(ctx, place)
    ctx.tx.uploads.save(upload)
    return Begun(upload=upload, part=part)


def parts(ctx: Context, asked: OneUpload) -> tuple[Part, ...]:
    """Say where the bytes of an upload lie."""
    return ctx.tx.uploads.parts(_own(ctx, asked.upload).id)


def mark(ctx: Context, asked: Mark) -> Upload:
    """Acknowledge what is durable of a part; the lease of a claim that it goes to is renewed.

    Refuses who was taken over meanwhile: of their part nothing more is kept.
    """
    upload, part = _held(ctx, asked.upload), asked.part
    stored = part.start + part.size
    upload = uploads.grown(upload, turn=asked.turn, stored=stored, now=ctx.now)
    if not part.size:
        ctx.tx.uploads.expect_longer(part.blob, until=upload.expires_at)
    elif not ctx.tx.uploads.keep(part, upload=upload.id):
        raise _gave_up()
    ctx.tx.uploads.save(upload)
    reach.renewed(ctx, reach.find(ctx, upload.path))
    return upload


def combine(ctx: Context, asked: Mark) -> tuple[BlobId, ...]:
    """Have one part in place of all; return the blobs that are given up."""
    upload = _held(ctx, asked.upload)
    uploads.check_turn(upload, asked.turn)
    before = tuple(part.blob for part in ctx.tx.uploads.parts(upload.id))
    ctx.tx.uploads.give_up_parts(upload.id)
    if not ctx.tx.uploads.keep(asked.part, upload=upload.id):
        raise _gave_up()
    return before


def finish(ctx: Context, asked: Finish) -> Upload:
    """Name what an upload became: a file's first version, or its next."""
    upload = _held(ctx, asked.upload)
    uploads.check_turn(upload, asked.turn)
    uploads.check_digest(upload, asked.digest)
    said = bool(asked.if_match or asked.if_none_match)
    ctx.tx.uploads.close(upload.id)
    view = writing.written(
        ctx,
        WriteFile(
            path=upload.path,
            blob=asked.blob,
            digest=asked.digest,
            size=upload.stored,
            inline=asked.inline,
            media_type=upload.media_type,
            if_match=asked.if_match if said else upload.if_match,
            if_none_match=asked.if_none_match if said else upload.if_none_match,
            mtime_seconds=upload.mtime_seconds,
        ),
    )
    written = Written(
        version=view.version, digest=asked.digest, etag=view.etag, created=view.created
    )
    upload = uploads.finished(upload, written, now=ctx.now)
    ctx.tx.uploads.give_up_parts(upload.id)
    ctx.tx.uploads.save(upload)
    return upload


def cancel(ctx: Context, asked: OneUpload) -> Nothing:
    """Give an upload up, and what came of it; the file that it became stays."""
    upload = _held(ctx, asked.upload)
    ctx.tx.uploads.remove(upload.id)
    return Nothing()


def shown(upload: Upload) -> UploadView:
    """Show an upload."""
    return UploadView(
        id=upload.id,
        path=upload.path,
        offset=upload.offset,
        length=upload.length,
        expires_at=when(upload.expires_at),
        metadata=upload.metadata,
        file=upload.written,
    )


def _held(ctx: Context, upload: str) -> Upload:
    """Return the caller's upload, which no other act changes until this one is over."""
    ctx.tx.guard(exclusive=[NodeId(upload)])
    return _own(ctx, upload)


def _own(ctx: Context, upload: str) -> Upload:
    ctx.permit(Permission.FILE_WRITE)
    found = ctx.tx.uploads.by_id(UploadId(upload))
    if found is None or found.by != ctx.caller.actor.id:
        raise NotFound("There is no such upload", hint="Begin another with POST.")
    uploads.check_alive(found, ctx.now)
    return found


def _check_room(ctx: Context, upload: Upload, *, free: int | None) -> None:
    """Refuse to promise an upload what others were promised already.

    All workspaces share the store's room, so uploads that are begun take turns over all.
    """
    if free is not None and upload.outstanding:
        ctx.tx.guard(exclusive=[NodeId("/uploads")])
        others = ctx.tx.uploads.outstanding(but=upload.id)
        uploads.check_room(upload.outstanding, outstanding=others, free=free)


def _gave_up() -> Conflict:
    return Conflict(
        "What came took too long, and was given up",
        code=Code.GONE,
        hint="Ask with HEAD how far the upload is, and go on from there.",
    )
