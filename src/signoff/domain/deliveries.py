"""One event for one endpoint: what is sent, when it is tried again, when it is given up."""

from datetime import datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Any, Final

import msgspec
from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from signoff.domain.audit import Entry
from signoff.domain.endpoints import Ending
from signoff.domain.events import Type
from signoff.domain.ids import DAY, HOUR, MINUTE, SECOND, EndpointId, Instant, Micros, Slug

MAX_BODY = 20_000
"""Bytes; Standard Webhooks asks senders to stay below."""

SCHEDULE: Final = tuple(
    map(
        Micros,
        (
            5 * SECOND,
            5 * MINUTE,
            30 * MINUTE,
            2 * HOUR,
            5 * HOUR,
            10 * HOUR,
            14 * HOUR,
            20 * HOUR,
            24 * HOUR,
        ),
    )
)
"""The waits between tries (Standard Webhooks, “Retry schedule”): 75 hours and 35 minutes."""

JITTER = 0.1
"""A wait is longer by up to this part of it, so that what failed together comes apart."""

LONGEST_WAIT = DAY
"""A receiver's `Retry-After` is followed so far, and no farther."""

FAILING_FOR = Micros(3 * DAY)
"""After so long without one success, and a delivery given up, an endpoint is ended."""

GONE = 410
_THROTTLED = frozenset({429, 502, 503, 504})


class State(StrEnum):
    """Where a delivery stands."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    DEAD = "dead"
    """It was given up; it can be replayed."""


class Delivery(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An event in line for an endpoint.

    `id` is the event's, and the `webhook-id` of every try. `tries` are those since it was put
    in line, or replayed; `attempts` those that there ever were. `due_at` is None unless it
    waits.
    """

    id: str
    endpoint: EndpointId
    position: int
    type: Type
    state: State = State.WAITING
    created_at: Instant
    due_at: Instant | None
    tries: int = 0
    attempts: int = 0
    finished_at: Instant | None = None


