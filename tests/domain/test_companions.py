"""What stands beside a file package (RULES 5, 7 and 8)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signoff.domain.companions import companion_keys, companions, renamed_companion
from signoff.domain.errors import Invalid
from signoff.domain.files import name_key, note_name


def test_what_may_stand_beside_a_package():
    assert companions("report.pdf") == (
        "report.pdf.handoff.json",
        "report.pdf.handoff.md",
        "report.pdf.feedback.md",
        "report.pdf.answers.json",
        "report-metadata.json",
        "report.md",
    )
    assert "report.md" not in companions("report.md")


@pytest.mark.parametrize(
    ("companion", "renamed"),
    [
        ("report.pdf.handoff.json", "report (2).pdf.handoff.json"),
        ("report.pdf.handoff.md", "report (2).pdf.handoff.md"),
        ("report.pdf.feedback.md", "report (2).pdf.feedback.md"),
        ("report.pdf.answers.json", "report (2).pdf.answers.json"),
        ("report-metadata.json", "report (2)-metadata.json"),
        ("report.md", "report (2).md"),
    ],
)
def test_what_stands_beside_is_renamed_alike(companion, renamed):
    assert renamed_companion(companion, package="report.pdf", to="report (2).pdf") == renamed


def test_a_stranger_is_no_companion():
    with pytest.raises(Invalid):
        renamed_companion("other.md", package="report.pdf", to="report (2).pdf")


@given(st.sampled_from(["x", "é", "漢"]), st.integers(80, 300))
def test_notes_of_long_names_have_names_and_tell_packages_apart(letter, length):
    one = (letter * length).encode()[:255].decode(errors="ignore")
    other = one[:-1] + "y"

    for companion in (*companions(one), *companions(other)):
        assert len(companion.encode()) <= 255
    assert note_name(one, ".feedback.md") != note_name(other, ".feedback.md")


@given(st.sampled_from(["x", "É", "ẞ", "İ", "漢"]), st.integers(1, 300))
def test_what_stands_beside_is_found_whatever_the_case(letter, length):
    name = f"{letter * length}.PDF".encode()[-255:].decode(errors="ignore")

    assert companion_keys(name) == tuple(name_key(each) for each in companions(name))
