"""The steward against tables whose truth is known."""

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from table_steward.choices import Choices
from table_steward.memories import Memory
from table_steward.packages import prepare
from table_steward.questions import Question
from table_steward.tables import Table, render
from tests.examples.conftest import (
    CLEAN,
    DATA,
    TRUTH,
    broken,
    changes_of,
    made_of,
    messy,
    replayed,
    rows_of,
    truth,
)

REPAIRED: dict[str, dict[str, Any]] = {
    "weather-mixed-dates.csv": {},
    "airports-semicolons.csv": {},
    "employment-thousands.csv": {},
    "weather-ambiguous-dates.csv": {"dates": {"date": "day-first"}},
    "airports-truncated.csv": {"truncated": "leave-out"},
    "airports-ragged.csv": {"ragged": "leave-out"},
    "employment-undecided.csv": {"decimals": {"nonfarm": "point", "private": "point"}},
}
ASKED = {
    "weather-ambiguous-dates.csv": ["dates:date"],
    "airports-truncated.csv": ["truncated"],
    "airports-ragged.csv": ["ragged"],
    "airports-damaged.csv": ["encoding"],
    "employment-undecided.csv": ["decimals:nonfarm", "decimals:private"],
}
DIALECTS = {
    "airports-semicolons.csv": ("cp1252", ";"),
    "employment-thousands.csv": ("utf-16", ","),
}
cells = st.one_of(
    st.sampled_from(["", "NA", " x ", "x", "1,234", "1,5", "12.5", "7", "2012-01-31"]),
    st.sampled_from(["31/01/2012", "01/02/2012", "1 Feb 2012", "02/13/12", "é", 'a"b', "a\nb"]),
    st.text(alphabet="ab,;\"\n 1'./-", max_size=6),
)


@pytest.mark.parametrize("name", REPAIRED)
def test_what_was_broken_is_repaired(name: str) -> None:
    package = made_of(messy(name), name=name, **REPAIRED[name])

    assert package.context["kind"] == "approval"
    assert rows_of(package.files[name]) == truth(name)


@pytest.mark.parametrize("name", ASKED)
def test_what_only_a_person_knows_is_asked_with_options(name: str) -> None:
    package = made_of(messy(name), name=name)

    assert package.context["kind"] == "escalation"
    assert [question["id"] for question in package.context["questions"]] == ASKED[name]
    assert all(len(q["schema"]["oneOf"]) >= 2 for q in package.context["questions"])
    assert name not in package.files
    assert any(flag["severity"] == "critical" for flag in package.context["flags"])


def test_what_cannot_be_repaired_is_flagged_at_its_cell() -> None:
    name = "weather-station.csv"

    package = made_of(messy(name), name=name)

    flagged = {
        (flag["anchor"].get("row"), flag["anchor"].get("column"))
        for flag in package.context["flags"]
    }
    header, *rows = rows_of(package.files[name])
    differing = {
        (at, header[column])
        for at, (row, right) in enumerate(zip(rows, truth(name)[1:], strict=True), start=1)
        for column, cell in enumerate(row)
        if cell != right[column]
    }
    assert differing == {(31, "precipitation"), (77, "precipitation"), (140, "precipitation")}
    assert differing <= flagged
    assert {(90, "date"), (181, "date")} <= flagged


def test_a_letter_that_is_lost_is_flagged_where_it_was() -> None:
    name = "airports-damaged.csv"

    package = made_of(messy(name), name=name, encoding="utf-8")

    flagged = {
        flag["anchor"]["row"]
        for flag in package.context["flags"]
        if flag["severity"] == "critical"
    }
    assert flagged == {spot["row"] for spot in broken(name)}


@pytest.mark.parametrize("name", REPAIRED)
def test_every_difference_is_among_the_changes(name: str) -> None:
    encoding, delimiter = DIALECTS.get(name, ("utf-8", ","))
    original = rows_of(messy(name), encoding=encoding, delimiter=delimiter)

    package = made_of(messy(name), name=name, **REPAIRED[name])

    assert replayed(original, package) == rows_of(package.files[name])


def test_the_changes_tell_what_was_broken_where() -> None:
    name = "weather-mixed-dates.csv"

    changed = {
        (int(change["row"]), change["column"])
        for change in changes_of(made_of(messy(name), name=name))
    }

    harmless = {"2012-", "2013-"}  # a date format that was right already, or a cell just gone
    expected = {
        (spot["row"], spot["column"])
        for spot in broken(name)
        if spot["now"] and not (spot["column"] == "date" and spot["now"][:5] in harmless)
    }
    assert expected <= changed


@pytest.mark.parametrize("path", sorted(TRUTH.glob("*.csv")), ids=lambda path: path.name)
def test_a_clean_table_is_not_changed(path) -> None:
    package = made_of(path.read_bytes(), name=path.name)

    assert package.files[path.name] == path.read_bytes()
    assert changes_of(package) == []


