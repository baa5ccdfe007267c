"""JSON files held against the schemas that a sidecar gives for them."""

import json

import pytest

from signoff.domain import fits, sidecars
from signoff.domain.errors import Code, Invalid
from signoff.domain.fits import Misfit
from signoff.domain.readings import read
from signoff.domain.sidecars import Sidecar

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
