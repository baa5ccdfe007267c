"""Bounded reading of JSON and YAML that anybody may have written."""

import math
from datetime import date, datetime
from typing import Any

import msgspec
import yaml

from signoff.domain.errors import Code, Invalid

MAX_BYTES = 256 * 1024
MAX_FRONT_BYTES = 64 * 1024
MAX_DEPTH = 32
MAX_ENDLESS = 2**63

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

# What PyYAML lets through of its own and of Python's: it was not written for bad input.
_YAML_ERRORS = (
    yaml.YAMLError,
    ValueError,
    OverflowError,
    RecursionError,
    TypeError,
    LookupError,
)


def text_of(raw: bytes, *, code: Code = Code.INVALID) -> str:
    """Return the text of bytes in UTF-8, with or without a byte order mark."""
    if len(raw) > MAX_BYTES:
        raise Invalid(
            f"It is {len(raw):,} bytes long; {MAX_BYTES:,} is the most",
            code=code,
            hint="Put the bulk into a file of the package.",
        )
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as broken:
        raise Invalid(
            f"It is not UTF-8: byte {broken.start} is no part of a character",
            code=code,
            hint="Save it as UTF-8.",
        ) from broken


def read_json(text: str, *, code: Code = Code.INVALID) -> Any:
    """Return the value of a JSON document (RFC 8259), at most `MAX_DEPTH` deep."""
    try:
        value = msgspec.json.decode(text)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as broken:
        raise Invalid(f"It is not JSON: {broken}", code=code) from broken
    check_depth(value, code=code)
    return value


def read_yaml(text: str, *, code: Code = Code.INVALID) -> Any:
    """Return the value of a YAML document as JSON would have it.

    Anchors, aliases and tags are refused: a few of them can stand for gigabytes.
    """
    if len(text.encode(errors="replace")) > MAX_FRONT_BYTES:
        raise Invalid(f"YAML may be {MAX_FRONT_BYTES:,} bytes long at most", code=code)
    try:
        _check_events(text, code)
        value = yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader, in C or not
        return _plain(value, "", code)
    except _YAML_ERRORS as broken:
        mark = getattr(broken, "problem_mark", None)
        where = f" at line {mark.line + 1}" if mark else ""
        what = getattr(broken, "problem", None) or type(broken).__name__
        raise Invalid(f"It is not YAML that can be read: {what}{where}", code=code) from broken


def write_yaml(value: Any) -> str:
    """Return a value of JSON as YAML that people read and `read_yaml` reads alike."""
    return str(
        yaml.safe_dump(value, sort_keys=False, allow_unicode=True, default_flow_style=False)
    )


def line_of(text: str, place: tuple[str | int, ...]) -> int | None:
    """Return the line on which a key or an item of a YAML or JSON text stands, from 1.

    Of a place that is not there it is the line of the nearest above it that is.
    """
    try:
        node = yaml.compose(text, Loader=_Loader)
    except _YAML_ERRORS:
        return None
    line: int | None = None
    for part in place:
        inner = _inner(node, part)
        if inner is None:
            break
        line, node = inner[0].start_mark.line + 1, inner[1]
    return line


def _inner(node: Any, part: str | int) -> tuple[Any, Any] | None:
    """Return the node by which a part is found, and what stands there."""
    if isinstance(node, yaml.MappingNode):
        pairs: list[tuple[Any, Any]] = node.value
        return next(((key, value) for key, value in pairs if key.value == part), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int):
        return (node.value[part], node.value[part]) if part < len(node.value) else None
    return None


def _check_events(text: str, code: Code) -> None:
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        line = event.start_mark.line + 1 if event.start_mark else 0
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise Invalid(f"YAML anchors and aliases are not read (line {line})", code=code)
        if getattr(event, "tag", None):
            raise Invalid(f"YAML tags are not read (line {line})", code=code)
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            raise _too_deep(code)


def _plain(value: Any, at: str, code: Code) -> Any:
    match value:
        case dict():
            return {
                str(_plain(key, at, code)): _plain(each, f"{at}/{key}", code)
                for key, each in value.items()
            }
        case list():
            return [_plain(each, f"{at}/{n}", code) for n, each in enumerate(value)]
        case str():
            value.encode()
            return value
        case float() if not math.isfinite(value):
            raise Invalid(f"{at or '/'}: {value} is no number", code=code)
        case int() if abs(value) >= MAX_ENDLESS:
            raise Invalid(f"{at or '/'}: the number is too large", code=code)
        case datetime() | date():
            return value.isoformat()
        case None | bool() | int() | float():
            return value
        case _:
            raise Invalid(f"{at or '/'}: this cannot be written as JSON", code=code)


def check_depth(value: Any, *, limit: int = MAX_DEPTH, code: Code = Code.INVALID) -> None:
    """Refuse a value that is nested deeper than `limit`."""
    level = [value]
    for _ in range(limit + 1):
        level = [
            child
            for each in level
            if isinstance(each, dict | list)
            for child in (each.values() if isinstance(each, dict) else each)
        ]
        if not level:
            return
    raise _too_deep(code)


def _too_deep(code: Code) -> Invalid:
    return Invalid(f"It is nested more than {MAX_DEPTH} deep", code=code)


def front_matter(text: str) -> tuple[str, str] | None:
    """Split Markdown into the YAML between its first two `---` lines, and the rest."""
    lines = text.splitlines(keepends=True)
    if not lines or lines[0].rstrip() != "---":
        return None
    for n, line in enumerate(lines[1:], start=1):
        if line.rstrip() in {"---", "..."}:
            return "".join(lines[1:n]), "".join(lines[n + 1 :])
    return None
