"""Properties: note something of a file or folder beside its bytes, find what is noted."""

from msgspec import Struct

from signoff.actions import (
    arriving,
    file_views,
    listings,
    noted,
    obstacles,
    preconditions,
    reach,
)
from signoff.actions.context import Context
from signoff.actions.noted import Noted
from signoff.actions.reach import Place
from signoff.actions.views import Page
from signoff.domain import properties
from signoff.domain.events import Event, Type
from signoff.domain.files import Node, clean_path, join, name_key
from signoff.domain.ids import Path
from signoff.domain.locks import Need
from signoff.domain.permissions import Permission
from signoff.domain.properties import Change, Patch, is_quiet

PAGE = 100
MOST = 1000


class PatchProperties(Struct, frozen=True, kw_only=True):
    """What is set and removed, in this order, all of it or nothing.

    `if_match` is the entity tag of the file; nobody needs to send it, as nothing that is
    not named is overwritten.
    """

    path: str
    changes: tuple[Change, ...]
    if_match: tuple[str, ...] = ()


class FindProperties(Struct, frozen=True, kw_only=True):
    """A file or folder; with `members` the members of a folder, a page at a time, by name."""

    path: str = ""
    members: bool = False
    limit: int = PAGE
    cursor: str = ""


class PatchedView(Struct, frozen=True, kw_only=True):
    """How many properties are new or other, and how many are gone."""

    path: str
    set: int
    removed: int
    event: str = ""


class PropertyView(Struct, frozen=True, kw_only=True):
    """A property; `value` is what stands in its element, as XML, `lang` its `xml:lang`."""

    namespace: str
    name: str
    value: str
    lang: str


class PropertiesView(Struct, frozen=True, kw_only=True):
    """What is noted of one file or folder.

    `mtime_seconds` and `checksum` are what a client said of the version that is seen.
    """

    path: str
    properties: tuple[PropertyView, ...]
    mtime_seconds: int | None
    checksum: str


# Noting.


def patch(ctx: Context, asked: PatchProperties) -> PatchedView:
    """Set and remove properties of a file or folder, all of them or none."""
    path = clean_path(asked.path)
    quiet = is_quiet(asked.changes)
    place = reach.take_hold(ctx, alone=[path])[0]
    reach.permit(ctx, Permission.FILE_WRITE, place)
    node = reach.existing(place)
    patched = properties.patch(noted.of(ctx, node).properties, asked.changes)
    if asked.if_match:
        preconditions.check(ctx, place, if_match=asked.if_match)
    obstacles.check_write(ctx, place, need=Need.NOTE if quiet else Need.WRITE)
    event = ""
    if quiet:
        with ctx.tx.off_record():
            _keep(ctx, node, patched)
    elif patched.set or patched.removed:
        _keep(ctx, node, patched)
        event = ctx.record(_told(place, node, patched))
    reach.renewed(ctx, place)
    if place.arrival is not None:
        arriving.arrive(ctx, place, node, folders=place.chain[:-1])
    return PatchedView(
        path=path, set=len(patched.set), removed=len(patched.removed), event=event
    )


def _keep(ctx: Context, node: Node, patched: Patch) -> None:
    ctx.tx.properties.remove(node.id, *patched.removed)
    ctx.tx.properties.set(node.id, *patched.set)
    noted.give(ctx, node, properties.said_by(patched))


def _told(place: Place, node: Node, patched: Patch) -> Event:
    return Event(
        type=Type.PROPERTIES_CHANGED,
        node=node.id,
        path=place.path,
        version=node.version or None,
        handoff=place.package.handoff.id if place.package else None,
        codes={"set": len(patched.set), "removed": len(patched.removed)},
    )


# Finding.


def find(ctx: Context, asked: FindProperties) -> Page:
    """Show what is noted of a file or folder, or of what is in it."""
    path = clean_path(asked.path)
    ctx.permit(Permission.FILE_READ, path=path)
    place = reach.find(ctx, path)
    node = file_views.seen(ctx, place)
    if not asked.members:
        return Page(items=(_view(path, noted.of(ctx, node)),))
    if not node.is_folder:
        raise preconditions.is_file(place)
    limit = min(max(asked.limit, 1), MOST)
    listing = listings.page(ctx, place, node, cursor=asked.cursor, limit=limit)
    seen = listing.nodes
    found = noted.of_many(ctx, seen)
    fits = noted.fitting(seen, found)
    return Page(
        items=tuple(
            _view(join(path, each.name), found[each.id])
            for each in seen[:fits]
            if each.id in found
        ),
        next=name_key(seen[fits - 1].name) if fits < len(seen) else listing.next,
    )


def _view(path: Path, of_node: Noted) -> PropertiesView:
    return PropertiesView(
        path=path,
        properties=tuple(
            PropertyView(
                namespace=each.namespace, name=each.name, value=each.value, lang=each.lang
            )
            for each in of_node.properties
        ),
        mtime_seconds=of_node.given.mtime_seconds,
        checksum=of_node.given.checksum,
    )
