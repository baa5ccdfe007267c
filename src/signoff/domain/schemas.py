"""JSON Schemas: the one that we publish, and the bounds of those that agents send."""

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import date, datetime
from functools import lru_cache
from typing import Any

import msgspec
from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import SchemaError
from referencing import Registry

from signoff.domain.documents import check_depth
from signoff.domain.errors import Invalid
from signoff.domain.patterns import cost_of
from signoff.domain.sidecars import KINDS, SCHEMA_ID, SEVERITIES, VERSION

MAX_SCHEMA_BYTES = 16 * 1024
MAX_SCHEMA_DEPTH = 16
MAX_SCHEMA_NODES = 1_000
MAX_NODES_TOGETHER = 2_000

DIALECT = "https://json-schema.org/draft/2020-12/schema"
FORMATS = FormatChecker(formats=())
"""The formats that are checked, the same ones whatever else is installed."""

_ALONE = ("$dynamicRef", "$recursiveRef", "$id", "$anchor", "$dynamicAnchor", "$vocabulary")


def check_schema(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return a schema that may be validated with: local references written out, costs bounded.

    Raise Invalid for one that is no schema, is too large, refers to another document or to
    itself, or holds a regular expression that may take for ever.
    """
    check_depth(schema, limit=MAX_SCHEMA_DEPTH)
    if len(msgspec.json.encode(schema)) > MAX_SCHEMA_BYTES:
        raise Invalid(f"The schema is longer than {MAX_SCHEMA_BYTES:,} bytes")
    whole = _Expansion(schema).run()
    fault = _fault_of(msgspec.json.encode(whole))
    if fault is not None:
        at, message = fault
        raise Invalid(f"At {at}: {message}", at=at)
    return whole


@lru_cache(maxsize=256)
def _fault_of(encoded: bytes) -> tuple[str, str] | None:
    """Say where a schema is none, and why; remembered, since it takes up to half a second."""
    try:
        Draft202012Validator.check_schema(msgspec.json.decode(encoded))
    except SchemaError as broken:
        at = "/" + "/".join(str(part) for part in broken.absolute_path)
        return at, broken.message[:200]
    return None


def check_together(schemas: Iterable[Mapping[str, Any]]) -> None:
    """Refuse schemas that are together more than one package needs."""
    count = 0
    for schema in schemas:
        expansion = _Expansion(schema)
        with suppress(Invalid):  # which one cannot be used is told later, and costs nothing
            expansion.run()
            count += expansion.count
    if count > MAX_NODES_TOGETHER:
        raise Invalid(
            f"The schemas of questions and files have more than {MAX_NODES_TOGETHER:,} parts"
        )


@FORMATS.checks("date", raises=ValueError)
def _is_date(value: Any) -> bool:
    return not isinstance(value, str) or date.fromisoformat(value).isoformat() == value


@FORMATS.checks("date-time", raises=ValueError)
def _is_date_time(value: Any) -> bool:
    """RFC 3339 asks for the zone, and for a letter or a space before the time."""
    if not isinstance(value, str):
        return True
    return value[10:11] in {"T", "t", " "} and datetime.fromisoformat(value).tzinfo is not None


@FORMATS.checks("email")
def _is_email(value: Any) -> bool:
    if not isinstance(value, str):
        return True
    name, _, host = value.rpartition("@")
    return bool(name and host) and not any(each.isspace() for each in value)


@FORMATS.checks("uri")
def _is_uri(value: Any) -> bool:
    if not isinstance(value, str):
        return True
    return re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s\x00-\x1f]+", value) is not None


def registry() -> Registry[Any]:
    """Return the documents that a schema may refer to: none."""
    return Registry()


class _Expansion:
    """A schema whose `#/$defs/…` are put where they are used, as often as is reasonable."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self._schema = schema
        self.count = 0
        self._open: list[str] = []

    def run(self) -> dict[str, Any]:
        top = {key: value for key, value in self._schema.items() if key != "$schema"}
        whole: dict[str, Any] = self._written_out(top)
        whole.pop("$defs", None)
        return whole

    def _written_out(self, value: Any) -> Any:
        self.count += 1
        if self.count > MAX_SCHEMA_NODES:
            raise Invalid("The schema is too large once its references are written out")
        if isinstance(value, list):
            return [self._written_out(each) for each in value]
        if not isinstance(value, dict):
            return value
        for key in _ALONE:
            if isinstance(value.get(key), str):
                raise Invalid(f"“{key}” is not read; write the schema out")
        _check_patterns(value)
        plain = {
            key: self._written_out(each)
            for key, each in value.items()
            if key not in {"$ref", "$defs"}
        }
        target = value.get("$ref")
        if not isinstance(target, str):
            return plain
        return self._followed(target, plain)

    def _followed(self, target: str, plain: dict[str, Any]) -> Any:
        if not target.startswith("#/$defs/"):
            raise Invalid(f"The schema refers to “{target[:80]}”; only #/$defs/ is followed")
        if target in self._open:
            raise Invalid(f"“{target[:80]}” refers to itself")
        found = self._schema.get("$defs", {})
        for part in target.removeprefix("#/$defs/").split("/"):
            key = part.replace("~1", "/").replace("~0", "~")
            found = found.get(key) if isinstance(found, dict) else None
        if not isinstance(found, dict | bool):
            raise Invalid(f"“{target[:80]}” is not there")
        self._open.append(target)
        meant = self._written_out(found)
        self._open.pop()
        return {"allOf": [meant], **plain} if plain and "allOf" not in plain else meant


def _check_patterns(value: dict[str, Any]) -> None:
    if "patternProperties" in value:
        raise Invalid("“patternProperties” is not read; name the properties")
    if isinstance(pattern := value.get("pattern"), str):
        cost_of(pattern, 0)


_TEXT = {"type": "string"}
_TEXTS = {"type": "array", "items": _TEXT}


def _object(properties: dict[str, Any], *required: str) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(required)}


