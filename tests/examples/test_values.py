"""What a cell may mean."""

import pytest

from table_steward.values import date_readings, is_missing, number_readings


@pytest.mark.parametrize(
    ("cell", "point", "comma"),
    [
        ("7", "7", "7"),
        ("-12.50", "-12.50", None),
        ("1,5", None, "1.5"),
        ("1,234", "1234", "1.234"),
        ("1.234", "1.234", "1234"),
        ("1,234,567.8", "1234567.8", None),
        ("1.234.567,8", None, "1234567.8"),
        ("0,123", None, "0.123"),
        ("1 234 567", "1234567", "1234567"),
        ("1'234.5", "1234.5", None),
        ("6.02e23", "6.02e23", None),
        ("12,34,567", None, None),
        ("٣", None, None),
        ("1-2", None, None),
    ],
)
def test_a_number_is_read_under_each_sign(cell: str, point: str, comma: str) -> None:
    readings = number_readings(cell)

    assert (readings.get("point"), readings.get("comma")) == (point, comma)


@pytest.mark.parametrize(
    ("cell", "day", "month"),
    [
        ("2012-01-31", "2012-01-31", "2012-01-31"),
        ("2012/1/5", "2012-01-05", "2012-01-05"),
        ("31/01/2012", "2012-01-31", None),
        ("01/31/2012", None, "2012-01-31"),
        ("01/02/2012", "2012-02-01", "2012-01-02"),
        ("3.4.12", "2012-04-03", "2012-03-04"),
        ("1-Feb-99", "1999-02-01", "1999-02-01"),
        ("February 1, 2012", "2012-02-01", "2012-02-01"),
        ("2012-01-31T10:00:00Z", "2012-01-31T10:00:00Z", "2012-01-31T10:00:00Z"),
        ("30/02/2012", None, None),
        ("2012-13-01", None, None),
        ("1/2-2012", None, None),
        ("yesterday", None, None),
    ],
)
def test_a_date_is_read_in_each_order(cell: str, day: str, month: str) -> None:
    readings = date_readings(cell)

    assert (readings.get("day-first"), readings.get("month-first")) == (day, month)


def test_words_for_nothing_are_missing_unless_told_otherwise() -> None:
    assert is_missing("n/a")
    assert is_missing("")
    assert not is_missing("NA", words=False)
    assert not is_missing("nano")
