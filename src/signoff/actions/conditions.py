"""An act that is done only if what its caller says is so: the `If` header of WebDAV."""

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from signoff.actions import reach
from signoff.actions.context import Context
from signoff.domain import locks
from signoff.domain.conditions import Conditions, Standing, hold
from signoff.domain.errors import Stale
from signoff.domain.ids import Path

P = TypeVar("P")
R = TypeVar("R")


def under(
    conditions: Conditions, action: Callable[[Context, P], R]
) -> Callable[[Context, P], R]:
    """Return the action, to be refused if the conditions do not hold when it is done (412).

    They are judged in its transaction, and nobody changes what they speak of until it is over.
    """
    if not conditions.clauses:
        return action

    @wraps(action)
    def conditioned(ctx: Context, asked: P) -> R:
        if not hold(conditions, _Standings(ctx, conditions)):
            raise Stale(
                "What the request's If header says is not so",
                hint="Look again at the lock and the entity tag, then send those.",
            )
        return action(ctx, asked)

    return conditioned


class _Standings:
    """What is so at the paths that conditions speak of, as the caller may know it."""

    def __init__(self, ctx: Context, conditions: Conditions) -> None:
        self._ctx = ctx
        alone = [path for path in conditions.paths if path]
        self._places = {each.path: each for each in reach.take_hold(ctx, alone=alone)}

    def __call__(self, path: Path) -> Standing:
        place = self._places.get(path) or reach.find(self._ctx, path)
        node = place.node
        tokens = {
            lock.token
            for lock in place.locks
            if locks.covers(lock, place.ids) and not locks.expired(lock, self._ctx.now)
        }
        if place.claim is not None and place.claim.token is not None:
            tokens.add(place.claim.token)
        return Standing(
            etag=None if node is None or node.is_folder else node.etag,
            tokens=frozenset(tokens),
        )
