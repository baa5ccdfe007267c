"""A value held against a JSON Schema, both from anybody: what that may cost is bounded."""

from collections.abc import Callable, Iterator
from typing import Any, Final

import msgspec
from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend

from signoff.domain.errors import Invalid
from signoff.domain.patterns import cost_of, search
from signoff.domain.schemas import FORMATS, registry

MOST: Final = 50_000
"""So many units of about ten microseconds may the checks of one act take."""
FOR_ERROR: Final = 10
FOR_PATTERN: Final = 10
STEPS: Final = 50_000
"""So many steps of a regular expression, as they are estimated, are a unit."""
ITEMS: Final = 20
"""So many items that a keyword looks at are a unit."""


class Effort:
    """What an act may still spend on checks: each by itself is bounded, many are not."""

    def __init__(self, most: int = MOST) -> None:
        self._left = most

    def spend(self, units: float) -> None:
        """Spend some; raise Invalid when nothing is left."""
        self._left -= int(units)
        if self._left < 0:
            raise Invalid("It takes too long to be held against its schema")


def errors_of(
    schema: dict[str, Any], value: Any, *, effort: Effort | None = None
) -> list[ValidationError]:
    """Return where a value does not fit, in the order of its pointers.

    Raise Invalid for what takes too long or is too long for a pattern, and ArithmeticError or
    RecursionError for what cannot be checked: `multipleOf` divides, however large the number.
    """
    spending = _Spending(effort or Effort())
    validator = _Bounded(schema, registry=registry(), format_checker=spending)
    return sorted(validator.iter_errors(value), key=lambda e: [str(p) for p in e.absolute_path])


class _Spending(FormatChecker):
    """The formats, and the effort: the one thing that validators of parts are all given."""

    def __init__(self, effort: Effort) -> None:
        super().__init__(formats=())
        self.checkers = FORMATS.checkers
        self.effort = effort


_Check = Callable[[Any, Any, Any, Any], Iterator[ValidationError] | None]


def _counted(check: _Check) -> _Check:
    """Return a keyword's check that spends what it takes."""

    def counted(
        validator: Any, wanted: Any, instance: Any, schema: Any
    ) -> Iterator[ValidationError]:
        effort: Effort = validator.format_checker.effort
        effort.spend(1 + (_length(wanted) + _length(instance)) / ITEMS)
        for error in check(validator, wanted, instance, schema) or ():
            effort.spend(FOR_ERROR)
            yield error

    return counted


def _length(value: Any) -> int:
    return len(value) if isinstance(value, list | dict) else 0


def _pattern(validator: Any, pattern: str, instance: Any, _: Any) -> Iterator[ValidationError]:
    if not isinstance(instance, str):
        return
    steps = cost_of(pattern, len(instance))
    validator.format_checker.effort.spend(FOR_PATTERN + steps / STEPS)
    if not search(pattern, instance):
        yield ValidationError(f"{instance[:80]!r} does not match {pattern!r}")


def _unique(_: Any, wanted: Any, instance: Any, __: Any) -> Iterator[ValidationError]:
    """Compare items by their JSON, since comparing each with each may take for ever."""
    if wanted is True and isinstance(instance, list):
        seen = {msgspec.json.encode(each, order="deterministic") for each in instance}
        if len(seen) < len(instance):
            yield ValidationError("It holds the same item twice")


_KEYWORDS = Draft202012Validator.VALIDATORS | {"pattern": _pattern, "uniqueItems": _unique}
_Bounded: Any = extend(  # type: ignore[no-untyped-call]  # jsonschema has no type for it
    Draft202012Validator, {name: _counted(check) for name, check in _KEYWORDS.items()}
)
