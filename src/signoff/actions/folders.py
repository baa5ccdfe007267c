"""Folders: list one, look at one thing in it, make one."""

from msgspec import Struct

from signoff.actions import (
    arriving,
    file_views,
    folder_views,
    listings,
    obstacles,
    preconditions,
    reach,
    tree,
)
from signoff.actions.context import Context
from signoff.actions.folder_views import PathOnly, TreeItem
from signoff.actions.views import Page
from signoff.domain.errors import Code, Conflict
from signoff.domain.files import check_not_note, clean_path, join
from signoff.domain.locks import Need
from signoff.domain.meanings import Meaning
from signoff.domain.permissions import Permission
from signoff.domain.stages import check_top_level

PAGE = 100
MOST = 1000


class ListFolder(Struct, frozen=True, kw_only=True):
    """A page of a folder; `cursor` is the `next` of the page before."""

    path: str = ""
    limit: int = PAGE
    cursor: str = ""


def make_folder(ctx: Context, asked: PathOnly) -> TreeItem:
    """Make a folder, and the ones above it that are missing."""
    path = clean_path(asked.path)
    if not path:
        raise Conflict("The root is there already", code=Code.EXISTS)
    check_not_note(path)
    check_top_level(path)
    place = reach.take_hold(ctx, path)[0]
    reach.permit(ctx, Permission.FOLDER_CREATE, place)
    if place.node is not None:
        raise Conflict(
            f"“{path}” exists already", code=Code.EXISTS, hint="Choose another name."
        )
    meaning = obstacles.check_write(ctx, place, need=Need.CREATE).meaning
    chain = tree.make_folders(ctx, place, place.missing)
    reach.touched(ctx, place)
    if meaning is Meaning.SUBMIT:
        arriving.arrive(ctx, place, chain[-1], folders=chain[:-1])
    return folder_views.item(ctx, chain[-1], path=path)


def list_folder(ctx: Context, asked: ListFolder) -> Page:
    """List a folder, a page at a time, by name."""
    path = clean_path(asked.path)
    ctx.permit(Permission.FILE_READ, path=path)
    place = reach.find(ctx, path)
    folder = file_views.seen(ctx, place)
    if not folder.is_folder:
        raise preconditions.is_file(place)
    limit = min(max(asked.limit, 1), MOST)
    listing = listings.page(ctx, place, folder, cursor=asked.cursor, limit=limit)
    held = listing.held
    return Page(
        items=tuple(
            folder_views.item(ctx, node, path=join(path, node.name), held=held.get(node.id))
            for node in listing.nodes
        ),
        next=listing.next,
    )


def stat(ctx: Context, asked: PathOnly) -> TreeItem:
    """Show one file or folder as a listing would."""
    path = clean_path(asked.path)
    ctx.permit(Permission.FILE_READ, path=path)
    place = reach.find(ctx, path)
    node = file_views.seen(ctx, place)
    held, _ = folder_views.holds_on(ctx, [node])
    return folder_views.item(ctx, node, path=path, held=held.get(node.id))
