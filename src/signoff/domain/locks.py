"""WebDAV's write lock for all doors: take, refresh, release, break; who may write now.

RFC 4918, sections 6 and 7, plus the *draft* mode, which also hides what is unfinished. A node
is spoken of by its chain: the ids of its folders from the root down, itself last.
"""

from collections.abc import Iterable
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from signoff.domain.actors import Caller, Door, Kind
from signoff.domain.errors import Code, Conflict, Forbidden, Held, Invalid, Stale
from signoff.domain.events import Event, Type
from signoff.domain.ids import (
    DAY,
    MINUTE,
    SECOND,
    ActorId,
    CredentialId,
    Instant,
    LockToken,
    Micros,
    NodeId,
    Path,
)
from signoff.domain.reviewers import manages
from signoff.domain.stages import Stage, check_not_fixed, stage_of

MIN_TIMEOUT = Micros(180 * SECOND)
MAX_TIMEOUT = DAY
DEFAULT_TIMEOUT = Micros(30 * MINUTE)

Chain = tuple[NodeId, ...]
"""A node's ancestors from the root down, then the node."""


class Depth(StrEnum):
    """How far a lock on a folder reaches (RFC 4918, section 7.4)."""

    ZERO = "0"
    INFINITY = "infinity"


class Mode(StrEnum):
    """What a lock keeps others from."""

    EXCLUSIVE = "exclusive"
    SHARED = "shared"
    DRAFT = "draft"


class LockKind(StrEnum):
    """How a lock was taken; a checkout on a web page yields to its person's WebDAV client."""

    WEB = "web"
    DAV = "dav"
    REST = "rest"


class Need(StrEnum):
    """What an act does to the node that its chain ends in, which says whose locks it meets.

    *Write*: its own and infinite ones above. *Create*: a member in the folder, likewise.
    *Remove*, or put another in its place: also its folder's, and all below. *Note*: as write,
    but to note what Windows does unasked the holder needs no token.
    """

    WRITE = "write"
    NOTE = "note"
    CREATE = "create"
    REMOVE = "remove"


class Lock(Struct, frozen=True, kw_only=True):
    """A lock and its root. `ancestors` are kept so that "anything below?" is one look-up."""

    token: LockToken
    node: NodeId
    ancestors: Chain = ()
    path: Path
    depth: Depth = Depth.INFINITY
    mode: Mode = Mode.EXCLUSIVE
    kind: LockKind = LockKind.REST
    holder: ActorId
    credential: CredentialId
    owner_text: str = ""
    """What a WebDAV client said of its owner; shown to people, never judged."""
    taken_at: Instant
    expires_at: Instant
    version_before: int | None = None
    """Of a draft on a file: the last version that others see; 0 if it had none."""


def clamp_timeout(asked: Micros | None) -> Micros:
    """Return the time that is given: 180 s to 24 h, half an hour by default."""
    return DEFAULT_TIMEOUT if asked is None else min(max(asked, MIN_TIMEOUT), MAX_TIMEOUT)


def take(
    held: Iterable[Lock],
    *,
    chain: Chain,
    path: Path,
    token: LockToken,
    caller: Caller,
    depth: Depth = Depth.INFINITY,
    mode: Mode = Mode.EXCLUSIVE,
    kind: LockKind = LockKind.REST,
    timeout: Micros | None = None,
    owner_text: str = "",
    version_before: int | None = None,
    now: Instant,
) -> tuple[Lock, tuple[Lock, ...], tuple[Event, ...]]:
    """Lock a node; return the lock, those that yielded to it, and what happened.

    `held` are all locks on the node, above it, and below it. The only lock that yields is a
    checkout on a web page to a WebDAV client of the same person (RULES 14).
    """
    _check_lockable(path, mode=mode)
    asking = Lock(
        token=token,
        node=chain[-1],
        ancestors=chain[:-1],
        path=path,
        depth=depth,
        mode=mode,
        kind=kind,
        holder=caller.actor.id,
        credential=caller.credential.id,
        owner_text=owner_text,
        taken_at=now,
        expires_at=Instant(now + clamp_timeout(timeout)),
        version_before=version_before if mode is Mode.DRAFT else None,
    )
    against = [lock for lock in held if conflict(lock, asking, now=now)]
    yielding = tuple(lock for lock in against if yields(lock, caller))
    if len(yielding) < len(against):
        raise locked(*(lock for lock in against if lock not in yielding), now=now)
    ended = tuple(_told(lock, Type.LOCK_RELEASED) for lock in yielding)
    return asking, yielding, (*ended, _told(asking, Type.LOCK_TAKEN))


def conflict(lock: Lock, asking: Lock, *, now: Instant) -> bool:
    """Say whether two locks cannot stand together (RFC 4918, section 6.1)."""
    if expired(lock, now) or (lock.mode is Mode.SHARED and asking.mode is Mode.SHARED):
        return False
    return covers(lock, (*asking.ancestors, asking.node)) or covers(
        asking, (*lock.ancestors, lock.node)
    )


def covers(lock: Lock, chain: Chain) -> bool:
    """Say whether the lock holds the node that the chain ends in."""
    if lock.node == chain[-1]:
        return True
    return lock.depth is Depth.INFINITY and lock.node in chain


