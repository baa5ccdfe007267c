"""Files as people see them: what is shown, where flags stand, what is left out and said so."""

import pytest

from signoff.domain.sidecars import Anchor, Flag
from signoff.web.previews import (
    Kind,
    Mark,
    Preview,
    Subject,
    kind_of,
    marks_in,
    place,
    show,
    target,
)
from tests.web.safety import wrongs

DIGEST = "sha256:" + "41c09be2" * 8


def shown(name: str, data: bytes, *marks: Mark, size: int | None = None) -> Preview:
    subject = Subject(
        name=name,
        media_type="application/octet-stream",
        size=len(data) if size is None else size,
        digest=DIGEST,
        url=f"/raw/{name}",
    )
    resolve = {"chart.png": "/raw/chart.png", "data/a b.csv": "/files/data/a%20b.csv"}.get
    return show(subject, data, marks, resolve=resolve)


@pytest.mark.parametrize(
    ("name", "media_type", "head", "expected"),
    [
        ("a.csv", "", b"a,b\n1,2\n", Kind.TABLE),
        ("a", "text/csv; charset=utf-8", b"a,b\n", Kind.TABLE),
        ("README.md", "text/plain", b"# Hello", Kind.MARKDOWN),
        ("a.json", "", b"{}", Kind.JSON),
        ("a.png", "", b"\x89PNG\r\n\x1a\n....", Kind.IMAGE),
        ("a.png", "image/png", b"<html><script>", Kind.TEXT),
        ("a.txt", "text/plain", b"%PDF-1.7", Kind.PDF),
        ("a.pdf", "application/pdf", b"PK\x03\x04\x00\x00", Kind.OTHER),
        ("a.webp", "", b"RIFF\x00\x00\x00\x00WEBP", Kind.IMAGE),
        ("a.svg", "", b"<svg onload='alert(1)'>", Kind.IMAGE),
        ("BMI study.txt", "", b"BMI of 31 people", Kind.TEXT),
        ("a.txt", "", "\ufeffhello".encode("utf-16"), Kind.TEXT),
        ("a.html", "text/html", b"<!doctype html>", Kind.TEXT),
        ("a.bin", "", bytes(range(256)), Kind.OTHER),
    ],
)
def test_bytes_are_believed_before_names_and_names_before_types(
    name: str, media_type: str, head: bytes, expected: Kind
) -> None:
    assert kind_of(name, media_type, head) is expected


def test_a_table_shows_its_rows_with_their_numbers_and_the_types_of_columns() -> None:
    preview = shown("a.csv", b"Name,Sum,Day\nTern,1.50,2026-10-01\nFerro,2.00,2026-10-02\n")

    assert preview.kind is Kind.TABLE
    assert preview.where == "2 rows"
    assert '<th scope="col" class="n">Sum<small>number</small></th>' in preview.html
    assert "Day<small>date</small>" in preview.html
    assert '<tr id="row-2"><th scope="row">2</th><td>Ferro</td>' in preview.html


def test_a_flag_stands_in_its_cell_and_leads_back_to_the_brief() -> None:
    mark = Mark(number=3, severity="critical", anchor=Anchor(row=2, column=" sum "))

    preview = shown("a.csv", b"Name,Sum\nTern,1.50\nFerro,2.00\n", mark)

    assert (
        '<td id="cell-2-2" class="n critical"><span class="cell"><a class="pin critical" '
        'id="flag-3" href="#f3" aria-label="Flag 3">3</a>2.00</span></td>'
    ) in preview.html


def test_a_flag_on_a_row_or_a_column_stands_at_its_head() -> None:
    row = Mark(number=1, severity="note", anchor=Anchor(row=1))
    column = Mark(number=2, severity="warning", anchor=Anchor(column="2"))

    preview = shown("a.csv", b"Name,Sum\nTern,1.50\n", row, column)

    assert '<th scope="row"><a class="pin note" id="flag-1"' in preview.html
    assert '<th scope="col" class="n"><a class="pin warning" id="flag-2"' in preview.html


