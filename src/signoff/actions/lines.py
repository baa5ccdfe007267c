"""Who waits for a lock, in order: a ticket each, granted to the lowest that lives.

STORAGE 27. A line is bookkeeping: standing in it is not on the record, taking the lock is.
"""

import hashlib
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from signoff.actions.context import Context
from signoff.actions.reach import Place
from signoff.actions.views import when
from signoff.domain import tickets
from signoff.domain.files import name_key
from signoff.domain.ids import SECOND, CredentialId, Instant, NodeId
from signoff.domain.tickets import Ticket
from signoff.store.locks import Ticket as Row


class TicketView(Struct, frozen=True, kw_only=True):
    """A place in the line: take the lock again with the ticket, before `expires_at`."""

    ticket: str
    path: str
    position: int
    retry_after: int
    expires_at: datetime


def _ticket(row: Row) -> Ticket:
    granted = row.granted_at
    return Ticket(
        number=row.number,
        node=row.node,
        holder=row.actor,
        credential=CredentialId(""),
        expires_at=Instant(row.seen_at + tickets.ALIVE_FOR),
        granted_until=None if granted is None else Instant(granted + tickets.CONFIRM_WITHIN),
    )


def place_of(place: Place) -> NodeId:
    """Return what a line is for: the node at a place, or the name that is not there yet."""
    if place.node is not None:
        return place.node.id
    return name_in(place.deepest.id, "/".join(place.missing))


def name_in(folder: NodeId, name: str) -> NodeId:
    """Return the id by which a line is kept for a name that a folder does not have."""
    digest = hashlib.sha256(name_key(name).encode()).hexdigest()
    return NodeId(f"{folder}/{digest[:32]}")


def follow(ctx: Context, old: NodeId, new: NodeId) -> None:
    """Let a line go on where its name has got a node, or lost it."""
    for row in living(ctx, old):
        ctx.tx.locks.leave_line(old, row.id)
        ctx.tx.locks.queue_up(replace(row, node=new))


def living(ctx: Context, node: NodeId) -> list[Row]:
    """Return who waits for a node, in order; whoever stopped waiting leaves the line."""
    found = []
    for row in ctx.tx.locks.line(node):
        if tickets.alive(_ticket(row), ctx.now):
            found.append(row)
        else:
            ctx.tx.locks.leave_line(node, row.id)
    return found


def hand_on(ctx: Context, node: NodeId) -> None:
    """Keep a free lock for whoever waits longest, until they confirm by taking it."""
    line = living(ctx, node)
    if not line or line[0].granted_at is not None:
        return
    ctx.tx.locks.queue_up(replace(line[0], granted_at=ctx.now))


def mine(ctx: Context, line: list[Row], ticket: str) -> Row | None:
    """Return the caller's own living ticket."""
    for row in line:
        if row.id == ticket and row.actor == ctx.caller.actor.id:
            return row
    return None


def before(ctx: Context, line: list[Row], own: Row | None) -> Row | None:
    """Return who goes before the caller, if anybody does."""
    ordered = {row.number: row for row in reversed(line)}
    first = tickets.stands_before(
        [_ticket(row) for row in line], mine=_ticket(own) if own else None, now=ctx.now
    )
    return ordered[first.number] if first is not None else None


def stand(
    ctx: Context, line: list[Row], own: Row | None, *, node: NodeId, path: str
) -> TicketView:
    """Take a place at the end of the line, or keep the one that the caller has."""
    if own is None:
        own = Row(
            id=ctx.tx.new_id("ti"),
            node=node,
            number=max(ctx.now, line[-1].number + 1 if line else 0),
            actor=ctx.caller.actor.id,
            seen_at=ctx.now,
        )
        line = [*line, own]
    kept = replace(own, seen_at=ctx.now)
    ctx.tx.locks.queue_up(kept)
    ticket = _ticket(kept)
    return TicketView(
        ticket=own.id,
        path=path,
        position=1 + [row.id for row in line].index(own.id),
        retry_after=tickets.RENEW_EVERY // SECOND,
        expires_at=when(ticket.granted_until or ticket.expires_at),
    )
