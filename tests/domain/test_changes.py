"""What changed since the last round."""

import difflib
import time
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from signoff.domain.changes import (
    CellChange,
    Kind,
    Line,
    RowChange,
    Why,
    table_change,
    text_change,
)
from signoff.domain.differences import matching_pairs

WORDS = st.lists(st.sampled_from("abcd"), max_size=30)


def test_a_changed_line_is_one_removed_and_one_added_with_its_surroundings():
    change = text_change(b"one\ntwo\nthree\n", b"one\n2\nthree\n")

    assert change.hunks == (
        (
            Line(kind=Kind.SAME, old=1, new=1, text="one"),
            Line(kind=Kind.REMOVED, old=2, text="two"),
            Line(kind=Kind.ADDED, new=2, text="2"),
            Line(kind=Kind.SAME, old=3, new=3, text="three"),
        ),
    )
    assert (change.added, change.removed) == (1, 1)


def test_equal_texts_have_no_hunks():
    assert text_change(b"one\r\ntwo", b"one\ntwo\n").hunks == ()


def test_changes_far_apart_are_two_hunks_and_close_ones_are_one():
    old = [f"line {n}" for n in range(40)]
    far = [*old]
    far[2], far[30] = "x", "y"
    near = [*old]
    near[2], near[6] = "x", "y"

    assert len(text_change("\n".join(old).encode(), "\n".join(far).encode()).hunks) == 2
    assert len(text_change("\n".join(old).encode(), "\n".join(near).encode()).hunks) == 1


def test_what_is_no_text_is_said_to_be_none():
    assert text_change(b"\xff\xfe", b"text").incomparable is Why.NOT_TEXT
    assert text_change(b"a\0b", b"text").incomparable is Why.NOT_TEXT
    assert table_change(b"\xff\xfe", b"a,b").incomparable is Why.NOT_TEXT


def test_what_is_too_large_is_said_to_be_too_large():
    assert text_change(b"x" * 3_000_000, b"").incomparable is Why.TOO_LARGE
    assert text_change(b"\n" * 60_000, b"").incomparable is Why.TOO_LARGE
    assert table_change(b"," * 600_000, b"").incomparable is Why.TOO_LARGE


def test_a_rewritten_file_is_compared_quickly_and_truly():
    old = "\n".join("ab"[n * n % 7 % 2] for n in range(20_000)).encode()
    new = "\n".join("ab"[n * n % 11 % 2] for n in range(20_000)).encode()

    began = time.perf_counter()
    change = text_change(old, new)
    took = time.perf_counter() - began

    assert change.coarse
    assert took < 5


def test_no_more_lines_are_shown_than_a_page_can_bear_but_all_are_counted():
    new = "\n".join(str(n) for n in range(9_000)).encode()

    change = text_change(b"", new)

    assert change.added == 9_000
    assert change.truncated
    assert sum(map(len, change.hunks)) == 5_000


@given(old=WORDS, new=WORDS)
def test_the_lines_shown_rebuild_both_texts(old, new):
    pairs, _ = matching_pairs(old, new)

    assert all(old[i] == new[j] for i, j in pairs)
    assert all(a[0] < b[0] and a[1] < b[1] for a, b in pairwise(pairs))


@given(old=WORDS, new=WORDS)
def test_no_other_way_has_more_lines_in_common(old, new):
    pairs, is_shortest = matching_pairs(old, new)

    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    assert is_shortest
    assert len(pairs) >= sum(block.size for block in matcher.get_matching_blocks())
    assert len(pairs) == _longest_common(old, new)


def _longest_common(old: list[str], new: list[str]) -> int:
    row = [0] * (len(new) + 1)
    for a in old:
        above = row[:]
        for n, b in enumerate(new):
            row[n + 1] = above[n] + 1 if a == b else max(above[n + 1], row[n])
    return row[-1]


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_no_bytes_break_the_comparison(old, new):
    assert text_change(old, new).added >= 0
    assert table_change(old, new).added >= 0


def test_a_changed_cell_is_named_by_its_column_and_row():
    change = table_change(
        b"id,name,sum\n1,Ada,10\n2,Bob,20\n", b"id,name,sum\n1,Ada,10\n2,Bob,25\n"
    )

    assert change.key == "id"
    assert change.rows == (
        RowChange(
            kind=Kind.CHANGED,
            old=2,
            new=2,
            cells=(CellChange(column="sum", old="20", new="25"),),
        ),
    )
    assert (change.changed, change.cells_changed) == (1, 1)


def test_rows_with_a_key_may_move_without_having_changed():
    change = table_change(b"id,v\n1,a\n2,b\n3,c\n", b"id,v\n3,c\n1,a\n4,d\n")

    assert change.rows == (
        RowChange(kind=Kind.ADDED, new=3, values=("4", "d")),
        RowChange(kind=Kind.REMOVED, old=2, values=("2", "b")),
    )


def test_rows_without_a_key_are_matched_by_their_place():
    change = table_change(
        b"day,v\nmon,1\nmon,2\ntue,3\n", b"day,v\nmon,1\nmon,9\ntue,3\nwed,4\n"
    )

    assert change.key is None
    assert change.rows == (
        RowChange(
            kind=Kind.CHANGED, old=2, new=2, cells=(CellChange(column="v", old="2", new="9"),)
        ),
        RowChange(kind=Kind.ADDED, new=4, values=("wed", "4")),
    )


def test_columns_that_came_went_or_moved_are_no_changes_of_cells():
    change = table_change(b"id;a;b\n1;x;y\n", b"id;b;c\n1;y;z\n")

    assert change.columns_added == ("c",)
    assert change.columns_removed == ("a",)
    assert change.rows == ()


def test_two_columns_of_one_name_are_told_apart():
    change = table_change(b"id,v,v\n1,2,3\n", b"id,v,v\n1,2,4\n")

    assert change.rows[0].cells == (CellChange(column="v (2)", old="3", new="4"),)


def test_cells_beyond_the_header_are_compared_too():
    change = table_change(b"id,v\n1,2\n", b"id,v\n1,2,extra\n")

    assert change.columns_added == ("column 3",)