def test_a_long_table_shows_its_beginning_and_what_lies_around_flags() -> None:
    data = b"n\n" + b"".join(b"%d\n" % n for n in range(1, 5001))
    mark = Mark(number=1, severity="warning", anchor=Anchor(row=4000, column="n"))

    preview = shown("a.csv", data, mark)

    assert preview.where == "showing 417 of 5,000 rows"
    assert "Rows 401 to 3,991 are not shown" in preview.html
    assert "Rows 4,009 to 5,000 are not shown" in preview.html
    assert 'id="row-4008"' in preview.html


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_told_from_the_lines(delimiter: str) -> None:
    data = f'Name{delimiter}Note\nTern{delimiter}"a, b; c"\n'.encode()

    preview = shown("a.csv", data)

    assert "<td>Tern</td><td>a, b; c</td>" in preview.html


def test_rows_of_other_lengths_are_counted_and_said() -> None:
    preview = shown("a.csv", b"a,b\n1\n1,2,3\n1,2\n")

    assert preview.notes == ("2 rows have more or fewer cells than the header.",)
    assert "column 3" in preview.html


def test_text_that_is_not_utf8_is_read_as_windows_and_says_so() -> None:
    preview = shown("a.csv", "Größe,ß\n1,2\n".encode("cp1252"))

    assert "Größe" in preview.html
    assert preview.notes == ("Not UTF-8: read as Windows-1252.",)


def test_a_character_cut_by_the_reading_limit_is_no_other_encoding() -> None:
    data = "grün".encode()[:3]

    preview = shown("a.txt", data, size=100)

    assert preview.notes == ("Too long to show whole: this is the beginning.",)
    assert preview.where == "showing 1 of more than 1 lines"


def test_text_has_numbered_lines_that_can_be_linked_to() -> None:
    mark = Mark(number=1, severity="warning", anchor=Anchor(line=2))

    preview = shown("a.txt", b"first\n<second>\n", mark)

    assert '<li id="line-1" data-n="1"><code>first</code></li>' in preview.html
    assert '<li id="line-2" data-n="2" class="warning"><a class="pin warning"' in preview.html
    assert "<code>&lt;second&gt;</code>" in preview.html


def test_control_characters_are_shown_and_do_not_act() -> None:
    preview = shown("a.txt", b"\x1b[31mred\tand tab\n")

    assert "␛[31mred\tand tab" in preview.html


def test_json_is_laid_out_with_its_keys_in_order_and_its_digits_kept() -> None:
    preview = shown("a.json", b'{"b":1.10,"a":[12345678901234567890123,"x"]}')

    assert preview.kind is Kind.JSON
    assert preview.where == "7 lines"
    assert "&#34;b&#34;: 1.10," in preview.html
    assert "12345678901234567890123" in preview.html


def test_json_that_is_not_json_is_shown_as_it_is() -> None:
    preview = shown("a.json", b'{"a": nope}')

    assert preview.kind is Kind.TEXT
    assert preview.notes[0].startswith("Not valid JSON: ")
    assert "nope" in preview.html


def test_markdown_headings_stand_below_those_of_the_page() -> None:
    preview = shown("a.md", b"# Title\n\ntext\n")

    assert '<h3 id="line-1">Title</h3>' in preview.html
    assert '<p id="line-3">text</p>' in preview.html


def test_relative_pictures_and_links_go_where_they_are_served() -> None:
    preview = shown("a.md", b"![totals](chart.png) [table](data/a%20b.csv) [gone](missing.csv)")

    assert '<img src="/raw/chart.png" alt="totals" loading="lazy">' in preview.html
    assert '<a href="/files/data/a%20b.csv" rel="noopener noreferrer">table</a>' in preview.html
    assert '<a rel="noopener noreferrer">gone</a>' in preview.html


