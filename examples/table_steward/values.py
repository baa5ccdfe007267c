"""What a single cell may mean: nothing, a number, a date. Each reading is text again."""

import re
from datetime import date

POINT, COMMA = "point", "comma"
DAY_FIRST, MONTH_FIRST = "day-first", "month-first"

MISSING_WORDS = frozenset(
    {"na", "n/a", "n.a.", "#n/a", "null", "(null)", "nan", "nil", "-", "--", "\u2014", "?"}
)
INVISIBLE = " \t\r\n\f\v\u00a0\u200b\u2007\u202f\ufeff"

_PLAIN = re.compile(r"[+-]?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_POINT = re.compile(
    r"[+-]?[1-9]\d{0,2}(?:(?:,\d{3})+|(?:[ \u00a0\u202f'\u2019]\d{3})+)(?:\.\d+)?", re.ASCII
)
_COMMA = re.compile(
    r"[+-]?(?:\d+,\d+|[1-9]\d{0,2}(?:\.\d{3})+(?:,\d+)?"
    r"|[1-9]\d{0,2}(?:[ \u00a0\u202f'\u2019]\d{3})+(?:,\d+)?)",
    re.ASCII,
)
_GROUPING = str.maketrans("", "", " \u00a0\u202f'\u2019")

_TIME = r"(?P<time>[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?"
_YEAR_FIRST = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})" + _TIME, re.ASCII)
_YEAR_LAST = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})" + _TIME, re.ASCII)
_DAY_NAMED = re.compile(r"(\d{1,2})[ -]([A-Za-z]{3,9})\.?[ ,-]+(\d{4}|\d{2})" + _TIME, re.ASCII)
_MONTH_NAMED = re.compile(r"([A-Za-z]{3,9})\.? (\d{1,2}),? (\d{4})" + _TIME, re.ASCII)
_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip


def is_missing(cell: str, *, words: bool = True) -> bool:
    """Say whether a trimmed cell holds nothing; with `words`, NA and its like do."""
    return not cell or (words and cell.casefold() in MISSING_WORDS)


def number(cell: str, *, decimal: str) -> str | None:
    """Return the cell as a plain number with a decimal point, or None.

    A number that is plain already comes back as it is, unless its point is a thousands
    separator under `decimal` comma (`1.234`).
    """
    if decimal == COMMA and _COMMA.fullmatch(cell):
        return cell.translate(_GROUPING).replace(".", "").replace(",", ".")
    if _PLAIN.fullmatch(cell):
        return cell
    if decimal == POINT and _POINT.fullmatch(cell):
        return cell.translate(_GROUPING).replace(",", "")
    return None


def number_readings(cell: str) -> dict[str, str]:
    """Return what the cell is under each decimal sign: nothing, one reading, or two.

    `3.5` is a number under a decimal comma too (someone mixed them), but never evidence for it.
    """
    point, comma = number(cell, decimal=POINT), number(cell, decimal=COMMA)
    if comma is not None and "." in cell and not _COMMA.fullmatch(cell):
        comma = None
    readings = {POINT: point, COMMA: comma}
    return {sign: value for sign, value in readings.items() if value is not None}


def date_readings(cell: str) -> dict[str, str]:
    """Return the ISO 8601 date that the cell is, read day-first and month-first.

    A date that can be read in one way only has the same value, or no value, under the other.
    """
    if found := _YEAR_FIRST.fullmatch(cell):
        year, _, month, day, time = found.groups()
        return _both(_iso(year, int(month), int(day), time))
    if found := _DAY_NAMED.fullmatch(cell):
        day, name, year, time = found.groups()
        return _both(_iso(year, _month(name), int(day), time))
    if found := _MONTH_NAMED.fullmatch(cell):
        name, day, year, time = found.groups()
        return _both(_iso(year, _month(name), int(day), time))
    if found := _YEAR_LAST.fullmatch(cell):
        first, _, second, year, time = found.groups()
        readings = {
            DAY_FIRST: _iso(year, int(second), int(first), time),
            MONTH_FIRST: _iso(year, int(first), int(second), time),
        }
        return {order: value for order, value in readings.items() if value is not None}
    return {}


def has_short_year(cell: str) -> bool:
    """Say whether the century of a date has to be guessed."""
    for pattern, group in ((_YEAR_LAST, 4), (_DAY_NAMED, 3)):
        if found := pattern.fullmatch(cell):
            return len(found.group(group)) == 2
    return False


def _both(value: str | None) -> dict[str, str]:
    return {} if value is None else {DAY_FIRST: value, MONTH_FIRST: value}


def _month(name: str) -> int:
    known = name.casefold()
    if known == "sept":
        return 9
    for at, month in enumerate(_MONTHS, start=1):
        if known in (month, month[:3]):
            return at
    return 0


def _iso(year: str, month: int, day: int, time: str | None) -> str | None:
    century = "" if len(year) == 4 else "19" if int(year) >= 69 else "20"
    try:
        found = date(int(century + year), month, day)
    except ValueError:
        return None
    return found.isoformat() + (time or "")
