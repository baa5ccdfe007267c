"""What changed in a file since the last round: lines of text, rows and cells of a table."""

import csv
import io
from enum import StrEnum

from msgspec import Struct

from signoff.domain.differences import matching_pairs

MAX_BYTES = 2 * 1024 * 1024
MAX_LINES = 50_000
MAX_CELLS = 500_000
MAX_SHOWN = 5_000
CONTEXT = 3


class Kind(StrEnum):
    """What became of a line, a row, a cell or a column."""

    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


class Why(StrEnum):
    """Why two contents cannot be compared; their digests still tell that they differ."""

    TOO_LARGE = "too_large"
    NOT_TEXT = "not_text"
    NOT_A_TABLE = "not_a_table"


class Line(Struct, frozen=True, kw_only=True):
    """A line of text; `old` and `new` count from 1, and are None where it is not."""

    kind: Kind
    old: int | None = None
    new: int | None = None
    text: str


class TextChange(Struct, frozen=True, kw_only=True):
    """The lines that changed with a few around them, in hunks.

    `added` and `removed` are the true counts, also when `truncated` says that not all are
    shown. `coarse` says that the way shown is not the shortest.
    """

    hunks: tuple[tuple[Line, ...], ...] = ()
    added: int = 0
    removed: int = 0
    incomparable: Why | None = None
    truncated: bool = False
    coarse: bool = False


class CellChange(Struct, frozen=True, kw_only=True):
    """A cell of a row that both have."""

    column: str
    old: str
    new: str


class RowChange(Struct, frozen=True, kw_only=True):
    """A row that changed; numbers count from 1 at the first row below the header.

    `values` are those of an added or removed row, by the columns of its side.
    """

    kind: Kind
    old: int | None = None
    new: int | None = None
    values: tuple[str, ...] = ()
    cells: tuple[CellChange, ...] = ()


class TableChange(Struct, frozen=True, kw_only=True):
    """The rows and columns that changed. `key` is the column by which rows were matched."""

    columns: tuple[str, ...] = ()
    columns_added: tuple[str, ...] = ()
    columns_removed: tuple[str, ...] = ()
    key: str | None = None
    rows: tuple[RowChange, ...] = ()
    added: int = 0
    removed: int = 0
    changed: int = 0
    cells_changed: int = 0
    incomparable: Why | None = None
    truncated: bool = False
    coarse: bool = False


class _Table(Struct, frozen=True):
    columns: tuple[str, ...]
    rows: list[tuple[str, ...]]


def text_change(old: bytes, new: bytes) -> TextChange:
    """Return which lines changed. The kind of line ending alone is no change."""
    both = _texts(old, new)
    if isinstance(both, Why):
        return TextChange(incomparable=both)
    before, after = (text.splitlines() for text in both)
    if max(len(before), len(after)) > MAX_LINES:
        return TextChange(incomparable=Why.TOO_LARGE)
    pairs, is_shortest = matching_pairs(before, after)
    lines = _lines(before, after, pairs)
    added = sum(line.kind is Kind.ADDED for line in lines)
    removed = sum(line.kind is Kind.REMOVED for line in lines)
    shown = lines
    changed = [n for n, line in enumerate(lines) if line.kind is not Kind.SAME]
    if len(changed) > MAX_SHOWN:
        shown = lines[: changed[MAX_SHOWN]]
    return TextChange(
        hunks=_hunks(shown),
        added=added,
        removed=removed,
        truncated=len(shown) < len(lines),
        coarse=not is_shortest,
    )


def _texts(old: bytes, new: bytes) -> tuple[str, str] | Why:
    if max(len(old), len(new)) > MAX_BYTES:
        return Why.TOO_LARGE
    if b"\0" in old or b"\0" in new:
        return Why.NOT_TEXT
    try:
        return old.decode("utf-8-sig"), new.decode("utf-8-sig")
    except UnicodeDecodeError:
        return Why.NOT_TEXT


def _lines(old: list[str], new: list[str], pairs: tuple[tuple[int, int], ...]) -> list[Line]:
    lines: list[Line] = []
    i = j = 0
    for same_old, same_new in (*pairs, (len(old), len(new))):
        while i < same_old:
            lines.append(Line(kind=Kind.REMOVED, old=i + 1, text=old[i]))
            i += 1
        while j < same_new:
            lines.append(Line(kind=Kind.ADDED, new=j + 1, text=new[j]))
            j += 1
        if i < len(old) and j < len(new):
            lines.append(Line(kind=Kind.SAME, old=i + 1, new=j + 1, text=old[i]))
            i, j = i + 1, j + 1
    return lines


def _hunks(lines: list[Line]) -> tuple[tuple[Line, ...], ...]:
    """Group changed lines with `CONTEXT` lines around; groups that touch are one."""
    spans: list[list[int]] = []
    for n, line in enumerate(lines):
        if line.kind is Kind.SAME:
            continue
        start, end = max(0, n - CONTEXT), min(len(lines), n + CONTEXT + 1)
        if spans and start <= spans[-1][1]:
            spans[-1][1] = end
        else:
            spans.append([start, end])
    return tuple(tuple(lines[start:end]) for start, end in spans)


