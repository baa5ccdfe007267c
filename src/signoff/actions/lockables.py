"""Whether something may be locked, and how a name that is not there yet is (RULES 14)."""

from signoff.actions import (
    arriving,
    endings,
    lines,
    media_types,
    obstacles,
    reach,
    sights,
    tree,
)
from signoff.actions.context import Context
from signoff.actions.reach import Place
from signoff.domain import claims, locks, moves
from signoff.domain.actors import Door
from signoff.domain.errors import Code, Conflict, Held, Invalid, Refusal
from signoff.domain.files import Node, NodeKind, is_litter
from signoff.domain.ids import SECOND, NodeId
from signoff.domain.locks import Depth, Lock, Mode, Need
from signoff.domain.meanings import No
from signoff.domain.permissions import Permission
from signoff.domain.stages import check_not_fixed
from signoff.domain.tickets import CONFIRM_WITHIN
from signoff.store.holds import HoldKind
from signoff.store.locks import Ticket


def checked(ctx: Context, place: Place, *, depth: Depth) -> Refusal | None:
    """Refuse to lock what the caller could not write; return what comes after locks (17).

    A stage is locked at no depth: whatever comes into it or leaves it would have to wait.
    """
    check_not_fixed(place.path)
    if depth is Depth.INFINITY:
        sights.check_whole(ctx, place.path)
    if place.node is None:
        reach.permit(ctx, Permission.FILE_WRITE, place)
        if is_litter(place.missing[-1]):
            raise Invalid("What desktops leave behind is not locked", code=Code.UNSUPPORTED)
        if len(place.missing) > 1 and ctx.caller.door is Door.DAV:
            raise Conflict("The folder is missing", code=Code.PARENT_MISSING)
        if not place.deepest.is_folder:
            raise Conflict(f"“{place.deepest.name}” is a file", code=Code.NOT_A_FOLDER)
    obstacles.check_work_folder(ctx, place)
    obstacles.check_arrival(ctx, place)
    verdict = obstacles.judged(ctx, place)
    return verdict if isinstance(verdict, Refusal) else _check_below(ctx, place, depth=depth)


def _check_below(ctx: Context, place: Place, *, depth: Depth) -> Refusal | None:
    """Refuse to lock a folder in which an agent is at work, or, as an agent, people look.

    The latter at any depth: what is decided leaves its folder.
    """
    node = place.node
    if node is None or not node.is_folder:
        return None
    deep = depth is Depth.INFINITY
    for hold in ctx.tx.holds.each_below(node.id, HoldKind.CLAIM) if deep else ():
        claim = ctx.tx.claims.by_id(hold.ref)  # type: ignore[arg-type]
        if claim is not None and not reach.holds_claim(ctx, claim):
            return claims.claimed(claim, ctx.now)
    if moves.acts_as_agent(ctx.caller) and place.claim is None:
        for _ in ctx.tx.holds.below(node.id, HoldKind.PACKAGE, limit=1):
            return moves.refusal(No.FROZEN, obstacles.source_of(ctx, place))
    return None


def around(ctx: Context, place: Place, *, depth: Depth) -> list[Lock]:
    """Return the locks that one of this depth could meet: on the chain, and below a folder."""
    node = place.node
    if depth is Depth.ZERO or node is None or not node.is_folder:
        return list(place.locks)
    known = {lock.token for lock in place.locks}
    inside = reach.locks_below(ctx, node.id)
    return [*place.locks, *(lock for lock in inside if lock.token not in known)]


def without_expired(ctx: Context, place: Place, *, depth: Depth) -> Place | None:
    """End the locks here whose time is over; return the place as it is after that."""
    met = around(ctx, place, depth=depth)
    over = [lock for lock in met if locks.expired(lock, ctx.now)]
    for lock in over:
        endings.expire(ctx, lock)
    return reach.find(ctx, place.path) if over else None


def drafts_ended(ctx: Context, place: Place) -> Place:
    """End drafts here whose time is over, before what was in them is written over.

    Their end puts back what others saw before; return the place as it is after that.
    """
    over = [
        lock for lock in place.locks if lock.mode is Mode.DRAFT and locks.expired(lock, ctx.now)
    ]
    if not over:
        return place
    ctx.tx.guard(exclusive=[lock.node for lock in over])
    for lock in ctx.tx.locks.by_tokens(lock.token for lock in over):
        endings.expire(ctx, lock)
    return reach.find(ctx, place.path)


def check_line(ctx: Context, place: Place, *, line: list[Ticket], own: Ticket | None) -> None:
    """Refuse to overtake who waits for this lock."""
    first = lines.before(ctx, line, own)
    if first is None:
        return
    raise Held(
        f"“{place.path}” is kept for somebody who waited before you",
        hint="Lock it with `wait`, to stand in line.",
        holder=first.actor,
        kind="ticket",
        seconds_left=CONFIRM_WITHIN // SECOND,
    )


def reserved(ctx: Context, place: Place) -> tuple[Node, ...]:
    """Make an empty file, so that there is something to lock (RFC 4918, section 7.3)."""
    verdict = obstacles.check_write(ctx, place, need=Need.CREATE)
    folders = tree.make_folders(ctx, place, place.missing[:-1])
    node = Node(
        id=NodeId(ctx.tx.new_id("nd")),
        parent=folders[-1].id,
        name=place.missing[-1],
        kind=NodeKind.FILE,
        media_type=media_types.media_type_of(place.missing[-1]),
        created_at=ctx.now,
        modified_at=ctx.now,
        modified_by=ctx.caller.actor.id,
    )
    ctx.tx.files.add(node)
    arriving.follow_up(ctx, place, node, folders=folders, meaning=verdict.meaning)
    return (*folders, node)
