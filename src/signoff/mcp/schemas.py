"""JSON Schemas of what a tool takes and answers, made from the types themselves.

They stand in a model's context for as long as it works, so they say what it needs and no more:
of what is taken every word that helps to fill it in, of what is answered its shape.
"""

from typing import Any

import msgspec
from msgspec import Struct

from signoff.mcp.messages import Json

DEPTH = 2
"""So deep is told what an answer is made of; what lies deeper is read in the answer."""


def taken(kind: type[Struct]) -> Json:
    """Return the schema of arguments, without what the tool's own description says."""
    whole, parts = _components(kind)
    found = _plain({**whole, "$defs": parts} if parts else whole)
    assert isinstance(found, dict)
    del found["description"]
    return {name: each for name, each in found.items() if each != []}


def answered(kind: type[Struct]) -> Json:
    """Return the schema of an answer: the types of its fields, and of those of its parts.

    A field that is left out where it is null is never null.
    """
    whole, parts = _components(kind)
    fields = _fields(whole, parts, depth=DEPTH)
    if kind.__struct_config__.omit_defaults:
        needed = whole.get("required", [])
        fields = {n: each if n in needed else _not_null(each) for n, each in fields.items()}
    return {
        "type": "object",
        "properties": fields,
        **({"required": whole["required"]} if whole.get("required") else {}),
    }


def _components(kind: type[Struct]) -> tuple[Json, Json]:
    """Return an object's schema, and those of its parts by name."""
    (whole,), parts = msgspec.json.schema_components([kind], ref_template="#/$defs/{name}")
    return parts.pop(_name(whole)), parts


def _name(said: Json) -> str:
    return str(said["$ref"]).rpartition("/")[2]


def _plain(value: Any) -> Any:
    """Leave out what tells a model nothing: names of types, and nulls as defaults."""
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        name: {field: _plain(each) for field, each in inner.items()}
        if name in ("properties", "$defs") and isinstance(inner, dict)
        else _plain(inner)
        for name, inner in value.items()
        if not (name == "title" and isinstance(inner, str))
        and not (name == "default" and inner in (None, "", [], {}))
    }


def _fields(said: Json, parts: Json, *, depth: int) -> Json:
    return {
        name: _shape(each, parts, depth=depth - 1) for name, each in said["properties"].items()
    }


def _shape(said: Json, parts: Json, *, depth: int) -> Json:
    """Return what kind of thing it is, and what it is made of down to a depth."""
    if "$ref" in said:
        return _shape(parts[_name(said)], parts, depth=depth)
    if "anyOf" in said:
        return _either([_shape(each, parts, depth=depth) for each in said["anyOf"]])
    if "enum" in said:
        return {"enum": said["enum"]}
    if said.get("type") == "array" and isinstance(said.get("items"), dict):
        return {"type": "array", "items": _shape(said["items"], parts, depth=depth)}
    if depth and "properties" in said:
        return {"type": "object", "properties": _fields(said, parts, depth=depth)}
    return {"type": said["type"]} if "type" in said else {}


def _either(shapes: list[Json]) -> Json:
    null = {"type": "null"}
    others = [each for each in shapes if each != null]
    if len(others) == 1 and null in shapes and isinstance(others[0].get("type"), str):
        return {**others[0], "type": [others[0]["type"], "null"]}
    return {"anyOf": shapes}


def _not_null(shape: Json) -> Json:
    kinds = shape.get("type")
    return {**shape, "type": kinds[0]} if isinstance(kinds, list) else shape
