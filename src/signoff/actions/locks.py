"""Locks for every actor: take, or wait in order; refresh, release, break, find."""

from msgspec import UNSET, Struct
from msgspec.structs import replace

from signoff.actions import endings, lines, lock_views, lockables, reach
from signoff.actions.context import Context
from signoff.actions.lines import TicketView
from signoff.actions.lock_views import LockView
from signoff.actions.reach import Place
from signoff.actions.tokens import new_token
from signoff.actions.views import Nothing, Page
from signoff.domain import locks
from signoff.domain.actors import Door
from signoff.domain.errors import (
    Code,
    Conflict,
    Held,
    Invalid,
    NotFound,
    Stale,
)
from signoff.domain.files import (
    check_not_note,
    clean_path,
)
from signoff.domain.handoffs import checked_reason
from signoff.domain.ids import SECOND, LockToken, Micros, NodeId
from signoff.domain.locks import Depth, Lock, LockKind, Mode
from signoff.domain.permissions import Permission
from signoff.domain.stages import check_top_level
from signoff.store.holds import HoldKind

KINDS = {Door.WEB: LockKind.WEB, Door.DAV: LockKind.DAV}
MOST = 100


class TakeLock(Struct, frozen=True, kw_only=True):
    """What is locked, how, and for how long: 180 s to a day, half an hour by default.

    `wait` above 0 stands in line while somebody else holds it: the answer is a ticket, to
    be sent again as `ticket` every ten seconds until the lock is given.
    """

    path: str
    mode: str = "exclusive"
    depth: str = "infinity"
    timeout_seconds: int | None = None
    wait: int = 0
    ticket: str = ""
    owner_text: str = ""


class RefreshLock(Struct, frozen=True, kw_only=True):
    """A lock by its token, and the time that begins anew; `path` is something that it holds."""

    token: str
    path: str | None = None
    timeout_seconds: int | None = None


class OneLock(Struct, frozen=True, kw_only=True):
    """A lock by its token; `path`, if given, is something that it holds."""

    token: str
    path: str | None = None


class BreakLock(Struct, frozen=True, kw_only=True):
    """The path of locks that are ended by force, and why; `holder` names whose alone."""

    path: str
    reason: str
    holder: str = ""


class LeaveLine(Struct, frozen=True, kw_only=True):
    """A ticket that is given up."""

    path: str
    ticket: str


class FindLocks(Struct, frozen=True, kw_only=True):
    """Where locks are looked for: on the path, above it and below it."""

    path: str = ""


# Taking.


def take(ctx: Context, asked: TakeLock) -> LockView | TicketView:
    """Lock a file or folder, or a name that is not there yet; or wait for that in order."""
    path = clean_path(asked.path)
    mode, depth = _mode(asked.mode), _depth(asked.depth)
    check_not_note(path)
    check_top_level(path)
    place = reach.take_hold(ctx, alone=[path])[0]
    reach.permit(ctx, Permission.LOCK_TAKE, place)
    frozen = lockables.checked(ctx, place, depth=depth)
    held = lockables.without_expired(ctx, place, depth=depth)
    if held is not None:
        place = held
    waited_for = lines.place_of(place)
    line = lines.living(ctx, waited_for)
    own = lines.mine(ctx, line, asked.ticket)
    try:
        lockables.check_line(ctx, place, line=line, own=own)
        lock, yielded, events = locks.take(
            lockables.around(ctx, place, depth=depth),
            chain=place.ids if place.node is not None else (*place.ids, NodeId("@new")),
            path=path,
            token=new_token(),
            caller=ctx.caller,
            depth=depth,
            mode=mode,
            kind=KINDS.get(ctx.caller.door, LockKind.REST),
            timeout=_micros(asked.timeout_seconds),
            owner_text=asked.owner_text[:1000],
            version_before=_version_before(place),
            now=ctx.now,
        )
    except Held:
        if asked.wait <= 0 and own is None:
            raise
        if frozen is not None:
            raise frozen from None
        return lines.stand(ctx, line, own, node=waited_for, path=path)
    if frozen is not None:
        raise frozen
    if place.node is None:
        chain = lockables.reserved(ctx, place)
        lines.follow(ctx, waited_for, chain[-1].id)
        ids = tuple(node.id for node in chain)
        lock = replace(lock, node=ids[-1], ancestors=ids[:-1])
        events = (*events[:-1], replace(events[-1], node=lock.node))
    for one in yielded:
        ctx.tx.locks.remove(one.token)
        ctx.tx.holds.drop(one.token)
    ctx.tx.locks.add(lock)
    ctx.tx.holds.add(HoldKind.LOCK, lock.token, chain=(*lock.ancestors, lock.node))
    if own is not None:
        ctx.tx.locks.leave_line(lock.node, own.id)
    told = [ctx.record(event) for event in events]
    reserved = True if place.node is None else UNSET
    return lock_views.show(ctx, lock, reserved=reserved, event=told[-1])


def _mode(said: str) -> Mode:
    try:
        return Mode(said)
    except ValueError:
        raise Invalid(
            f"“{said[:40]}” is no mode of a lock", hint=f"One of {', '.join(Mode)}."
        ) from None


