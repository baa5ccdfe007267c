"""JSON files of a package, held against the schemas that its sidecar gives for them.

An approval of a file that does not fit its schema is refused: what runs on approved bytes may
rely on their shape, whoever edited them last.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from signoff.domain.documents import MAX_BYTES, read_json, text_of
from signoff.domain.errors import Code, Invalid
from signoff.domain.pointers import at_key
from signoff.domain.schemas import check_schema
from signoff.domain.sidecars import Flag
from signoff.domain.validators import Effort, errors_of

MAX_VALUES = 1_000
"""Each value may be held against each part of the schema."""
MAX_PROBLEMS = 20

Schemas = Mapping[str, dict[str, Any]]


class Misfit(Struct, frozen=True, kw_only=True):
    """Where a file does not fit its schema; `at` is a JSON pointer into it (RFC 6901)."""

    file: str
    at: str
    message: str


def check_schemas(schemas: Schemas) -> None:
    """Refuse a schema that cannot be used, and say which and where."""
    for path, schema in schemas.items():
        at = at_key("/schemas", path)
        try:
            check_schema(schema)
        except Invalid as refusal:
            raise Invalid(
                f"At {at}: {refusal.message}",
                hint="The reference on sidecars says what a schema may be.",
                at=at,
            ) from refusal


def unusable(schemas: Schemas) -> tuple[Flag, ...]:
    """Return a flag for each schema that cannot be used: nothing is held against it."""
    flags = []
    for path, schema in schemas.items():
        try:
            check_schema(schema)
        except Invalid as refusal:
            words = f"The schema of “{path}” is not used. {refusal.message}"
            flags.append(Flag(severity="warning", message=words, file=path))
    return tuple(flags)


def misfits(
    path: str, schema: dict[str, Any], raw: bytes, *, effort: Effort | None = None
) -> tuple[Misfit, ...]:
    """Return where a file does not fit its schema; a schema that cannot be used fits all.

    Several files share the `effort` of their act.
    """
    try:
        usable = check_schema(schema)
    except Invalid:
        return ()
    try:
        value = read_json(text_of(raw))
        _check_count(value)
        return tuple(
            Misfit(file=path, at=_pointer(error.absolute_path), message=error.message[:300])
            for error in errors_of(usable, value, effort=effort)
        )
    except Invalid as refusal:
        return (Misfit(file=path, at="", message=refusal.message),)
    except (ArithmeticError, RecursionError) as broken:
        return (Misfit(file=path, at="", message=f"It cannot be checked: {broken}"),)


def too_large(path: str, size: int) -> Misfit | None:
    """Return the misfit of a file that is too large to be held against anything."""
    if size <= MAX_BYTES:
        return None
    words = f"It is {size:,} bytes long; {MAX_BYTES:,} is the most that is checked"
    return Misfit(file=path, at="", message=words)


def flags_of(found: Sequence[Misfit]) -> tuple[Flag, ...]:
    """Return a flag for each place that is mended before anybody can approve it."""
    return tuple(
        Flag(severity="warning", message=sentence(each), file=each.file)
        for each in found[:MAX_PROBLEMS]
    )


def sentence(misfit: Misfit) -> str:
    """Return what is wrong, and where, for people."""
    return f"“{misfit.file}” does not fit its schema at {misfit.at or '/'}: {misfit.message}"


def mismatch(found: Sequence[Misfit], *, hint: str) -> Invalid:
    """Return the refusal (`schema_mismatch`) that says every place."""
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    return Invalid(
        f"{sentence(found[0])}{more}",
        code=Code.SCHEMA_MISMATCH,
        hint=hint,
        file=found[0].file,
        at=found[0].at,
        problems=[msgspec.to_builtins(each) for each in found[:MAX_PROBLEMS]],
    )


def _pointer(parts: Any) -> str:
    at = ""
    for part in parts:
        at = at_key(at, part)
    return at


def _check_count(value: Any) -> None:
    count, level = 0, [value]
    while level:
        count += len(level)
        if count > MAX_VALUES:
            raise Invalid(f"It holds more than {MAX_VALUES:,} values, too many to be checked")
        level = [
            child
            for each in level
            if isinstance(each, dict | list)
            for child in (each.values() if isinstance(each, dict) else each)
        ]
