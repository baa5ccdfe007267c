"""The `If` header: read as the grammar says, and nothing guessed (RFC 4918, 10.4)."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signoff.dav.conditions import MAX_CONDITIONS, MAX_LENGTH, conditions_of
from signoff.domain.conditions import Clause, Condition, Conditions
from signoff.domain.errors import Malformed, TooLarge
from signoff.domain.ids import LockToken, Path

OWN = Path("own.txt")


def whose(text: str) -> Path | None:
    """Tell paths of the workspace from all others."""
    return Path(text.removeprefix("/dav/acme/")) if text.startswith("/dav/acme/") else None


def read(header: str) -> Conditions:
    return conditions_of(header, own=OWN, whose=whose)


def token(name: str, *, negated: bool = False) -> Condition:
    return Condition(token=LockToken(name), negated=negated)


def test_no_header_demands_nothing():
    assert read("") == Conditions()
    assert read("  ") == Conditions()


def test_a_list_without_a_resource_speaks_of_the_requests_own():
    said = read('(<urn:a> ["x-1"]) (Not <DAV:no-lock>)')

    assert said.clauses == (
        Clause(
            OWN,
            (
                (token("urn:a"), Condition(etag='"x-1"')),
                (token("DAV:no-lock", negated=True),),
            ),
        ),
    )


def test_tagged_lists_speak_of_the_resource_before_them():
    said = read('</dav/acme/a> (<urn:a>) (["x"]) <http://elsewhere.example/b> (<urn:b>)')

    assert said.clauses == (
        Clause(Path("a"), ((token("urn:a"),), (Condition(etag='"x"'),))),
        Clause(None, ((token("urn:b"),),)),
    )
    assert said.paths == ("a",)


def test_every_token_that_is_named_is_submitted():
    assert read('(<urn:a>) (Not <urn:b> ["x"])').tokens == {"urn:a", "urn:b"}


@pytest.mark.parametrize(
    "header",
    ["(<a>)", "( <a> )", "\t(<a>)", "(<a>)  ", "(\t<a>\t)"],
)
def test_space_is_allowed_wherever_it_may_be(header: str):
    assert read(header).clauses == (Clause(OWN, ((token("a"),),)),)


def test_not_is_written_in_any_case_and_needs_no_space():
    assert read('(NOT<a>) (not ["x"])').clauses[0].lists == (
        (token("a", negated=True),),
        (Condition(etag='"x"', negated=True),),
    )


def test_a_bracket_in_an_entity_tag_ends_nothing():
    assert read('(["a])(<"])').clauses[0].lists == ((Condition(etag='"a])(<"'),),)


@pytest.mark.parametrize(
    "header",
    [
        "()",
        "(",
        ")",
        "(<a>",
        "<a>",
        "<a> <b>",
        "(<a>) junk",
        "junk",
        "(a)",
        "([a])",
        '(["a)',
        '["a"]',
        "(Not)",
        "(Not Not <a>)",
        "(Not (<a>))",
        "((<a>))",
        "(<a b>)",
        "(<a>) </dav/acme/x> (<b>)",
        "</dav/acme/x> ()",
        '"a"',
        "*",
        "(<a>,<b>)",
        "(<a>),(<b>)",
    ],
)
def test_what_does_not_follow_the_grammar_is_refused(header: str):
    with pytest.raises(Malformed):
        read(header)


def test_a_header_is_neither_endless_nor_full():
    with pytest.raises(TooLarge):
        read(f"(<{'a' * MAX_LENGTH}>)")
    with pytest.raises(TooLarge):
        read(f"({'<a>' * (MAX_CONDITIONS + 1)})")


# What is generated comes back, and what is damaged is refused or read, and nothing else.

URL_CHARACTERS = st.characters(
    codec="latin-1", exclude_categories=("Cc", "Zs"), exclude_characters="<>\xad"
)
urls = st.text(URL_CHARACTERS, min_size=1, max_size=12)
paths = st.text(URL_CHARACTERS, min_size=1, max_size=12).map(lambda text: f"/dav/acme/{text}")
opaque = st.text(
    st.characters(codec="latin-1", exclude_categories=["Cc"], exclude_characters='"'),
    max_size=8,
)
etags = st.builds(lambda weak, text: f'{weak}"{text}"', st.sampled_from(["", "W/"]), opaque)
conditions = st.one_of(
    st.builds(lambda url, no: token(url, negated=no), urls, st.booleans()),
    st.builds(lambda tag, no: Condition(etag=tag, negated=no), etags, st.booleans()),
)
lists = st.lists(
    st.lists(conditions, min_size=1, max_size=3).map(tuple), min_size=1, max_size=3
).map(tuple)
said = st.one_of(
    lists.map(lambda found: ((None, found),)),
    st.lists(st.tuples(paths, lists), min_size=1, max_size=3).map(tuple),
)


def _one(condition: Condition) -> str:
    what = f"<{condition.token}>" if condition.token is not None else f"[{condition.etag}]"
    return f"Not {what}" if condition.negated else what


def written(clauses: object) -> str:
    parts = []
    for tag, found in clauses:  # type: ignore[attr-defined]
        if tag is not None:
            parts.append(f"<{tag}>")
        parts += [f"({' '.join(_one(each) for each in one)})" for one in found]
    return " ".join(parts)


@given(said)
def test_whatever_is_said_is_understood(clauses: object):
    found = read(written(clauses))

    assert found.clauses == tuple(
        Clause(OWN if tag is None else whose(tag), lists)
        for tag, lists in clauses  # type: ignore[attr-defined]
    )


@settings(max_examples=300)
@given(said, st.data())
def test_what_is_damaged_is_read_or_refused_and_never_breaks(
    clauses: object, data: st.DataObject
):
    header = written(clauses)
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(header)))
        cut = data.draw(st.integers(0, 3))
        put = data.draw(st.text(st.sampled_from('()<>[]"Not \t,/W*é'), max_size=3))
        header = header[:at] + put + header[at + cut :]

    with suppress(Malformed, TooLarge):
        assert isinstance(read(header), Conditions)
