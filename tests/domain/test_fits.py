"""JSON files held against the schemas that a sidecar gives for them."""

import json
import time

import pytest

from signoff.domain import fits, sidecars
from signoff.domain.errors import Code, Invalid
from signoff.domain.fits import Misfit
from signoff.domain.readings import read
from signoff.domain.sidecars import Sidecar
from signoff.domain.validators import Effort

MAIL = {
    "type": "object",
    "properties": {"to": {"type": "string", "format": "email"}, "a/b": {"type": "integer"}},
    "required": ["to"],
}


def misfits(value, schema=MAIL):
    return fits.misfits("call.json", schema, json.dumps(value).encode())


def test_a_file_that_fits_has_no_misfit():
    assert misfits({"to": "ada@example.com"}) == ()


def test_each_place_that_does_not_fit_is_told_with_its_pointer():
    assert misfits({"to": "nobody", "a/b": "x"}) == (
        Misfit(file="call.json", at="/a~1b", message="'x' is not of type 'integer'"),
        Misfit(file="call.json", at="/to", message="'nobody' is not a 'email'"),
    )


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"{", "It is not JSON"),
        (b"\xff\xfe", "It is not UTF-8"),
        (b"[" * 40 + b"]" * 40, "nested more than 32 deep"),
        (json.dumps([1] * 1001).encode(), "more than 1,000 values"),
        (b'"' + b"a" * 300_000 + b'"', "262,144 is the most"),
    ],
)
def test_what_cannot_be_checked_does_not_fit(raw, words):
    found = fits.misfits("call.json", {}, raw)

    assert len(found) == 1
    assert words in found[0].message


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        pytest.param(
            {"propertyNames": {"allOf": [{"pattern": f"a*c{n}"} for n in range(300)]}},
            {"a" * 200 + str(n): 1 for n in range(300)},
            id="many patterns for many names",
        ),
        pytest.param(
            {"items": {"oneOf": [{"properties": {"a": {"const": n}}} for n in range(180)]}},
            [{"a": n} for n in range(450)],
            id="many choices for many values",
        ),
    ],
)
def test_what_would_take_many_seconds_is_given_up(schema, value):
    began = time.process_time()

    found = misfits(value, schema)

    assert [each.message for each in found] == [
        "It takes too long to be held against its schema"
    ]
    assert time.process_time() - began < 2


def test_a_large_table_is_held_against_its_schema():
    row = {"name": {"enum": [f"n{n}" for n in range(200)]}, "sum": {"type": "number"}}
    schema = {"items": {"type": "object", "properties": row, "required": [*row]}}

    assert misfits([{"name": f"n{n % 200}", "sum": n} for n in range(330)], schema) == ()


def test_the_files_of_an_act_share_what_it_may_spend():
    effort, raw = Effort(30), b'{"to": "a@b"}'

    found = [fits.misfits("x", MAIL, raw, effort=effort) for _ in range(9)]

    assert found[0] == ()
    assert "takes too long" in found[-1][0].message


def test_a_number_that_no_machine_divides_is_a_misfit_and_no_fault():
    found = fits.misfits("call.json", {"multipleOf": 0.1}, b"1e308")

    assert [each.at for each in found] == [""]


def test_many_commas_in_a_text_are_one_value():
    assert misfits({"to": "a@b", "text": "," * 5000}) == ()


def test_a_schema_that_cannot_be_used_is_flagged_and_holds_nothing():
    bad = {"call.json": {"$ref": "https://example.com/schema"}}

    flags = fits.unusable(bad)

    assert [(flag.severity, flag.file) for flag in flags] == [("warning", "call.json")]
    assert "is not used" in flags[0].message
    assert misfits({}, bad["call.json"]) == ()


def test_a_call_is_told_at_once_where_its_schema_makes_no_sense():
    with pytest.raises(Invalid) as refusal:
        fits.check_schemas({"a/call.json": {"type": "colour"}})

    assert refusal.value.facts["at"] == "/schemas/a~1call.json"
    assert refusal.value.hint


def test_the_refusal_says_every_place_and_what_to_do():
    refusal = fits.mismatch(misfits({"a/b": "x"}), hint="Mend it.")

    assert refusal.code is Code.SCHEMA_MISMATCH
    assert refusal.message.endswith("(and 1 more)")
    assert refusal.hint == "Mend it."
    assert [each["at"] for each in refusal.facts["problems"]] == ["", "/a~1b"]


def test_a_sidecar_keeps_its_schemas_and_a_call_adds_to_them():
    said = read({"schemas": {"a.json": {"type": "object"}}})

    both = sidecars.merge(said, Sidecar(schemas={"b.json": {"type": "array"}}))

    assert both.schemas == {"a.json": {"type": "object"}, "b.json": {"type": "array"}}
    assert read(json.loads(sidecars.render(both))) == both


@pytest.mark.parametrize(
    "said", [["call.json"], {"call.json": True}, {key: {} for key in "abcdefghijklmnopqrstu"}]
)
def test_schemas_that_are_none_are_refused_with_their_place(said):
    with pytest.raises(Invalid) as refusal:
        read({"schemas": said})

    assert refusal.value.facts["at"].startswith("/schemas")
