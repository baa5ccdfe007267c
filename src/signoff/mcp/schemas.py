"""JSON Schemas of what a tool takes and answers, made from the types themselves."""

from typing import Any

import msgspec
from msgspec import Struct

from signoff.mcp.messages import Json


def schema_of(kind: type[Struct]) -> Json:
    """Return the schema of an object, its parts under `$defs`."""
    (whole,), parts = msgspec.json.schema_components([kind], ref_template="#/$defs/{name}")
    root = parts.pop(whole["$ref"].rpartition("/")[2])
    found = _plain({**root, "$defs": parts} if parts else root)
    assert isinstance(found, dict)
    return found


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
