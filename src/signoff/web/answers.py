"""Answer forms: from a question's JSON Schema to fields, and from what was posted to data.

A schema comes from an agent and may be anything; what a form cannot say becomes a text field,
and the schema itself still has the last word on the answer.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from signoff.domain.sidecars import Question

Posted = dict[tuple[str, ...], list[str]]

PART = re.compile(r"\[([^\[\]]*)\]")
SHORT = 120
"""A text that may be longer than this gets more than one line."""

DEEPEST = 4
"""Objects nested deeper than this are asked for as text."""

FORMATS = frozenset({"date", "date-time", "time", "email", "uri"})


class Option(Struct, frozen=True, kw_only=True):
    """One choice: its value as it is posted, its name, and what it means."""

    value: str
    title: str
    description: str = ""
    constant: Any = None


class Field(Struct, frozen=True, kw_only=True):
    """One field of a form: what it is, how it is called, what fits into it.

    `kind` is choice, choices, boolean, number, integer, object, array, line, text, or a format.
    """

    name: str
    label: str
    kind: str
    required: bool = False
    description: str = ""
    options: tuple[Option, ...] = ()
    fields: tuple["Field", ...] = ()
    item: "Field | None" = None
    minimum: float | None = None
    maximum: float | None = None
    pattern: str = ""
    longest: int | None = None
    most: int | None = None

    @property
    def id(self) -> str:
        """Return the name as an element's id."""
        return self.name.replace("[", "-").replace("]", "")

    def words(self, answer: Any) -> str:
        """Return an answer in the words it was chosen by; empty where it was not chosen."""
        if self.kind == "boolean" and isinstance(answer, bool):
            return "Yes" if answer else "No"
        titles = {each.value: each.title for each in self.options}
        chosen = answer if isinstance(answer, list) else [answer]
        return ", ".join(titles.get(as_text(each), "") for each in chosen if titles)


def field_of(question: Question) -> Field:
    """Return the form field of a question; an object has fields of its own."""
    return _field(
        _mapping(question.schema),
        name=f"answers[{question.id}]",
        label=question.text,
        required=question.required,
        depth=0,
    )


def read(questions: Sequence[Question], pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Make answers of what the form posted, typed as the schemas say.

    What was left empty is left out; what cannot be read as its type stays text, so that the
    schema refuses it in words that name it.
    """
    posted: Posted = {}
    for name, value in pairs:
        if name.startswith("answers[") and value.strip():
            posted.setdefault(tuple(PART.findall(name)), []).append(value)
    answers = {
        question.id: _value(field_of(question), tuple(PART.findall(f"[{question.id}]")), posted)
        for question in questions
    }
    return {key: value for key, value in answers.items() if value is not None}


def as_text(value: Any) -> str:
    """Return a value as a form shows and posts it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, (str, int, float)) else ""


def _field(
    schema: Mapping[str, Any], *, name: str, label: str, required: bool, depth: int
) -> Field:
    kind = _kind(schema, depth)
    needed = schema.get("required")
    properties = _mapping(schema.get("properties")) if kind == "object" else {}
    return Field(
        name=name,
        label=label,
        kind=kind,
        required=required,
        description=_string(schema.get("description")),
        options=_options(_mapping(schema.get("items")) if kind == "choices" else schema),
        fields=tuple(
            _field(
                _mapping(inner),
                name=f"{name}[{key}]",
                label=_string(_mapping(inner).get("title")) or key,
                required=required and isinstance(needed, list) and key in needed,
                depth=depth + 1,
            )
            for key, inner in properties.items()
        ),
        item=_item(schema, name=name, label=label) if kind == "array" else None,
        minimum=_number_or_none(schema.get("minimum")),
        maximum=_number_or_none(schema.get("maximum")),
        pattern=_string(schema.get("pattern")),
        longest=_count(schema.get("maxLength")),
        most=_count(schema.get("maxItems")),
    )


def _item(schema: Mapping[str, Any], *, name: str, label: str) -> Field:
    """Return the field of an array's items, which are simple: deeper ones are lines of text."""
    return _field(
        _mapping(schema.get("items")),
        name=f"{name}[]",
        label=label,
        required=False,
        depth=DEEPEST,
    )


def _kind(schema: Mapping[str, Any], depth: int) -> str:
    if _options(schema):
        return "choice"
    type_ = schema.get("type")
    if isinstance(type_, list):
        type_ = next((one for one in type_ if one != "null"), None)
    if type_ == "object" and _mapping(schema.get("properties")) and depth < DEEPEST:
        return "object"
    if type_ == "array" and depth < DEEPEST:
        return "choices" if _options(_mapping(schema.get("items"))) else "array"
    if type_ in ("number", "integer", "boolean"):
        return str(type_)
    if schema.get("format") in tuple(FORMATS):
        return str(schema["format"])
    short = type_ == "string" and (_count(schema.get("maxLength")) or SHORT) <= SHORT
    return "line" if short or depth == DEEPEST else "text"


def _options(schema: Mapping[str, Any]) -> tuple[Option, ...]:
    """Return the choices of a schema: `enum`, or constants in `oneOf` or `anyOf`."""
    for key in ("oneOf", "anyOf"):
        branches = schema.get(key)
        if isinstance(branches, list) and all(
            isinstance(branch, dict) and as_text(branch.get("const")) for branch in branches
        ):
            return tuple(
                Option(
                    value=as_text(branch["const"]),
                    title=_string(branch.get("title")) or as_text(branch["const"]),
                    description=_string(branch.get("description")),
                    constant=branch["const"],
                )
                for branch in branches
            )
    values = schema.get("enum")
    values = [v for v in values if as_text(v)] if isinstance(values, list) else []
    return tuple(Option(value=as_text(v), title=as_text(v), constant=v) for v in values)


def _value(field: Field, path: tuple[str, ...], posted: Posted) -> Any:
    if field.kind == "object":
        made = {
            inner.name: _value(inner, (*path, PART.findall(inner.name)[-1]), posted)
            for inner in field.fields
        }
        said = {PART.findall(k)[-1]: v for k, v in made.items() if v is not None}
        # Boxes that nobody ticked do not by themselves make an optional object.
        return said if field.required or any(v is not False for v in said.values()) else None
    if field.kind in {"array", "choices"}:
        return [typed(field, text) for text in posted.get((*path, ""), ())] or None
    texts = posted.get(path)
    if not texts:
        return False if field.kind == "boolean" and not field.required else None
    return typed(field, texts[-1])


def typed(field: Field, text: str) -> Any:
    """Return what a field means by a text; what it cannot read stays text."""
    if field.item is not None:
        return typed(field.item, text)
    match field.kind:
        case "choice" | "choices":
            return next((o.constant for o in field.options if o.value == text), text)
        case "boolean":
            return {"true": True, "false": False}.get(text, text)
        case "number" | "integer":
            return _number(text)
        case "date-time" if text.count(":") == 1:
            return f"{text}:00Z"
        case _:
            return text


def _number(text: str) -> int | float | str:
    plain = text.strip().replace("\u2212", "-")
    for reader in (int, float):
        try:
            number = reader(plain)
        except ValueError:
            continue
        # JSON has no word for the others, and would say null.
        return number if isinstance(number, int) or math.isfinite(number) else text
    return text


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _string(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _number_or_none(value: Any) -> float | None:
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _count(value: Any) -> int | None:
    return (
        value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None
    )
