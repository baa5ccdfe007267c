"""What time asks for: acts that nobody does, in chunks, each entry of them by the system."""

import msgspec
from msgspec import Struct

from signoff.actions import entries, purging, scratch, stagings
from signoff.actions.context import Context
from signoff.domain.accounts import SESSION_IDLE
from signoff.domain.actors import Caller
from signoff.domain.events import Event, Type
from signoff.domain.ids import DAY, INSTANCE, MINUTE, SECOND, BlobId, Instant, Micros
from signoff.domain.litter import KEPT_FOR
from signoff.store.followers import Due

CHUNK = 200
DOOMED_FOR = Micros(7 * DAY)
"""So long a blob that no version names stays, for whoever restores a backup (STORAGE 20)."""
OVERDUE_FOR = DAY
ANSWERS_KEPT = DAY
FAILURES_KEPT = DAY


class Look(Struct, frozen=True, kw_only=True):
    """In which table to look for what has come due, and how long after its time it counts."""

    table: str
    after: Micros = Micros(0)


class Leases(Struct, frozen=True, kw_only=True):
    """Which leases a worker wants, for how long; or, with none of it, to let them go."""

    names: tuple[str, ...]
    holder: str
    seconds: int


class Chunk(Struct, frozen=True, kw_only=True):
    """How much to do in one transaction."""

    limit: int = CHUNK


class Doomed(Struct, frozen=True, kw_only=True):
    """Blobs whose objects may go; `objects` lie in the store, `inline` only in the rows."""

    objects: tuple[BlobId, ...]
    inline: tuple[BlobId, ...]


class Blobs(Struct, frozen=True, kw_only=True):
    """Blobs by id."""

    ids: tuple[BlobId, ...]


def due(ctx: Context, asked: Look) -> Due:
    """Say in which workspaces something has come due, and when the next thing will."""
    entries.permit_house(ctx)
    return ctx.tx.books.due(asked.table, after=asked.after)


def workspaces(ctx: Context, asked: Chunk) -> tuple[str, ...]:  # noqa: ARG001
    """List the workspaces that are open."""
    entries.permit_house(ctx)
    return tuple(one.slug for one in ctx.tx.workspaces.all() if one.closed_at is None)


def take_leases(ctx: Context, asked: Leases) -> dict[str, int]:
    """Take or renew leases; return the epochs of those that are the holder's now."""
    entries.permit_house(ctx)
    until = Instant(ctx.now + asked.seconds * SECOND)
    taken = {
        name: ctx.tx.books.lease(name, holder=asked.holder, until=until) for name in asked.names
    }
    return {name: epoch for name, epoch in taken.items() if epoch is not None}


def let_leases_go(ctx: Context, asked: Leases) -> None:
    """End leases early, so that another worker need not wait for their time."""
    entries.permit_house(ctx)
    for name in asked.names:
        ctx.tx.books.let_go(name, holder=asked.holder)


# Claims and locks end by acts of their own; here is only which.


def lapsed_claims(ctx: Context, asked: Chunk) -> tuple[str, ...]:
    """List claims whose lease has run out."""
    entries.permit_house(ctx)
    return tuple(claim.id for claim in ctx.tx.claims.lapsed(limit=asked.limit))


def expired_locks(ctx: Context, asked: Chunk) -> tuple[str, ...]:
    """List locks whose time is over."""
    entries.permit_house(ctx)
    return tuple(lock.token for lock in ctx.tx.locks.expired(limit=asked.limit))


# Sessions.


def end_sessions(ctx: Context, asked: Chunk) -> int:
    """End sessions whose time, or idle time, is over; return how many."""
    entries.permit_house(ctx)
    idle_before = Instant(ctx.now - SESSION_IDLE)
    ended = 0
    for session, person in ctx.tx.accounts.over(idle_before=idle_before, limit=asked.limit):
        if ctx.tx.accounts.end_session(session):
            ended += 1
            event = Event(
                type=Type.SESSION_ENDED,
                subject=session,
                codes={"by": "time", "person": person},
            )
            ctx.tx.record(event, caller=ctx.caller, workspace=INSTANCE)
    return ended


