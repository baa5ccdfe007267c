"""The trash: put something in, look, bring it back, destroy it before or at its time."""

from datetime import datetime

from msgspec import UNSET, Struct, UnsetType

from signoff.actions import (
    arriving,
    leavings,
    lockables,
    obstacles,
    preconditions,
    purging,
    reach,
    rewinds,
    sights,
    tree,
)
from signoff.actions.context import Context
from signoff.actions.reach import Place
from signoff.actions.views import Page, Who, when, who_is
from signoff.domain.errors import Code, Conflict, Gone, NotFound
from signoff.domain.events import Event, Type
from signoff.domain.files import base_name, check_not_note, clean_path, names, parent_of
from signoff.domain.ids import HOUR, Instant, Path
from signoff.domain.locks import Need
from signoff.domain.meanings import Meaning
from signoff.domain.permissions import Permission
from signoff.domain.stages import check_not_fixed, check_top_level
from signoff.store.trash import Deletion

PAGE = 100
MOST = 1000
NEWEST = "tr_\U0010ffff"


class Delete(Struct, frozen=True, kw_only=True):
    """What goes to the trash; `if_match` is the entity tag of a file."""

    path: str
    if_match: tuple[str, ...] = ()


class ListTrash(Struct, frozen=True, kw_only=True):
    """A page of the trash; `cursor` is the `next` of the page before."""

    limit: int = PAGE
    cursor: str = ""


class Restore(Struct, frozen=True, kw_only=True):
    """What comes back, by its id in the trash; to where it was, unless `to` says otherwise."""

    id: str
    to: str = ""


class Purge(Struct, frozen=True, kw_only=True):
    """What is destroyed for good, by its id in the trash."""

    id: str


class Sweep(Struct, frozen=True, kw_only=True):
    """How many rows to destroy in one go."""

    limit: int = purging.CHUNK


class DeletionView(Struct, frozen=True, kw_only=True):
    """Something in the trash, until when it can come back."""

    id: str
    path: str
    type: str
    size: int
    deleted_by: Who
    deleted_at: datetime
    expires_at: datetime
    event: str | UnsetType = UNSET


class RestoredView(Struct, frozen=True, kw_only=True):
    """Where it stands again; `handoff` if it was thereby put before people."""

    path: str
    type: str
    version: int
    handoff: str | UnsetType = UNSET
    event: str = ""


class SweptView(Struct, frozen=True, kw_only=True):
    """How many rows went; `more` says that there is more to do now."""

    nodes: int
    more: bool


def delete(ctx: Context, asked: Delete) -> DeletionView:
    """Put a file or folder into the trash, from where it can come back for thirty days."""
    path = clean_path(asked.path)
    place = lockables.drafts_ended(ctx, reach.take_hold(ctx, alone=[path])[0])
    ctx.permit(Permission.FILE_DELETE, path=path, own=reach.is_own(ctx, place))
    reach.existing(place)
    check_not_fixed(path)
    leaving = leavings.judge(ctx, place, leavings.TRASH)
    preconditions.check(ctx, place, if_match=asked.if_match)
    meaning = leavings.check(ctx, leaving).meaning
    reach.touched(ctx, place)
    deletion, event = leavings.to_trash(ctx, leaving, meaning=meaning)
    return _view(ctx, deletion, event=event)


def _view(ctx: Context, deletion: Deletion, *, event: str | UnsetType = UNSET) -> DeletionView:
    node = ctx.tx.files.by_id(deletion.node)
    return DeletionView(
        id=deletion.id,
        path=deletion.from_path,
        type=node.kind.value if node else "file",
        size=node.size if node else 0,
        deleted_by=who_is(ctx, deletion.by),
        deleted_at=when(deletion.at),
        expires_at=when(deletion.expires_at),
        event=event,
    )


def list_(ctx: Context, asked: ListTrash) -> Page:
    """List the trash, what was deleted last first."""
    ctx.permit(Permission.FILE_READ)
    limit = min(max(asked.limit, 1), MOST)
    found = ctx.tx.trash.page(before=asked.cursor or NEWEST, limit=limit + 1)
    shown = found[:limit]
    return Page(
        items=tuple(
            _view(ctx, each)
            for each in shown
            if ctx.may(Permission.FILE_READ, path=each.from_path)
        ),
        next=shown[-1].id if len(found) > limit else None,
    )


