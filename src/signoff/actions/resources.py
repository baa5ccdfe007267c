"""What a mounted drive asks of the tree: one thing, or a page of what a folder holds.

Nodes go up as they are, since a client lists ten thousand at once; locks go with them.
"""

from msgspec import Struct

from signoff.actions import file_views, folder_views, lock_views, noted, reach
from signoff.actions.context import Context
from signoff.actions.lock_views import LockView
from signoff.actions.noted import NOTHING, Noted
from signoff.domain import locks
from signoff.domain.errors import Code, Conflict
from signoff.domain.files import Node, clean_path, name_key
from signoff.domain.ids import ROOT, NodeId, Path
from signoff.domain.locks import Depth, Lock
from signoff.domain.permissions import Permission, narrowed
from signoff.store.holds import HoldKind

PAGE = 200
"""So many members are read at a time: other requests have their turn in between."""


class Look(Struct, frozen=True, kw_only=True):
    """A path."""

    path: str


class Members(Struct, frozen=True, kw_only=True):
    """A page of a folder; `cursor` is the `next` of the page before."""

    path: str
    cursor: str = ""


class Resource(Struct, frozen=True, kw_only=True):
    """A file or folder as the caller may see it, the locks that cover it, what is noted.

    `sees_all` says that nothing in the workspace is hidden from the caller.
    """

    path: Path
    node: Node
    locks: tuple[LockView, ...] = ()
    noted: Noted = NOTHING
    sees_all: bool = True


class MembersView(Struct, frozen=True, kw_only=True):
    """Members of a folder, by name. `locks` are those on a member, `above` those on all.

    Nothing is noted of a member that is not in `noted`.
    """

    nodes: tuple[Node, ...]
    above: tuple[LockView, ...] = ()
    locks: dict[str, tuple[LockView, ...]] = {}
    noted: dict[NodeId, Noted] = {}
    next: str | None = None


def look(ctx: Context, asked: Look) -> Resource:
    """Show what stands at a path."""
    path = clean_path(asked.path)
    ctx.permit(Permission.FILE_READ, path=path)
    place = reach.find(ctx, path)
    node = file_views.seen(ctx, place)
    if not path:  # the root's row has its times
        node = ctx.tx.files.by_id(ROOT) or node
    return Resource(
        path=path,
        node=node,
        locks=tuple(
            lock_views.show(ctx, lock) for lock in _covering(ctx, place.locks, place.ids)
        ),
        noted=noted.of(ctx, node),
        sees_all=not narrowed(ctx.caller, ctx.grants),
    )


def members(ctx: Context, asked: Members) -> MembersView:
    """Show the next members of a folder; without locks or grants nothing is looked up again."""
    path = clean_path(asked.path)
    ctx.permit(Permission.FILE_READ, path=path)
    place = reach.find(ctx, path)
    folder = file_views.seen(ctx, place)
    if not folder.is_folder:
        raise Conflict(f"“{path}” is a file", code=Code.NOT_A_FOLDER)
    found = ctx.tx.files.page(folder.id, after=asked.cursor, limit=PAGE + 1)
    shown = found[:PAGE]
    on_them = _locks_on(ctx, folder.id, shown)
    nodes = shown
    if on_them or place.locks or narrowed(ctx.caller, ctx.grants):
        nodes = list(folder_views.seen_in(ctx, place, shown, locks=on_them))
    found_on = noted.of_many(ctx, nodes)
    fits = noted.fitting(nodes, found_on)
    last = nodes[fits - 1] if fits < len(nodes) else shown[-1] if len(found) > PAGE else None
    return MembersView(
        nodes=tuple(nodes[:fits]),
        above=tuple(
            lock_views.show(ctx, lock)
            for lock in _covering(ctx, place.locks, place.ids)
            if lock.depth is Depth.INFINITY
        ),
        locks={
            node: tuple(lock_views.show(ctx, lock) for lock in held if _lives(ctx, lock))
            for node, held in on_them.items()
        },
        noted=found_on,
        next=None if last is None else name_key(last.name),
    )


def _locks_on(ctx: Context, folder: NodeId, nodes: list[Node]) -> dict[str, list[Lock]]:
    """Return the locks on a folder's members; one look tells that there are none."""
    if not nodes or (folder != ROOT and not ctx.tx.holds.below(folder, HoldKind.LOCK, limit=1)):
        return {}
    held = [
        each
        for each in ctx.tx.holds.on(node.id for node in nodes)
        if each.kind is HoldKind.LOCK
    ]
    found: dict[str, list[Lock]] = {}
    for lock in ctx.tx.locks.by_tokens(each.ref for each in held) if held else ():
        found.setdefault(lock.node, []).append(lock)
    return found


def _covering(
    ctx: Context, held: tuple[Lock, ...], chain: tuple[NodeId, ...]
) -> tuple[Lock, ...]:
    return tuple(lock for lock in held if locks.covers(lock, chain) and _lives(ctx, lock))


def _lives(ctx: Context, lock: Lock) -> bool:
    return not locks.expired(lock, ctx.now)
