"""A JSON object being read: each key is taken once, and a refusal says where (RFC 6901)."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from signoff.domain.errors import Invalid

MAX_TEXT = 64 * 1024

T = TypeVar("T")


def invalid(at: str, what: str) -> Invalid:
    """Return the refusal of a value, with its JSON pointer."""
    return Invalid(
        f"At {at or '/'}: {what}",
        hint="The reference on sidecars says what each field takes.",
        at=at,
    )


def at_key(at: str, key: str | int) -> str:
    """Return the JSON pointer of a member (RFC 6901, section 3)."""
    return f"{at}/{str(key).replace('~', '~0').replace('/', '~1')}"


def text_of(value: Any, at: str, *, most: int = MAX_TEXT) -> str:
    """Return a text; numbers and truths are written as JSON writes them."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if not isinstance(value, str):
        raise invalid(at, "this must be text")
    if len(value) > most:
        raise invalid(at, f"this is longer than {most:,} characters")
    return value


def number_of(value: Any, at: str) -> float:
    """Return a number, also one that stands in quotation marks."""
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError as broken:
            raise invalid(at, f"“{value[:40]}” is no number") from broken
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise invalid(at, "this must be a number")
    if not abs(value) < 2**53:  # also what is no number
        raise invalid(at, "this number is too large")
    return value


Reader = Callable[[Any, str], T]
"""Makes something of a value; told where it stands, so that a refusal can say so."""
Field = tuple[str, Reader[Any], tuple[str, ...]]
"""What a value is called by us, what reads it, its key in the document, and keys like it."""


def whole_of(*, least: int, most: int) -> Reader[int]:
    """Return what reads a whole number between the two."""

    def read(value: Any, at: str) -> int:
        number = number_of(value, at)
        if number != int(number) or not least <= number <= most:
            raise invalid(at, f"this must be a whole number from {least} to {most:,}")
        return int(number)

    return read


def list_of(read: Reader[T], *, most: int) -> Reader[tuple[T, ...]]:
    """Return what reads a list of what `read` makes; a single value is a list of one."""

    def read_all(value: Any, at: str) -> tuple[T, ...]:
        if not isinstance(value, list | tuple):
            return (read(value, at),) if value != "" else ()
        if len(value) > most:
            raise invalid(at, f"there are {len(value):,} of them; {most} is the most")
        return tuple([read(each, at_key(at, n)) for n, each in enumerate(value)])

    return read_all


class Object:
    """A JSON object and what has not been read of it yet.

    Of several keys the first is the format's own and must make sense; the others are only
    like it, and stay where they are if they do not.
    """

    def __init__(self, value: Any, at: str) -> None:
        if not isinstance(value, dict):
            raise invalid(at, "this must be an object")
        self._left: dict[str, Any] = dict(value)
        self._at = at

    def peek(self, key: str) -> Any:
        """Return a member and leave it there."""
        return self._left.get(key)

    def take(self, *keys: str) -> Any:
        """Return the first member of these names that is not null."""
        for key in keys:
            if self._left.get(key) is not None:
                return self._left.pop(key)
        return None

    def fields(self, fields: Iterable[Field]) -> dict[str, Any]:
        """Return what is said in each field, in their order; what says nothing is left out."""
        found = {}
        for name, read, keys in fields:
            if self._left.keys().isdisjoint(keys):
                continue
            value = self.one(read, *keys)
            if value not in (None, "", ()):
                found[name] = value
        return found

    def one(self, read: Reader[T], key: str, *like: str) -> T | None:
        """Return what `read` makes of the first of these members that it can read."""
        left = self._left
        if left.get(key) is not None:
            return read(left.pop(key), at_key(self._at, key))
        for other in like:
            if left.get(other) is None:
                continue
            try:
                found = read(left[other], at_key(self._at, other))
            except Invalid:
                continue
            del left[other]
            return found
        return None

    def text(self, key: str, *like: str) -> str | None:
        """Return a text."""
        return self.one(text_of, key, *like)

    def whole(self, key: str, *like: str, least: int = 0, most: int = 10_000_000) -> int | None:
        """Return a whole number between the two."""
        return self.one(whole_of(least=least, most=most), key, *like)

    def own(self, key: str) -> dict[str, Any]:
        """Take a member that is an object; anything else stays where it is."""
        value = self._left.get(key)
        if not isinstance(value, dict):
            return {}
        del self._left[key]
        return value

    def rest(self) -> dict[str, Any]:
        """Return what has not been taken; null says nothing."""
        return {key: value for key, value in self._left.items() if value is not None}
