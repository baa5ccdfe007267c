"""Flags as they stand in a file: their numbers, their places, and the words for these."""

from collections.abc import Iterable, Sequence

from markupsafe import Markup
from msgspec import Struct

from signoff.domain.sidecars import Anchor, Flag

SEVERITIES = ("critical", "warning", "note")


class Mark(Struct, frozen=True, kw_only=True):
    """One flag of a handoff; its number is the same in the brief and in the file."""

    number: int
    severity: str
    anchor: Anchor = Anchor()


def marks_in(flags: Sequence[Flag], path: str, *, only_file: bool = False) -> tuple[Mark, ...]:
    """Return the marks of the flags that point into a file.

    A flag that names no file points into the package's only file, if it has but one.
    """
    return tuple(
        Mark(number=number, severity=severity_of(flag), anchor=flag.anchor or Anchor())
        for number, flag in enumerate(flags, start=1)
        if flag.file == path or (flag.file is None and only_file)
    )


def severity_of(flag: Flag) -> str:
    """Return a severity that the pages know; an unknown one is a note."""
    return flag.severity if flag.severity in SEVERITIES else "note"


def place(anchor: Anchor | None) -> str:
    """Say where an anchor points: `row 118, Total`, `line 12`, `page 3`; nothing if nowhere."""
    if anchor is None:
        return ""
    parts = []
    if anchor.page is not None:
        parts.append(f"page {anchor.page}")
    if anchor.line is not None:
        last = anchor.end_line
        parts.append(f"lines {anchor.line} to {last}" if last else f"line {anchor.line}")
    if anchor.row is not None:
        parts.append(f"row {anchor.row}")
    if anchor.column is not None:
        parts.append(anchor.column if anchor.row is not None else f"column {anchor.column}")
    if anchor.region is not None and anchor.page is None:
        parts.append("a region")
    return ", ".join(parts)


def target(anchor: Anchor | None) -> str:
    """Return the fragment of the place in its file's preview; empty if it has none."""
    if anchor is None:
        return ""
    if anchor.row is not None:
        return f"#row-{anchor.row}"
    if anchor.line is not None:
        return f"#line-{anchor.line}"
    if anchor.page is not None:
        return f"#page-{anchor.page}"
    return ""


def worst(marks: Iterable[Mark]) -> str:
    """Return the gravest severity among marks; empty if there are none."""
    found = {mark.severity for mark in marks}
    return next((severity for severity in SEVERITIES if severity in found), "")


def pins(marks: Iterable[Mark]) -> Markup:
    """Return the numbers of flags as they stand in a file, each leading back to the brief."""
    return Markup("").join(
        Markup(
            '<a class="pin {severity}" id="flag-{number}" href="#f{number}"'
            ' aria-label="Flag {number}">{number}</a>'
        ).format(severity=mark.severity, number=mark.number)
        for mark in marks
    )