@pytest.mark.parametrize(
    "source",
    [
        "https://example.org/p.gif",
        "//example.org/p.gif",
        "missing.png",
        "data:image/png;base64,AAAA",
        "\\\\example.org\\p.gif",
    ],
)
def test_a_picture_from_elsewhere_is_named_and_not_fetched(source: str) -> None:
    preview = shown("a.md", f"![a tracker]({source})".encode())

    assert "<img" not in preview.html
    assert wrongs(preview.html) == []


def test_front_matter_is_shown_apart_and_lines_still_count_from_the_top() -> None:
    mark = Mark(number=1, severity="note", anchor=Anchor(line=5))

    preview = shown("a.md", b"---\nhandoff: {}\n---\n\nHere.\n", mark)

    assert '<pre class="front">handoff: {}\n</pre>' in preview.html
    assert '<p id="line-5"><a class="pin note" id="flag-1"' in preview.html


def test_a_picture_is_an_image_element_with_its_flags_drawn_over_it() -> None:
    mark = Mark(number=1, severity="critical", anchor=Anchor(region=(0.1, 0.2, 0.5, 2.0)))

    preview = shown("a.svg", b"<svg onload='alert(1)'/>", mark)

    assert '<img src="/raw/a.svg" alt="a.svg">' in preview.html
    assert '<rect class="critical" x="10" y="20" width="50" height="100"/>' in preview.html
    assert "onload" not in preview.html


@pytest.mark.parametrize(("name", "data"), [("a.pdf", b"%PDF-1.7"), ("a.bin", b"\x00\x01")])
def test_what_cannot_be_shown_here_is_a_card_with_a_way_to_have_it(
    name: str, data: bytes
) -> None:
    preview = shown(name, data)

    assert f'<a class="btn small" href="/raw/{name}" download>Download</a>' in preview.html
    assert "41c0 9be2" in preview.html
    assert wrongs(preview.html) == []


def test_an_empty_file_says_that_it_is_empty() -> None:
    assert "The file is empty." in shown("a.csv", b"").html


def test_flags_keep_the_numbers_that_they_have_in_the_brief() -> None:
    flags = (
        Flag(severity="critical", file="a.csv"),
        Flag(severity="loud", file="b.md"),
        Flag(severity="note"),
    )

    assert [m.number for m in marks_in(flags, "a.csv")] == [1]
    assert [(m.number, m.severity) for m in marks_in(flags, "b.md")] == [(2, "note")]
    assert [m.number for m in marks_in(flags, "a.csv", only_file=True)] == [1, 3]


@pytest.mark.parametrize(
    ("anchor", "words", "fragment"),
    [
        (Anchor(row=118, column="Total"), "row 118, Total", "#row-118"),
        (Anchor(line=3, end_line=9), "lines 3 to 9", "#line-3"),
        (Anchor(column="Total"), "column Total", ""),
        (Anchor(page=4, region=(0, 0, 1, 1)), "page 4", "#page-4"),
        (None, "", ""),
    ],
)
def test_a_place_has_words_and_a_fragment(anchor: Anchor, words: str, fragment: str) -> None:
    assert (place(anchor), target(anchor)) == (words, fragment)


@pytest.mark.parametrize("text", ["[" * 9000, "a " * 70_000, "[\n" * 9000, "| " + "[" * 9000])
def test_markdown_that_would_take_long_to_lay_out_is_shown_as_it_was_written(text: str) -> None:
    preview = shown("a.md", text.encode())

    assert preview.kind is Kind.TEXT
    assert preview.notes == ("Too long to be laid out: shown as it was written.",)


def test_a_long_table_in_markdown_is_laid_out() -> None:
    text = "| a | b |\n|---|---|\n" + "| 1 | 2 |\n" * 2000

    assert shown("a.md", text.encode()).kind is Kind.MARKDOWN
