"""What is handed over, its digest and where it lands (RULES 4 to 6 and 9)."""

import unicodedata
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signoff.domain.errors import Code, Conflict, Forbidden, Held, Invalid
from signoff.domain.files import clean_name, is_litter, is_note
from signoff.domain.ids import ClaimId, Digest, Path
from signoff.domain.packages import (
    Gathering,
    Naming,
    check_count,
    check_source,
    digest_of,
    digest_of_file,
    folder_name,
    gather,
    is_covered,
    landing,
    vacant,
    work_folder,
)
from signoff.domain.stages import Stage

A = Digest("sha256:" + "a" * 64)
B = Digest("sha256:" + "b" * 64)


def paths(*raw):
    return [Path(each) for each in raw]


def test_the_digest_is_the_one_that_anybody_can_recompute():
    lines = "a" * 64 + "  sub/x.csv\n" + "b" * 64 + "  a.csv\n"

    digest = digest_of([("a.csv", B), ("sub/x.csv", A)])

    assert digest == "sha256:" + sha256(lines.encode()).hexdigest()


def test_a_known_digest_never_changes():
    assert digest_of([("file", A)]) == ("sha256:" + sha256(b"a" * 64 + b"  file\n").hexdigest())
    assert digest_of([]) == (
        "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    )


def test_a_rename_of_a_file_package_changes_nothing():
    assert digest_of_file(A, B) == digest_of([("sidecar", B), ("file", A)])
    assert digest_of_file(A) == digest_of([("file", A)])
    assert digest_of_file(A) != digest_of_file(A, A)


@given(
    st.dictionaries(st.text(min_size=1, max_size=8), st.sampled_from([A, B]), max_size=6),
    st.randoms(),
)
def test_the_order_of_files_and_their_normal_form_do_not_count(files, random):
    shuffled = list(files.items())
    random.shuffle(shuffled)

    expected = digest_of([(unicodedata.normalize("NFC", path), d) for path, d in files.items()])

    assert digest_of(shuffled) == expected


@pytest.mark.parametrize(
    ("path", "is_in"),
    [
        ("a.csv", True),
        ("handoff.json", True),
        ("sub/x.pdf.handoff.json", True),
        ("handoff.feedback.md", False),
        ("sub/x.pdf.feedback.md", False),
        ("x.answers.json", False),
        (".DS_Store", False),
        (".Trashes/501/x.pdf", False),
        ("._x.pdf", False),
    ],
)
def test_sidecars_are_covered_and_notes_and_litter_are_not(path, is_in):
    assert is_covered(path) is is_in


@pytest.mark.parametrize(
    ("count", "code"), [(0, Code.NO_FILES), (10_001, Code.PACKAGE_TOO_LARGE)]
)
def test_a_package_has_some_files_and_not_too_many(count, code):
    with pytest.raises(Invalid) as refusal:
        check_count(count)

    assert refusal.value.code is code
    assert refusal.value.hint


def test_ten_thousand_files_are_not_too_many():
    check_count(1)
    check_count(10_000)


@pytest.mark.parametrize(
    ("path", "refusal", "code"),
    [
        ("needs-review/x", Conflict, Code.WRONG_STAGE),
        ("approved/x", Held, Code.FROZEN),
        ("rejected/x", Held, Code.FROZEN),
        ("archive/ho_1/x", Conflict, Code.WRONG_STAGE),
        ("input", Forbidden, Code.STAGE_FIXED),
        ("", Forbidden, Code.STAGE_FIXED),
    ],
)
def test_what_cannot_be_handed_over(path, refusal, code):
    with pytest.raises(refusal) as refused:
        check_source(Path(path))

    assert refused.value.code is code


@pytest.mark.parametrize("path", ["input/x", "processing/cl/x", "feedback/x", "reports/x", "x"])
def test_what_can_be_handed_over(path):
    check_source(Path(path))


def test_several_paths_are_gathered_below_their_nearest_common_parent():
    found = gather(paths("input/q3/b/two.csv", "input/q3/a.csv"))

    assert found == Gathering(
        folder=Path("input/q3"),
        paths=(Path("input/q3/a.csv"), Path("input/q3/b/two.csv")),
        relative=(Path("a.csv"), Path("b/two.csv")),
    )


def test_paths_of_several_stages_keep_them():
    found = gather(paths("input/a.csv", "reports/b.csv"))

    assert found.folder == ""
    assert found.relative == ("input/a.csv", "reports/b.csv")


def test_folders_with_alike_names_have_no_common_parent():
    assert gather(paths("input/ab/x", "input/a/x")).relative == ("a/x", "ab/x")


@pytest.mark.parametrize(
    "given_paths",
    [
        ("input/x.pdf",),
        ("input/x.pdf", "input/x.pdf"),
        ("input/x.pdf", "input/x.pdf.handoff.json"),
        ("input/x-metadata.json", "input/x.pdf"),
    ],
)
def test_one_path_and_its_sidecar_are_the_package_itself(given_paths):
    found = gather(paths(*given_paths))

    assert found.paths == ("input/x.pdf",)
    assert found.relative == ("x.pdf",)
    assert found.folder == "input"


def test_what_is_below_a_named_folder_counts_once():
    assert gather(paths("a/b/c", "a/b", "a/bc")).paths == ("a/b", "a/bc")


def test_no_paths_and_too_many_paths_are_refused():
    with pytest.raises(Invalid) as none:
        gather([])
    with pytest.raises(Invalid) as many:
        gather(paths(*(f"input/{n}" for n in range(501))))

    assert none.value.code is Code.NO_FILES
    assert many.value.code is Code.PACKAGE_TOO_LARGE


@given(
    st.lists(st.lists(st.sampled_from("abc"), min_size=1, max_size=4), min_size=1, max_size=8)
)
def test_each_gathered_path_is_its_folder_and_its_relative_path(parts):
    found = gather([Path("/".join(each)) for each in parts])

    for path, relative in zip(found.paths, found.relative, strict=True):
        assert path == (f"{found.folder}/{relative}" if found.folder else relative)
        assert relative
    assert len(set(found.relative)) == len(found.relative)


@given(st.text(st.characters(codec=None), max_size=300))
def test_any_title_makes_a_name_for_a_folder(title):
    name = folder_name(title)

    assert clean_name(name) == name
    assert len(name.encode()) <= 120 + len("package ")
    assert not is_note(name)
    assert not is_litter(name)
    assert not set(name) & set('/\\:|<>*"?')


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Q3 report", "Q3 report"),
        ("Invoices 3/4", "Invoices 3-4"),
        ("Report: Q3", "Report - Q3"),
        ("  spaced \n out\t", "spaced out"),
        ("../../etc/passwd", "etc-passwd"),
        ("...", "package"),
        ("", "package"),
        ("Approved", "Approved"),
        ("approved", "package approved"),
        ("x.feedback.md", "x-feedback-md"),
        ("handoff.json", "handoff-json"),
        ("Why?", "Why"),
    ],
)
def test_titles_and_their_folders(title, name):
    assert folder_name(title) == name


