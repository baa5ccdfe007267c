"""Paths and names (STORAGE 22, RULES 8)."""

import unicodedata

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from signoff.domain.errors import Code, Forbidden, Invalid
from signoff.domain.files import (
    base_name,
    check_not_note,
    clean_name,
    clean_path,
    cut,
    is_litter,
    is_note,
    join,
    name_key,
    names,
    numbered,
    parent_of,
    stem_and_extension,
)
from signoff.domain.ids import Path

ANY_TEXT = st.text(st.characters(codec=None), max_size=60)


@given(ANY_TEXT)
def test_a_clean_path_is_clean_and_holds_nothing_forbidden(raw):
    assume(_is_path(raw))

    path = clean_path(raw)

    assert clean_path(path) == path
    assert unicodedata.is_normalized("NFC", path)
    assert not path.startswith("/")
    assert not path.endswith("/")
    assert "//" not in path
    assert not {".", ".."} & set(names(path))
    assert not any(unicodedata.category(character) in {"Cc", "Cs"} for character in path)
    assert len(path.encode()) <= 4096


@given(ANY_TEXT)
def test_both_normal_forms_are_the_same_path(raw):
    assume(_is_path(raw))

    assert clean_path(unicodedata.normalize("NFD", raw)) == clean_path(raw)


def _is_path(raw: str) -> bool:
    try:
        clean_path(raw)
    except Invalid:
        return False
    return True


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        ("", ""),
        ("/", ""),
        ("a/b", "a/b"),
        ("//a///b/", "a/b"),
        ("u\u0308ber.txt", "über.txt"),
        ("a/ b", None),
        ("a/b ", None),
        ("..", None),
        ("a/../b", None),
        ("./a", None),
        ("a\x00b", None),
        ("a\nb", None),
        ("a\x85b", None),
        ("a\u2028b", None),
        ("fdp\u202eexe", None),
        ("a\uffffb", None),
        ("a\ud800b", None),
        ("...", "..."),
        ("שלום\u200f.txt", "שלום\u200f.txt"),
    ],
)
def test_the_one_form_of_a_path(raw, path):
    if path is None:
        with pytest.raises(Invalid) as refusal:
            clean_path(raw)
        assert refusal.value.code is Code.INVALID_PATH
    else:
        assert clean_path(raw) == path


def test_limits_of_length_and_depth():
    assert clean_name("é" * 127 + "x") == "é" * 127 + "x"
    assert clean_path("/".join("a" * 32)) == "/".join("a" * 32)
    assert clean_path("/" * 5_000 + "a") == "a"
    for raw in ("é" * 128, "/".join("a" * 33), "/".join(["a" * 255] * 17), "a" * 20_000):
        with pytest.raises(Invalid) as refusal:
            clean_path(raw)
        assert refusal.value.hint


@given(st.text(max_size=30))
def test_the_key_of_a_key_is_itself(name):
    assert name_key(name_key(name)) == name_key(name)


@given(st.text(max_size=30))
def test_both_normal_forms_have_one_key(name):
    assert name_key(unicodedata.normalize("NFD", name)) == name_key(name)


@given(st.text(st.characters(max_codepoint=127), max_size=30))
def test_case_makes_no_other_key(name):
    assert name_key(name.upper()) == name_key(name)


def test_known_twins_have_one_key():
    assert name_key("STRASSE") == name_key("straße")
    assert name_key("ÉTÉ.txt") == name_key("e\u0301te\u0301.TXT")


@given(name=ANY_TEXT, n=st.integers(2, 10_000), is_folder=st.booleans())
def test_a_numbered_name_is_a_name(name, n, is_folder):
    assume("/" not in name and name and _is_path(name))

    new = numbered(clean_name(name), n, is_folder=is_folder)

    assert clean_name(new) == new
    assert f"({n})" in new


@given(name=st.sampled_from(["x", "é", "漢", "😀"]), n=st.integers(2, 99))
def test_a_long_name_is_cut_to_make_room_for_its_number(name, n):
    long = cut(name * 300, 250) + ".pdf"

    new = numbered(long, n)

    assert len(new.encode()) <= 255
    assert new.endswith(f" ({n}).pdf")


@pytest.mark.parametrize(
    ("name", "stem", "extension"),
    [
        ("report.pdf", "report", ".pdf"),
        ("report.tar.gz", "report.tar", ".gz"),
        (".env", ".env", ""),
        ("README", "README", ""),
        ("Dr. Smith on cats", "Dr. Smith on cats", ""),
        ("a." + "x" * 40, "a." + "x" * 40, ""),
    ],
)
def test_stem_and_extension(name, stem, extension):
    assert stem_and_extension(name) == (stem, extension)


def test_a_number_goes_before_the_extension_of_a_file_and_behind_a_folder():
    assert numbered("report.pdf", 2) == "report (2).pdf"
    assert numbered("v1.2", 2, is_folder=True) == "v1.2 (2)"
    assert numbered(".env", 3) == ".env (3)"


def test_paths_come_apart_and_together():
    path = Path("a/b/c.txt")

    assert (parent_of(path), base_name(path)) == ("a/b", "c.txt")
    assert parent_of(Path("a")) == ""
    assert join(Path(""), "a") == "a"
    assert join(Path("a"), "b") == "a/b"


@pytest.mark.parametrize("name", ["x.feedback.md", "handoff.feedback.md", "X.ANSWERS.JSON"])
def test_the_names_of_notes_are_reserved(name):
    assert is_note(name)
    with pytest.raises(Forbidden) as refusal:
        check_not_note(name)
    assert refusal.value.code is Code.RESERVED_NAME


@pytest.mark.parametrize("name", ["feedback.md", "answers.json", "x.feedback.md.txt"])
def test_other_names_are_not_reserved(name):
    assert not is_note(name)
    check_not_note(name)


@pytest.mark.parametrize(
    ("name", "litter"),
    [
        (".DS_Store", True),
        ("._photo.jpg", True),
        ("~$budget.xlsx", True),
        (".~lock.plan.odt#", True),
        ("Desktop.ini", True),
        (".fseventsd", True),
        (".metadata_never_index", True),
        (".ql_disablethumbnails", True),
        ("Backups.backupdb", False),
        (".TemporaryItems", False),
        (".hidden", False),
        (".goutputstream-X1Y2Z3", False),
        ("lu4711abc.tmp", False),
        ("gear.part", False),
        ("report.pdf", False),
        (".gitignore", False),
    ],
)
def test_what_desktops_leave_behind(name, litter):
    assert is_litter(name) is litter
