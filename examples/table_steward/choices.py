"""What people have decided for a file so far."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Self

EVERY = "*"
"""Stands for every column where a choice is made for all of them."""
SINGLE = ("encoding", "header", "ragged", "truncated", "duplicates", "missing_words", "fill")
"""What is chosen once for the whole file."""
LONGEST = 80
"""A column is known by so much of its name, so that the id of a question stays short."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Choices:
    """Every field at its default means: the steward has to find out, or ask."""

    dates: Mapping[str, str] = field(default_factory=dict)
    """Column → `day-first`, `month-first` or `leave`."""
    decimals: Mapping[str, str] = field(default_factory=dict)
    """Column → `comma`, `point` or `leave`."""
    encoding: str = ""
    header: str = ""
    """`names` or `data`: what the first line holds."""
    ragged: str = ""
    """`keep` or `leave-out`: rows that are too short or too long."""
    truncated: str = ""
    """`keep` or `leave-out`: what stands where the file breaks off."""
    duplicates: str = ""
    """`keep` or `remove`."""
    missing_words: str = ""
    """`keep`: NA and its like are values."""
    fill: str = ""
    """`no`: leave the gaps of a constant column."""
    drop: tuple[str, ...] = ()
    leave: tuple[str, ...] = ()
    """Columns that are not to be touched."""

    def settle(self, question: str, answer: str) -> Self:
        """Return the choices with one answer in them; `dates:due` settles `dates` for `due`.

        A question that nobody here asks changes nothing.
        """
        name, _, column = question.partition(":")
        column = column[:LONGEST]
        match name:
            case "dates":
                return replace(self, dates={**self.dates, column or EVERY: answer})
            case "decimals":
                return replace(self, decimals={**self.decimals, column or EVERY: answer})
            case "drop":
                return replace(self, drop=_with(self.drop, answer))
            case "leave":
                return replace(self, leave=_with(self.leave, answer))
        if name in SINGLE:
            single: dict[str, Any] = {name: answer}
            return replace(self, **single)
        return self

    def of(self, name: str, column: str) -> str:
        """Return what was chosen for a column, or for every column, or nothing."""
        per_column: Mapping[str, str] = getattr(self, name)
        return per_column.get(column[:LONGEST], per_column.get(EVERY, ""))

    def names(self, which: str, column: str) -> bool:
        """Say whether a column is among those to `drop` or `leave`."""
        columns: tuple[str, ...] = getattr(self, which)
        return column[:LONGEST] in columns

    def for_clean_table(self) -> Self:
        """Return the choices that still hold for a table that the steward wrote itself."""
        return replace(self, decimals={}, encoding="", header="", ragged="", truncated="")

    def told(self) -> tuple[str, ...]:
        """Say in plain lines what was chosen, for the report."""
        lines: list[str] = []
        for name, value in asdict(self).items():
            if isinstance(value, dict):
                for column, answer in sorted(value.items()):
                    where = "every column" if column == EVERY else column
                    lines.append(f"{name} in {where}: {answer}")
            elif isinstance(value, (tuple, list)):
                lines.extend(f"{name}: {column}" for column in value)
            elif value:
                lines.append(f"{name.replace('_', ' ')}: {value}")
        return tuple(lines)

    def to_json(self) -> dict[str, Any]:
        """Return what was chosen, without what was not."""
        return {name: value for name, value in asdict(self).items() if value}

    @classmethod
    def from_json(cls, raw: object) -> Self:
        """Read choices that an earlier round wrote; what does not fit is as if never chosen."""
        known = raw if isinstance(raw, dict) else {}
        fresh = cls()
        values: dict[str, Any] = {}
        for name, default in asdict(fresh).items():
            value = known.get(name, default)
            if isinstance(default, tuple) and isinstance(value, list):
                value = tuple(str(each) for each in value)
            if type(value) is type(default):
                values[name] = value
        return replace(fresh, **values)


def _with(columns: tuple[str, ...], column: str) -> tuple[str, ...]:
    return tuple(sorted({*columns, column[:LONGEST]}))


def dumps(value: object) -> bytes:
    """Write JSON that is the same bytes for the same value."""
    return (json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode()
