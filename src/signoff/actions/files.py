"""Files: write one, open one. Folders are in `folders`, moving in `moves`."""

from datetime import datetime

from msgspec import Struct

from signoff.actions import file_views, noted, preconditions, reach, writing
from signoff.actions.context import Context
from signoff.actions.file_views import FileView
from signoff.actions.views import when
from signoff.actions.writing import WriteFile
from signoff.domain.actors import Door
from signoff.domain.errors import NotFound
from signoff.domain.files import Node, clean_path
from signoff.domain.ids import BlobId
from signoff.domain.permissions import Permission
from signoff.domain.properties import Given
from signoff.store.blobs import BlobRow

__all__ = ["Opened", "ReadFile", "WriteFile", "may_write", "open_", "write"]


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
    return writing.written(ctx, asked)


def may_write(ctx: Context, asked: WriteFile) -> None:
    """Say whether a large body would be taken, before its first byte; refuse otherwise."""
    writing.foresee(ctx, asked)


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
