"""What it is to write a file, by whatever act: a first version, or the next."""

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
from signoff.domain import properties
from signoff.domain.errors import Code, Invalid
from signoff.domain.events import Event, Type
from signoff.domain.files import Node, clean_path
from signoff.domain.ids import BlobId, Digest
from signoff.domain.locks import Need
from signoff.domain.meanings import Meaning
from signoff.domain.permissions import Permission
from signoff.domain.properties import Given
from signoff.domain.stages import check_not_fixed, check_top_level


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


def written(ctx: Context, asked: WriteFile) -> FileView:
    """Write a file in this transaction; show it as it stands then."""
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


def foresee(ctx: Context, asked: WriteFile) -> None:
    """Refuse what `written` would refuse now; it changes nothing."""
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


def _need(place: Place) -> Need:
    return Need.CREATE if place.node is None else Need.WRITE
