"""Waiting for a lock in order: a ticket each, granted to the lowest that is alive.

STORAGE 27: whoever waits renews its ticket; a grant that is not confirmed passes on.
"""

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from signoff.domain.ids import SECOND, ActorId, CredentialId, Instant, Micros, NodeId
from signoff.domain.locks import Chain, Depth, Mode

RENEW_EVERY = Micros(10 * SECOND)
ALIVE_FOR = Micros(25 * SECOND)
"""Two renewals and a half: one may get lost."""
CONFIRM_WITHIN = Micros(15 * SECOND)


class Ticket(Struct, frozen=True, kw_only=True):
    """A place in the line for a lock; `number` grows in the order of arrival."""

    number: int
    node: NodeId
    ancestors: Chain = ()
    depth: Depth = Depth.INFINITY
    mode: Mode = Mode.EXCLUSIVE
    holder: ActorId
    credential: CredentialId
    expires_at: Instant
    granted_until: Instant | None = None


def draw(
    *,
    number: int,
    chain: Chain,
    depth: Depth,
    mode: Mode,
    holder: ActorId,
    credential: CredentialId,
    now: Instant,
) -> Ticket:
    """Take a place at the end of the line."""
    return Ticket(
        number=number,
        node=chain[-1],
        ancestors=chain[:-1],
        depth=depth,
        mode=mode,
        holder=holder,
        credential=credential,
        expires_at=Instant(now + ALIVE_FOR),
    )


def renew(ticket: Ticket, *, now: Instant) -> Ticket:
    """Say that its holder still waits."""
    return replace(ticket, expires_at=Instant(now + ALIVE_FOR))


def alive(ticket: Ticket, now: Instant) -> bool:
    """Say whether its holder still waits: renewed, and no grant let pass."""
    if ticket.granted_until is not None:
        return now < ticket.granted_until
    return now < ticket.expires_at


def granted(ticket: Ticket, now: Instant) -> bool:
    """Say whether the lock is being kept for this ticket."""
    return ticket.granted_until is not None and now < ticket.granted_until


def first_in_line(tickets: Iterable[Ticket], *, now: Instant) -> Ticket | None:
    """Return the lowest live ticket, for which a released lock is kept."""
    waiting = [ticket for ticket in tickets if alive(ticket, now)]
    return min(waiting, key=lambda ticket: ticket.number, default=None)


def grant(ticket: Ticket, *, now: Instant) -> Ticket:
    """Keep the lock for its holder until it confirms by taking it."""
    if ticket.granted_until is not None:
        return ticket
    return replace(ticket, granted_until=Instant(now + CONFIRM_WITHIN))


def stands_before(
    tickets: Iterable[Ticket], *, mine: Ticket | None, now: Instant
) -> Ticket | None:
    """Return the ticket that goes before: the first in line, unless it is the caller's own."""
    first = first_in_line(tickets, now=now)
    if first is None or (mine is not None and first.number == mine.number):
        return None
    return first
