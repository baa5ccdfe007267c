"""The cells of a cleaned table that need a look, each with its reason."""

from collections import Counter
from collections.abc import Iterator

from table_steward import values
from table_steward.plans import Plan
from table_steward.questions import Flag
from table_steward.tables import Change, Row, Table

MANY = 10
"""So many cells are flagged one by one; the rest are counted in the last flag."""


def cell_flags(
    table: Table, plans: tuple[Plan, ...], changes: list[Change], *, here: dict[int, int]
) -> Iterator[Flag]:
    """Flag what is odd in a column, and the first cell that rests on each guess."""
    for at, plan in enumerate(plans):
        cells = table.column(at)
        if not any(cells):
            yield Flag(severity="note", message="This column is empty", column=plan.name)
        elif len(set(cells)) == 1 and len(cells) > 1:
            message = f"Every row says “{cells[0]}”"
            yield Flag(severity="note", message=message, column=plan.name)
        yield from _grouped(_misfits(cells, plan), column=plan.name)
        yield from _grouped(_damaged(cells), column=plan.name)
        gaps = sum(not cell for cell in cells)
        if any(cells) and gaps > len(cells) / 20:
            message = f"{gaps} of {len(cells)} cells are missing"
            yield Flag(severity="note", message=message, column=plan.name)
    yield from _guess_flags(plans, changes, here=here)


def repeat_flags(
    repeats: list[tuple[int, Row, int]], *, here: dict[int, int], keep: bool
) -> Iterator[Flag]:
    """Flag the rows that another row repeated; row numbers of the original in words."""
    what = "stands again in" if keep else "stood again, and was left out, in"
    found = (
        ("note", here[first], f"This row {what} row {number} of the original")
        for number, _, first in repeats
    )
    yield from _grouped(found, column="")


def key_flags(table: Table, key: int | None) -> Iterator[Flag]:
    """Flag the rows that share what otherwise names one row."""
    if key is None:
        return
    cells = table.column(key)
    counts = Counter(cells)
    found = (
        ("warning", row, f"“{cell}” names {counts[cell]} rows, here with other values")
        for row, cell in enumerate(cells, start=1)
        if counts[cell] > 1
    )
    yield from _grouped(found, column=table.header[key])


def _guess_flags(
    plans: tuple[Plan, ...], changes: list[Change], *, here: dict[int, int]
) -> Iterator[Flag]:
    """Flag the first cell that rests on each guess, and say how many more do."""
    wording = {
        "missing word": "“{before}” was taken for a missing value",
        "gap filled": "“{after}” was filled in, as every other row says so",
    }
    reasons = {plan.name: plan for plan in plans}
    for (column, rule), group in _by_rule(changes).items():
        rows = [change for change in group if change.row in here]
        plan = reasons.get(column)
        if plan is None or not rows:
            continue
        message = wording.get(rule, "")
        if rule in ("date", "number") and plan.reason:
            rows = [change for change in rows if _doubtful(change)]
            message = f"“{{before}}” was read as {{after}}: {plan.reason}"
        if message and rows:
            first, more = rows[0], len(rows) - 1
            text = message.format(before=first.before, after=first.after)
            text += f" (and {more} more: changes.csv)" if more else ""
            yield Flag(severity="warning", message=text, column=column, row=here[first.row])


def _by_rule(changes: list[Change]) -> dict[tuple[str, str], list[Change]]:
    groups: dict[tuple[str, str], list[Change]] = {}
    for change in changes:
        groups.setdefault((change.column, change.rule), []).append(change)
    return groups


def _doubtful(change: Change) -> bool:
    read = values.date_readings if change.rule == "date" else values.number_readings
    return len(set(read(change.before).values())) == 2


def _misfits(cells: tuple[str, ...], plan: Plan) -> Iterator[tuple[str, int, str]]:
    if plan.kind not in ("date", "number"):
        return
    read = values.date_readings if plan.kind == "date" else values.number_readings
    for row, cell in enumerate(cells, start=1):
        if cell and not values.is_missing(cell, words=plan.words) and not read(cell):
            yield "warning", row, f"“{cell}” is no {plan.kind}, as the rest of the column is"


def _damaged(cells: tuple[str, ...]) -> Iterator[tuple[str, int, str]]:
    for row, cell in enumerate(cells, start=1):
        if "\ufffd" in cell:
            yield "critical", row, f"A letter is lost here: “{cell}”"


def _grouped(found: Iterator[tuple[str, int, str]], *, column: str) -> Iterator[Flag]:
    """Flag the first cells one by one, and count the rest."""
    rest = list(found)
    for at, (severity, row, message) in enumerate(rest[:MANY]):
        more = len(rest) - MANY if at == MANY - 1 else 0
        text = f"{message} (and {more} more like it)" if more > 0 else message
        yield Flag(severity=severity, message=text, column=column, row=row)
