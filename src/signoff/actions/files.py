"""Files: write one, open one. Folders are in `folders`, moving in `moves`."""

from datetime import datetime

from msgspec import Struct

from signoff.actions import (
    arriving,
    explaining,
    file_views,
    lockables,
    media_types,
    noted,
    obstacles,
    preconditions,
    reach,
    saves,
    tree,
)
from signoff.actions.context import Context
from signoff.actions.file_views import FileView
from signoff.actions.reach import Place
from signoff.actions.views import when
from signoff.domain import properties
from signoff.domain.actors import Door
from signoff.domain.errors import Code, Invalid, NotFound
from signoff.domain.events import Event, Type
from signoff.domain.files import Node, clean_path
from signoff.domain.ids import BlobId, Digest
from signoff.domain.locks import Need
from signoff.domain.meanings import Meaning
from signoff.domain.permissions import Permission
from signoff.domain.properties import Given
from signoff.domain.stages import check_not_fixed, check_top_level
from signoff.store.blobs import BlobRow


class WriteFile(Struct, frozen=True, kw_only=True):
    """Bytes that have arrived, and where they go.

    `if_match` and `if_none_match` are the headers' entity tags, or `*` (RFC 9110, 13.1).
    `mtime_seconds` and `checksum` are what the client says of these bytes, which the door has
    held against them; they hold until the next version.
    """

    path: str
    blob: str
    digest: str
    size: int
    inline: bytes | None = None
    media_type: str = ""
    if_match: tuple[str, ...] = ()
    if_none_match: tuple[str, ...] = ()
    mtime_seconds: int | None = None
    checksum: str = ""


class ReadFile(Struct, frozen=True, kw_only=True):
    """A file, or one version of it."""

    path: str
    version: int | None = None


class Opened(Struct, frozen=True, kw_only=True):
    """Where a version's bytes lie, and what to say of them.

    `given` is what a client said of this version; it is looked up for WebDAV alone.
    """

    path: str
    name: str
    blob: BlobRow
    version: int
    digest: str
    size: int
    media_type: str
    modified_at: datetime
    etag: str
    given: Given = Given()


def write(ctx: Context, asked: WriteFile) -> FileView:
    """Write a file: its first version, or its next."""
    path = clean_path(asked.path)
    if not path:
        raise Invalid("A file needs a name", code=Code.INVALID_PATH)
    gives_reason = explaining.gives_reason(ctx, path)
    check_top_level(path)
    place = lockables.drafts_ended(ctx, reach.take_hold(ctx, path)[0])
    reach.permit(ctx, Permission.FILE_WRITE, place)
    if place.node is None or place.node.is_folder:
        check_not_fixed(path)
    preconditions.check(ctx, place, if_match=asked.if_match, if_none_match=asked.if_none_match)
    given = properties.checked(
        Given(mtime_seconds=asked.mtime_seconds, checksum=asked.checksum)
    )
    if gives_reason:
        obstacles.check_locks(ctx, place, need=_need(place))
        meaning = Meaning.EDIT
    else:
        meaning = obstacles.check_write(ctx, place, need=_need(place)).meaning
    if place.node is not None and place.node.is_folder:
        raise preconditions.is_folder(place)
    place = saves.revived(ctx, place)
    folders = tree.make_folders(ctx, place, place.missing[:-1])
    node = _put(ctx, asked, place, folder=folders[-1])
    noted.give(ctx, node, given)
    reach.touched(ctx, place)
    arriving.follow_up(ctx, place, node, folders=folders, meaning=meaning)
    if gives_reason:
        explaining.note_written(ctx, path, node)
    event = ctx.record(
        Event(
            type=Type.FILE_CREATED if place.node is None else Type.FILE_WRITTEN,
            node=node.id,
            path=path,
            version=node.version,
            digest=node.digest,
            size=node.size,
            handoff=place.package.handoff.id if place.package else None,
        )
    )
    return file_views.written(node, path=path, created=place.node is None, event=event)


def _put(ctx: Context, asked: WriteFile, place: Place, *, folder: Node) -> Node:
    name = place.node.name if place.node else place.missing[-1]
    blob = tree.keep_blob(
        ctx,
        blob=BlobId(asked.blob),
        digest=Digest(asked.digest),
        size=asked.size,
        inline=asked.inline,
    )
    return tree.put_version(
        ctx,
        node=place.node,
        parent=folder.id,
        name=name,
        blob=blob,
        digest=Digest(asked.digest),
        size=asked.size,
        media_type=media_types.media_type_of(name, asked.media_type),
    )


def may_write(ctx: Context, asked: WriteFile) -> None:
    """Say whether a large body would be taken, before its first byte; refuse otherwise."""
    path = clean_path(asked.path)
    gives_reason = explaining.gives_reason(ctx, path)
    check_top_level(path)
    check_not_fixed(path)
    place = reach.find(ctx, path)
    reach.permit(ctx, Permission.FILE_WRITE, place)
    preconditions.check(ctx, place, if_match=asked.if_match, if_none_match=asked.if_none_match)
    if not gives_reason:
        obstacles.foresee_write(ctx, place, need=_need(place))
    if place.node is not None and place.node.is_folder:
        raise preconditions.is_folder(place)


def open_(ctx: Context, asked: ReadFile) -> Opened:
    """Find the bytes of a file, or of one of its versions."""
    path = clean_path(asked.path)
    ctx.permit(Permission.FILE_READ, path=path)
    place = reach.find(ctx, path)
    node = reach.existing(place)
    if node.is_folder:
        raise preconditions.is_folder(place)
    seen = file_views.visible_number(ctx, place, node)
    number = asked.version or seen
    if asked.version and reach.hidden_from(ctx, place) and asked.version > (seen or 0):
        number = None
    shown = _at(ctx, node, number) if number else None
    if shown is None or shown.blob is None or shown.digest is None:
        wanted = asked.version or 1
        raise NotFound(f"“{path}” has no version {wanted}", hint="GET versions lists them.")
    blob = _with_bytes(ctx, shown.blob)
    if blob is None:
        raise NotFound(f"The bytes of version {number} were thinned out")
    return Opened(
        path=path,
        name=shown.name,
        blob=blob,
        version=shown.version,
        digest=shown.digest,
        size=shown.size,
        media_type=shown.media_type,
        modified_at=when(shown.modified_at),
        etag=shown.etag,
        given=noted.of(ctx, shown).given if ctx.caller.door is Door.DAV else Given(),
    )


def _with_bytes(ctx: Context, blob: BlobId) -> BlobRow | None:
    """Return a blob, and with it bytes that lie in the database; a drive asks again soon."""
    return ctx.tx.recall(("blob", blob), lambda: ctx.tx.blobs.with_bytes(blob))


def _at(ctx: Context, node: Node, number: int) -> Node | None:
    """Return a file as it was at a version; the newest is what its row says."""
    if number == node.version:
        return node
    version = ctx.tx.versions.by_number(node.id, number)
    return None if version is None else file_views.at_version(node, version)


def _need(place: Place) -> Need:
    return Need.CREATE if place.node is None else Need.WRITE
