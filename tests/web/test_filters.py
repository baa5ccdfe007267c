"""Times, sizes, parts and digests as pages say them."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from signoff.domain.events import Type
from signoff.web import filters
from signoff.web.pages import Shell, environment
from signoff.web.words import DID, did, plural

NOW = datetime(2026, 11, 18, 12, 40, tzinfo=UTC)


def said(source: str, *, zone: Any = UTC, **view: Any) -> str:
    shell = Shell(now=NOW, zone=zone)
    return environment().from_string("{{ " + source + " }}").render(shell=shell, **view)


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [
        (0.5, "a moment"),
        (1, "1 min"),
        (59.9, "59 min"),
        (60, "1 h"),
        (72, "1 h 12"),
        (125, "2 h 05"),
        (239, "3 h 59"),
        (275, "4 h"),
        (1440, "1 day"),
        (2900, "2 days"),
    ],
)
def test_a_length_of_time_is_said_as_a_person_would(minutes: float, expected: str) -> None:
    assert said("at | ago", at=NOW - timedelta(minutes=minutes)) == expected


def test_a_time_that_has_passed_is_late() -> None:
    assert said("at | due", at=NOW + timedelta(minutes=80)) == "in 1 h 20"
    assert said("at | due", at=NOW - timedelta(minutes=20)) == "20 min late"
    assert said("at is late", at=NOW - timedelta(minutes=20)) == "True"


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-11-18T14:00:00Z", "14:00"),
        ("2026-11-17T16:20:00Z", "yesterday 16:20"),
        ("2026-11-19T09:05:00Z", "tomorrow 09:05"),
        ("2026-11-14T16:24:00Z", "Sat 16:24"),
        ("2026-11-11T16:24:00Z", "11 Nov"),
        ("2025-11-17T16:24:00Z", "17 Nov 2025"),
    ],
)
def test_a_time_is_as_short_as_today_allows(at: str, expected: str) -> None:
    assert said("at | when", at=at) == expected


def test_times_come_in_three_forms_and_are_one() -> None:
    forms = (
        "2026-11-18T14:00:00Z",
        datetime(2026, 11, 18, 14, tzinfo=UTC),
        1_795_010_400_000_000,
    )

    assert {filters.rfc3339(form) for form in forms} == {"2026-11-18T14:00:00Z"}


def test_times_are_those_of_the_readers_zone() -> None:
    zone = timezone(timedelta(hours=13))

    assert said("at | when", zone=zone, at="2026-11-18T14:00:00Z") == "03:00"
    assert said("at | clock", zone=zone, at="2026-11-18T14:00:07Z") == "03:00:07"


def test_entries_are_grouped_under_the_names_of_their_days() -> None:
    entries = [
        {"at": "2026-11-18T12:00:00Z"},
        {"at": "2026-11-17T12:00:00Z"},
        {"at": "2026-11-15T12:00:00Z"},
    ]

    names = said("entries | by_day | map('first') | join('; ')", entries=entries)

    assert names == "Today, 18 November; Yesterday, 17 November; Sunday, 15 November"


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (1000, "1 KB"),
        (38_204, "38 KB"),
        (999_499, "999 KB"),
        (999_500, "1.0 MB"),
        (1_204_000, "1.2 MB"),
        (42_000_000, "42 MB"),
        (5_000_000_000_000_000, "5000 TB"),
    ],
)
def test_a_size_is_said_in_the_unit_that_fits(count: int, expected: str) -> None:
    assert filters.size(count) == expected


@pytest.mark.parametrize(
    ("part", "expected"),
    [(0, "0%"), (0.001, "1%"), (0.5, "50%"), (0.825, "82%"), (0.999, "99%"), (1, "100%")],
)
def test_a_part_is_never_rounded_to_certainty(part: float, expected: str) -> None:
    assert filters.percent(part) == expected


def test_a_seal_has_twelve_bars_two_groups_and_the_whole_digest_in_its_title() -> None:
    digest = "sha256:" + "41c09be2d7f3" + "0" * 52

    drawn = filters.seal(digest)

    assert drawn.count("<rect") == 12
    assert "<span>41c0 9be2</span>" in drawn
    assert f'title="Fingerprint of these bytes: {digest}"' in drawn


def test_a_seal_of_anything_else_is_still_harmless() -> None:
    assert "<script>" not in filters.seal("<script>")


def test_every_event_has_its_verb() -> None:
    assert {str(one) for one in Type} == {str(one) for one in DID}
    assert did("portal.opened") == "portal opened"


def test_counts_agree_with_their_nouns() -> None:
    assert (plural(1, "flag"), plural(1204, "flag")) == ("1 flag", "1,204 flags")
    assert plural(2, "entry", "entries") == "2 entries"