def restore(ctx: Context, asked: Restore) -> RestoredView:
    """Bring something back; a taken name gives way, a place that is gone is made again."""
    deletion = _found(ctx, asked.id)
    path = clean_path(asked.to) if asked.to else deletion.from_path
    ctx.permit(Permission.FILE_RESTORE, path=deletion.from_path)
    sights.check_whole(ctx, deletion.from_path, standing=False)
    check_not_fixed(path)
    check_top_level(path)
    if base_name(path) != base_name(deletion.from_path):
        check_not_note(path)
    ctx.tx.guard(exclusive=[deletion.node])
    deletion = _found(ctx, asked.id)
    if deletion.expires_at <= ctx.now:
        raise Gone("Its time in the trash is over, and it is being destroyed")
    place = _vacant(ctx, path, deletion)
    reach.permit(ctx, Permission.FILE_RESTORE, place)
    meaning = obstacles.check_write(ctx, place, need=Need.CREATE).meaning
    folders = tree.make_folders(ctx, place, place.missing[:-1])
    node = ctx.tx.files.by_id(deletion.node)
    assert node is not None
    back = rewinds.out_of_trash(ctx, deletion, node, folder=folders, name=place.missing[-1])
    reach.touched(ctx, place)
    event = ctx.record(
        Event(
            type=Type.FILE_RESTORED,
            node=back.id,
            path=place.path,
            from_path=deletion.from_path,
            to_path=place.path,
            version=back.version or None,
            digest=back.digest,
            handoff=place.package.handoff.id if place.package else None,
        )
    )
    handoff: str | UnsetType = UNSET
    if meaning is Meaning.SUBMIT:
        opened = arriving.open_whole(ctx, place, back, folders=folders)
        handoff = opened.id if opened else UNSET
    return RestoredView(
        path=place.path,
        type=back.kind.value,
        version=back.version,
        handoff=handoff,
        event=event,
    )


def _found(ctx: Context, name: str) -> Deletion:
    deletion = ctx.tx.trash.by_id(name)
    if deletion is None:
        raise NotFound("This is not in the trash", hint="GET trash lists what is.")
    return deletion


def _vacant(ctx: Context, path: Path, deletion: Deletion) -> Place:
    """Return a place that is free: the path, or with ` (2)` before its extension (RULES 5)."""
    above = reach.take_hold(ctx, parent_of(path))[0]
    if above.missing or above.twin is not None or not above.deepest.is_folder:
        place = reach.take_hold(ctx, path)[0]
        reach.check_twin(ctx, place)
        obstacles.check_holds_members(place)
        return place
    node = ctx.tx.files.by_id(deletion.node)
    if node is None:
        raise Conflict("It is being destroyed", code=Code.GONE)
    naming = tree.free_name(ctx, above.deepest.id, names(path)[-1], is_folder=node.is_folder)
    return reach.take_hold(ctx, Path(f"{parent_of(path)}/{naming.name}".lstrip("/")))[0]


def purge(ctx: Context, asked: Purge) -> SweptView:
    """Destroy something in the trash before its time, a chunk at a time."""
    ctx.permit(Permission.FILE_PURGE)
    ctx.tx.guard(exclusive=[_found(ctx, asked.id).node])
    gone, more = purging.destroy(ctx, _found(ctx, asked.id), limit=purging.CHUNK)
    return SweptView(nodes=gone, more=more)


def sweep(ctx: Context, asked: Sweep) -> SweptView:
    """Destroy what has been in the trash for its time."""
    ctx.permit(Permission.FILE_PURGE)
    left = min(max(asked.limit, 1), purging.CHUNK)
    gone = 0
    overdue = ctx.tx.trash.over(limit=left)
    for deletion in overdue:
        if left <= 0:
            break
        ctx.tx.guard(exclusive=[deletion.node])
        if ctx.tx.trash.by_id(deletion.id) is None:
            continue
        nodes, _ = purging.destroy(ctx, deletion, limit=left)
        gone += nodes
        left -= nodes + 1
    ctx.tx.trash.forget_vacated(before=Instant(ctx.now - HOUR))
    return SweptView(nodes=gone, more=bool(ctx.tx.trash.over(limit=1)))
