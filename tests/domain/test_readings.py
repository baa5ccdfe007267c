"""The generous reading of sidecars in all their forms (RULES 7)."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signoff.domain.errors import Invalid
from signoff.domain.ids import Instant
from signoff.domain.readings import due_instant, is_fronted, parse, read
from signoff.domain.sidecars import AgentInfo, Anchor, Flag, Question, Sidecar, Source

ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda each: (
        st.lists(each, max_size=4) | st.dictionaries(st.text(max_size=8), each, max_size=4)
    ),
    max_leaves=12,
)
KEYS = st.sampled_from(
    [*Sidecar.__struct_fields__, "type", "warnings", "steps", "deadline", "agent_name", "x"]
)


@given(st.binary(max_size=300), st.sampled_from(["handoff.json", "a.md", "x-metadata.json"]))
def test_no_bytes_break_the_reading(raw, name):
    with suppress(Invalid):
        assert isinstance(parse(name, raw), Sidecar)


@given(st.dictionaries(KEYS, ANY_JSON, max_size=6))
def test_no_object_breaks_the_reading(value):
    with suppress(Invalid):
        assert isinstance(parse("handoff.json", json.dumps(value).encode()), Sidecar)


@given(st.text(max_size=200))
def test_no_front_matter_breaks_the_reading(head):
    raw = f"---\n{head}\n---\nbody".encode(errors="replace")

    is_fronted(raw)
    with suppress(Invalid):
        assert isinstance(parse("x.handoff.md", raw), Sidecar)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        (0.82, 0.82),
        (1, 1.0),
        (0, 0.0),
        (82, 0.82),
        ("82%", 0.82),
        ("0.82", 0.82),
        ("1%", 0.01),
        ({"overall": 0.4}, 0.4),
        ({"score": "40%"}, 0.4),
        (None, None),
    ],
)
def test_confidence_is_a_part_or_per_cent(said, meant):
    assert read({"confidence": said}).confidence == meant


@pytest.mark.parametrize("said", [-0.1, 101, "high", True, [], {}, "nan", "1e400"])
def test_a_confidence_that_makes_no_sense_is_said_to_be_at_its_place(said):
    with pytest.raises(Invalid) as refusal:
        read({"confidence": said})

    assert refusal.value.message.startswith("At /confidence")


def test_flags_are_sentences_or_objects_of_many_kinds():
    sidecar = read(
        {
            "flags": [
                "Two totals differ",
                {"severity": "HIGH", "text": "Sum is wrong", "file": "a.csv", "line": 7},
                {"level": "warn", "message": "?", "anchor": {"row": 3, "column": "sum"}},
                {"severity": "odd", "message": "?", "locator": "near the end"},
            ]
        }
    )

    assert sidecar.flags == (
        Flag(message="Two totals differ"),
        Flag(severity="critical", message="Sum is wrong", file="a.csv", anchor=Anchor(line=7)),
        Flag(severity="warning", message="?", anchor=Anchor(row=3, column="sum")),
        Flag(severity="odd", message="?", anchor=Anchor(quote="near the end")),
    )


def test_questions_are_sentences_or_objects_and_are_numbered_where_need_be():
    sidecar = read(
        {
            "questions": [
                "Day first?",
                {"id": "unit", "question": "Which unit?", "options": ["kg", "lb"]},
                {"id": "why", "text": "Why?", "schema": {"type": "string"}, "required": False},
            ]
        }
    )

    assert sidecar.questions == (
        Question(id="q1", text="Day first?"),
        Question(id="unit", text="Which unit?", schema={"enum": ["kg", "lb"]}),
        Question(id="why", text="Why?", schema={"type": "string"}, required=False),
    )


def test_sources_are_paths_addresses_or_objects():
    sidecar = read(
        {
            "sources": [
                "input/a.csv",
                "https://example.org/x",
                {"file": "b", "sha256": "AB" * 32},
            ]
        }
    )

    assert sidecar.sources == (
        Source(path="input/a.csv"),
        Source(url="https://example.org/x"),
        Source(path="b", digest="sha256:" + "ab" * 32),
    )


def test_words_that_are_like_the_formats_own_are_understood():
    sidecar = read(
        {
            "subject": "Q3",
            "description": "All done",
            "confidence_score": 90,
            "warnings": "One thing",
            "steps": ["read", {"action": "write"}],
            "deadline": "2030-01-31",
            "agent_name": "scribe",
            "urgency": "high",
            "model": "kept",
        }
    )

    assert sidecar == Sidecar(
        title="Q3",
        summary="All done",
        confidence=0.9,
        flags=(Flag(message="One thing"),),
        actions=("read", "write"),
        due_at="2030-01-31T23:59:59Z",
        agent=AgentInfo(name="scribe"),
        priority=1,
        extra={"model": "kept"},
    )


def test_a_word_that_is_only_like_one_and_makes_no_sense_is_kept():
    sidecar = read({"description": {"a": 1}, "type": "invoice", "due": "soon", "n": None})

    assert sidecar == Sidecar(extra={"description": {"a": 1}, "type": "invoice", "due": "soon"})


@pytest.mark.parametrize(
    ("value", "at"),
    [
        ({"kind": "review"}, "/kind"),
        ({"title": ["x"]}, "/title"),
        ({"title": "x" * 301}, "/title"),
        ({"flags": [{"severity": "note"}]}, "/flags/0/message"),
        ({"flags": [{"message": "x", "anchor": {"line": -1}}]}, "/flags/0/anchor/line"),
        (
            {"flags": [{"message": "x", "anchor": {"region": [0, 0, 2, 1]}}]},
            "/flags/0/anchor/region",
        ),
        ({"questions": [{"id": "a"}]}, "/questions/0/text"),
        ({"questions": ["?"] * 51}, "/questions"),
        (
            {"questions": [{"id": "a", "text": "?"}, {"id": "a", "text": "?"}]},
            "/questions/1/id",
        ),
        ({"questions": [{"text": "?", "schema": 1}]}, "/questions/0/schema"),
        ({"sources": [{}]}, "/sources/0"),
        ({"sources": [{"path": "a", "digest": "x"}]}, "/sources/0/digest"),
        ({"sources": [{"url": "java\tscript:alert(1)"}]}, "/sources/0/url"),
        ({"callback_url": "ftp://x"}, "/callback_url"),
        ({"agent": {"trace_url": "javascript:alert(1)"}}, "/agent/trace_url"),
        ({"required": 0}, "/required"),
        ({"required": 1.5}, "/required"),
        ({"priority": "now"}, "/priority"),
        ({"due_at": "tomorrow"}, "/due_at"),
        ({"$schema": "urn:signoff:sidecar:1", "version": 2}, "/version"),
        ([], "/"),
        ("text", "/"),
    ],
)
def test_what_makes_no_sense_is_said_with_its_place(value, at):
    with pytest.raises(Invalid) as refusal:
        parse("handoff.json", json.dumps(value).encode())

    assert refusal.value.message.startswith(f"At {at}: ")
    assert refusal.value.hint


def test_a_title_is_one_line_without_control_characters():
    assert read({"title": " Q3\n\x00report "}).title == "Q3 report"


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("2030-01-31T18:00:00+01:00", "2030-01-31T17:00:00Z"),
        ("2030-01-31T17:00", "2030-01-31T17:00:00Z"),
        ("2030-01-31", "2030-01-31T23:59:59Z"),
    ],
)
def test_times_are_utc(said, meant):
    assert read({"due_at": said}).due_at == meant


def test_a_due_time_is_an_instant():
    assert due_instant("1970-01-02T00:00:00Z") == Instant(86_400_000_000)


def test_front_matter_under_the_handoff_key_wins_and_the_body_is_the_summary():
    raw = b"""\xef\xbb\xbf---
