"""What must be so, read: the `If` header (RFC 4918, 10.4), what was seen (RFC 9110, 13.1)."""

import re
from collections.abc import Callable

from signoff.asgi.answers import Request
from signoff.asgi.contents import etags, seconds_of
from signoff.domain.conditions import Clause, Condition, Conditions, Seen
from signoff.domain.errors import Malformed, TooLarge
from signoff.domain.ids import LockToken, Path

MAX_LENGTH = 8 * 1024
MAX_CONDITIONS = 200

_TOKEN = re.compile(
    r"\s*(?:(?P<open>\()|(?P<close>\))|(?P<not>Not(?=[\s<\[]))|<(?P<url>[^<>\s]*)>"
    r"|\[\s*(?P<etag>(?:W/)?\"[^\"]*\")\s*\])",
    re.IGNORECASE,
)

_JUDGED_WITH_THE_FILE = frozenset({"GET", "HEAD"})

Whose = Callable[[str], Path | None]
"""Which path of the workspace an address names; None for what is not in it."""


def conditions_of(header: str, *, own: Path, whose: Whose) -> Conditions:
    """Return what an `If` header says; lists without a resource speak of `own`.

    Refuses what does not follow the grammar: a client that said it wrong is not guessed at.
    """
    if not header.strip():
        return Conditions()
    if len(header) > MAX_LENGTH:
        raise TooLarge(f"An If header is at most {MAX_LENGTH} characters here")
    reader = _Reader(header)
    clauses: list[Clause] = []
    if reader.next == "open":
        clauses.append(Clause(own, reader.lists()))
    else:
        while reader.next == "url":
            clauses.append(Clause(whose(reader.take()), reader.lists()))
    reader.end()
    return Conditions(tuple(clauses))


def seen_by(request: Request, *, own: Path) -> Seen | None:
    """Return how the client of a request saw what it is about to change; None if it is silent.

    Of a copy or a move that is what is copied or moved: there the request is sent to.
    """
    if request.method in _JUDGED_WITH_THE_FILE:
        return None
    matches = etags(request.header(b"if-match"))
    since = seconds_of(request.header(b"if-unmodified-since"))
    if not matches and since is None:
        return None
    return Seen(path=own, matches=matches, unmodified_since=since)


class _Reader:
    """A header and how far it was read; `next` is what kind of thing comes now."""

    def __init__(self, header: str) -> None:
        self._header = header.strip()
        self._at = 0
        self._count = 0
        self._found: re.Match[str] | None = None
        self.next: str | None = None
        self._look()

    def _look(self) -> None:
        self._found = _TOKEN.match(self._header, self._at)
        self.next = self._found.lastgroup if self._found else None

    def take(self) -> str:
        """Return what comes now, and go on behind it."""
        if self._found is None or self.next is None:
            raise self._broken()
        value = self._found.group(self.next)
        self._at = self._found.end()
        self._look()
        return value

    def lists(self) -> tuple[tuple[Condition, ...], ...]:
        """Read one list or more."""
        found: list[tuple[Condition, ...]] = []
        while self.next == "open":
            self.take()
            found.append(self._list())
        if not found:
            raise self._broken()
        return tuple(found)

    def _list(self) -> tuple[Condition, ...]:
        found: list[Condition] = []
        while self.next != "close":
            found.append(self._condition())
        self.take()
        if not found:
            raise self._broken()
        return tuple(found)

    def _condition(self) -> Condition:
        self._count += 1
        if self._count > MAX_CONDITIONS:
            raise TooLarge(f"An If header has at most {MAX_CONDITIONS} conditions here")
        negated = self.next == "not"
        if negated:
            self.take()
        if self.next == "url":
            return Condition(token=LockToken(self.take()), negated=negated)
        if self.next == "etag":
            return Condition(etag=self.take(), negated=negated)
        raise self._broken()

    def end(self) -> None:
        """Refuse what stands behind the last list."""
        if self._at != len(self._header):
            raise self._broken()

    def _broken(self) -> Malformed:
        return Malformed(
            f"The If header cannot be read at character {self._at + 1}",
            hint='RFC 4918, section 10.4, has its grammar: If: (<token> ["etag"]).',
        )
