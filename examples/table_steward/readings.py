"""Bytes to table: which delimiter, and whether the file is whole.

Nothing here raises on bad bytes: what cannot be read ends as a question.
"""

import csv
import io
import re
import sys
from dataclasses import dataclass, replace

from table_steward.choices import Choices
from table_steward.confidences import Guess
from table_steward.encodings import Decoded, decode
from table_steward.questions import Flag, Question
from table_steward.tables import Change, Row, Table, line, render

DELIMITERS = (",", ";", "\t", "|")
KEEP = "keep"
LEAVE_OUT = "leave-out"
MOST_BYTES = 32 * 1024 * 1024
"""More would not fit the lease of a claim: the steward works in memory, about 1 MB a second."""

csv.field_size_limit(sys.maxsize)


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """What could be made of a file. `table` is None where not even that was possible."""

    table: Table | None
    encoding: str = ""
    delimiter: str = ""
    numbers: tuple[int, ...] = ()
    """For each row of the table, its number in the original."""
    changes: tuple[Change, ...] = ()
    flags: tuple[Flag, ...] = ()
    guesses: tuple[Guess, ...] = ()
    questions: tuple[Question, ...] = ()


def read(data: bytes, *, choices: Choices) -> Reading:
    """Make a table of the bytes of a file, as far as they go."""
    if len(data) > MOST_BYTES:
        return Reading(table=None, questions=(_too_large(len(data)),))
    decoded = decode(data, chosen=choices.encoding)
    if decoded.text is None:
        assert decoded.question is not None
        return Reading(table=None, questions=(decoded.question,))
    text = decoded.text
    delimiter, doubtful = sniff(text)
    rows, unclosed = parse(text, delimiter=delimiter)
    while rows and not rows[0]:
        del rows[0]
    if len(rows) < 2:
        return Reading(table=None, encoding=decoded.encoding, questions=(_nothing_in_it(),))
    torn = decoded.torn or ("inside a quoted cell" if unclosed else "")
    if not torn and not text.endswith(("\n", "\r")) and 0 < len(rows[-1]) < len(rows[0]):
        torn = "in the middle of a row"
    shaped = shape(rows, choices=choices, torn=torn)
    guesses: list[Guess] = []
    if decoded.guessed and not choices.encoding:
        strange = sum(not line(row).isascii() for row in rows) / len(rows)
        guesses.append(Guess(kind="encoding", about="the file", share=strange))
    if doubtful:
        guesses.append(Guess(kind="delimiter", about="the file", share=1.0))
    written = _written_down(text, decoded=decoded, delimiter=delimiter, rows=rows)
    questions = shaped.questions
    if not choices.header and _looks_like_data(rows):
        questions = (*questions, _header_question(rows[0]))
    return replace(
        shaped,
        encoding=decoded.encoding,
        delimiter=delimiter,
        changes=(*written, *shaped.changes),
        guesses=(*guesses, *shaped.guesses),
        questions=questions,
    )


def sniff(text: str) -> tuple[str, bool]:
    """Return the delimiter that cuts most rows into as many cells as the header has.

    The second value says that another delimiter does nearly as well.
    """
    head = text[:65536]
    if len(text) > len(head):
        head = head[: max(head.rfind("\n"), head.rfind("\r")) + 1] or head
    scores: list[tuple[float, int, str]] = []
    for at, delimiter in enumerate(DELIMITERS):
        rows = [row for row in parse(head, delimiter=delimiter)[0] if row]
        width = len(rows[0]) if rows else 0
        if width < 2:
            continue
        even = sum(len(row) == width for row in rows) / len(rows)
        scores.append((even, -at, delimiter))
    if not scores:
        return ",", False
    scores.sort(reverse=True)
    best = scores[0]
    return best[2], len(scores) > 1 and scores[1][0] > 0.9 * best[0]


def parse(text: str, *, delimiter: str) -> tuple[list[list[str]], bool]:
    """Cut text into rows of cells (RFC 4180); say whether a quote was never closed."""
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    quotes = text.count('"') % 2 == 1
    return rows, quotes and _unclosed(text, delimiter=delimiter)


def shape(rows: list[list[str]], *, choices: Choices, torn: str) -> Reading:
    """Give every row the width of the header, recording what that took."""
    first, *rest = rows
    has_names = choices.header != "data"
    body = rest if has_names else rows
    names, changes = _names(first if has_names else [""] * len(first))
    width = len(names)
    ragged = [at for at, row in enumerate(body, start=1) if row and len(row) != width]
    last = len(body)
    if torn and last in ragged:
        ragged.remove(last)
    kept: list[Row] = []
    numbers: list[int] = []
    for at, cells in enumerate(body, start=1):
        whole = _fit(cells, width)
        chosen = choices.truncated if torn and at == last else choices.ragged
        broken = at in ragged or (torn != "" and at == last)
        if broken and chosen == LEAVE_OUT:
            changes.append(_row(at, line(cells), "", "left out as told"))
            continue
        if cells and len(cells) != width:
            changes.append(_row(at, line(cells), line(whole), "row given its width"))
        elif not cells and width > 1:
            changes.append(_row(at, "", line(whole), "row given its width"))
        kept.append(whole)
        numbers.append(at)
    return Reading(
        table=Table(header=names, rows=tuple(kept)),
        numbers=tuple(numbers),
        changes=tuple(changes),
        flags=_broken_flags(body, ragged=ragged, torn=torn, width=width, choices=choices),
        questions=_broken_questions(body, ragged, torn=torn, width=width, choices=choices),
    )


