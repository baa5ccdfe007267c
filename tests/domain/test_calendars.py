"""Working hours: time counts where the wall clock says so, in every zone and on every day."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from signoff.domain.calendars import (
    Day,
    WorkingHours,
    after,
    before,
    check_hours,
    length_of,
)
from signoff.domain.errors import Invalid
from signoff.domain.ids import HOUR, MINUTE, SECOND, Instant, Micros

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
BERLIN = WorkingHours(zone="Europe/Berlin", holidays=("2026-12-25",))
ZONES = (
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",  # half an hour of summer time
    "Asia/Kathmandu",
    "Pacific/Apia",  # a day that there never was
    "America/Sao_Paulo",
    "Africa/Casablanca",
    "UTC",
)


def at(zone: str, text: str, *, fold: int = 0) -> Instant:
    local = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold)
    return Instant((local.astimezone(UTC) - EPOCH) // timedelta(microseconds=1))


def wall(zone: str, instant: int) -> datetime:
    return (EPOCH + timedelta(microseconds=instant)).astimezone(ZoneInfo(zone))


def walls(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


@st.composite
def some_hours(draw: st.DrawFn) -> WorkingHours:
    start = draw(st.integers(0, 24 * 60 - 15))
    end = draw(st.integers(start + 1, 24 * 60))
    days = draw(st.lists(st.sampled_from(Day), min_size=1, max_size=7, unique=True))
    free = draw(st.lists(st.dates(date(2009, 1, 1), date(2030, 12, 31)), max_size=5))
    return WorkingHours(
        zone=draw(st.sampled_from(ZONES)),
        days=tuple(map(str, days)),
        from_=walls(start),
        to=walls(end),
        holidays=tuple(map(str, free)),
    )


INSTANTS = st.integers(1_262_304_000_000_000, 1_861_920_000_000_000).map(Instant)
"""From 2010 to 2029."""
LENGTHS = st.integers(1, 200 * HOUR).map(Micros)


def is_within(hours: WorkingHours, instant: int) -> bool:
    """Say so as a person would who looks at the clock on the wall; the last moment counts."""
    local = wall(hours.zone, instant - 1)
    minute = local.hour * 60 + local.minute
    works = str(tuple(Day)[local.weekday()]) in hours.days
    start, end = (int(each[:2]) * 60 + int(each[3:]) for each in (hours.from_, hours.to))
    return works and str(local.date()) not in hours.holidays and start <= minute < end


@given(some_hours(), INSTANTS, LENGTHS)
def test_what_is_due_is_due_within_working_hours(hours, start, length):
    assert is_within(hours, after(hours, start, length))


@given(some_hours(), INSTANTS, LENGTHS)
def test_the_way_back_leads_to_the_same_working_moment(hours, start, length):
    end = after(hours, start, length)

    begin = before(hours, end, length)

    assert begin >= start or after(hours, begin, length) == end
    assert after(hours, begin, length) == end


@given(some_hours(), INSTANTS, LENGTHS, LENGTHS)
def test_more_time_is_never_over_sooner(hours, start, one, other):
    short, long = sorted((one, other))

    assert after(hours, start, short) <= after(hours, start, long)
    assert before(hours, start, long) <= before(hours, start, short) <= start


@given(some_hours(), INSTANTS, INSTANTS, LENGTHS)
def test_who_begins_later_is_never_done_sooner(hours, one, other, length):
    first, second = sorted((one, other))

    assert after(hours, first, length) <= after(hours, second, length)


@given(some_hours(), INSTANTS, LENGTHS, LENGTHS)
def test_lengths_add_up(hours, start, one, other):
    assume(one + other < 200 * HOUR)

    apart = after(hours, after(hours, start, one), other)

    assert apart == after(hours, start, Micros(one + other))


@given(INSTANTS, LENGTHS)
def test_without_working_hours_every_moment_counts(start, length):
    assert after(None, start, length) == start + length
    assert before(None, start, length) == start - length


@pytest.mark.parametrize(
    ("start", "length", "due"),
    [
        ("2026-11-25 10:00", "4h", "2026-11-25 14:00"),
        ("2026-11-25 15:00", "4h", "2026-11-26 11:00"),
        ("2026-11-25 07:00", "1h", "2026-11-25 10:00"),
        ("2026-11-25 20:00", "1h", "2026-11-26 10:00"),
        ("2026-11-27 16:00", "2h", "2026-11-30 10:00"),  # over a weekend
        ("2026-12-24 16:00", "2h", "2026-12-28 10:00"),  # over a holiday, too
        ("2026-11-25 10:00", "2d", "2026-11-27 10:00"),  # a day is a day of work
        ("2026-11-25 09:00", "8h", "2026-11-25 17:00"),
    ],
)
def test_due_times_count_working_time(start, length, due):
    wanted = length_of(length, BERLIN)
    assert wanted is not None

    assert after(BERLIN, at("Europe/Berlin", start), wanted) == at("Europe/Berlin", due)


def test_nine_o_clock_is_nine_o_clock_before_and_after_the_clocks_change():
    friday = at("Europe/Berlin", "2026-03-27 16:00")

    due = after(BERLIN, friday, Micros(2 * HOUR))

    assert wall("Europe/Berlin", due).isoformat() == "2026-03-30T10:00:00+02:00"
    assert due - friday == 65 * HOUR  # an hour less than on any other weekend


@pytest.mark.parametrize(
    ("day", "length"),
    [("2026-03-29", 23 * HOUR), ("2026-10-25", 25 * HOUR), ("2026-06-14", 24 * HOUR)],
)
def test_a_whole_day_is_as_long_as_the_clocks_make_it(day, length):
    always = WorkingHours(zone="Europe/Berlin", days=("mon..sun",), from_="00:00", to="24:00")
    start = at("Europe/Berlin", f"{day} 00:00")

    assert wall("Europe/Berlin", after(always, start, Micros(length))).hour == 0
    assert wall("Europe/Berlin", after(always, start, Micros(length - SECOND))).hour == 23


def test_an_hour_that_the_clocks_skip_holds_no_work():
    night = WorkingHours(zone="Europe/Berlin", days=("mon..sun",), from_="02:15", to="02:45")

    due = after(night, at("Europe/Berlin", "2026-03-29 00:00"), Micros(MINUTE))

    assert wall("Europe/Berlin", due).isoformat() == "2026-03-30T02:16:00+02:00"


def test_a_day_that_a_zone_left_out_is_nobodys_working_day():
    apia = WorkingHours(zone="Pacific/Apia", days=("mon..sun",))

    due = after(apia, at("Pacific/Apia", "2011-12-29 16:00"), Micros(2 * HOUR))

    assert wall("Pacific/Apia", due).isoformat() == "2011-12-31T10:00:00+14:00"


def test_days_may_run_over_the_end_of_the_week():
    hours = WorkingHours(zone="UTC", days=("sat..mon",))

    due = after(hours, at("UTC", "2026-11-25 10:00"), Micros(HOUR))

    assert wall("UTC", due).isoformat() == "2026-11-28T10:00:00+00:00"


@pytest.mark.parametrize("zone", ["", "Europe", "europe/berlin!", "/etc/passwd"])
def test_a_zone_that_there_is_not_is_refused(zone):
    with pytest.raises(Invalid):
        check_hours(WorkingHours(zone=zone))
