"""What changed since the last round, as lines and as rows of a table.

Built from plain values, so that whoever computes changes need not know of pages.
"""

from collections.abc import Iterable, Sequence
from enum import StrEnum

from markupsafe import Markup
from msgspec import Struct

from signoff.web.previews.tables import MOST_CHARACTERS, MOST_COLUMNS, head, type_of
from signoff.web.previews.texts import clip, visible

MOST_CHANGES = 500


class Op(StrEnum):
    """What became of a line or a row."""

    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


class Line(Struct, frozen=True, kw_only=True):
    """One line: its number before and now, None where it was not or is no more."""

    op: Op
    before: int | None
    now: int | None
    text: str


class Row(Struct, frozen=True, kw_only=True):
    """One row: its number now (before, if it was removed), its cells, and what they were."""

    op: Op
    number: int
    cells: tuple[str, ...]
    was: tuple[str, ...] = ()


def lines(changes: Iterable[Line]) -> Markup:
    """Return changed lines with their neighbours; a break in numbers is shown as one."""
    body: list[Markup] = []
    last = 0
    for line in changes:
        if len(body) >= MOST_CHANGES:
            body.append(Markup('<li class="gap">More has changed than is shown here</li>'))
            break
        here = line.now if line.now is not None else line.before
        if line.now is not None:
            if line.now > last + 1:
                body.append(Markup('<li class="gap">Unchanged</li>'))
            last = line.now
        element = {Op.ADDED: "ins", Op.REMOVED: "del"}.get(line.op, "span")
        body.append(
            Markup('<li class="{}" data-n="{}"><{}><code>{}</code></{}></li>\n').format(
                line.op.value,
                here,
                Markup(element),  # noqa: S704
                clip(visible(line.text), 2000),
                Markup(element),  # noqa: S704
            )
        )
    return Markup('<ol class="lines diff">{}</ol>').format(Markup("").join(body))


def rows(header: Sequence[str], changes: Iterable[Row], *, name: str) -> Markup:
    """Return changed rows with the old value above the new in each changed cell."""
    kept = list(changes)
    shown = kept[:MOST_CHANGES]
    width = min(MOST_COLUMNS, max([len(header), *(len(row.cells) for row in shown)]))
    types = [type_of(row.cells[i] for row in shown if i < len(row.cells)) for i in range(width)]
    body = Markup("").join(_row(row, types) for row in shown)
    more = Markup("")
    if len(kept) > len(shown):
        more = Markup(
            '<tr class="gap"><th scope="row">…</th>'
            '<td colspan="{}">{} more rows changed</td></tr>'
        ).format(width, f"{len(kept) - len(shown):,}")
    return Markup(
        '<table class="sheet diff"><caption class="sr">{}, rows that changed</caption>'
        "{}<tbody>{}{}</tbody></table>"
    ).format(name, head(header, types), body, more)


def _row(row: Row, types: Sequence[str]) -> Markup:
    cells = Markup("").join(
        _cell(
            row.cells[i] if i < len(row.cells) else "",
            (row.was[i] if i < len(row.was) else "") if row.op is Op.CHANGED else None,
            number=type_ == "number",
            removed=row.op is Op.REMOVED,
        )
        for i, type_ in enumerate(types)
    )
    word = {Op.ADDED: " new", Op.REMOVED: " gone"}.get(row.op, "")
    return Markup(
        '<tr class="{}" id="row-{}"><th scope="row">{}<span class="sr">{}</span></th>{}</tr>\n'
    ).format(row.op.value, row.number, row.number, word, cells)


def _cell(text: str, was: str | None, *, number: bool, removed: bool) -> Markup:
    said = clip(visible(text), MOST_CHARACTERS)
    align = "n" if number else ""
    if removed:
        return Markup('<td class="{}"><del>{}</del></td>').format(align, said)
    if was is None or was == text:
        return Markup('<td class="{}">{}</td>').format(align, said)
    return Markup('<td class="{}"><del>{}</del><ins>{}</ins></td>').format(
        f"{align} changed".strip(), clip(visible(was), MOST_CHARACTERS), said
    )
