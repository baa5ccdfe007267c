"""Patterns for paths: `*` and `?` within a name, `**` for any number of names."""

from functools import lru_cache

from signoff.domain.errors import Code, Invalid
from signoff.domain.files import MAX_DEPTH, MAX_PATH_BYTES, name_key


def check_glob(pattern: str, *, code: Code = Code.INVALID) -> None:
    """Refuse a pattern that matches nothing or is longer than any path."""
    names = pattern.split("/")
    if not pattern or "" in names or len(names) > MAX_DEPTH:
        raise Invalid(
            f"“{pattern[:80]}” is no pattern for paths",
            code=code,
            hint="Write it like `invoices/**` or `*.csv`, without a slash at the ends.",
        )
    if len(pattern.encode(errors="replace")) > MAX_PATH_BYTES:
        raise Invalid("The pattern is longer than any path", code=code)


def matches(pattern: str, path: str) -> bool:
    """Say whether a path is one that the pattern means; case does not count.

    A pattern without a slash means the last name, wherever it stands. The time taken is at
    most the product of the two lengths, whatever the pattern.
    """
    wanted = _split(name_key(pattern))
    given = tuple(name_key(path).split("/"))
    if len(wanted) == 1 and wanted != ("**",):
        return _name_matches(wanted[0], given[-1])
    reach = {0}
    for part in wanted:
        if part == "**":
            reach = set(range(min(reach), len(given) + 1))
        else:
            reach = {n + 1 for n in reach if n < len(given) and _name_matches(part, given[n])}
        if not reach:
            return False
    return len(given) in reach


@lru_cache(maxsize=1024)
def _split(pattern: str) -> tuple[str, ...]:
    return tuple(pattern.split("/"))


def _name_matches(pattern: str, name: str) -> bool:
    """Match one name: on a miss, let the last star swallow one character more."""
    p = n = 0
    star, mark = -1, 0
    while n < len(name):
        if p < len(pattern) and pattern[p] == "*":
            star, mark = p, n
            p += 1
        elif p < len(pattern) and pattern[p] in {"?", name[n]}:
            p += 1
            n += 1
        elif star >= 0:
            mark += 1
            p, n = star + 1, mark
        else:
            return False
    return not pattern[p:].strip("*")
