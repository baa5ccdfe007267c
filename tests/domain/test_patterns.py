"""What a foreign regular expression may cost."""

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signoff.domain.errors import Invalid
from signoff.domain.patterns import MAX_STEPS, cost_of, search

PIECES = st.sampled_from(
    ["a", "b", ".", "[ab]", r"\w", "(", ")", "(?:", "|", "*", "+", "?", "{2}", "{1,3}", "{,2}",
     "{2,}", "^", "$", "[^a]", r"\b", "{", "}", "[]a]", "*?"]
)  # fmt: skip


@pytest.mark.parametrize(
    "pattern",
    [
        r"^[A-Z]{2}\d{4}$",
        r"^\S+@\S+\.\S+$",
        r"^\d{4}-\d\d-\d\d$",
        "^(kg|lb|t)$",
        r"^[\w .-]+$",
        r"^(\d{3})+$",
        r"^[]a-z]{1,40}$",
        r"^\+?\d+(?:\.\d+)?$",
    ],
)
def test_usual_patterns_are_cheap(pattern):
    assert cost_of(pattern, 60) <= MAX_STEPS


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+$",
        "(a|a)*b",
        "(a|ab)*c",
        r"(\w+\s?)*$",
        "(a*)*",
        "(a{0,5})*",
        "(a?){200}",
        "((a{0,5}){16}){99}",
        r"(a)\1",
        "(?=a)a",
        "(?P<x>a)",
        "(?i)a",
        "(",
        "a{2,1}",
        "x" * 301,
    ],
)
def test_patterns_without_bounds_are_refused(pattern):
    with pytest.raises(Invalid):
        cost_of(pattern, 0)


@pytest.mark.parametrize("pattern", ["a?" * 30 + "a" * 30, "a{,9}" * 20 + "b", "a*a*a*a*a*b"])
def test_patterns_that_are_costly_on_a_text_are_not_tried_on_it(pattern):
    with pytest.raises(Invalid):
        search(pattern, "a" * 40)


def test_what_is_cheap_is_searched():
    assert search("b+", "abc")
    assert not search("^b", "abc")


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES, max_size=12).map("".join), st.text("ab", max_size=60))
def test_whatever_passes_is_quick_and_right(pattern, text):
    began = time.perf_counter()
    try:
        found = search(pattern, text)
    except Invalid:
        return

    assert time.perf_counter() - began < 5
    assert found == (re.search(pattern, text) is not None)
