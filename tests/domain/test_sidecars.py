"""Which file is the sidecar, and how it is merged and written (RULES 7)."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from signoff.domain.files import note_name
from signoff.domain.readings import parse
from signoff.domain.schemas import SIDECAR
from signoff.domain.sidecars import (
    AgentInfo,
    Anchor,
    Flag,
    Question,
    Sidecar,
    Source,
    candidates,
    find,
    is_sidecar,
    merge,
    render,
)

PDF = "report.pdf"
ALL = [
    "report.pdf.handoff.json",
    "report.pdf.handoff.md",
    "report-metadata.json",
    "report.md",
]

TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
PLAIN = st.text("abc äöü#-", min_size=1, max_size=20).map(str.strip).filter(bool)
PARTS = st.floats(0, 1)
ANCHORS = st.builds(
    Anchor,
    line=st.none() | st.integers(0, 10_000),
    row=st.none() | st.integers(0, 10_000),
    column=st.none() | TEXT,
    page=st.integers(0, 500),
    region=st.none() | st.tuples(PARTS, PARTS, PARTS, PARTS),
    quote=st.none() | TEXT,
)
FLAGS = st.builds(
    Flag,
    severity=st.sampled_from(["note", "warning", "critical"]),
    message=TEXT,
    file=st.none() | TEXT,
    anchor=st.none() | ANCHORS,
)
QUESTIONS = st.builds(
    Question,
    id=PLAIN,
    text=TEXT,
    schema=st.none() | st.just({"type": "string"}),
    required=st.booleans(),
)
SOURCES = st.builds(
    Source,
    path=TEXT,
    url=st.none() | st.just("https://example.org/a"),
    digest=st.none() | st.just("sha256:" + "0" * 64),
)
JSON = st.recursive(
    st.booleans() | st.integers(-(2**53), 2**53) | TEXT, lambda each: st.lists(each, max_size=3)
)
SIDECARS = st.builds(
    Sidecar,
    kind=st.none() | st.sampled_from(["approval", "escalation", "relay"]),
    title=st.none() | PLAIN.map(lambda text: " ".join(text.split())),
    summary=st.just("") | TEXT,
    confidence=st.none() | PARTS,
    flags=st.lists(FLAGS, max_size=3).map(tuple),
    needs=st.none() | TEXT,
    questions=st.lists(QUESTIONS, max_size=3, unique_by=lambda q: q.id).map(tuple),
    checklist=st.lists(TEXT, max_size=3).map(tuple),
    actions=st.lists(TEXT, max_size=3).map(tuple),
    sources=st.lists(SOURCES, max_size=3).map(tuple),
    reviewers=st.lists(PLAIN, max_size=3).map(tuple),
    required=st.none() | st.integers(1, 50),
    priority=st.none() | st.integers(-100, 100),
    due_at=st.none() | st.just("2030-01-31T17:00:00Z"),
    agent=st.none() | st.builds(AgentInfo, name=TEXT, model=st.none() | TEXT),
    callback_url=st.none() | st.just("https://example.org/hook"),
    correlation=st.none() | TEXT,
    extra=st.dictionaries(TEXT, JSON, max_size=3),
)


@pytest.mark.parametrize("n", range(len(ALL)))
def test_the_first_form_found_counts(n):
    names = [PDF, *ALL[n:]]
    if n < 3:
        names.remove("report.md")

    assert find(PDF, is_folder=False, names=names, fronted=["report.md"]) == ALL[n]


def test_markdown_of_the_same_stem_counts_only_if_it_says_so():
    assert find(PDF, is_folder=False, names=[PDF, "report.md"]) is None
    assert candidates(PDF, is_folder=False, names=[PDF, "report.md"]) == ("report.md",)


def test_a_stem_form_counts_only_beside_exactly_one_file_of_that_stem():
    names = [PDF, "report.xlsx", "report-metadata.json"]

    assert find(PDF, is_folder=False, names=names) is None
    assert find(PDF, is_folder=False, names=[PDF, "report-metadata.json"]) is not None


def test_notes_and_litter_are_no_other_files_of_the_stem():
    names = [PDF, "report.feedback.md", "._report.pdf", "report-metadata.json"]

    assert find(PDF, is_folder=False, names=names) == "report-metadata.json"


def test_case_does_not_count_in_the_name_of_a_sidecar():
    names = ["Report.PDF", "REPORT.pdf.Handoff.JSON"]

    assert find("Report.PDF", is_folder=False, names=names) == "REPORT.pdf.Handoff.JSON"


def test_a_file_is_never_its_own_sidecar():
    assert candidates("report.md", is_folder=False, names=["report.md"]) == ()
    assert candidates("a-metadata.json", is_folder=False, names=["a-metadata.json"]) == ()


def test_a_package_of_markdown_may_have_metadata():
    names = ["report.md", "report-metadata.json"]

    assert find("report.md", is_folder=False, names=names) == "report-metadata.json"


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (["a.csv", "handoff.md", "handoff.json"], "handoff.json"),
        (["a.csv", "report-metadata.json", "handoff.md"], "handoff.md"),
        (["a.csv", "report-metadata.json"], "report-metadata.json"),
        (["a.csv", "a.csv.handoff.json"], None),
        ([], None),
    ],
)
def test_the_sidecar_of_a_folder_is_in_it(names, found):
    assert find("batch", is_folder=True, names=names) == found


def test_the_sidecar_of_a_very_long_name_has_a_shortened_one():
    name = "x" * 250 + ".pdf"
    beside = "x" * 232 + "~" + "0" * 8 + ".handoff.json"

    [found] = candidates(name, is_folder=False, names=[name, note_name(name, ".handoff.json")])

    assert len(found) <= len(beside) + 1
    assert find(name, is_folder=False, names=[name, beside]) is None


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("x.pdf.handoff.json", True),
        ("x.handoff.md", True),
        ("handoff.json", True),
        ("x-metadata.json", True),
        ("metadata.json", False),
        ("report.md", False),
        ("handoff.txt", False),
    ],
)
def test_names_that_tell_that_a_file_is_a_sidecar(name, is_one):
    assert is_sidecar(name) is is_one


def test_the_call_wins_where_it_says_something():
    file = Sidecar(
        title="old",
        summary="kept",
        confidence=0.5,
        agent=AgentInfo(name="scribe", model="m1"),
        extra={"a": 1, "b": 1},
    )
    call = Sidecar(
        title="new", confidence=0.0, agent=AgentInfo(model="m2"), extra={"b": 2, "c": 2}
    )

    assert merge(file, call) == Sidecar(
        title="new",
        summary="kept",
        confidence=0.0,
        agent=AgentInfo(name="scribe", model="m2"),
        extra={"a": 1, "b": 2, "c": 2},
    )


@given(SIDECARS)
def test_nothing_said_changes_nothing(sidecar):
    assert merge(sidecar, Sidecar()) == sidecar
    assert merge(Sidecar(), sidecar) == sidecar
    assert merge(sidecar, sidecar) == sidecar


@given(SIDECARS)
def test_what_is_written_is_read_back_and_satisfies_the_published_schema(sidecar):
    raw = render(sidecar)

    Draft202012Validator(SIDECAR).validate(json.loads(raw))
    assert parse("handoff.json", raw) == sidecar
    assert render(parse("handoff.json", raw)) == raw


def test_what_is_written_is_for_people_too():
    raw = render(Sidecar(kind="approval", title="Über", flags=(Flag(message="Look"),)))

    assert raw.decode() == (
        "{\n"
        '  "$schema": "urn:signoff:sidecar:1",\n'
        '  "version": 1,\n'
        '  "kind": "approval",\n'
        '  "title": "Über",\n'
        '  "flags": [\n'
        "    {\n"
        '      "message": "Look"\n'
        "    }\n"
        "  ]\n"
        "}\n"
    )


def test_the_published_schema_is_one_and_names_every_field():
    Draft202012Validator.check_schema(SIDECAR)

    assert set(SIDECAR["properties"]) == {*Sidecar.__struct_fields__, "$schema", "version"}
