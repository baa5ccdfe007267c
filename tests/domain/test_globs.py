"""Patterns for paths."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signoff.domain.errors import Invalid
from signoff.domain.globs import check_glob, matches

PATHS = st.lists(st.text("ab.", min_size=1, max_size=4), min_size=1, max_size=4).map("/".join)


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("*.csv", "a.csv", True),
        ("*.csv", "deep/down/a.CSV", True),
        ("*.csv", "a.csv.bak", False),
        ("invoices/**", "invoices/a/b.pdf", True),
        ("invoices/**", "invoices", True),
        ("invoices/**", "other/invoices/a", False),
        ("invoices/*", "invoices/a/b", False),
        ("invoices/*", "Invoices/a", True),
        ("**/x.csv", "x.csv", True),
        ("**/x.csv", "a/b/x.csv", True),
        ("a/**/z", "a/z", True),
        ("a/**/z", "a/b/c/z", True),
        ("a/**/z", "a/b/c/y", False),
        ("**", "anything/at/all", True),
        ("q?.csv", "q3.csv", True),
        ("q?.csv", "q10.csv", False),
        ("a*b*c", "aXbYc", True),
        ("a*b*c", "aXbY", False),
        ("[ab].csv", "a.csv", False),
    ],
)
def test_what_a_pattern_means(pattern, path, expected):
    assert matches(pattern, path) is expected


@given(PATHS)
def test_a_path_matches_itself_and_stars(path):
    assert matches(path, path)
    assert matches("**", path)
    assert matches("/".join("*" for _ in path.split("/")), path)


def test_a_hostile_pattern_is_quick():
    began = time.perf_counter()

    assert not matches("*a" * 120, "a" * 119 + "b" * 130)
    assert not matches("/".join(["**", "a"] * 16), "/".join(["a"] * 15 + ["b"] * 15))
    assert time.perf_counter() - began < 1


@pytest.mark.parametrize("pattern", ["", "/a", "a/", "a//b", "a/" * 33 + "b", "x" * 5_000])
def test_what_is_no_pattern(pattern):
    with pytest.raises(Invalid):
        check_glob(pattern)


def test_what_is_a_pattern():
    check_glob("a/**/b?.csv")
