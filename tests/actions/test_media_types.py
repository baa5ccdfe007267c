"""What kind of bytes a file has, by what was said and by its name."""

import pytest

from signoff.actions.media_types import media_type_of


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("report.pdf", "application/pdf"),
        ("REPORT.PDF", "application/pdf"),
        ("notes.md", "text/markdown"),
        ("v1.2 of the.table.csv", "text/csv"),
        ("data.tar.gz", "application/x-tar"),
        ("data.tgz", "application/x-tar"),
        ("picture.svgz", "image/svg+xml"),
        ("more.gz", "application/octet-stream"),
        (".gitignore", "application/octet-stream"),
        (".profile.txt", "text/plain"),
        ("Makefile", "application/octet-stream"),
        ("data: text", "application/octet-stream"),
        ("ends.", "application/octet-stream"),
    ],
)
def test_a_name_tells_what_a_file_is(name: str, kind: str) -> None:
    assert media_type_of(name) == kind


@pytest.mark.parametrize("said", ["application/octet-stream", "nonsense", "multipart/mixed"])
def test_what_is_said_counts_only_if_it_says_something(said: str) -> None:
    assert media_type_of("table.csv", "Text/HTML; charset=utf-8") == "text/html"
    assert media_type_of("table.csv", said) == "text/csv"
