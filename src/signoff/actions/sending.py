"""What the sender asks of the house: what goes out now, and to keep how it went."""

from msgspec import Struct
from msgspec.structs import replace

from signoff.actions import entries, lining, signing
from signoff.actions.context import Context
from signoff.domain import deliveries, endpoints
from signoff.domain.deliveries import PATIENCE, Attempt, Delivery, Outcome, State
from signoff.domain.endpoints import Endpoint
from signoff.domain.ids import DAY, EndpointId, Instant, Micros, Slug
from signoff.domain.signatures import SigningKey, live
from signoff.store.deliveries import Line

LINES = 2000
CHUNK = 500
AHEAD = 5000
"""A replay brings no more in line than so many at a time, however long the log is."""

MOST_WAITING = 100_000
"""Of an endpoint that falls farther behind no more is put in line: it is told by a replay."""

KEPT = {
    State.DELIVERED: Micros(7 * DAY),
    State.DEAD: Micros(30 * DAY),
    State.WAITING: Micros(30 * DAY),
}
"""What waits so long waits for an endpoint that was paused, or removed."""

FORGOTTEN_AT_ONCE = 300


class Look(Struct, frozen=True, kw_only=True):
    """How many lines to name."""

    limit: int = LINES


class Lines(Struct, frozen=True, kw_only=True):
    """The lines that go on now, by workspace, and when the next one does."""

    by_workspace: dict[Slug, tuple[EndpointId, ...]]
    next_at: Instant | None


class Pull(Struct, frozen=True, kw_only=True):
    """From which lines, and at most how many of each."""

    wanted: dict[EndpointId, int]


class Parcel(Struct, frozen=True, kw_only=True):
    """What goes out: where to, what, and what signs it."""

    endpoint: EndpointId
    delivery: Delivery
    url: str
    payload: bytes
    keys: tuple[SigningKey, ...]


class Pulled(Struct, frozen=True, kw_only=True):
    """What goes out now; `alone` are lines that get one at a time, `replaying` grow still."""

    parcels: tuple[Parcel, ...]
    alone: frozenset[EndpointId]
    replaying: tuple[EndpointId, ...]


class Result(Struct, frozen=True, kw_only=True):
    """How a try went; `chance`, from 0 to 1, spreads the next one."""

    delivery: Delivery
    outcome: Outcome
    attempt: Attempt
    chance: float


class Settle(Struct, frozen=True, kw_only=True):
    """How tries of one workspace's deliveries went."""

    results: tuple[Result, ...]


class Replaying(Struct, frozen=True, kw_only=True):
    """A line that is told again."""

    endpoint: EndpointId


class Forget(Struct, frozen=True, kw_only=True):
    """How many old deliveries to forget in one transaction."""

    limit: int = FORGOTTEN_AT_ONCE


def lines(ctx: Context, asked: Look) -> Lines:
    """Say which lines of which workspaces go on now."""
    entries.permit_house(ctx)
    found: dict[Slug, list[EndpointId]] = {}
    for workspace, endpoint in ctx.tx.deliveries.lines_due(limit=asked.limit):
        found.setdefault(workspace, []).append(endpoint)
    return Lines(
        by_workspace={workspace: tuple(each) for workspace, each in found.items()},
        next_at=ctx.tx.deliveries.next_line_at(),
    )


def pull(ctx: Context, asked: Pull) -> Pulled:
    """Return what goes out now of some lines."""
    entries.permit_house(ctx)
    parcels: list[Parcel] = []
    alone: set[EndpointId] = set()
    replaying: list[EndpointId] = []
    for name, most in asked.wanted.items():
        line = ctx.tx.deliveries.line(name)
        if line.replaying is not None:
            replaying.append(name)
        limit = most
        if line.standing.failures >= PATIENCE:
            alone.add(name)
            limit = 1
        if (line.standing.rests_until or 0) <= ctx.now:
            parcels += _parcels(ctx, name, limit)
    return Pulled(parcels=tuple(parcels), alone=frozenset(alone), replaying=tuple(replaying))


def _parcels(ctx: Context, name: EndpointId, limit: int) -> list[Parcel]:
    due = ctx.tx.deliveries.due(name, limit=limit)
    if not due:
        return []
    url = ""
    if name.startswith(signing.CALLBACKS):
        agent = name.removeprefix(signing.CALLBACKS).rpartition("_")[0]
        keys = signing.callback_keys(ctx, agent)
    else:
        kept = ctx.tx.endpoints.by_id(name)
        if kept is None or not kept.endpoint.on:
            return []
        url = kept.endpoint.url
        keys = live(signing.unseal(ctx, name, kept.sealed), ctx.now)
    return [
        Parcel(
            endpoint=name,
            delivery=each.delivery,
            url=each.url or url,
            payload=each.payload,
            keys=keys,
        )
        for each in due
    ]


