"""CSV as a table: numbered rows, named columns, flags in their cells."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Sequence

from markupsafe import Markup
from msgspec import Struct

from signoff.web.previews.marks import Mark, pins, worst
from signoff.web.previews.texts import clip, visible
from signoff.web.previews.windows import Window, gaps, where

MOST_ROWS = 400
MOST_COLUMNS = 64
MOST_CHARACTERS = 200
"""The longest cell that is shown whole."""

DELIMITERS = ",;\t|"
NUMBER = re.compile(r"[-+\u2212(]?[$€£]?\s?\d[\d.,'\u2019\s]*\)?\s?%?")
DATE = re.compile(r"\d{4}-\d{2}-\d{2}([T ].*)?|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}")


class Sheet(Struct, frozen=True, kw_only=True):
    """What is kept of a table: its header, the rows worth showing, how many there are."""

    header: tuple[str, ...]
    rows: dict[int, tuple[str, ...]]
    total: int
    delimiter: str
    ragged: int = 0
    """How many rows have more or fewer cells than the header."""


def sniff(text: str) -> str:
    """Return the delimiter that divides the first lines most evenly; a comma if none does."""
    sample = text[:16_384].splitlines()[:20]
    best, best_score = ",", 0.0
    for delimiter in DELIMITERS:
        counts = [len(row) for row in rows("\n".join(sample), delimiter)]
        if not counts:
            continue
        width, agreeing = Counter(counts).most_common(1)[0]
        score = (width - 1) * agreeing / len(counts)
        if score > best_score:
            best, best_score = delimiter, score
    return best


def read(text: str, marks: Sequence[Mark] = ()) -> Sheet:
    """Read the table, keeping its beginning and what lies around flagged rows.

    The first row is the header; data rows are numbered from 1 below it, as anchors count them.
    """
    delimiter = sniff(text)
    body = iter(rows(text, delimiter))
    header = tuple(next(body, ()))
    window = Window(
        most=MOST_ROWS,
        flagged=(mark.anchor.row for mark in marks if mark.anchor.row is not None),
    )
    kept, ragged = {}, 0
    for n, row in enumerate(body, start=1):
        ragged += len(row) != len(header)
        if window.wants(n):
            kept[n] = tuple(row)
    return Sheet(
        header=header, rows=kept, total=window.total, delimiter=delimiter, ragged=ragged
    )


def rows(text: str, delimiter: str) -> Iterable[list[str]]:
    """Return the rows that hold anything; the first is the header."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    return (row for row in reader if row)


def render(
    sheet: Sheet, marks: Sequence[Mark] = (), *, name: str, complete: bool = True
) -> tuple[Markup, str]:
    """Return the table as HTML, and how much of it that is."""
    width = min(
        MOST_COLUMNS, max([len(sheet.header), *(len(row) for row in sheet.rows.values())])
    )
    types = [
        type_of(row[i] for row in sheet.rows.values() if i < len(row)) for i in range(width)
    ]
    placed = _placed(marks, sheet.header)
    shown = where(sheet.rows, sheet.total, noun="row", complete=complete)
    left_out = gaps(sheet.rows, sheet.total)
    body = []
    for n, row in sheet.rows.items():
        body.append(_gap(left_out.get(n), width))
        body.append(_row(n, row, types=types, placed=placed))
    body.append(_gap(left_out.get(sheet.total + 1), width))
    table = Markup(
        '<table class="sheet"><caption class="sr">{}, {}</caption>{}<tbody>{}</tbody></table>'
    ).format(name, shown, head(sheet.header, types, placed), Markup("").join(body))
    return table, shown


def head(
    header: Sequence[str],
    types: Sequence[str],
    placed: dict[tuple[int | None, int | None], list[Mark]] | None = None,
) -> Markup:
    """Return the row of column names, each with the type that its cells have."""
    cells = Markup("").join(
        Markup('<th scope="col"{}>{}{}<small>{}</small></th>').format(
            Markup(' class="n"') if type_ == "number" else "",
            pins((placed or {}).get((None, i), ())),
            clip(visible(header[i]), 80) if i < len(header) else f"column {i + 1}",
            type_,
        )
        for i, type_ in enumerate(types)
    )
    return Markup('<thead><tr><th scope="col" class="n">Row</th>{}</tr></thead>').format(cells)


def type_of(cells: Iterable[str]) -> str:
    """Return what most cells of a column look like: `number`, `date` or `text`."""
    filled = [cell.strip() for cell in cells if cell.strip()]
    if not filled:
        return "empty"
    for name, pattern in (("date", DATE), ("number", NUMBER)):
        if sum(1 for cell in filled if pattern.fullmatch(cell[:64])) * 10 >= len(filled) * 9:
            return name
    return "text"


def _placed(
    marks: Sequence[Mark], header: Sequence[str]
) -> dict[tuple[int | None, int | None], list[Mark]]:
    """Put each mark at its row and the position of its column; either may be None."""
    names = {name.strip().casefold(): i for i, name in reversed(list(enumerate(header)))}
    placed: dict[tuple[int | None, int | None], list[Mark]] = {}
    for mark in marks:
        column = mark.anchor.column
        position = None if column is None else names.get(column.strip().casefold())
        if position is None and column is not None and column.isascii() and column.isdigit():
            position = int(column[:6]) - 1
        if mark.anchor.row is not None or position is not None:
            placed.setdefault((mark.anchor.row, position), []).append(mark)
    return placed


def _row(
    n: int,
    row: Sequence[str],
    *,
    types: Sequence[str],
    placed: dict[tuple[int | None, int | None], list[Mark]],
) -> Markup:
    cells = Markup("").join(
        _cell(n, i, row[i] if i < len(row) else "", type_=type_, marks=placed.get((n, i), []))
        for i, type_ in enumerate(types)
    )
    return Markup('<tr id="row-{}"><th scope="row">{}{}</th>{}</tr>\n').format(
        n, pins(placed.get((n, None), ())), n, cells
    )


def _cell(n: int, i: int, text: str, *, type_: str, marks: Sequence[Mark]) -> Markup:
    said = clip(visible(text), MOST_CHARACTERS)
    classes = " ".join(filter(None, ("n" if type_ == "number" else "", worst(marks))))
    attribute = Markup(' class="{}"').format(classes) if classes else ""
    if not marks:
        return Markup("<td{}>{}</td>").format(attribute, said)
    return Markup('<td id="cell-{}-{}"{}><span class="cell">{}{}</span></td>').format(
        n, i + 1, attribute, pins(marks), said
    )


def _gap(rows: tuple[int, int] | None, width: int) -> Markup:
    if rows is None:
        return Markup("")
    return Markup(
        '<tr class="gap"><th scope="row"><span class="sr">Rows</span>…</th>'
        '<td colspan="{}">Rows {} to {} are not shown</td></tr>\n'
    ).format(width, f"{rows[0]:,}", f"{rows[1]:,}")
