"""The table made clean, step by step; every step that changes anything says so."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from table_steward import values
from table_steward.choices import Choices
from table_steward.confidences import Guess
from table_steward.flags import cell_flags, key_flags, repeat_flags
from table_steward.plans import Plan, Plans
from table_steward.questions import Flag
from table_steward.readings import Reading
from table_steward.tables import Change, Row, Table, line

KEYLIKE = 0.95
FEWEST_KEYS = 20

RULES = {
    "encoding": "Text is kept as UTF-8 without a byte order mark.",
    "delimiter": "Cells are separated by commas (RFC 4180).",
    "line ends": "Every line ends with LF.",
    "quoting": "Only cells that need quotes have them; blank lines are gone.",
    "column named": "Every column has one name of its own.",
    "row given its width": "A row has as many cells as the header.",
    "left out as told": "You said so.",
    "space trimmed": "Space around a value is not part of it.",
    "missing word": "A word such as NA says that there is no value: the cell is empty.",
    "date": "Dates are written YYYY-MM-DD (ISO 8601).",
    "number": "Numbers have no thousands separators and a decimal point.",
    "gap filled": "Every other row of the column has this one value.",
    "empty row": "A row without any value says nothing.",
    "repeated row": "The same row stands above, alike in every cell once cleaned.",
    "column dropped": "You said so.",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Cleaned:
    """The result. `numbers` gives each row its number in the original."""

    table: Table
    numbers: tuple[int, ...]
    changes: tuple[Change, ...]
    flags: tuple[Flag, ...]
    guesses: tuple[Guess, ...]


def clean(reading: Reading, plans: Plans, *, choices: Choices) -> Cleaned:
    """Clean cell by cell, then row by row, then drop the columns that a person named."""
    assert reading.table is not None
    header, changes = reading.table.header, list(reading.changes)
    rows: list[tuple[int, Row]] = []
    for number, row in zip(reading.numbers, reading.table.rows, strict=True):
        cells, steps = _clean_row(row, plans.columns, number=number)
        rows.append((number, cells))
        changes.extend(steps)
    kept, repeats = _without_repeats(rows, choices=choices)
    for number, row in rows:
        if not any(row):
            changes.append(
                Change(row=number, column="", before=line(row), after="", rule="empty row")
            )
    changes.extend(
        Change(row=number, column="", before=line(row), after="", rule="repeated row")
        for number, row, _ in repeats
        if choices.duplicates != "keep"
    )
    table = Table(header=header, rows=tuple(row for _, row in kept))
    numbers = tuple(number for number, _ in kept)
    key = _key(table, plans.columns)
    guesses = _row_guesses(rows, repeats, table, key=key, choices=choices)
    here = {number: at for at, number in enumerate(numbers, start=1)}
    flags = (
        *cell_flags(table, plans.columns, changes, here=here),
        *repeat_flags(repeats, here=here, keep=choices.duplicates == "keep"),
        *key_flags(table, key),
    )
    cleaned = Cleaned(
        table=table,
        numbers=numbers,
        changes=tuple(changes),
        flags=tuple(flag for flag in flags if not choices.names("drop", flag.column)),
        guesses=guesses,
    )
    return _drop(cleaned, choices)


def _clean_row(row: Row, plans: tuple[Plan, ...], *, number: int) -> tuple[Row, list[Change]]:
    cells: list[str] = []
    changes: list[Change] = []
    for cell, plan in zip(row, plans, strict=True):
        now = cell
        for rule, after in _steps(cell, plan):
            changes.append(
                Change(row=number, column=plan.name, before=now, after=after, rule=rule)
            )
            now = after
        cells.append(now)
    return tuple(cells), changes


def _steps(cell: str, plan: Plan) -> Iterator[tuple[str, str]]:
    """Give each step that changes the cell: the rule, and the cell after it."""
    if plan.leave:
        return
    now = cell.strip(values.INVISIBLE)
    if now != cell:
        yield "space trimmed", now
    if values.is_missing(now, words=plan.words):
        if now:
            yield "missing word", ""
        if plan.fill:
            yield "gap filled", plan.fill
        return
    read = now
    if plan.kind == "date":
        read = _date(now, plan.order) or now
    elif plan.kind == "number":
        read = _number(now, plan.decimal) or now
    if read != now:
        yield plan.kind, read


def _date(cell: str, order: str) -> str | None:
    readings = values.date_readings(cell)
    if order in readings:
        return readings[order]
    return next(iter(readings.values())) if len(set(readings.values())) == 1 else None


def _number(cell: str, decimal: str) -> str | None:
    readings = values.number_readings(cell)
    if decimal in readings:
        return readings[decimal]
    return next(iter(readings.values())) if len(set(readings.values())) == 1 else None


def _without_repeats(
    rows: list[tuple[int, Row]], *, choices: Choices
) -> tuple[list[tuple[int, Row]], list[tuple[int, Row, int]]]:
    """Return the rows that stay, and those that repeat an earlier one with its number."""
    first: dict[Row, int] = {}
    kept: list[tuple[int, Row]] = []
    repeats: list[tuple[int, Row, int]] = []
    for number, row in rows:
        if not any(row):
            continue
        if row in first:
            repeats.append((number, row, first[row]))
            if choices.duplicates != "keep":
                continue
        first.setdefault(row, number)
        kept.append((number, row))
    return kept, repeats


def _key(table: Table, plans: tuple[Plan, ...]) -> int | None:
    """Return the first column that all but names its rows; decimals are no names."""
    if len(table.rows) < FEWEST_KEYS:
        return None
    for at, plan in enumerate(plans):
        cells = table.column(at)
        if plan.kind == "number" and any("." in cell for cell in cells):
            continue
        if all(cells) and len(set(cells)) >= KEYLIKE * len(cells):
            return at
    return None


def _row_guesses(
    rows: list[tuple[int, Row]],
    repeats: list[tuple[int, Row, int]],
    table: Table,
    *,
    key: int | None,
    choices: Choices,
) -> tuple[Guess, ...]:
    guesses: list[Guess] = []
    lost = sum(any("\ufffd" in cell for cell in row) for row in table.rows)
    if lost:
        share = lost / len(table.rows)
        guesses.append(Guess(kind="letters that are lost", about="the rows", share=share))
    if repeats and not choices.duplicates:
        kind = "repeated rows, without a key" if key is None else "repeated rows, told by a key"
        guesses.append(Guess(kind=kind, about="the rows", share=len(repeats) / len(rows)))
    if key is not None:
        cells = table.column(key)
        again = len(cells) - len(set(cells))
        if again and not (choices.duplicates == "keep" and again == len(repeats)):
            about = table.header[key]
            guesses.append(Guess(kind="repeated keys", about=about, share=again / len(cells)))
    return tuple(guesses)


def _drop(cleaned: Cleaned, choices: Choices) -> Cleaned:
    header = cleaned.table.header
    gone = [at for at, name in enumerate(header) if choices.names("drop", name)]
    if not gone or len(gone) == len(header):
        return cleaned
    stays = [at for at in range(len(header)) if at not in gone]
    table = Table(
        header=tuple(header[at] for at in stays),
        rows=tuple(tuple(row[at] for at in stays) for row in cleaned.table.rows),
    )
    dropped = tuple(
        Change(row=0, column=header[at], before=header[at], after="", rule="column dropped")
        for at in gone
    )
    return replace(cleaned, table=table, changes=(*cleaned.changes, *dropped))
