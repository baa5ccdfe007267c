"""What a WebDAV client says must be so before its request is done (RFC 4918, section 10.4).

A header is true if for one of its resources one of the lists is; a list, if all of its
conditions are. Naming a lock's token in it submits the token, whatever the outcome.
"""

from collections.abc import Callable, Iterator

from msgspec import Struct

from signoff.domain.ids import LockToken, Path


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


class Conditions(Struct, frozen=True):
    """A whole `If` header."""

    clauses: tuple[Clause, ...] = ()

    @property
    def paths(self) -> tuple[Path, ...]:
        """Return the paths that it speaks of, each once."""
        return tuple({each.path: None for each in self.clauses if each.path is not None})

    @property
    def tokens(self) -> frozenset[LockToken]:
        """Return the tokens that it submits."""
        return frozenset(
            condition.token for condition in self._every() if condition.token is not None
        )

    def _every(self) -> Iterator[Condition]:
        return (one for clause in self.clauses for each in clause.lists for one in each)


class Standing(Struct, frozen=True):
    """What is so at a path: its entity tag, if it is a file, and the locks that cover it."""

    etag: str | None = None
    tokens: frozenset[LockToken] = frozenset()


NOTHING = Standing()


def hold(conditions: Conditions, standing: Callable[[Path], Standing]) -> bool:
    """Say whether what a client says is so; who says nothing is always right."""
    if not conditions.clauses:
        return True
    for clause in conditions.clauses:
        stands = NOTHING if clause.path is None else standing(clause.path)
        if any(_all(each, stands) for each in clause.lists):
            return True
    return False


def _all(conditions: tuple[Condition, ...], standing: Standing) -> bool:
    return all(_is_so(condition, standing) is not condition.negated for condition in conditions)


def _is_so(condition: Condition, standing: Standing) -> bool:
    if condition.token is not None:
        return condition.token in standing.tokens
    return condition.etag == standing.etag
