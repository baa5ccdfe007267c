"""A table of text, and how it is written down."""

from collections.abc import Iterable
from dataclasses import dataclass

Row = tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """A header and rows of the same width. Data rows count from 1, as in every anchor."""

    header: Row
    rows: tuple[Row, ...]

    def column(self, index: int) -> tuple[str, ...]:
        """Return the cells of one column, top down."""
        return tuple(row[index] for row in self.rows)


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One difference between what came in and what goes out.

    `row` counts the data rows of the original from 1; 0 is the header, or the file itself
    if `column` is empty too. A row change without a column holds whole rows as CSV, and an
    empty `after` then says that the row was left out.
    """

    row: int
    column: str
    before: str
    after: str
    rule: str


def line(cells: Iterable[str], *, delimiter: str = ",") -> str:
    """Write one row as CSV, quoting only what must be (RFC 4180)."""
    row = tuple(cells)
    if row == ("",):
        return '""'
    return delimiter.join(_quoted(cell, delimiter) for cell in row)


def render(table: Table, *, delimiter: str = ",") -> str:
    """Write a table as CSV with LF line ends."""
    rows = (table.header, *table.rows)
    return "".join(line(row, delimiter=delimiter) + "\n" for row in rows)


def _quoted(cell: str, delimiter: str) -> str:
    if any(mark in cell for mark in (delimiter, '"', "\n", "\r")):
        return '"' + cell.replace('"', '""') + '"'
    return cell