def _depth(said: str) -> Depth:
    try:
        return Depth(said)
    except ValueError:
        raise Invalid("A lock's depth is 0 or infinity") from None


def _micros(seconds: int | None) -> Micros | None:
    return None if seconds is None else Micros(seconds * SECOND)


def _version_before(place: Place) -> int:
    node = place.node
    return 0 if node is None or node.is_folder else node.version


# Holding and ending.


def refresh(ctx: Context, asked: RefreshLock) -> LockView:
    """Begin a lock's time anew."""
    lock = _held(ctx, asked.token)
    ctx.permit(Permission.LOCK_REFRESH)
    _check_holds(ctx, lock, asked.path)
    timeout = _micros(asked.timeout_seconds)
    refreshed = locks.refresh(lock, caller=ctx.caller, timeout=timeout, now=ctx.now)
    ctx.tx.locks.refresh(refreshed)
    return lock_views.show(ctx, refreshed)


def release(ctx: Context, asked: OneLock) -> Nothing:
    """End one's own lock; a draft is published by that, and who waits longest is next."""
    lock = _held(ctx, asked.token)
    ctx.permit(Permission.LOCK_RELEASE)
    _check_holds(ctx, lock, asked.path)
    event = locks.release(lock, caller=ctx.caller, now=ctx.now)
    return Nothing(event=endings.publish(ctx, lock, event))


def break_(ctx: Context, asked: BreakLock) -> Page:
    """End the locks on a path by force, with a reason; a draft is not published by that."""
    ctx.permit(Permission.LOCK_BREAK)
    reason = checked_reason(asked.reason, wanted=True)
    path = clean_path(asked.path)
    place = reach.take_hold(ctx, alone=[path])[0]
    node = reach.existing(place)
    found = [
        lock
        for lock in place.locks
        if lock.node == node.id and asked.holder in ("", lock.holder)
    ]
    if not found:
        raise NotFound(f"Nothing holds a lock on “{path}”", hint="GET locks lists them.")
    broken = []
    for lock in found:
        event = locks.break_(lock, caller=ctx.caller, reason=reason)
        broken.append(lock_views.show(ctx, lock, event=endings.unpublish(ctx, lock, event)))
    return Page(items=tuple(broken))


def expire(ctx: Context, asked: OneLock) -> Nothing:
    """End a lock whose time is over; the worker asks for it."""
    ctx.permit(Permission.LOCK_BREAK)
    lock = _held(ctx, asked.token)
    return Nothing(event=endings.expire(ctx, lock))


def leave_line(ctx: Context, asked: LeaveLine) -> Nothing:
    """Give up one's place in the line for a lock."""
    ctx.permit(Permission.LOCK_TAKE)
    place = reach.take_hold(ctx, alone=[clean_path(asked.path)])[0]
    line = lines.place_of(place)
    own = lines.mine(ctx, lines.living(ctx, line), asked.ticket)
    if own is None:
        raise NotFound("There is no such ticket in the line", hint="Take another.")
    ctx.tx.locks.leave_line(line, own.id)
    if own.granted_at is not None:
        lines.hand_on(ctx, line)
    return Nothing()


def find(ctx: Context, asked: FindLocks) -> Page:
    """List the locks that hold a path: on it, above it, and below it."""
    path = clean_path(asked.path)
    ctx.permit(Permission.FILE_READ, path=path)
    place = reach.find(ctx, path)
    found = [
        lock
        for lock in (*place.locks, *_below(ctx, place))
        if not locks.expired(lock, ctx.now)
        and ctx.may(Permission.FILE_READ, path=lock.path)
        and (lock.depth is Depth.INFINITY or lock.node not in place.ids[:-1])
    ]
    return Page(items=tuple(lock_views.show(ctx, lock) for lock in found[:MOST]))


def _below(ctx: Context, place: Place) -> list[Lock]:
    """Return the first locks below a folder: whoever looks need not see all of them."""
    if place.node is None or not place.node.is_folder:
        return []
    held = ctx.tx.holds.below(place.node.id, HoldKind.LOCK, limit=MOST)
    return ctx.tx.locks.by_tokens(hold.ref for hold in held if hold.node != place.ids[-1])


def _check_holds(ctx: Context, lock: Lock, path: str | None) -> None:
    """Refuse a lock that holds something else than what is named (RFC 4918, 9.10.2, 9.11.1)."""
    if path is None:
        return
    place = reach.find(ctx, clean_path(path))
    if place.missing or not locks.covers(lock, place.ids):
        raise Conflict(
            f"This lock does not hold “{place.path}”",
            code=Code.LOCK_ELSEWHERE,
            hint="Name what it was taken on, or something below that.",
        )


def _held(ctx: Context, token: str) -> Lock:
    """Return a lock that no other act changes meanwhile; a dead token is 412 (RULES 16)."""
    lock = ctx.tx.locks.by_token(LockToken(token))
    if lock is not None:
        ctx.tx.guard(exclusive=[lock.node])
        lock = ctx.tx.locks.by_token(LockToken(token))
    if lock is None:
        raise Stale("The lock has ended", hint="Lock it again.")
    return lock
