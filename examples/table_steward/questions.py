"""What only a person can say, as a form: a question and its options (JSON Schema)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

LONGEST_MESSAGE = 300


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """`id` says what the answer settles: `dates:due` is the date order of the column `due`.

    `options` are the values and what each would mean; none asks for free text.
    """

    id: str
    text: str
    title: str
    options: Mapping[str, str]
    required: bool = True

    def to_json(self) -> dict[str, Any]:
        """Return the question as a sidecar carries it."""
        schema: dict[str, Any] = {"type": "string", "title": self.title}
        if self.options:
            schema["enum"] = list(self.options)
            schema["oneOf"] = [
                {"const": value, "title": title} for value, title in self.options.items()
            ]
        return {
            "id": self.id,
            "text": self.text,
            "schema": schema,
            "required": self.required,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Flag:
    """A place that a person should look at; `row` 0 is the header, no row the whole column."""

    severity: str
    message: str
    column: str = ""
    row: int = 0

    def to_json(self, *, file: str) -> dict[str, Any]:
        """Return the flag as a sidecar carries it, anchored to a cell of `file`."""
        long = len(self.message) > LONGEST_MESSAGE
        flag: dict[str, Any] = {
            "severity": self.severity,
            "message": self.message[: LONGEST_MESSAGE - 1] + "…" if long else self.message,
            "file": file,
        }
        anchor: dict[str, Any] = {}
        if self.row:
            anchor["row"] = self.row
        if self.column:
            anchor["column"] = self.column
        if anchor:
            flag["anchor"] = anchor
        return flag
