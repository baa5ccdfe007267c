"""A value held against a JSON Schema whose costs are bounded (`schemas.check_schema`)."""

from collections.abc import Iterator
from typing import Any

import msgspec
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend

from signoff.domain.patterns import search
from signoff.domain.schemas import FORMATS, registry


def errors_of(schema: dict[str, Any], value: Any) -> list[ValidationError]:
    """Return where a value does not fit, in the order of its pointers.

    Raise Invalid for a text that is too long for a pattern, and ArithmeticError or
    RecursionError for what cannot be checked: `multipleOf` divides, however large the number.
    """
    validator = _Bounded(schema, registry=registry(), format_checker=FORMATS)
    return sorted(validator.iter_errors(value), key=lambda e: [str(p) for p in e.absolute_path])


def _pattern(_: Any, pattern: str, instance: Any, __: Any) -> Iterator[ValidationError]:
    if isinstance(instance, str) and not search(pattern, instance):
        yield ValidationError(f"{instance[:80]!r} does not match {pattern!r}")


def _unique(_: Any, wanted: Any, instance: Any, __: Any) -> Iterator[ValidationError]:
    """Compare items by their JSON, since comparing each with each may take for ever."""
    if wanted is True and isinstance(instance, list):
        seen = {msgspec.json.encode(each, order="deterministic") for each in instance}
        if len(seen) < len(instance):
            yield ValidationError("It holds the same item twice")


_Bounded: Any = extend(  # type: ignore[no-untyped-call]  # jsonschema has no type for it
    Draft202012Validator, {"pattern": _pattern, "uniqueItems": _unique}
)