title: beside
model: m1
handoff:
  kind: escalation
  title: inside
  due_at: 2030-01-31
  flags: [Look]
---

# Findings

Body.
"""
    assert is_fronted(raw)
    assert parse("report.md", raw) == Sidecar(
        kind="escalation",
        title="inside",
        summary="# Findings\n\nBody.",
        due_at="2030-01-31T23:59:59Z",
        flags=(Flag(message="Look"),),
        extra={"model": "m1"},
    )


@pytest.mark.parametrize(
    ("head", "kind"), [("handoff: relay", "relay"), ("handoff: true", None), ("handoff:", None)]
)
def test_the_handoff_key_may_be_a_kind_or_just_there(head, kind):
    raw = f"---\n{head}\n---\nbody".encode()

    assert is_fronted(raw)
    assert parse("report.md", raw) == Sidecar(kind=kind, summary="body")


def test_a_handoff_in_markdown_needs_no_front_matter():
    assert parse("x.handoff.md", b"Just text.\n") == Sidecar(summary="Just text.")


@pytest.mark.parametrize(
    "raw", [b"# Report", b"---\ntitle: x\n---\nhandoff: no", b"---\nhandoff: never closed", b""]
)
def test_other_markdown_is_no_sidecar(raw):
    assert not is_fronted(raw)


@pytest.mark.parametrize(
    "raw",
    [
        b"x" * 262_145,
        b"[" * 50_000,
        b'{"a":' * 40 + b"1" + b"}" * 40,
        b"{",
        b"\xff",
        b"",
        b'{"title": "\\ud800"}',
        b'{"n": 1e999}',
    ],
)
def test_what_cannot_be_read_as_json_is_refused(raw):
    with pytest.raises(Invalid):
        parse("handoff.json", raw)


@pytest.mark.parametrize(
    "head",
    [
        "a: &a [x,x]\nb: [*a,*a]",
        "a: &a {}\n<<: *a",
        "a: !!python/object:os.system x",
        "a: !!int ''",
        "a: !!binary aGVsbG8=",
        "a: " + "[" * 40 + "]" * 40,
        "a: " + "[" * 30_000,
        "? [a, b]\n: c",
        "a: .nan",
        "a: " + "9" * 5_000,
        "a: 2030-13-45",
        '"\\uD800": x',
        "a: b: c",
        "- a",
        "just text",
        "a: " + "x" * 70_000,
        "a: 1\n--- b",
    ],
)
def test_yaml_that_is_no_plain_data_is_refused(head):
    with pytest.raises(Invalid):
        parse("x.handoff.md", f"---\n{head}\n---\n".encode())


def test_schemas_are_bounded_together_since_each_takes_a_while():
    large: dict[str, object] = {"properties": {f"k{n}": {} for n in range(900)}}
    questions = [{"id": str(n), "text": "?", "schema": large} for n in range(2)]
    read({"questions": questions, "schemas": {"a.json": {}}})

    with pytest.raises(Invalid, match="more than 2,000 parts"):
        read({"questions": questions, "schemas": {"a.json": large}})
