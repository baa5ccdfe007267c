"""When one is told: digests, quiet hours, and clocks that are put forward and back."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from signoff.domain.errors import Invalid
from signoff.domain.ids import DAY, HOUR, MINUTE, SECOND, Instant
from signoff.domain.messages import ChannelKind
from signoff.domain.preferences import (
    DEFAULTS,
    Pace,
    Preferences,
    Quiet,
    checked,
    clock,
    due_at,
    next_at,
    not_quiet,
    shown,
)
from signoff.domain.topics import Topic

ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "America/St_Johns",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Pacific/Chatham",
    "Africa/Casablanca",
)
YEARS = st.integers(
    int(datetime(2024, 1, 1, tzinfo=UTC).timestamp()),
    int(datetime(2030, 1, 1, tzinfo=UTC).timestamp()),
).map(lambda seconds: Instant(seconds * SECOND))
WALLS = st.tuples(st.integers(0, 23), st.integers(0, 59)).map(
    lambda hm: f"{hm[0]:02}:{hm[1]:02}"
)


def at(text: str, zone: str = "UTC") -> Instant:
    local = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))
    return Instant(int(local.timestamp()) * SECOND)


def wall(moment: Instant, zone: str) -> str:
    return datetime.fromtimestamp(moment / SECOND, tz=ZoneInfo(zone)).strftime("%H:%M")


def test_every_topic_has_a_default() -> None:
    assert set(DEFAULTS) == set(Topic)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-03-28T20:00", "2026-03-29T06:00"),  # the night in which an hour is skipped
        ("2026-10-24T20:00", "2026-10-25T07:00"),  # the night in which one comes twice
        ("2026-06-01T05:59", "2026-06-01T06:00"),
        ("2026-06-01T06:00", "2026-06-02T06:00"),
    ],
)
def test_a_digest_comes_at_the_same_time_on_the_wall(now: str, expected: str) -> None:
    assert next_at("Europe/Berlin", "08:00", at(now)) == at(expected)


def test_a_time_that_is_skipped_is_that_much_later() -> None:
    night = next_at("Europe/Berlin", "02:30", at("2026-03-28T20:00"))

    assert wall(night, "Europe/Berlin") == "03:30"


def test_a_time_that_comes_twice_counts_once() -> None:
    first = next_at("Europe/Berlin", "02:30", at("2026-10-24T20:00"))

    assert first == at("2026-10-25T00:30")
    assert next_at("Europe/Berlin", "02:30", first) == at("2026-10-26T01:30")


@given(zone=st.sampled_from(ZONES), time=WALLS, now=YEARS)
@example(zone="Europe/Berlin", time="02:30", now=at("2026-03-29T00:30"))
@example(zone="Australia/Lord_Howe", time="02:15", now=at("2026-10-03T15:00"))
def test_a_digest_is_ahead_and_never_further_than_a_long_day(zone, time, now) -> None:
    moment = next_at(zone, time, now)

    assert now < moment <= now + 26 * HOUR
    assert next_at(zone, time, Instant(moment - 1)) == moment
    skipped = wall(moment, zone) != time
    assert not skipped or wall(Instant(moment - 2 * HOUR), zone) < time


@given(zone=st.sampled_from(ZONES), begins=WALLS, ends=WALLS, now=YEARS)
@example(zone="Europe/Berlin", begins="01:00", ends="02:30", now=at("2026-03-29T00:30"))
@example(zone="Europe/Berlin", begins="22:00", ends="07:00", now=at("2026-10-25T00:30"))
def test_nothing_goes_out_in_quiet_hours_and_all_of_it_afterwards(
    zone, begins, ends, now
) -> None:
    quiet = Quiet(from_=begins, to=ends)
    preferences = Preferences(zone=zone, quiet=quiet if begins != ends else None)

    moment = not_quiet(preferences, now)

    assert now <= moment <= now + 26 * HOUR
    if moment > now:
        assert not_quiet(preferences, moment) <= moment + 2 * HOUR


def test_quiet_hours_reach_over_midnight() -> None:
    preferences = Preferences(quiet=Quiet(from_="22:00", to="07:00"))

    assert not_quiet(preferences, at("2026-06-01T23:30")) == at("2026-06-02T07:00")
    assert not_quiet(preferences, at("2026-06-01T06:59")) == at("2026-06-01T07:00")
    assert not_quiet(preferences, at("2026-06-01T21:59")) == at("2026-06-01T21:59")


def test_what_goes_at_once_waits_for_ten_quiet_seconds_and_a_minute_at_most() -> None:
    began = at("2026-06-01T12:00")

    def due(after: int) -> int:
        now = Instant(began + after * SECOND)
        return (due_at(Preferences(), Pace.NOW, now, since=began) - began) // SECOND

    assert [due(after) for after in (0, 8, 45, 55, 60, 70)] == [10, 18, 55, 60, 60, 70]


def test_an_hourly_digest_comes_at_the_full_hour() -> None:
    now = at("2026-06-01T12:10")

    assert due_at(Preferences(), Pace.HOURLY, now, since=now) == at("2026-06-01T13:00")


@given(pace=st.sampled_from(Pace), now=YEARS, since=st.integers(0, DAY))
def test_what_gathers_is_due_ahead_of_now(pace, now, since) -> None:
    assert due_at(Preferences(), pace, now, since=Instant(now - since)) >= now


def test_a_time_is_shown_as_its_reader_knows_it() -> None:
    moment = at("2026-03-05T16:00")

    assert clock("Europe/Berlin", moment) == "Thu 5 Mar 2026, 17:00 CET"
    assert clock("UTC", Instant(moment + 5 * MINUTE)) == "Thu 5 Mar 2026, 16:05 UTC"


@pytest.mark.parametrize("zone", ["", "Europe/Atlantis", "../../etc/passwd", "/etc/localtime"])
def test_a_zone_that_is_none_is_refused(zone: str) -> None:
    with pytest.raises(Invalid):
        checked(Preferences(zone=zone))


def test_quiet_hours_without_an_end_are_refused() -> None:
    with pytest.raises(Invalid):
        checked(Preferences(quiet=Quiet(from_="08:00", to="08:00")))


@pytest.mark.parametrize(
    ("kind", "address"),
    [
        (ChannelKind.EMAIL, "else@acme.example"),
        (ChannelKind.SLACK, ""),
        (ChannelKind.SLACK, "https://hooks.slack.com/a b"),
        (ChannelKind.APPRISE, "ntfy://\n"),
        (ChannelKind.APPRISE, "x" * 2001),
    ],
)
def test_an_address_that_is_none_is_refused(kind: ChannelKind, address: str) -> None:
    with pytest.raises(Invalid):
        checked(replace(Preferences(), addresses={kind: address}))


def test_of_a_secret_address_only_the_ends_are_shown() -> None:
    assert shown("https://hooks.slack.com/services/T1/B2/topsecret") == (
        "https://hooks.slack.com/…cret"
    )
    assert shown("tgram://123456:token/chat") == "tgram://…chat"
    assert shown("ada@acme.example") == "ada@acme.example"