@pytest.mark.parametrize("name", CLEAN)
def test_the_tables_as_published_need_no_question(name: str) -> None:
    package = made_of((DATA / name).read_bytes(), name=name)

    assert package.context["kind"] == "approval"
    assert package.context["confidence"] >= 0.9


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_are_too_strange(data: bytes) -> None:
    package = made_of(data)

    assert package.files["original/table.csv"] == data
    assert (package.context["kind"] == "approval") == ("table.csv" in package.files)
    assert 0 <= package.context["confidence"] <= 1


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(cells, min_size=2, max_size=3), min_size=2, max_size=30))
def test_no_table_is_changed_silently(rows: list[list[str]]) -> None:
    width = len(rows[0])
    even = [(row + ["x"] * width)[:width] for row in rows]
    table = Table(header=tuple(f"c{at}" for at in range(width)), rows=tuple(map(tuple, even)))
    data = render(table).encode()

    package = made_of(data, dates={"*": "day-first"}, decimals={"*": "point"}, header="names")

    assert package.context["kind"] == "approval"
    assert replayed([[*table.header], *even], package) == rows_of(package.files["table.csv"])


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(cells, min_size=2, max_size=3), min_size=2, max_size=30))
def test_cleaning_what_was_cleaned_changes_nothing(rows: list[list[str]]) -> None:
    width = len(rows[0])
    even = [tuple((row + ["x"] * width)[:width]) for row in rows]
    table = Table(header=tuple(f"c{at}" for at in range(width)), rows=tuple(even))
    choices: dict[str, Any] = {
        "dates": {"*": "day-first"},
        "decimals": {"*": "point"},
        "header": "names",
    }

    once = made_of(render(table).encode(), **choices).files["table.csv"]
    if len(rows_of(once)) < 2:
        return
    twice = made_of(once, **choices)

    assert twice.files["table.csv"] == once
    assert changes_of(twice) == []


def test_the_same_bytes_and_choices_make_the_same_package() -> None:
    data = messy("weather-mixed-dates.csv")

    assert made_of(data) == made_of(data)


def test_the_memory_travels_in_the_package() -> None:
    choices = Choices(dates={"due": "day-first"}, drop=("notes",), duplicates="keep")
    memory = Memory(name="due.csv", choices=choices)

    package = prepare(b"due,notes\n01/02/2012,x\n03/04/2012,y\n", memory=memory)

    written = hashlib.sha256(package.files["due.csv"]).hexdigest()
    found = Memory.from_json(package.files["choices.json"], name="due.csv")
    assert package.files["due.csv"] == b"due\n2012-02-01\n2012-04-03\n"
    assert found == Memory(name="due.csv", choices=choices, made=(written,))


@pytest.mark.parametrize("raw", [b"", b"[]", b"{", b'{"choices": {"dates": 7, "drop": 1}}'])
def test_a_memory_that_cannot_be_read_is_forgotten(raw: bytes) -> None:
    assert Memory.from_json(raw, name="a.csv") == Memory(name="a.csv")


def test_what_was_not_understood_is_said_and_asked() -> None:
    package = prepare(
        b"a,b\nx,y\nz,w\n", memory=Memory(name="t.csv"), unclear=("paint it blue",)
    )

    assert package.context["kind"] == "escalation"
    assert "paint it blue" in package.context["summary"]
    assert [q["id"] for q in package.context["questions"]] == ["unclear", "instructions"]
    assert [q["required"] for q in package.context["questions"]] == [True, False]


def test_the_report_shows_the_chart_beside_it() -> None:
    package = made_of(messy("weather-mixed-dates.csv"), name="weather.csv")

    report = package.files["report.md"].decode()

    assert "](chart.svg)" in report
    assert "chart.svg" in package.files
    assert f"**{package.context['confidence']:.2f}**" in report


def test_markup_in_a_table_stays_text_in_the_report() -> None:
    data = b"<script>alert(1)</script>,b|c\n![x](http://evil.example),y\n<b>,y\n"

    report = made_of(data).files["report.md"].decode()

    assert "<script>" not in report
    assert "![x](" not in report
    assert "b\\|c" in report


def test_a_question_is_a_json_schema_with_named_options() -> None:
    question = Question(id="q", text="Which?", title="It", options={"a": "An A", "b": "A B"})

    assert json.loads(json.dumps(question.to_json()))["schema"] == {
        "type": "string",
        "title": "It",
        "enum": ["a", "b"],
        "oneOf": [{"const": "a", "title": "An A"}, {"const": "b", "title": "A B"}],
    }


def test_a_column_with_an_endless_name_can_be_asked_about_and_settled() -> None:
    name = "when " * 100
    data = f"{name},b\n01/02/2012,x\n03/04/2012,y\n".encode()

    asked = made_of(data).context["questions"][0]["id"]
    settled = prepare(
        data, memory=Memory(name="t.csv", choices=Choices().settle(asked, "day-first"))
    )

    assert len(asked) <= 100
    assert rows_of(settled.files["t.csv"])[1] == ["2012-02-01", "x"]


def test_more_questions_than_a_form_bears_are_asked_in_turns() -> None:
    header = ",".join(f"d{at}" for at in range(60))
    rows = [",".join(["01/02/2012"] * 60), ",".join(["03/04/2012"] * 60)]
    data = "\n".join([header, *rows, ""]).encode()

    assert len(made_of(data).context["questions"]) == 20


def test_no_flag_is_longer_than_a_sentence() -> None:
    word = "x" * 1000
    data = f"a,b\n{word},1\n{word},2\n".encode()

    flags = made_of(data).context["flags"]

    assert [len(flag["message"]) for flag in flags] == [300]


def test_a_table_called_changes_does_not_overwrite_its_changes() -> None:
    package = made_of(b"a,b\nx,y\nz,w\n", name="Changes.csv")

    assert package.files["Changes-cleaned.csv"] == b"a,b\nx,y\nz,w\n"
    assert package.files["changes.csv"] == b"row,column,before,after,rule\n"