def yields(lock: Lock, caller: Caller) -> bool:
    """Say whether a checkout on a web page gives way to the caller (RULES 14)."""
    return (
        lock.kind is LockKind.WEB
        and caller.door is Door.DAV
        and caller.actor.kind is Kind.PERSON
        and lock.holder == caller.actor.id
    )


def expired(lock: Lock, now: Instant) -> bool:
    """Say whether the lock's time is over; judged by whoever acts, not by the sweeper."""
    return now >= lock.expires_at


def concerned(lock: Lock, *, chain: Chain, need: Need) -> bool:
    """Say whether an act on the node must satisfy this lock (RFC 4918, section 7)."""
    if covers(lock, chain):
        return True
    if need is not Need.REMOVE:
        return False
    return chain[-1] in lock.ancestors or lock.node in chain[-2:-1]


def may_write(
    held: Iterable[Lock],
    *,
    chain: Chain,
    need: Need = Need.WRITE,
    caller: Caller,
    tokens: frozenset[LockToken] = frozenset(),
    now: Instant,
) -> tuple[Lock, ...]:
    """Refuse an act that a lock forbids; return the web checkouts that yielded to it.

    A lock is satisfied by its holder *with* its token. Of several shared locks on one node,
    the caller's own is enough (RFC 4918, section 6.2).
    """
    asked = [
        lock
        for lock in held
        if not expired(lock, now) and concerned(lock, chain=chain, need=need)
    ]
    shown = {lock.token for lock in asked} if need is Need.NOTE else tokens
    mine = [lock for lock in asked if lock.holder == caller.actor.id and lock.token in shown]
    shared = {lock.node for lock in mine if lock.mode is Mode.SHARED}
    unmet = [
        lock
        for lock in asked
        if lock not in mine and not (lock.mode is Mode.SHARED and lock.node in shared)
    ]
    yielded = tuple(lock for lock in unmet if yields(lock, caller))
    if len(yielded) < len(unmet):
        raise locked(*(lock for lock in unmet if lock not in yielded), now=now)
    return yielded


def check_others(held: Iterable[Lock], *, chain: Chain, caller: Caller, now: Instant) -> None:
    """Refuse to decide on, withdraw, claim or submit what somebody else holds (RULES 16)."""
    others = [
        lock
        for lock in held
        if lock.holder != caller.actor.id
        and not expired(lock, now)
        and concerned(lock, chain=chain, need=Need.REMOVE)
    ]
    if others:
        raise locked(*others, now=now)


def locked(first: Lock, *others: Lock, now: Instant) -> Held:
    """Return the refusal that names the holder and the time left, never the token."""
    return Held(
        f"“{first.path}” is locked",
        hint="Wait until the lock ends, ask its holder, or ask a manager to break it.",
        holder=first.holder,
        kind=str(first.mode),
        taken_by=str(first.kind),
        paths=[lock.path for lock in (first, *others)],
        expires_at=first.expires_at,
        seconds_left=max(0, first.expires_at - now) // SECOND,
    )


def refresh(lock: Lock, *, caller: Caller, timeout: Micros | None = None, now: Instant) -> Lock:
    """Start the lock's time anew; the caller names its token to reach it. No event."""
    _check_holder(lock, caller, now=now)
    return replace(lock, expires_at=Instant(now + clamp_timeout(timeout)))


def release(lock: Lock, *, caller: Caller, now: Instant) -> Event:
    """End one's own lock; a draft is published by that."""
    _check_holder(lock, caller, now=now)
    return _told(lock, Type.LOCK_RELEASED)


def break_(lock: Lock, *, caller: Caller, reason: str = "") -> Event:
    """End somebody else's lock by force; a draft is not published by that."""
    if not manages(caller):
        raise Forbidden(
            "Only a manager may break somebody's lock",
            hint="Ask its holder, or wait until it ends.",
        )
    return replace(_told(lock, Type.LOCK_BROKEN), reason=reason.strip() or None)


def expire(lock: Lock, *, now: Instant) -> Event:
    """End a lock whose time is over; a draft is not published by that."""
    if not expired(lock, now):
        raise Conflict("The lock's time is not over", code=Code.WRONG_STATE)
    return _told(lock, Type.LOCK_EXPIRED)


def _check_lockable(path: Path, *, mode: Mode) -> None:
    check_not_fixed(path)
    if mode is Mode.DRAFT and stage_of(path) not in (None, Stage.INPUT, Stage.PROCESSING):
        raise Invalid("What people look at cannot be a draft", hint="Take an exclusive lock.")


def _check_holder(lock: Lock, caller: Caller, *, now: Instant) -> None:
    if lock.holder != caller.actor.id:
        raise Conflict(
            "This lock is somebody else's",
            hint="Only its holder may refresh or release it; a manager may break it.",
            holder=lock.holder,
        )
    if expired(lock, now):
        raise Stale("The lock has ended", hint="Lock it again.")


def _told(lock: Lock, type_: Type) -> Event:
    return Event(
        type=type_,
        node=lock.node,
        path=lock.path,
        codes={"mode": str(lock.mode), "depth": str(lock.depth), "holder": lock.holder},
    )
