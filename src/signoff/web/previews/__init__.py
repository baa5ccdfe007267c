"""Bytes in, safe HTML out: nothing here runs a file, asks for one, or trusts what it says."""

import csv
from collections.abc import Callable, Sequence

from markupsafe import Markup
from msgspec import Struct

from signoff.web.previews import (
    cards,
    documents,
    leaves,
    pictures,
    structures,
    tables,
    texts,
)
from signoff.web.previews.differences import Difference, since
from signoff.web.previews.kinds import HEAD, ICONS, Kind, kind_of
from signoff.web.previews.leaves import Leaves
from signoff.web.previews.marks import Mark, marks_in, place, severity_of, target

__all__ = [
    "HEAD",
    "ICONS",
    "READ_LIMIT",
    "Difference",
    "Kind",
    "Leaves",
    "Mark",
    "Preview",
    "Subject",
    "kind_of",
    "marks_in",
    "place",
    "severity_of",
    "show",
    "since",
    "target",
]

READ_LIMIT = 2 * 1024 * 1024
"""How many first bytes of a file are worth giving to `show`."""


class Subject(Struct, frozen=True, kw_only=True):
    """The file to be shown: what it is called, how large it is, where its bytes are served."""

    name: str
    media_type: str
    size: int
    digest: str
    url: str
    leaves: Leaves | None = None
    """The pages of a PDF, if they can be drawn."""


class Preview(Struct, frozen=True, kw_only=True):
    """A file as it is shown: how, the fragment, how much of it, and what it took."""

    kind: Kind
    html: Markup
    where: str = ""
    notes: tuple[str, ...] = ()


def show(
    subject: Subject,
    data: bytes,
    marks: Sequence[Mark] = (),
    *,
    resolve: Callable[[str], str | None] | None = None,
) -> Preview:
    """Return the preview of a file from its first bytes.

    What is longer than `READ_LIMIT` is shown from its beginning, and says so.
    """
    kind = kind_of(subject.name, subject.media_type, data[:HEAD])
    if kind is Kind.IMAGE:
        return Preview(kind=kind, html=pictures.render(subject.name, subject.url, marks))
    if kind is Kind.PDF and subject.leaves is not None:
        html = leaves.render(subject.name, subject.leaves, marks)
        return Preview(kind=kind, html=html, where=leaves.where(subject.leaves))
    if kind in {Kind.PDF, Kind.OTHER}:
        return Preview(kind=kind, html=_card(subject, kind))
    if subject.size == 0:
        return Preview(kind=kind, html=Markup('<p class="nothing">The file is empty.</p>'))
    data = data[:READ_LIMIT]
    complete = len(data) >= subject.size
    text, guessed = texts.decode(data if complete else _whole_lines(data))
    notes = [guessed] if guessed else []
    if not complete:
        notes.append("Too long to show whole: this is the beginning.")
    return _shown(kind, subject, text, marks, notes=notes, complete=complete, resolve=resolve)


def _shown(
    kind: Kind,
    subject: Subject,
    text: str,
    marks: Sequence[Mark],
    *,
    notes: list[str],
    complete: bool,
    resolve: Callable[[str], str | None] | None,
) -> Preview:
    """Lay out text by its kind; what cannot be read as its kind is shown as text."""
    if kind is Kind.MARKDOWN and not documents.fits(text):
        notes.append("Too long to be laid out: shown as it was written.")
        kind = Kind.TEXT
    if kind is Kind.MARKDOWN:
        page = documents.render(text, marks, resolve=resolve)
        html = Markup('<div class="page"><div class="prose">{}</div></div>').format(page)
        return Preview(kind=kind, html=html, notes=tuple(notes))
    if kind is Kind.TABLE:
        try:
            sheet = tables.read(text, marks)
        except csv.Error as broken:
            notes.append(f"Cannot be read as a table: {broken}.")
            kind = Kind.TEXT
        else:
            html, where = tables.render(sheet, marks, name=subject.name, complete=complete)
            if sheet.ragged:
                uneven = f"{sheet.ragged:,} rows have" if sheet.ragged > 1 else "1 row has"
                notes.append(f"{uneven} more or fewer cells than the header.")
            return Preview(kind=kind, html=html, where=where, notes=tuple(notes))
    if kind is Kind.JSON and complete:
        text, why_not = structures.pretty(text)
        if why_not:
            notes.append(why_not)
            kind = Kind.TEXT
    html, where = texts.lines(text, marks, complete=complete)
    return Preview(kind=kind, html=html, where=where, notes=tuple(notes))


def _whole_lines(data: bytes) -> bytes:
    """Drop a last line that the reading limit cut in two, if there is a line before it."""
    end = data.rfind(b"\n")
    # UTF-16 writes a line's end in two bytes; its text is cut where it is.
    utf16 = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    return data if end < 0 or utf16 else data[: end + 1]


def _card(subject: Subject, kind: Kind) -> Markup:
    return cards.render(
        subject.name, subject.url, kind=kind, bytes_=subject.size, digest=subject.digest
    )
