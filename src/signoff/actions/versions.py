"""Versions of a file: every one that is kept, and an earlier one written again."""

from datetime import datetime

from msgspec import Struct

from signoff.actions import arriving, file_views, obstacles, preconditions, reach, tree
from signoff.actions.context import Context
from signoff.actions.file_views import FileView
from signoff.actions.views import Page, Who, when, who_is
from signoff.domain.errors import Code, Invalid, NotFound
from signoff.domain.events import Event, Type
from signoff.domain.files import Version, clean_path
from signoff.domain.locks import Need
from signoff.domain.permissions import Permission

PAGE = 100
MOST = 1000


class ListVersions(Struct, frozen=True, kw_only=True):
    """A file's versions, a page at a time; `cursor` is the `next` of the page before."""

    path: str
    limit: int = PAGE
    cursor: str = ""


class RestoreVersion(Struct, frozen=True, kw_only=True):
    """Which version becomes the next one; `if_match` is the entity tag of the current."""

    path: str
    version: int
    if_match: tuple[str, ...] = ()


class VersionView(Struct, frozen=True, kw_only=True):
    """One version of a file."""

    version: int
    digest: str
    size: int
    media_type: str
    author: Who
    at: datetime
    etag: str


def list_(ctx: Context, asked: ListVersions) -> Page:
    """List every version of a file that one may see, newest first."""
    path = clean_path(asked.path)
    ctx.permit(Permission.FILE_READ, path=path)
    place = reach.find(ctx, path)
    node = reach.existing(place)
    if node.is_folder:
        raise preconditions.is_folder(place)
    newest = file_views.visible_number(ctx, place, node)
    if newest is None:
        raise NotFound(f"There is nothing at “{path}”", hint="Look at the folder above it.")
    before = newest + 1 if reach.hidden_from(ctx, place) else 2**31
    if asked.cursor:
        before = min(before, _number(asked.cursor))
    limit = min(max(asked.limit, 1), MOST)
    found = ctx.tx.versions.page(node.id, before=before, limit=limit + 1)
    shown = found[:limit]
    return Page(
        items=tuple(_view(ctx, each) for each in shown),
        next=str(shown[-1].number) if len(found) > limit else None,
    )


def _number(cursor: str) -> int:
    if not cursor.isdecimal() or len(cursor) > 9:  # noqa: PLR2004  digits of 2**31
        raise Invalid("This cursor is none of ours", hint="Use the `next` of a page.")
    return int(cursor)


def _view(ctx: Context, version: Version) -> VersionView:
    return VersionView(
        version=version.number,
        digest=version.digest,
        size=version.size,
        media_type=version.media_type,
        author=who_is(ctx, version.author),
        at=when(version.at),
        etag=f'"{version.node}-{version.number}"',
    )


def restore(ctx: Context, asked: RestoreVersion) -> FileView:
    """Write an earlier version of a file again, as its next one."""
    path = clean_path(asked.path)
    place = reach.take_hold(ctx, path)[0]
    reach.permit(ctx, Permission.FILE_RESTORE, place)
    node = reach.existing(place)
    preconditions.check(ctx, place, if_match=asked.if_match)
    meaning = obstacles.check_write(ctx, place, need=Need.WRITE).meaning
    if node.is_folder:
        raise preconditions.is_folder(place)
    version = ctx.tx.versions.by_number(node.id, asked.version)
    if version is None:
        raise NotFound(
            f"“{path}” has no version {asked.version}", hint="GET versions lists them."
        )
    if version.number == node.version:
        raise Invalid("This is the current version", code=Code.INVALID, hint="Choose another.")
    written = tree.put_version(
        ctx,
        node=node,
        parent=place.chain[-2].id,
        name=node.name,
        blob=version.blob,
        digest=version.digest,
        size=version.size,
        media_type=version.media_type,
    )
    reach.touched(ctx, place)
    arriving.follow_up(ctx, place, written, folders=place.chain[:-1], meaning=meaning)
    event = ctx.record(
        Event(
            type=Type.FILE_RESTORED,
            node=node.id,
            path=path,
            version=written.version,
            digest=written.digest,
            size=written.size,
            handoff=place.package.handoff.id if place.package else None,
            codes={"from_version": version.number},
        )
    )
    return file_views.written(written, path=path, created=False, event=event)