_FLAG = _object(
    {
        "severity": {
            "enum": list(SEVERITIES),
            "default": SEVERITIES[0],
            "description": "Other words are kept and treated as the gravest.",
        },
        "message": {"type": "string", "minLength": 1},
        "file": {"type": "string", "description": "A path in the package."},
        "anchor": _object(
            {
                "line": {"type": "integer", "minimum": 0},
                "end_line": {"type": "integer", "minimum": 0},
                "row": {"type": "integer", "minimum": 0},
                "column": _TEXT,
                "page": {"type": "integer", "minimum": 0},
                "region": {
                    "type": "array",
                    "items": {"type": "number", "minimum": 0, "maximum": 1},
                    "minItems": 4,
                    "maxItems": 4,
                    "description": "x, y, width and height in parts of the page.",
                },
                "quote": _TEXT,
            }
        ),
    },
    "message",
)

_QUESTION = _object(
    {
        "id": {"type": "string", "maxLength": 100},
        "text": {"type": "string", "minLength": 1},
        "schema": {"type": "object", "description": "The JSON Schema of the answer."},
        "required": {"type": "boolean", "default": True},
    },
    "id",
    "text",
)

SIDECAR: dict[str, Any] = {
    "$schema": DIALECT,
    "$id": SCHEMA_ID,
    "title": "Signoff sidecar",
    "description": "What an agent says of a package. Unknown keys are kept and shown.",
    **_object(
        {
            "$schema": _TEXT,
            "version": {"const": VERSION},
            "kind": {"enum": list(KINDS), "description": "What is asked of people."},
            "title": {"type": "string", "maxLength": 300},
            "summary": {"type": "string", "description": "Markdown."},
            "confidence": {"type": "number", "minimum": 0, "maximum": 1},
            "flags": {"type": "array", "items": _FLAG, "maxItems": 500},
            "needs": {"type": "string", "description": "What an escalation cannot do without."},
            "questions": {"type": "array", "items": _QUESTION, "maxItems": 50},
            "checklist": {**_TEXTS, "maxItems": 500},
            "actions": {**_TEXTS, "maxItems": 500, "description": "What the agent did."},
            "sources": {
                "type": "array",
                "maxItems": 500,
                "items": _object(
                    {
                        "path": _TEXT,
                        "url": _TEXT,
                        "digest": {"type": "string", "pattern": "^sha256:[0-9a-f]{64}$"},
                    }
                ),
            },
            "reviewers": {**_TEXTS, "description": "E-mail addresses or group:NAME."},
            "required": {"type": "integer", "minimum": 1, "maximum": 50},
            "priority": {"type": "integer", "minimum": -100, "maximum": 100},
            "due_at": {"type": "string", "format": "date-time"},
            "agent": _object(
                dict.fromkeys(("name", "version", "model", "run_id", "trace_url"), _TEXT)
            ),
            "callback_url": {"type": "string", "format": "uri"},
            "correlation": _TEXT,
            "schemas": {
                "type": "object",
                "additionalProperties": {"type": "object"},
                "maxProperties": 20,
                "description": "The JSON Schemas of files of the package, by path in it.",
            },
            "extra": {"type": "object", "description": "Whatever else there is to say."},
        }
    ),
}
"""The published JSON Schema (2020-12) of what the server writes and likes best to read."""