def _unclosed(text: str, *, delimiter: str) -> bool:
    try:
        list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        return "end of data" in str(error)
    return False


def _names(first: list[str]) -> tuple[Row, list[Change]]:
    """Give every column a name of its own."""
    names: list[str] = []
    changes: list[Change] = []
    for at, before in enumerate(first, start=1):
        stem = before.strip(" \t\r\n\u00a0\ufeff") or f"column_{at}"
        name, twin = stem, 2
        while name in names:
            name, twin = f"{stem}_{twin}", twin + 1
        names.append(name)
        if name != before:
            changes.append(
                Change(row=0, column=name, before=before, after=name, rule="column named")
            )
    return tuple(names), changes


def _fit(cells: list[str], width: int) -> Row:
    """Pad a short row; join what is too much to the last cell, so that nothing is lost."""
    if len(cells) > width:
        return (*cells[: width - 1], ",".join(cells[width - 1 :]))
    return (*cells, *[""] * (width - len(cells)))


def _row(at: int, before: str, after: str, rule: str) -> Change:
    return Change(row=at, column="", before=before, after=after, rule=rule)


def _broken_flags(
    body: list[list[str]], *, ragged: list[int], torn: str, width: int, choices: Choices
) -> tuple[Flag, ...]:
    flags = [
        Flag(
            severity="note" if choices.ragged else "critical",
            message=f"This row has {len(body[at - 1])} cells, the header has {width}",
            row=at,
        )
        for at in ragged
    ]
    if torn:
        message = f"The file breaks off here, {torn}"
        severity = "note" if choices.truncated else "critical"
        flags.append(Flag(severity=severity, message=message, row=len(body)))
    return tuple(flags)


def _broken_questions(
    body: list[list[str]], ragged: list[int], *, torn: str, width: int, choices: Choices
) -> tuple[Question, ...]:
    questions: list[Question] = []
    if ragged and not choices.ragged:
        where = ", ".join(map(str, ragged[:5])) + (" …" if len(ragged) > 5 else "")
        questions.append(
            Question(
                id="ragged",
                text=f"{len(ragged)} of {len(body)} rows do not have {width} cells like the"
                f" header (row {where}). What should become of them?",
                title="Rows that are too short or too long",
                options={
                    LEAVE_OUT: "Leave those rows out",
                    KEEP: "Keep them: pad what is short, join what is over to the last cell",
                },
            )
        )
    if torn and not choices.truncated:
        questions.append(
            Question(
                id="truncated",
                text=f"The file breaks off {torn}, in row {len(body)}, so there may have been"
                " more. If you have the whole file, put it in place of the original in this"
                " package and choose “keep”. What should become of the last row?",
                title="The row where the file breaks off",
                options={LEAVE_OUT: "Leave it out", KEEP: "Keep what is there"},
            )
        )
    return tuple(questions)


def _too_large(size: int) -> Question:
    return Question(
        id="again",
        text=f"This file has {size:,} bytes; I take {MOST_BYTES:,} at most. Split it, put the"
        " first part in place of the original in this package, and the others into input/.",
        title="Too large for me",
        options={"again": "I have replaced the original: read it again"},
    )


def _nothing_in_it() -> Question:
    return Question(
        id="again",
        text="There is no table in this file: it has no row below a header. Put the right"
        " file in place of the original in this package, or reject.",
        title="Nothing to work on",
        options={"again": "I have replaced the original: read it again"},
    )


def _looks_like_data(rows: list[list[str]]) -> bool:
    """Say whether the first line could be a data row: every cell like the one below it."""
    first, below = rows[0], [row for row in rows[1:20] if len(row) == len(rows[0])]
    numeric = re.compile(r"[+-]?[\d.,]*\d[\d.,/-]*")
    columns = [
        (cell, [bool(numeric.fullmatch(row[at].strip())) for row in below])
        for at, cell in enumerate(first)
    ]
    counts = [(bool(numeric.fullmatch(cell.strip())), fits) for cell, fits in columns if fits]
    alike = all(is_one == (sum(fits) * 2 > len(fits)) for is_one, fits in counts)
    return alike and any(is_one for is_one, _ in counts)


def _header_question(first: list[str]) -> Question:
    return Question(
        id="header",
        text=f"Does the first line hold names or data? It reads “{line(first)[:120]}”.",
        title="The first line",
        options={"names": "The names of the columns", "data": "Data: name them column_1 …"},
    )


def _written_down(
    text: str, *, decoded: Decoded, delimiter: str, rows: list[list[str]]
) -> tuple[Change, ...]:
    """Record what changes in the bytes around the cells."""
    changes: list[Change] = []

    def note(before: str, after: str, rule: str) -> None:
        changes.append(Change(row=0, column="", before=before, after=after, rule=rule))

    if decoded.encoding != "utf-8":
        note(decoded.encoding, "utf-8", "encoding")
    if delimiter != ",":
        note({"\t": "tab"}.get(delimiter, delimiter), ",", "delimiter")
    ends = "CRLF" if "\r\n" in text else "CR" if "\r" in text else ""
    if ends:
        note(ends, "LF", "line ends")
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    again = render(
        Table(header=tuple(rows[0]), rows=tuple(map(tuple, rows[1:]))), delimiter=delimiter
    )
    if again.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n") != plain.rstrip("\n"):
        note("other quotes", "only where needed", "quoting")
    elif not plain.endswith("\n"):
        note("no line end at the end", "LF", "line ends")
    return tuple(changes)