def table_change(old: bytes, new: bytes) -> TableChange:
    """Return which rows, cells and columns of two CSV files changed (RFC 4180).

    Rows are matched by the first column if its values are unique on both sides, otherwise
    by their contents in order. Cells are compared by the name of their column.
    """
    both = _texts(old, new)
    if isinstance(both, Why):
        return TableChange(incomparable=both)
    before, after = _table(both[0]), _table(both[1])
    if isinstance(before, Why):
        return TableChange(incomparable=before)
    if isinstance(after, Why):
        return TableChange(incomparable=after)
    key = _key(before, after)
    pairs, is_shortest = _matched(before, after, by_key=key is not None)
    rows = _rows(before, after, pairs)
    counts = {kind: sum(row.kind is kind for row in rows) for kind in Kind}
    return TableChange(
        columns=after.columns,
        columns_added=tuple(c for c in after.columns if c not in before.columns),
        columns_removed=tuple(c for c in before.columns if c not in after.columns),
        key=key,
        rows=tuple(rows[:MAX_SHOWN]),
        added=counts[Kind.ADDED],
        removed=counts[Kind.REMOVED],
        changed=counts[Kind.CHANGED],
        cells_changed=sum(len(row.cells) for row in rows),
        truncated=len(rows) > MAX_SHOWN,
        coarse=not is_shortest,
    )


def _table(text: str) -> _Table | Why:
    first = text.partition("\n")[0]
    delimiter = max(",;\t|", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        rows = [tuple(row) for row in reader if row]
    except csv.Error:
        return Why.NOT_A_TABLE
    if sum(map(len, rows)) > MAX_CELLS:
        return Why.TOO_LARGE
    if not rows:
        return _Table((), [])
    unnamed = range(len(rows[0]) + 1, max(map(len, rows)) + 1)
    return _Table(_unique((*rows[0], *(f"column {n}" for n in unnamed))), rows[1:])


def _unique(header: tuple[str, ...]) -> tuple[str, ...]:
    """Return the header with names that are not there twice: `sum`, `sum (2)`."""
    seen: dict[str, int] = {}
    names = []
    for column in header:
        seen[column] = seen.get(column, 0) + 1
        names.append(column if seen[column] == 1 else f"{column} ({seen[column]})")
    return tuple(names)


def _key(before: _Table, after: _Table) -> str | None:
    if not before.columns or before.columns[:1] != after.columns[:1]:
        return None
    for table in (before, after):
        if len({row[0] for row in table.rows}) < len(table.rows):
            return None
    return before.columns[0]


Pairs = list[tuple[int | None, int | None]]


def _matched(before: _Table, after: _Table, *, by_key: bool) -> tuple[Pairs, bool]:
    """Return which old row became which new one, in the order of the new file."""
    if by_key:
        at = {row[0]: n for n, row in enumerate(before.rows)}
        kept = {row[0] for row in after.rows}
        gone: Pairs = [(n, None) for n, row in enumerate(before.rows) if row[0] not in kept]
        return [(at.get(row[0]), n) for n, row in enumerate(after.rows)] + gone, True
    same, is_shortest = matching_pairs(before.rows, after.rows)
    pairs: Pairs = []
    i = j = 0
    for old, new in (*same, (len(before.rows), len(after.rows))):
        # Rows replaced by as many others at the same place are taken to be the same rows.
        together = min(old - i, new - j)
        pairs += [(i + n, j + n) for n in range(together)]
        pairs += [(n, None) for n in range(i + together, old)]
        pairs += [(None, n) for n in range(j + together, new)]
        pairs.append((old, new))
        i, j = old + 1, new + 1
    return pairs[:-1], is_shortest


def _rows(before: _Table, after: _Table, pairs: Pairs) -> list[RowChange]:
    shared = [column for column in after.columns if column in set(before.columns)]
    places = [(c, before.columns.index(c), after.columns.index(c)) for c in shared]
    changes = []
    for old, new in pairs:
        if old is None and new is not None:
            row = RowChange(kind=Kind.ADDED, new=new + 1, values=after.rows[new])
        elif new is None and old is not None:
            row = RowChange(kind=Kind.REMOVED, old=old + 1, values=before.rows[old])
        elif old is not None and new is not None:
            cells = _cells(before.rows[old], after.rows[new], places)
            if not cells:
                continue
            row = RowChange(kind=Kind.CHANGED, old=old + 1, new=new + 1, cells=cells)
        changes.append(row)
    return changes


def _cells(
    old: tuple[str, ...], new: tuple[str, ...], places: list[tuple[str, int, int]]
) -> tuple[CellChange, ...]:
    return tuple(
        CellChange(column=column, old=was, new=now)
        for column, i, j in places
        if (was := old[i] if i < len(old) else "") != (now := new[j] if j < len(new) else "")
    )
