"""The life of a message that goes out: it gathers, is being sent, and is done, or given up."""

from enum import StrEnum

from msgspec import Struct

from signoff.domain.ids import DAY, HOUR, MINUTE, SECOND, HandoffId, Instant, Micros
from signoff.domain.messages import ChannelKind

MOST_IN_AN_HOUR = 30
"""So many messages go to one address in an hour; what is more goes together in the next."""
GIVEN_UP_AFTER = Micros(3 * DAY)
BEING_SENT_FOR = Micros(5 * MINUTE)
"""So long a worker has for one try; a message whose worker died is another's afterwards."""
CLOSES = "closes"
"""The lane of messages that answer an earlier one: nothing is asked any more."""

_RETRIES: tuple[int, ...] = (30, 120, 600, 1800, 3600, 2 * 3600, 4 * 3600)
"""Seconds after the first tries; from then on as long as the last of them."""


class State(StrEnum):
    """Where a message stands."""

    GATHERING = "gathering"
    SENDING = "sending"
    SENT = "sent"
    DROPPED = "dropped"
    """There was nothing left to tell when it was due."""
    FAILED = "failed"


class Outgoing(Struct, frozen=True, kw_only=True):
    """A message to one address: what was told between two positions, in one lane.

    `whom` is a person or a channel of the workspace. `lane` is a pace, or `CLOSES`, which
    belongs to one `handoff`. Its id stays the same however often it is tried.
    """

    id: str
    whom: str
    channel: ChannelKind
    lane: str
    handoff: HandoffId | None = None
    state: State
    first: int
    last: int
    began_at: Instant
    due_at: Instant
    attempts: int = 0
    tried_since: Instant | None = None


def retry_at(outgoing: Outgoing, now: Instant, *, asked: float | None = None) -> Instant | None:
    """Return when a message is tried again after a failure; None when it is given up.

    `asked` is in how many seconds the other side wants to hear of it at the earliest.
    """
    step = min(outgoing.attempts, len(_RETRIES)) - 1
    wait = max(_RETRIES[max(0, step)], min(asked or 0, DAY / SECOND))
    at = Instant(now + int(wait * SECOND))
    since = now if outgoing.tried_since is None else outgoing.tried_since
    return at if at - since <= GIVEN_UP_AFTER else None


def room_at(sent: tuple[Instant, ...], now: Instant) -> Instant | None:
    """Return when there is room for one more among what was sent lately; None for now."""
    lately = sorted(at for at in sent if at > now - HOUR)
    if len(lately) < MOST_IN_AN_HOUR:
        return None
    return Instant(lately[-MOST_IN_AN_HOUR] + HOUR)
