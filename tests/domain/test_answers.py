"""Answers against their questions' schemas."""

import time
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signoff.domain.answers import check_answers, check_questions
from signoff.domain.errors import Code, Invalid
from signoff.domain.sidecars import Question

DAY_FIRST = Question(id="day_first", text="?", schema={"type": "boolean"})
UNIT = Question(id="unit", text="?", schema={"enum": ["kg", "lb"]})
WHY = Question(id="why", text="?", required=False)
FREE = Question(id="free", text="?")

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-100, 100) | st.text(max_size=8),
    lambda each: (
        st.lists(each, max_size=3) | st.dictionaries(st.text(max_size=8), each, max_size=3)
    ),
    max_leaves=8,
)
SCHEMAS = st.dictionaries(
    st.sampled_from(
        ["type", "enum", "items", "properties", "allOf", "$ref", "$defs", "pattern", "not",
         "multipleOf", "uniqueItems", "format", "required", "$id", "minimum", "maxLength"]
    ),
    JSON,
    max_size=4,
)  # fmt: skip


def problems(questions, answers):
    with pytest.raises(Invalid) as refusal:
        check_answers(questions, answers)
    assert refusal.value.code is Code.ANSWER_INVALID
    assert refusal.value.hint
    return refusal.value.facts["problems"]


def asked(schema):
    return [Question(id="q", text="?", schema=schema)]


def test_good_answers_come_back_in_the_order_of_the_questions():
    answers = check_answers([DAY_FIRST, UNIT, WHY], {"unit": "kg", "day_first": True})

    assert list(answers.items()) == [("day_first", True), ("unit", "kg")]


def test_every_problem_is_listed_with_its_question():
    found = problems([DAY_FIRST, UNIT, FREE], {"day_first": "yes", "unit": "t", "color": 1})

    assert found == [
        {"question": "color", "message": "There is no question with this id"},
        {"question": "day_first", "message": "'yes' is not of type 'boolean'"},
        {"question": "unit", "message": "'t' is not one of ['kg', 'lb']"},
        {"question": "free", "message": "An answer is required"},
    ]


@pytest.mark.parametrize("answer", [None, "", "  \n"])
def test_an_empty_text_is_no_answer_to_a_required_question(answer):
    assert problems([FREE], {"free": answer}) == [
        {"question": "free", "message": "An answer is required"}
    ]


def test_an_optional_question_may_be_left_out_or_null():
    assert check_answers([WHY], {}) == {}
    assert check_answers([WHY], {"why": None}) == {"why": None}


def test_a_problem_inside_an_answer_says_where():
    schema = {"type": "object", "properties": {"rows": {"items": {"type": "integer"}}}}

    assert problems(asked(schema), {"q": {"rows": [1, "x"]}}) == [
        {"question": "q", "message": "'x' is not of type 'integer'", "at": "/rows/1"}
    ]


@pytest.mark.parametrize(
    ("form", "good", "bad"),
    [
        ("date", "2030-01-31", "31.01.2030"),
        ("date", "2030-01-31", "20300131"),
        ("date-time", "2030-01-31T17:00:00Z", "2030-01-31T17:00:00"),
        ("date-time", "2030-01-31T17:00:00+01:00", "tomorrow"),
        ("email", "ada@example.org", "ada at example.org"),
        ("uri", "https://example.org/a", "example.org/a"),
    ],
)
def test_the_usual_formats_are_checked(form, good, bad):
    schema = {"type": "string", "format": form}

    assert check_answers(asked(schema), {"q": good}) == {"q": good}
    assert problems(asked(schema), {"q": bad})[0]["question"] == "q"


def test_a_format_that_nobody_knows_is_not_checked():
    assert check_answers(asked({"format": "colour"}), {"q": "x"}) == {"q": "x"}


