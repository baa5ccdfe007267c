"""Bounded reading of JSON, YAML and front matter."""

import pytest

from signoff.domain.documents import (
    MAX_DEPTH,
    check_depth,
    front_matter,
    read_json,
    read_yaml,
    text_of,
)
from signoff.domain.errors import Code, Invalid


def nested(depth):
    value: object = 1
    for _ in range(depth):
        value = [value]
    return value


def test_a_byte_order_mark_is_no_text():
    assert text_of(b"\xef\xbb\xbfa") == "a"


def test_the_refusal_says_which_byte_is_no_text():
    with pytest.raises(Invalid) as refusal:
        text_of(b"ab\xff")

    assert "byte 2" in refusal.value.message


def test_the_caller_names_the_code():
    with pytest.raises(Invalid) as refusal:
        read_json("{", code=Code.POLICY_INVALID)

    assert refusal.value.code is Code.POLICY_INVALID


def test_depth_is_counted_to_the_last_level():
    check_depth(nested(MAX_DEPTH))
    with pytest.raises(Invalid):
        check_depth(nested(MAX_DEPTH + 1))


def test_yaml_is_read_as_json_would_have_it():
    assert read_yaml("a: 2030-01-31\n1: [x, 2.5, null, yes]\nd: 2030-01-31 10:00:00") == {
        "a": "2030-01-31",
        "1": ["x", 2.5, None, True],
        "d": "2030-01-31T10:00:00",
    }


def test_the_refusal_says_which_line_is_no_yaml():
    with pytest.raises(Invalid) as refusal:
        read_yaml("a: 1\nb: [")

    assert "line" in refusal.value.message


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("---\na: 1\n---\nbody\n", ("a: 1\n", "body\n")),
        ("---\r\na: 1\r\n...\r\nbody", ("a: 1\r\n", "body")),
        ("---\n---\n", ("", "")),
        ("---\na: 1", None),
        ("text\n---\na: 1\n---", None),
        ("", None),
    ],
)
def test_front_matter_stands_between_the_first_two_lines_of_dashes(text, parts):
    assert front_matter(text) == parts
