"""The JSON Schema of a policy file, made from what reads it."""

import inspect
from functools import cache
from typing import Any

import msgspec

from signoff.domain.policies import FROM, Policy
from signoff.domain.schemas import DIALECT
from signoff.domain.sidecars import KINDS, SEVERITIES

SCHEMA_ID = "urn:signoff:policy:1"


@cache
def schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of policies.

    What `policy_readings` checks beyond it, time zones and what goes with what, is not in it.
    """
    (whole,), parts = msgspec.json.schema_components([Policy], ref_template="#/$defs/{name}")
    rule = parts["Rule"]["properties"]
    for key, known in (("kind", KINDS), ("flag", SEVERITIES), ("stage", FROM)):
        rule[key] = {"enum": [*known, None], "default": None}
    for part in parts.values():
        if "description" in part:
            part["description"] = " ".join(inspect.cleandoc(part["description"]).split())
    document: dict[str, Any] = {"$schema": DIALECT, "$id": SCHEMA_ID, **whole, "$defs": parts}
    return {key: _with_plain_ends(each) for key, each in document.items()}


def _with_plain_ends(value: Any) -> Any:
    """Return the schema with its patterns in the one way in which all dialects know an end."""
    if isinstance(value, list):
        return [_with_plain_ends(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        key: each.replace(r"\Z", "$") if key == "pattern" else _with_plain_ends(each)
        for key, each in value.items()
    }