@pytest.mark.parametrize(
    ("path", "to", "claimed", "target"),
    [
        ("needs-review/a/x.csv", Stage.APPROVED, None, "approved/a/x.csv"),
        ("input/x.csv", Stage.NEEDS_REVIEW, None, "needs-review/x.csv"),
        ("processing/cl_7/x.csv", Stage.NEEDS_REVIEW, "input/a/x.csv", "needs-review/a/x.csv"),
        (
            "processing/cl_7/out/y.pdf",
            Stage.NEEDS_REVIEW,
            "input/a/x.csv",
            "needs-review/a/out/y.pdf",
        ),
        ("processing/cl_7/x.csv", Stage.NEEDS_REVIEW, "input/x.csv", "needs-review/x.csv"),
        ("processing/cl_7/b", Stage.NEEDS_REVIEW, "feedback/a/b", "needs-review/a/b"),
        ("processing/loose/x.csv", Stage.NEEDS_REVIEW, None, "needs-review/loose/x.csv"),
        ("reports/x.csv", Stage.NEEDS_REVIEW, None, "needs-review/reports/x.csv"),
        ("x.csv", Stage.NEEDS_REVIEW, None, "needs-review/x.csv"),
    ],
)
def test_where_a_package_lands(path, to, claimed, target):
    assert landing(Path(path), to, claimed=claimed and Path(claimed)) == target


def test_a_submission_that_would_be_too_deep_is_refused_and_a_decision_never_is():
    deep = "/".join(["d"] * 31)

    with pytest.raises(Invalid):
        landing(Path(f"r/{deep}"), Stage.NEEDS_REVIEW)
    assert landing(Path(f"needs-review/{deep}"), Stage.APPROVED) == f"approved/{deep}"


def test_the_work_folder_is_named_after_the_claim():
    assert work_folder(ClaimId("cl_7")) == "processing/cl_7"


def test_a_free_name_is_kept():
    assert vacant("a.csv", is_taken=lambda _: False) == Naming(name="a.csv")


def test_a_taken_name_gives_way_with_all_that_stands_beside():
    taken = {"a.csv", "a (2).csv.handoff.json"}

    found = vacant("a.csv", is_taken=taken.__contains__, beside=["a.csv.handoff.json"])

    assert found == Naming(name="a (3).csv", beside=("a (3).csv.handoff.json",))


@pytest.mark.parametrize("count", [1, 2, 7, 8, 9, 10, 100, 5_000])
def test_the_first_free_number_is_found_with_few_questions(count):
    asked = []

    def is_taken(name):
        asked.append(name)
        number = int(name[3:-1]) if "(" in name else 1
        return number <= count

    found = vacant("a", is_taken=is_taken, is_folder=True)

    assert found.name == f"a ({count + 1})"
    assert len(asked) < 40