class Outcome(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a try ended: with a status, or with why there was none."""

    status: int | None = None
    failure: str = ""
    retry_after: str = ""

    @property
    def delivered(self) -> bool:
        """Say whether it arrived: 2xx alone; a redirect is a failure, it is not followed."""
        return self.status is not None and 200 <= self.status < 300  # noqa: PLR2004


class Attempt(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One try: what was sent, what came back, how long it took. `excerpt` is its beginning."""

    number: int
    at: Instant
    seconds: float
    url: str
    request: dict[str, str]
    status: int | None = None
    failure: str = ""
    response: dict[str, str] = {}
    excerpt: str = ""


class Standing(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How an endpoint has been doing: since when it fails, and until when it is left alone."""

    failures: int = 0
    failing_since: Instant | None = None
    rests_until: Instant | None = None
    delivered_at: Instant | None = None


def settle(delivery: Delivery, outcome: Outcome, *, now: Instant, chance: float) -> Delivery:
    """Return a delivery after a try; `chance`, from 0 to 1, spreads the next one."""
    tried = replace(delivery, tries=delivery.tries + 1, attempts=delivery.attempts + 1)
    if outcome.delivered:
        return replace(tried, state=State.DELIVERED, due_at=None, finished_at=now)
    if outcome.status == GONE or tried.tries > len(SCHEDULE):
        return replace(tried, state=State.DEAD, due_at=None, finished_at=now)
    wait = wait_after(tried.tries, chance=chance)
    asked = asked_wait(outcome, now=now)
    return replace(tried, due_at=Instant(now + max(wait, asked)))


def wait_after(tries: int, *, chance: float) -> Micros:
    """Return how long to wait after so many tries."""
    return Micros(int(SCHEDULE[tries - 1] * (1 + JITTER * chance)))


def asked_wait(outcome: Outcome, *, now: Instant) -> Micros:
    """Return how long the receiver asks to be left alone (RFC 9110, section 10.2.3)."""
    said = outcome.retry_after.strip()
    if not said:
        return Micros(0)
    if said.isascii() and said.isdigit():
        return Micros(min(int(said[:9]) * SECOND, LONGEST_WAIT))
    try:
        until = int(parsedate_to_datetime(said).timestamp() * SECOND)
    except (ValueError, TypeError, OverflowError):
        return Micros(0)
    return Micros(min(max(0, until - now), LONGEST_WAIT))


def stand(standing: Standing, outcome: Outcome, *, now: Instant) -> Standing:
    """Return how an endpoint is doing after a try.

    One that fails again and again, or that says that it has too much, rests as a whole: it is
    asked one thing at a time, and not before its rest is over.
    """
    if outcome.delivered:
        return Standing(delivered_at=now)
    failures = standing.failures + 1
    since = standing.failing_since or now
    wait = asked_wait(outcome, now=now) if outcome.status in _THROTTLED else Micros(0)
    rest = max(wait, rest_after(failures))
    return replace(
        standing,
        failures=failures,
        failing_since=since,
        rests_until=Instant(now + rest) if rest else None,
    )


PATIENCE = 5
_LONGEST_REST = MINUTE


def rest_after(failures: int) -> Micros:
    """Return how long an endpoint is left alone after so many failures in a row."""
    over = failures - PATIENCE
    if over < 0:
        return Micros(0)
    return Micros(min(SECOND << min(over, 10), _LONGEST_REST))


def ends(
    delivery: Delivery, standing: Standing, outcome: Outcome, *, now: Instant
) -> Ending | None:
    """Return why an endpoint is told nothing any more after a try; None if it goes on."""
    if outcome.status == GONE:
        return Ending.GONE
    since = standing.failing_since
    if delivery.state is State.DEAD and since is not None and now - since >= FAILING_FOR:
        return Ending.FAILING
    return None


def replay(delivery: Delivery, *, now: Instant) -> Delivery:
    """Put a delivery in line once more, under the id that it always had."""
    return replace(delivery, state=State.WAITING, due_at=now, tries=0, finished_at=None)


# What is sent.

CALLED_BACK: Final = frozenset(
    {
        Type.HANDOFF_APPROVED,
        Type.HANDOFF_CHANGES_REQUESTED,
        Type.HANDOFF_REJECTED,
        Type.HANDOFF_ANSWERED,
        Type.HANDOFF_WITHDRAWN,
        Type.HANDOFF_RECALLED,
    }
)
"""What a handoff's own `callback_url` is told."""


class Subject(Struct, frozen=True, kw_only=True):
    """Who acted; names are not told."""

    id: str
    kind: str


class HandoffTold(Struct, frozen=True, kw_only=True):
    """A handoff in what is sent: `url` is its page, `api_url` what a program reads of it.

    `state` is that in which the event left it; by now it may be in another.
    """

    id: str
    url: str
    api_url: str
    kind: str | UnsetType = UNSET
    state: str | UnsetType = UNSET
    round: int | UnsetType = UNSET
    digest: str | UnsetType = UNSET


class Data(Struct, frozen=True, kw_only=True):
    """What is sent of an event: ids, digests, where to read more; nothing that is personal.

    `event_url` is the event itself, with its paths and reason, for whoever may read it.
    """

    id: str
    position: int
    workspace: str
    event_url: str
    actor: Subject
    door: str
    handoff: HandoffTold | UnsetType = UNSET
    node: str | UnsetType = UNSET
    version: int | UnsetType = UNSET
    digest: str | UnsetType = UNSET
    size: int | UnsetType = UNSET
    subject: str | UnsetType = UNSET
    codes: dict[str, str | int | bool] | UnsetType = UNSET


class Payload(Struct, frozen=True, kw_only=True):
    """The body (Standard Webhooks, “Payload structure”)."""

    type: str
    timestamp: datetime
    data: Data


def payload(entry: Entry, *, workspace: Slug, base_url: str, at: datetime) -> bytes:
    """Return the body by which an event is told; `at` is the event's own time."""
    api = f"{base_url}/api/v1/workspaces/{workspace}"
    handoff: HandoffTold | UnsetType = UNSET
    if entry.handoff is not None:
        handoff = HandoffTold(
            id=entry.handoff,
            url=f"{base_url}/w/{workspace}/handoffs/{entry.handoff}",
            api_url=f"{api}/handoffs/{entry.handoff}",
            kind=_if_any(entry.codes.get("kind")),
            state=_if_any(entry.codes.get("state")),
            round=_if_any(entry.round),
            digest=entry.digest or UNSET,
        )
    data = Data(
        id=entry.id,
        position=entry.position,
        workspace=workspace,
        event_url=f"{api}/events?after={entry.position - 1}&limit=1",
        actor=Subject(id=entry.actor, kind=entry.actor_kind.value),
        door=entry.door.value,
        handoff=handoff,
        node=entry.node or UNSET,
        version=_if_any(entry.version),
        digest=entry.digest or UNSET,
        size=_if_any(entry.size),
        subject=entry.subject or UNSET,
        codes=entry.codes or UNSET,
    )
    return msgspec.json.encode(Payload(type=entry.type.value, timestamp=at, data=data))


def _if_any(value: Any) -> Any:
    return UNSET if value is None else value