def settle(ctx: Context, asked: Settle) -> None:
    """Keep how tries went, when the next ones are, and how each endpoint is doing."""
    entries.permit_house(ctx)
    lining.take_turns(ctx)
    by_line: dict[EndpointId, list[Result]] = {}
    for result in asked.results:
        by_line.setdefault(result.delivery.endpoint, []).append(result)
    for name, results in by_line.items():
        _settle(ctx, name, results)


def _settle(ctx: Context, name: EndpointId, results: list[Result]) -> None:
    rows = ctx.tx.deliveries
    kept = ctx.tx.endpoints.by_id(name)
    endpoint = kept.endpoint if kept else None
    line = rows.line(name)
    standing = line.standing
    ending: endpoints.Ending | None = None
    for result in results:
        stored = rows.at(name, result.delivery.position)
        if stored is None:
            continue  # its workspace forgot it, or it was removed meanwhile
        settled = _after(stored.delivery, result, now=ctx.now)
        rows.save(settled)
        rows.tried(name, settled.position, replace(result.attempt, number=settled.attempts))
        standing = deliveries.stand(standing, result.outcome, now=ctx.now)
        ending = ending or deliveries.ends(settled, standing, result.outcome, now=ctx.now)
    line = replace(line, standing=standing)
    on = endpoint is not None and endpoint.on
    if endpoint is None and not name.startswith(signing.CALLBACKS):
        return  # it was removed: no line is left of it
    rows.save_line(name, line, next_at=_next_at(ctx, name, line, endpoint))
    if endpoint is not None and on and ending is not None:
        lining.disable(ctx, endpoint, ending)


def _after(delivery: Delivery, result: Result, *, now: Instant) -> Delivery:
    """Return a delivery after a try; one that another worker settled stays settled."""
    if delivery.state is not State.WAITING:
        return replace(delivery, attempts=delivery.attempts + 1)
    return deliveries.settle(delivery, result.outcome, now=now, chance=result.chance)


def _next_at(
    ctx: Context, name: EndpointId, line: Line, endpoint: Endpoint | None
) -> Instant | None:
    """Return when a line goes on; one that is told nothing stands still."""
    if endpoint is not None and not endpoint.on:
        return None
    due = ctx.now if line.replaying is not None else ctx.tx.deliveries.first_due(name)
    if due is None:
        return None
    return Instant(max(due, line.standing.rests_until or 0))


def go_on_replaying(ctx: Context, asked: Replaying) -> bool:
    """Bring the next chunk of a replay in line; say whether to look at the line at once."""
    entries.permit_house(ctx)
    lining.take_turns(ctx)
    rows = ctx.tx.deliveries
    line = rows.line(asked.endpoint)
    kept = ctx.tx.endpoints.by_id(asked.endpoint)
    replaying = line.replaying
    if replaying is None or kept is None or not kept.endpoint.on:
        return False
    if rows.waits(asked.endpoint, most=AHEAD) >= AHEAD:
        return False
    found = ctx.tx.audit.after(replaying.after, limit=CHUNK)
    log = [row for row in found if row.position <= replaying.until]
    ears = lining.ears(ctx, (kept.endpoint,))
    brought = 0
    for told in entries.read(ctx, log):
        if any(lining.hears(ctx, ear, told) for ear in ears):
            packed = lining.pack(ctx, asked.endpoint, told)
            brought += lining.again(ctx, packed, missed_only=replaying.missed_only)
    if not ears:
        return False  # its creator left, so that it was ended just now
    over = len(log) < CHUNK
    rest = None if over else replace(replaying, after=log[-1].position)
    line = replace(line, replaying=rest)
    rows.save_line(asked.endpoint, line, next_at=ctx.now)
    return bool(brought) or not over


def forget(ctx: Context, asked: Forget) -> bool:
    """Forget deliveries whose time is over; end endpoints that are hopelessly behind."""
    entries.permit_house(ctx)
    for each in ctx.tx.endpoints.listening():
        if ctx.tx.deliveries.waits(each.id, most=MOST_WAITING) >= MOST_WAITING:
            lining.disable(ctx, each, endpoints.Ending.BEHIND)
    rows = ctx.tx.deliveries
    left = asked.limit
    for state, kept_for in KEPT.items():
        before = Instant(ctx.now - kept_for)
        for endpoint, position in rows.old(state, before=before, limit=left):
            rows.forget(endpoint, position)
            left -= 1
    return left <= 0
