"""From a question's schema to a form, and from what was posted to data."""

from typing import Any

import pytest

from signoff.domain.sidecars import Question
from signoff.web.answers import Field, field_of, read


def question(schema: Any, *, required: bool = True) -> Question:
    return Question(id="q", text="Which?", schema=schema, required=required)


def field(schema: Any) -> Field:
    return field_of(question(schema))


@pytest.mark.parametrize(
    ("schema", "kind"),
    [
        (None, "text"),
        ({"type": "string"}, "line"),
        ({"type": "string", "maxLength": 4000}, "text"),
        ({"type": ["null", "string"], "format": "date"}, "date"),
        ({"type": "integer"}, "integer"),
        ({"type": "boolean"}, "boolean"),
        ({"enum": ["a", "b"]}, "choice"),
        ({"oneOf": [{"const": 1, "title": "One"}]}, "choice"),
        ({"oneOf": [{"type": "string"}]}, "text"),
        ({"type": "array", "items": {"type": "string"}}, "array"),
        ({"type": "array", "items": {"enum": [1, 2]}}, "choices"),
        ({"type": "object", "properties": {"a": {"type": "number"}}}, "object"),
        ({"type": "object"}, "text"),
    ],
)
def test_a_schema_becomes_the_field_that_fits_it(schema: Any, kind: str) -> None:
    assert field(schema).kind == kind


def test_choices_have_names_and_meanings() -> None:
    made = field(
        {"oneOf": [{"const": "a", "title": "The first", "description": "of two"}, {"const": 2}]}
    )

    assert [(o.value, o.title, o.description) for o in made.options] == [
        ("a", "The first", "of two"),
        ("2", "2", ""),
    ]


@pytest.mark.parametrize(
    ("schema", "answer", "words"),
    [
        ({"oneOf": [{"const": "d", "title": "Day first"}]}, "d", "Day first"),
        ({"oneOf": [{"const": 1, "title": "One"}]}, 1, "One"),
        ({"type": "array", "items": {"enum": ["a", "b"]}}, ["a", "b"], "a, b"),
        ({"type": "boolean"}, False, "No"),
        ({"oneOf": [{"const": "d", "title": "Day first"}]}, "other", ""),
        ({"type": "string"}, "typed", ""),
    ],
)
def test_an_answer_is_read_in_the_words_it_was_chosen_by(
    schema: Any, answer: Any, words: str
) -> None:
    assert field(schema).words(answer) == words


def test_fields_of_an_object_are_named_after_it() -> None:
    made = field(
        {
            "type": "object",
            "required": ["sum"],
            "properties": {
                "sum": {"type": "number", "title": "A year"},
                "cur": {"enum": ["GBP"]},
            },
        }
    )

    assert [(f.name, f.label, f.required) for f in made.fields] == [
        ("answers[q][sum]", "A year", True),
        ("answers[q][cur]", "cur", False),
    ]


@pytest.mark.parametrize(
    ("schema", "posted", "expected"),
    [
        ({"type": "integer"}, ["12"], 12),
        ({"type": "number"}, ["\u22121.5"], -1.5),
        ({"type": "number"}, ["a lot"], "a lot"),
        ({"type": "number"}, ["nan"], "nan"),
        ({"type": "number"}, ["-1e999"], "-1e999"),
        ({"type": "integer"}, ["1" + "0" * 400], 10**400),
        ({"type": "boolean"}, ["false"], False),
        ({"enum": [1, "1b", True]}, ["1"], 1),
        ({"enum": [1, "1b", True]}, ["true"], True),
        ({"type": "string", "format": "date"}, ["2026-04-01"], "2026-04-01"),
        (
            {"type": "string", "format": "date-time"},
            ["2026-04-01T12:30"],
            "2026-04-01T12:30:00Z",
        ),
        (None, [" as it is "], " as it is "),
    ],
)
def test_an_answer_has_the_type_of_its_schema(
    schema: Any, posted: list[str], expected: Any
) -> None:
    read_back = read((question(schema),), [("answers[q]", text) for text in posted])

    assert read_back == {"q": expected}


def test_items_of_an_array_are_read_in_order_without_the_empty_ones() -> None:
    asked = question({"type": "array", "items": {"type": "integer"}})

    assert read(
        (asked,), [("answers[q][]", "2"), ("answers[q][]", ""), ("answers[q][]", "1")]
    ) == {"q": [2, 1]}


def test_an_object_is_read_with_its_unticked_boxes() -> None:
    schema = {
        "type": "object",
        "properties": {
            "sum": {"type": "number"},
            "indexed": {"type": "boolean"},
            "note": {"type": "string"},
        },
    }

    assert read((question(schema),), [("answers[q][sum]", "5"), ("answers[q][note]", " ")]) == {
        "q": {"sum": 5, "indexed": False}
    }


def test_what_was_left_empty_is_left_out() -> None:
    optional = {"type": "object", "properties": {"indexed": {"type": "boolean"}}}
    asked = (
        Question(id="a", text="A", required=False),
        Question(id="b", text="B", schema=optional, required=False),
        Question(id="c", text="C", schema={"type": "boolean"}),
    )

    assert read(asked, [("answers[a]", ""), ("reason", "x")]) == {}


def test_a_box_that_was_not_ticked_means_no() -> None:
    assert read((question({"type": "boolean"}, required=False),), []) == {"q": False}
