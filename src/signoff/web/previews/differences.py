"""What changed in a file since the last round, as lines or as rows of a table."""

from collections.abc import Mapping, Sequence

from markupsafe import Markup
from msgspec import Struct

from signoff.domain.changes import (
    Kind,
    Line,
    RowChange,
    TableChange,
    TextChange,
    Why,
    table_change,
    text_change,
)
from signoff.web.previews import tables
from signoff.web.previews.kinds import Kind as FileKind
from signoff.web.previews.texts import MOST_CHARACTERS as LONGEST_LINE
from signoff.web.previews.texts import clip, decode, visible
from signoff.web.words import plural

MOST_CHANGES = 500

WHY: dict[Why, str] = {
    Why.TOO_LARGE: "too large to compare here",
    Why.NOT_TEXT: "different bytes",
    Why.NOT_A_TABLE: "not to be read as a table",
}


class Difference(Struct, frozen=True, kw_only=True):
    """How two contents differ: how many rows or lines, in words, and as HTML."""

    count: int
    words: str
    html: Markup


def since(name: str, kind: FileKind, old: bytes, new: bytes) -> Difference:
    """Return what changed from one content of a file to another.

    What is no text, or too large, is only said to differ.
    """
    if old == new:
        return Difference(
            count=0, words="no change", html=_said("Nothing changed in this file.")
        )
    if kind is FileKind.TABLE:
        table = table_change(old, new)
        if table.incomparable is None:
            wanted = {row.new for row in table.rows[:MOST_CHANGES] if row.new is not None}
            return of_table(table, _rows_at(decode(new)[0], wanted), name=name)
    text = text_change(old, new)
    if text.incomparable is not None:
        why = WHY[text.incomparable]
        return Difference(count=1, words="changed", html=_said(f"It changed; it is {why}."))
    return of_text(text)


def of_text(change: TextChange) -> Difference:
    """Render changed lines with their neighbours."""
    count = change.added + change.removed
    body: list[Markup] = []
    for hunk in change.hunks:
        if body:
            body.append(Markup('<li class="gap">Unchanged lines</li>\n'))
        body.extend(_line(line) for line in hunk[: MOST_CHANGES * 2])
        if len(body) >= MOST_CHANGES * 2 or change.truncated:
            body.append(Markup('<li class="gap">More has changed than is shown here</li>'))
            break
    html = Markup('<ol class="lines diff">{}</ol>').format(Markup("").join(body))
    return Difference(count=count, words=plural(count, "line"), html=html)


def of_table(change: TableChange, now: Mapping[int, Sequence[str]], *, name: str) -> Difference:
    """Render changed rows, in each changed cell the old value above the new.

    `now` has the cells of the new rows by their numbers.
    """
    shown = change.rows[:MOST_CHANGES]
    columns = change.columns[: tables.MOST_COLUMNS]
    full = [_cells(row, now, columns) for row in shown]
    types = [
        tables.type_of(row[i] for row in full if i < len(row)) for i in range(len(columns))
    ]
    body = Markup("").join(
        _row(row, cells, columns, types) for row, cells in zip(shown, full, strict=True)
    )
    count = change.added + change.removed + change.changed
    if count > len(shown):
        body += Markup(
            '<tr class="gap"><th scope="row">…</th><td colspan="{}">{} more rows</td></tr>'
        ).format(max(1, len(columns)), f"{count - len(shown):,}")
    html = Markup(
        '{}<table class="sheet diff"><caption class="sr">{}, rows that changed</caption>'
        "{}<tbody>{}</tbody></table>"
    ).format(_columns(change), name, tables.head(columns, types), body)
    return Difference(count=count, words=plural(count, "row"), html=html)


def _said(words: str) -> Markup:
    return Markup('<p class="nothing">{}</p>').format(words)


def _line(line: Line) -> Markup:
    element = {Kind.ADDED: "ins", Kind.REMOVED: "del"}.get(line.kind, "span")
    tag = Markup(element)  # noqa: S704
    return Markup('<li class="{}" data-n="{}"><{}><code>{}</code></{}></li>\n').format(
        line.kind.value,
        line.old if line.new is None else line.new,
        tag,
        clip(visible(line.text), LONGEST_LINE),
        tag,
    )


def _columns(change: TableChange) -> Markup:
    parts = [
        f"{words} {', '.join(names)}."
        for words, names in (
            ("New columns:", change.columns_added),
            ("Columns gone:", change.columns_removed),
        )
        if names
    ]
    return (
        Markup('<p class="preview-note">{}</p>').format(" ".join(parts)) if parts else Markup()
    )


def _cells(
    row: RowChange, now: Mapping[int, Sequence[str]], columns: Sequence[str]
) -> tuple[str, ...]:
    if row.kind is not Kind.CHANGED:
        return row.values[: len(columns)]
    if row.new is not None and row.new in now:
        return tuple(now[row.new])[: len(columns)]
    known = {cell.column: cell.new for cell in row.cells}
    return tuple(known.get(column, "") for column in columns)


def _row(
    row: RowChange, cells: Sequence[str], columns: Sequence[str], types: Sequence[str]
) -> Markup:
    was = {cell.column: cell.old for cell in row.cells}
    body = Markup("").join(
        _cell(
            cells[i] if i < len(cells) else "",
            was.get(columns[i]),
            number=type_ == "number",
            removed=row.kind is Kind.REMOVED,
        )
        for i, type_ in enumerate(types)
    )
    word = {Kind.ADDED: " new", Kind.REMOVED: " gone"}.get(row.kind, "")
    n = row.old if row.new is None else row.new
    anchor = Markup("") if row.new is None else Markup(' id="row-{}"').format(row.new)
    return Markup(
        '<tr class="{}"{}><th scope="row">{}<span class="sr">{}</span></th>{}</tr>\n'
    ).format(row.kind.value, anchor, n, word, body)


def _cell(text: str, was: str | None, *, number: bool, removed: bool) -> Markup:
    said = clip(visible(text), tables.MOST_CHARACTERS)
    align = "n" if number else ""
    if removed:
        return Markup('<td class="{}"><del>{}</del></td>').format(align, said)
    if was is None:
        return Markup('<td class="{}">{}</td>').format(align, said)
    before = clip(visible(was), tables.MOST_CHARACTERS) or "empty"
    return Markup('<td class="{}"><del>{}</del><ins>{}</ins></td>').format(
        f"{align} changed".strip(), before, said or "empty"
    )


def _rows_at(text: str, wanted: set[int]) -> dict[int, tuple[str, ...]]:
    rows = tables.rows(text, tables.sniff(text))
    return {n: tuple(row) for n, row in enumerate(rows) if n in wanted}
