"""Working hours: which moments count, and how far a length of working time reaches.

The rules of time zones are data (IANA); here they are only applied. A moment counts if the
clock on the wall of `zone` says so, whatever that clock does in spring and autumn.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Annotated
from zoneinfo import ZoneInfo, available_timezones

from msgspec import Meta, Struct, field

from signoff.domain.errors import Code, Invalid
from signoff.domain.ids import HOUR, MINUTE, SECOND, Instant, Micros
from signoff.domain.nearness import nearest

Length = Annotated[str, Meta(pattern=r"^[1-9][0-9]{0,5} ?(s|m|h|d)\Z")]
Wall = Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]\Z|^24:00\Z")]
Days = Annotated[
    str,
    Meta(pattern=r"^(mon|tue|wed|thu|fri|sat|sun)(\.\.(mon|tue|wed|thu|fri|sat|sun))?\Z"),
]
Date = Annotated[str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")]

MOST = Micros(366 * 24 * HOUR)
"""A length of working time is at most so long: its end is looked for day by day."""

_UNITS = {"s": SECOND, "m": MINUTE, "h": HOUR, "d": Micros(24 * HOUR)}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = timedelta(days=1)


class Day(StrEnum):
    """A day of the week."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


_WEEK = tuple(Day)


class WorkingHours(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When people are at work: from `from_` until `to` on `days` that are no holidays.

    `zone` is a name of the IANA database. A day of these is what `d` means in a length.
    """

    zone: Annotated[str, Meta(min_length=1, max_length=64)]
    days: Annotated[tuple[Days, ...], Meta(min_length=1, max_length=7)] = ("mon..fri",)
    from_: Wall = field(default="09:00", name="from")
    to: Wall = "17:00"
    holidays: Annotated[tuple[Date, ...], Meta(max_length=400)] = ()


def check_hours(hours: WorkingHours) -> None:
    """Refuse a zone, an hour or a holiday that there is not."""
    try:
        ZoneInfo(hours.zone)
    except (KeyError, ValueError, OSError):
        raise Invalid(
            f"There is no time zone “{hours.zone}”",
            code=Code.POLICY_INVALID,
            hint=nearest(hours.zone, _zones()) or "Write it like Europe/Berlin or UTC.",
        ) from None
    if _minutes(hours.from_) >= _minutes(hours.to):
        raise Invalid(
            f"Working hours from {hours.from_} to {hours.to} hold no time",
            code=Code.POLICY_INVALID,
            hint="`from` comes before `to`, on the same day.",
        )
    for each in hours.holidays:
        try:
            date.fromisoformat(each)
        except ValueError:
            raise Invalid(
                f"There is no day {each}", code=Code.POLICY_INVALID, hint="Write 2026-12-25."
            ) from None


@lru_cache(maxsize=1)
def _zones() -> tuple[str, ...]:
    return tuple(sorted(available_timezones()))


def length_of(text: str | None, hours: WorkingHours | None = None) -> Micros | None:
    """Return the length of time that `90s`, `30m`, `4h` or `2d` says.

    With working hours a day is as long as they are: `2d` are two days of work.
    """
    if not text:
        return None
    unit = _UNITS[text[-1]]
    if text[-1] == "d" and hours is not None:
        unit = Micros((_minutes(hours.to) - _minutes(hours.from_)) * MINUTE)
    return Micros(int(text[:-1]) * unit)


def after(hours: WorkingHours | None, start: Instant, length: Micros) -> Instant:
    """Return the moment by which `length` of working time has passed since `start`."""
    if hours is None:
        return Instant(start + length)
    left = length
    for opens, closes in _windows(hours, _day_of(hours, start), _DAY):
        begin = max(opens, start)
        if begin < closes and left <= closes - begin:
            return Instant(begin + left)
        left = Micros(left - max(0, closes - begin))
    raise AssertionError  # lengths are bounded, and a year has working days


def before(hours: WorkingHours | None, end: Instant, length: Micros) -> Instant:
    """Return the moment from which on `length` of working time passes until `end`."""
    if hours is None:
        return Instant(end - length)
    left = length
    for opens, closes in _windows(hours, _day_of(hours, end), -_DAY):
        last = min(closes, end)
        if opens < last and left <= last - opens:
            return Instant(last - left)
        left = Micros(left - max(0, last - opens))
    raise AssertionError  # as in `after`


def _windows(
    hours: WorkingHours, day: date, step: timedelta
) -> Iterator[tuple[Instant, Instant]]:
    while True:
        window = _window(hours, day)
        if window is not None:
            yield window
        day += step


@lru_cache(maxsize=4096)
def _window(hours: WorkingHours, day: date) -> tuple[Instant, Instant] | None:
    """Return the hours of one day, or None.

    Where the clock skips or repeats the hour at which they begin or end, they are what is
    within them by either reading.
    """
    if day.weekday() not in _weekdays(hours.days) or day.isoformat() in hours.holidays:
        return None
    opens = max(_readings(hours, day, hours.from_))
    closes = min(_readings(hours, day, hours.to))
    return (opens, closes) if opens < closes else None


def _readings(hours: WorkingHours, day: date, wall: str) -> tuple[Instant, Instant]:
    minutes = _minutes(wall)
    if minutes == 24 * 60:
        day, minutes = day + _DAY, 0
    local = datetime.combine(day, time(*divmod(minutes, 60)), tzinfo=ZoneInfo(hours.zone))
    return _instant(local), _instant(local.replace(fold=1))


@lru_cache(maxsize=64)
def _weekdays(days: tuple[str, ...]) -> frozenset[int]:
    found: set[int] = set()
    for each in days:
        first, _, last = each.partition("..")
        start, end = _WEEK.index(Day(first)), _WEEK.index(Day(last or first))
        found |= {n % 7 for n in range(start, end + 1 + (7 if end < start else 0))}
    return frozenset(found)


def _minutes(wall: str) -> int:
    return int(wall[:2]) * 60 + int(wall[3:])


def _day_of(hours: WorkingHours, at: Instant) -> date:
    return (_EPOCH + timedelta(microseconds=at)).astimezone(ZoneInfo(hours.zone)).date()


def _instant(local: datetime) -> Instant:
    return Instant((local.astimezone(UTC) - _EPOCH) // timedelta(microseconds=1))
