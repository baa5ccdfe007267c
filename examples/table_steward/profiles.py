"""What a column holds: how much is missing, what the rest is, and what proves which reading."""

from dataclasses import dataclass

from table_steward import values
from table_steward.choices import Choices
from table_steward.tables import Table

MOSTLY = 0.8
"""A column is of a kind when this share of its cells is; the others are misfits."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Profile:
    """One column, counted. `kind` is `empty`, `text`, `number` or `date`."""

    name: str
    kind: str
    total: int
    missing: int
    words: int
    """How many of the missing cells say so in a word, such as NA."""
    distinct: int
    constant: str = ""
    """The only value, if there is only one."""
    misfits: int = 0
    day_first: int = 0
    """Dates that only a day-first reading can make sense of; `month_first` likewise."""
    month_first: int = 0
    either: int = 0
    """Dates that both readings make sense of, differently."""
    either_dotted: int = 0
    short_years: int = 0
    runs: str = ""
    """The reading under which the dates stand in order, if only one does."""
    point: int = 0
    """Numbers that only a decimal point can make sense of; `comma` likewise."""
    comma: int = 0
    unsure_comma: int = 0
    """`1,234`: a thousand under one sign, one and a bit under the other."""
    unsure_point: int = 0
    """`1.234`."""

    @property
    def filled(self) -> int:
        """How many cells hold something."""
        return self.total - self.missing


def profile(table: Table, *, choices: Choices) -> tuple[Profile, ...]:
    """Profile every column."""
    words = choices.missing_words != "keep"
    return tuple(
        profile_column(name, table.column(at), words=words)
        for at, name in enumerate(table.header)
    )


def profile_column(name: str, cells: tuple[str, ...], *, words: bool = True) -> Profile:
    """Profile one column."""
    trimmed = [cell.strip(values.INVISIBLE) for cell in cells]
    held = [cell for cell in trimmed if not values.is_missing(cell, words=words)]
    distinct = set(held)
    kind, misfits, counts = _kind(held)
    return Profile(
        name=name,
        kind=kind,
        total=len(cells),
        missing=len(cells) - len(held),
        words=sum(cell != "" and values.is_missing(cell, words=words) for cell in trimmed),
        distinct=len(distinct),
        constant=held[0] if len(distinct) == 1 else "",
        misfits=misfits,
        runs=_runs(held) if kind == "date" else "",
        **counts,
    )


def _kind(held: list[str]) -> tuple[str, int, dict[str, int]]:
    if not held:
        return "empty", 0, {}
    dates = [values.date_readings(cell) for cell in held]
    misfits = dates.count({})
    if len(held) - misfits >= MOSTLY * len(held):
        return "date", misfits, _date_counts(held, dates)
    numbers = [values.number_readings(cell) for cell in held]
    misfits = numbers.count({})
    if len(held) - misfits >= MOSTLY * len(held):
        return "number", misfits, _number_counts(held, numbers)
    return "text", 0, {}


def _date_counts(held: list[str], readings: list[dict[str, str]]) -> dict[str, int]:
    either = [
        cell for cell, read in zip(held, readings, strict=True) if len(set(read.values())) == 2
    ]
    return {
        "day_first": sum(set(read) == {values.DAY_FIRST} for read in readings),
        "month_first": sum(set(read) == {values.MONTH_FIRST} for read in readings),
        "either": len(either),
        "either_dotted": sum("." in cell for cell in either),
        "short_years": sum(values.has_short_year(cell) for cell in held),
    }


def _number_counts(held: list[str], readings: list[dict[str, str]]) -> dict[str, int]:
    unsure = [
        cell for cell, read in zip(held, readings, strict=True) if len(set(read.values())) == 2
    ]
    return {
        "point": sum(set(read) == {values.POINT} for read in readings),
        "comma": sum(set(read) == {values.COMMA} for read in readings),
        "unsure_comma": sum("," in cell for cell in unsure),
        "unsure_point": sum("," not in cell for cell in unsure),
    }


def _runs(held: list[str]) -> str:
    """Return the one reading under which the dates never go back."""
    ordered = []
    for order in (values.DAY_FIRST, values.MONTH_FIRST):
        dates = [values.date_readings(cell).get(order) for cell in held]
        known = [each for each in dates if each is not None]
        if len(known) > 2 and known == sorted(known) and known[0] != known[-1]:
            ordered.append(order)
    return ordered[0] if len(ordered) == 1 else ""
