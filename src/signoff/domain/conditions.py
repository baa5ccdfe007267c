"""What a client of a drive says must be so before its request is done.

An `If` header (RFC 4918, section 10.4) speaks of any resources; what it saw of the request's
own, and when, it says with If-Match and If-Unmodified-Since (RFC 9110, 13.1).

A header is true if for one of its resources one of the lists is; a list, if all of its
conditions are. Naming a lock's token in it submits the token, whatever the outcome.
"""

from collections.abc import Callable, Iterator

from msgspec import Struct

from signoff.domain.ids import SECOND, Instant, LockToken, Path


class Condition(Struct, frozen=True):
    """What must be so, or with `negated` must not: a lock's token, or an entity tag."""

    token: LockToken | None = None
    etag: str | None = None
    negated: bool = False


class Clause(Struct, frozen=True):
    """The lists that are said of one resource: one of them must be true of it.

    `path` is where it stands in the workspace; None for what is not in it, of which nothing
    is true but what is negated.
    """

    path: Path | None
    lists: tuple[tuple[Condition, ...], ...]


class Seen(Struct, frozen=True, kw_only=True):
    """How the request's own resource was when the client saw it.

    `matches` are the entity tags of If-Match, or `*`; if there are any, the seconds of
    If-Unmodified-Since are passed over (RFC 9110, 13.1.4).
    """

    path: Path
    matches: tuple[str, ...] = ()
    unmodified_since: int | None = None


class Conditions(Struct, frozen=True):
    """A whole `If` header, and what was seen."""

    clauses: tuple[Clause, ...] = ()
    seen: Seen | None = None

    @property
    def paths(self) -> tuple[Path, ...]:
        """Return the paths that it speaks of, each once."""
        own = () if self.seen is None else (self.seen.path,)
        named = (each.path for each in self.clauses if each.path is not None)
        return tuple(dict.fromkeys((*own, *named)))

    @property
    def tokens(self) -> frozenset[LockToken]:
        """Return the tokens that it submits."""
        return frozenset(
            condition.token for condition in self._every() if condition.token is not None
        )

    def _every(self) -> Iterator[Condition]:
        return (one for clause in self.clauses for each in clause.lists for one in each)


class Standing(Struct, frozen=True):
    """What is so at a path: a file's entity tag and time, and the locks that cover it."""

    is_there: bool = False
    etag: str | None = None
    modified_at: Instant | None = None
    tokens: frozenset[LockToken] = frozenset()


NOTHING = Standing()


def hold(conditions: Conditions, standing: Callable[[Path], Standing]) -> bool:
    """Say whether what a client says is so; who says nothing is always right."""
    seen = conditions.seen
    if seen is not None and not _is_as_seen(seen, standing(seen.path)):
        return False
    if not conditions.clauses:
        return True
    for clause in conditions.clauses:
        stands = NOTHING if clause.path is None else standing(clause.path)
        if any(_all(each, stands) for each in clause.lists):
            return True
    return False


def _is_as_seen(seen: Seen, standing: Standing) -> bool:
    if seen.matches:
        return (standing.is_there and "*" in seen.matches) or standing.etag in seen.matches
    if seen.unmodified_since is None or standing.modified_at is None:
        return True
    return standing.modified_at // SECOND <= seen.unmodified_since


def _all(conditions: tuple[Condition, ...], standing: Standing) -> bool:
    return all(_is_so(condition, standing) is not condition.negated for condition in conditions)


def _is_so(condition: Condition, standing: Standing) -> bool:
    if condition.token is not None:
        return condition.token in standing.tokens
    return condition.etag == standing.etag