# Bytes that nothing names.


def doomed_blobs(ctx: Context, asked: Chunk) -> Doomed:
    """List blobs that were given up long enough ago."""
    entries.permit_house(ctx)
    before = Instant(ctx.now - DOOMED_FOR)
    found = ctx.tx.blobs.doomed(before=before, limit=asked.limit)
    return Doomed(
        objects=tuple(blob.id for blob in found if not blob.is_inline),
        inline=tuple(blob.id for blob in found if blob.is_inline),
    )


def forget_blobs(ctx: Context, asked: Blobs) -> None:
    """Forget blobs whose objects are gone."""
    entries.permit_house(ctx)
    for blob in asked.ids:
        ctx.tx.blobs.forget(blob)


def overdue_blobs(ctx: Context, asked: Chunk) -> Blobs:
    """Give up bytes that were expected, and are long overdue; return whose objects may go."""
    entries.permit_house(ctx)
    before = Instant(ctx.now - OVERDUE_FOR)
    overdue = ctx.tx.blobs.overdue(before=before, limit=asked.limit)
    return Blobs(ids=tuple(blob for blob in overdue if ctx.tx.blobs.arrived(blob)))


def give_up_uploads(ctx: Context, asked: Chunk) -> int:
    """Forget uploads of which nothing was heard for a day; return how many.

    What came of them goes with the next sweep of bytes.
    """
    entries.permit_house(ctx)
    return ctx.tx.uploads.remove_over(limit=asked.limit)


def strays(ctx: Context, asked: Blobs) -> Blobs:
    """Return which of these blobs no row knows."""
    entries.permit_house(ctx)
    known = ctx.tx.blobs.known(list(asked.ids))
    return Blobs(ids=tuple(blob for blob in asked.ids if blob not in known))


# Copies that nobody published.


def forget_staged(ctx: Context, asked: Chunk) -> int:
    """Remove what was copied out of sight and given up; return how many nodes went."""
    entries.permit_house(ctx)
    top = stagings.overdue(ctx)
    if top is None:
        return 0
    ctx.tx.guard(exclusive=[top.id])
    with ctx.tx.off_record():
        return purging.clear(ctx, top.id, limit=min(asked.limit, purging.CHUNK))[0]


# What desktops left behind.


def forget_litter(ctx: Context, asked: Chunk) -> int:
    """Forget litter whose week, or whose credential, is over; return how much.

    An act takes turns with the credential's own and does one credential's, so call it again.
    """
    entries.permit_house(ctx)
    before = Instant(ctx.now - KEPT_FOR)
    credential = ctx.tx.litter.overdue(before=before)
    if credential is None:
        credential, before = ctx.tx.litter.ended(), ctx.now
    if credential is None:
        return 0
    scratch.guard(ctx, credential)
    return ctx.tx.litter.forget(credential, before=before, limit=asked.limit)


# The books.


def forget_retries(ctx: Context, asked: Chunk) -> int:  # noqa: ARG001
    """Forget answers that no retry may ask for, and old failures to sign in."""
    entries.permit_house(ctx)
    ctx.tx.books.forget_failures(before=Instant(ctx.now - FAILURES_KEPT))
    return ctx.tx.books.forget_answers(before=Instant(ctx.now - ANSWERS_KEPT))


def flush_denials(ctx: Context, asked: Chunk) -> int:
    """Record how often each refusal was repeated in the last minute (RULES 32)."""
    entries.permit_house(ctx)
    before = Instant(ctx.now - MINUTE)
    counted = ctx.tx.books.counted_denials(before=before, limit=asked.limit)
    for denials in counted:
        if denials.count:
            event = Event(
                type=Type.ACCESS_DENIED,
                codes={"action": denials.action, "code": denials.code, "count": denials.count},
            )
            caller = msgspec.json.decode(denials.body, type=Caller)
            ctx.tx.record(event, caller=caller)
        ctx.tx.books.restart_denials(denials, keep=denials.count > 0)
    return len(counted)
