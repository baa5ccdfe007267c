"""Ids: their form, and that they sort by time."""

import re

from signoff.domain.ids import Instant
from signoff.store.ids import new_id

NOW = Instant(1_764_300_000_123_456)


def test_an_id_is_a_prefix_ten_digits_of_the_time_and_sixteen_of_chance() -> None:
    made = [new_id("nd", NOW) for _ in range(1000)]

    assert {each[:13] for each in made} == {"nd_01kb47k2vv"}
    assert all(re.fullmatch(r"nd_[0-9a-hjkmnp-tv-z]{26}", each) for each in made)
    assert len(set(made)) == 1000


def test_every_digit_comes_by_chance() -> None:
    made = [new_id("nd", NOW)[13:] for _ in range(1000)]

    assert [len({each[place] for each in made}) for place in range(16)] == [32] * 16


def test_ids_of_later_milliseconds_sort_behind() -> None:
    made = [new_id("nd", Instant(NOW + step * 1000)) for step in range(100)]

    assert made == sorted(made)
