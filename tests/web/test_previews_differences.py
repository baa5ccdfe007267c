"""What changed since the last round, as people see it."""

from signoff.web.previews import Kind, since
from tests.web.safety import wrongs


def test_a_changed_cell_shows_what_it_was_above_what_it_is() -> None:
    old = b"id,sum,note\n1,10,a\n2,20,b\n"
    new = b"id,sum,note\n1,10,a\n2,25,b\n3,30,c\n"

    difference = since("a.csv", Kind.TABLE, old, new)

    assert (difference.count, difference.words) == (2, "2 rows")
    assert '<td class="n changed"><del>20</del><ins>25</ins></td><td class="">b</td>' in (
        difference.html
    )
    assert '<tr class="added" id="row-3"><th scope="row">3<span class="sr"> new</span>' in (
        difference.html
    )
    assert 'id="row-1"' not in difference.html


def test_a_row_that_is_gone_is_shown_struck_out_with_its_old_number() -> None:
    difference = since("a.csv", Kind.TABLE, b"id,n\n1,a\n2,b\n", b"id,n\n2,b\n")

    assert '<tr class="removed"><th scope="row">1<span class="sr"> gone</span>' in (
        difference.html
    )
    assert "<del>a</del>" in difference.html


def test_columns_that_came_and_went_are_named() -> None:
    difference = since("a.csv", Kind.TABLE, b"id,old\n1,a\n", b"id,new\n1,a\n")

    assert "New columns: new. Columns gone: old." in difference.html


def test_changed_lines_are_shown_with_their_numbers() -> None:
    difference = since("a.md", Kind.MARKDOWN, b"one\ntwo\nthree\n", b"one\n<2>\nthree\n")

    assert (difference.count, difference.words) == (2, "2 lines")
    assert '<li class="removed" data-n="2"><del><code>two</code></del></li>' in difference.html
    assert '<li class="added" data-n="2"><ins><code>&lt;2&gt;</code></ins></li>' in (
        difference.html
    )


def test_the_same_bytes_have_no_difference() -> None:
    assert since("a.md", Kind.MARKDOWN, b"x", b"x").words == "no change"


def test_bytes_that_are_no_text_are_only_said_to_differ() -> None:
    difference = since("a.bin", Kind.OTHER, b"\x00", b"\x01\x00")

    assert difference.words == "changed"
    assert "It changed; it is different bytes." in difference.html


def test_a_difference_of_hostile_cells_is_text() -> None:
    old = b"id,<b>\n1,<script>alert(1)</script>\n"
    new = b'id,<b>\n1,"<img src=x onerror=alert(1)>"\n'

    assert wrongs(since("a.csv", Kind.TABLE, old, new).html) == []