def test_references_within_the_schema_are_followed():
    schema = {
        "$defs": {"Unit": {"enum": ["kg", "lb"]}, "Row": {"$ref": "#/$defs/Unit"}},
        "type": "array",
        "items": {"$ref": "#/$defs/Row", "description": "a unit"},
    }

    assert check_answers(asked(schema), {"q": ["kg"]}) == {"q": ["kg"]}
    assert problems(asked(schema), {"q": ["t"]})[0]["at"] == "/0"


DOUBLING = {f"d{n}": {"allOf": [{"$ref": f"#/$defs/d{n + 1}"}] * 2} for n in range(30)}


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "text"},
        {"$ref": "https://example.org/schema.json"},
        {"$ref": "file:///etc/passwd"},
        {"$ref": "#"},
        {"$ref": "#/$defs/a", "$defs": {"a": {"items": {"$ref": "#/$defs/a"}}}},
        {"$ref": "#/$defs/missing"},
        {"$ref": "#/$defs/d0", "$defs": DOUBLING | {"d30": True}},
        {"$dynamicRef": "#x"},
        {"$id": "https://example.org/"},
        {"pattern": "(a+)+$"},
        {"pattern": "("},
        {"items": {"pattern": r"(\w+\s?)*x"}},
        {"patternProperties": {"^a": {}}},
        {"enum": ["x" * 20_000]},
        {"not": {"not": {"not": {"not": {"not": {"not": {"not": {"not": {"not": {"not": {
            "not": {"not": {"not": {"not": {"not": {"not": {"not": {}}}}}}}}}}}}}}}}}},
        {"multipleOf": 0},
    ],
)  # fmt: skip
def test_a_schema_that_cannot_be_used_is_flagged_and_the_question_still_asked(schema):
    [flag] = check_questions(asked(schema))

    assert flag.severity == "warning"
    assert "“q”" in flag.message
    assert check_answers(asked(schema), {"q": "anything"}) == {"q": "anything"}


def test_good_schemas_raise_no_flag():
    assert check_questions([DAY_FIRST, UNIT, WHY, FREE]) == ()
    assert check_questions(asked({"$schema": "http://json-schema.org/draft-07/schema#"})) == ()


def test_patterns_are_compared_within_bounds():
    schema = {"type": "string", "pattern": r"^[A-Z]{2}\d{4}$"}

    assert check_answers(asked(schema), {"q": "AB1234"}) == {"q": "AB1234"}
    assert "does not match" in problems(asked(schema), {"q": "ab"})[0]["message"]


def test_a_pattern_that_would_take_long_is_not_tried():
    schema = {"pattern": r"a*a*a*a*b"}

    began = time.perf_counter()
    [problem] = problems(asked(schema), {"q": "a" * 5_000})

    assert "too long" in problem["message"]
    assert time.perf_counter() - began < 1


def test_the_same_item_twice_is_found_quickly():
    schema = {"type": "array", "uniqueItems": True}

    assert check_answers(asked(schema), {"q": [{"a": 1}, {"a": 2}, 1, True]})
    assert problems(asked(schema), {"q": [{"a": 1, "b": 2}, {"b": 2, "a": 1}]})


def test_an_answer_has_its_limits():
    deep: list[Any] = []
    for _ in range(50):
        deep = [deep]

    assert "bytes" in problems([FREE], {"free": "x" * 70_000})[0]["message"]
    assert "values" in problems([FREE], {"free": [1] * 2_000})[0]["message"]
    assert "deep" in problems([FREE], {"free": deep})[0]["message"]


def test_a_division_that_cannot_be_done_is_a_problem_and_no_crash():
    found = problems(asked({"multipleOf": 0.1}), {"q": 10**400})

    assert found[0]["question"] == "q"


@given(SCHEMAS, JSON)
def test_no_schema_and_no_answer_break_the_check(schema, answer):
    check_questions(asked(schema))
    with suppress(Invalid):
        assert check_answers(asked(schema), {"q": answer}) == {"q": answer}
