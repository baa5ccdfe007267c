"""Where things land that were moved: a free name, a file's next version, before people."""

from msgspec import Struct
from msgspec.structs import replace

from signoff.actions import (
    arriving,
    candidates,
    empties,
    leases,
    leavings,
    noted,
    openings,
    reach,
    saves,
    tree,
)
from signoff.actions.context import Context
from signoff.actions.leavings import Leaving
from signoff.actions.reach import Place
from signoff.domain import moves
from signoff.domain.errors import Code, Conflict
from signoff.domain.events import Event, Type
from signoff.domain.files import Node, names
from signoff.domain.ids import HandoffId, Path
from signoff.domain.meanings import Meaning, No
from signoff.domain.permissions import Permission
from signoff.domain.sidecars import Sidecar
from signoff.domain.stages import Stage


class Landed(Struct, frozen=True, kw_only=True):
    """Where something stands now; `created` unless it became a file's next version."""

    node: Node
    path: Path
    event: str
    created: bool
    handoff: HandoffId | None = None


def check_stays_inside(leaving: Leaving, to: Place, meaning: Meaning | None) -> None:
    """Refuse to edit a file out of its package; it goes by a verdict, or to the trash."""
    if meaning is Meaning.EDIT and leaving.place.package is not None and to.package is None:
        raise moves.refusal(No.NOT_A_MOVE, leaving.source)


def cleared(ctx: Context, to: Place) -> Place:
    """Put what stands at a place into the trash, for what comes there (RFC 4918, 9.9.3)."""
    ctx.permit(Permission.FILE_DELETE, path=to.path, own=reach.is_own(ctx, to))
    leaving = leavings.judge(ctx, to, leavings.TRASH)
    meaning = leavings.check(ctx, leaving).meaning
    leavings.to_trash(ctx, leaving, meaning=meaning)
    return replace(to, chain=to.chain[:-1], missing=names(to.path)[-1:])


def moved(ctx: Context, leaving: Leaving, to: Place) -> Landed:
    """Move something to a free name: one row, whatever is below it."""
    place, node = leaving.place, leaving.node
    folder = place.chain[:-1]
    leavings.end_locks(ctx, node)
    node = empties.kept(ctx, node)
    folders = tree.make_folders(ctx, to, to.missing[:-1])
    saves.left(ctx, node, folder=folder[-1].id, name=node.name)
    if place.stage is Stage.NEEDS_REVIEW and place.package is None:
        leavings.end_arrivals(ctx, node)
    reach.touched(ctx, place)
    if place.package is not None and to.package is None:
        leavings.leave_package(ctx, node, place.package)
    there = tree.relocate(ctx, node, old=folder, new=folders, name=to.missing[-1])
    reach.touched(ctx, to)
    if to.stage is Stage.NEEDS_REVIEW and to.package is None:
        arriving.arrive_unless_place(ctx, to, there, folders=folders)
    event = ctx.record(_told(place, to, there))
    return Landed(node=there, path=to.path, event=event, created=True)


def _told(place: Place, to: Place, node: Node) -> Event:
    package = place.package or to.package
    return Event(
        type=Type.FILE_MOVED,
        node=node.id,
        path=to.path,
        from_path=place.path,
        to_path=to.path,
        version=node.version or None,
        digest=node.digest,
        size=node.size or None,
        handoff=package.handoff.id if package else None,
    )


def onto(ctx: Context, leaving: Leaving, to: Place) -> Landed:
    """Move a file onto another: its bytes become the next version, it goes to the trash.

    The file that stays has the properties of the one that came (RFC 4918, section 9.9.3).
    """
    place, over = leaving.place, reach.existing(to)
    node = empties.as_empty(ctx, leaving.node)
    if node.blob is None or node.digest is None:
        raise Conflict(
            f"“{place.path}” has no contents yet",
            code=Code.CONFLICT,
            hint="Write it first.",
        )
    written = tree.put_version(
        ctx,
        node=over,
        parent=to.chain[-2].id,
        name=over.name,
        blob=node.blob,
        digest=node.digest,
        size=node.size,
        media_type=node.media_type,
    )
    noted.replace(ctx, node, written)
    reach.touched(ctx, to)
    reach.touched(ctx, place)
    meaning = Meaning.EDIT if place.package is not None else Meaning.MOVE
    event = ctx.record(_told(place, to, written))
    leavings.to_trash(ctx, leaving, meaning=meaning)
    if to.stage is Stage.NEEDS_REVIEW and to.package is None:
        arriving.arrive(ctx, to, written, folders=to.chain[:-1])
    return Landed(node=written, path=to.path, event=event, created=False)


def before_people(ctx: Context, leaving: Leaving, to: Place) -> Landed:
    """Submit what is moved into needs-review/; what is nothing to look at only arrives."""
    if to.node is not None:
        return onto(ctx, leaving, to)
    place, node = leaving.place, leaving.node
    if not arriving.is_work(ctx, node, folder=place.chain[:-1]):
        return moved(ctx, leaving, to)
    ctx.permit(Permission.HANDOFF_SUBMIT)
    opened = openings.hand_over(ctx, (place.path,), call=Sidecar(), target=to.path)
    return Landed(
        node=node,
        path=opened.path,
        event=opened.event,
        created=True,
        handoff=opened.handoff.id,
    )


def claimed(ctx: Context, leaving: Leaving, to: Place) -> Landed:
    """Claim what an agent moves into processing/ over WebDAV (RULES 12)."""
    ctx.permit(Permission.CLAIM_TAKE, path=leaving.place.path)
    place, node = leaving.place, leaving.node
    since = ctx.tx.claims.queued_since(node.id) or ctx.now
    pick = candidates.item_pick(ctx, place.chain, since=since, free=since <= ctx.now)
    leavings.end_locks(ctx, node)
    folders = tree.make_folders(ctx, to, to.missing[:-1])
    there = tree.relocate(ctx, node, old=place.chain[:-1], new=folders, name=to.missing[-1])
    leases.begin_by_move(ctx, pick.candidate, node=there, chain=folders)
    event = ctx.record(_told(place, to, there))
    return Landed(node=there, path=to.path, event=event, created=True)
