"""An act that is done only if what its caller says is so, in the headers of WebDAV or HTTP."""

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from signoff.actions import file_views, noted, reach, sights
from signoff.actions.context import Context, NeedsBytes, NeedsStaging
from signoff.domain import locks
from signoff.domain.conditions import NOTHING, Conditions, Standing, hold
from signoff.domain.errors import Forbidden, Invalid, Malformed, NotFound, Refusal, Stale
from signoff.domain.files import Node
from signoff.domain.ids import SECOND, Instant, Path
from signoff.store.rehearsals import rehearsal

P = TypeVar("P")
R = TypeVar("R")


def under(
    conditions: Conditions, action: Callable[[Context, P], R]
) -> Callable[[Context, P], R]:
    """Return the action, to be refused if the conditions do not hold when it is done (412).

    They are judged in its transaction, and nobody changes what they speak of until it is over.
    """
    if not conditions.clauses and conditions.seen is None:
        return action

    @wraps(action)
    def conditioned(ctx: Context, asked: P) -> R:
        if hold(conditions, _Standings(ctx, conditions)):
            return action(ctx, asked)
        raise _first_refusal(ctx, action, asked)

    return conditioned


def _first_refusal(ctx: Context, action: Callable[[Context, P], R], asked: P) -> Refusal:
    """Return what comes before conditions that do not hold, or that they do not (RULES 17)."""
    stale = Stale(
        "What the request says of its resource is not so",
        hint="Look again at the lock and the entity tag, then send those.",
    )
    try:
        with rehearsal(ctx.tx, stale):
            action(ctx, asked)
    except _BEFORE as refusal:
        return refusal
    except (Refusal, NeedsBytes, NeedsStaging):
        return stale
    return stale


_BEFORE = (NotFound, Forbidden, Malformed, Invalid)


class _Standings:
    """What is so at the paths that conditions speak of, as the caller may know it."""

    def __init__(self, ctx: Context, conditions: Conditions) -> None:
        self._ctx = ctx
        alone = [path for path in conditions.paths if path]
        self._places = {each.path: each for each in reach.take_hold(ctx, alone=alone)}

    def __call__(self, path: Path) -> Standing:
        place = self._places.get(path) or reach.find(self._ctx, path)
        if not reach.is_own(self._ctx, place) and sights.hides(self._ctx, place.path):
            return NOTHING
        node = place.node
        if node is not None:
            node = file_views.as_seen(self._ctx, node, locks=place.locks, chain=place.ids)
        tokens = {
            lock.token
            for lock in place.locks
            if locks.covers(lock, place.ids) and not locks.expired(lock, self._ctx.now)
        }
        if place.claim is not None and place.claim.token is not None:
            tokens.add(place.claim.token)
        is_file = node is not None and not node.is_folder
        return Standing(
            is_there=node is not None,
            etag=node.etag if node is not None and is_file else None,
            modified_at=self._modified(node) if node is not None and is_file else None,
            tokens=frozenset(tokens),
        )

    def _modified(self, node: Node) -> Instant:
        """Return when a file was changed, as its Last-Modified says."""
        given = noted.of(self._ctx, node).given.mtime_seconds
        return node.modified_at if given is None else Instant(given * SECOND)
