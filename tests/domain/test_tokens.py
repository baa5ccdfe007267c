"""Lock tokens as they are said at the doors."""

import pytest

from signoff.domain.tokens import token_of, tokens_of


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("", set()),
        (" , ", set()),
        ("urn:uuid:1", {"urn:uuid:1"}),
        ("<urn:uuid:1>, urn:uuid:2 ", {"urn:uuid:1", "urn:uuid:2"}),
    ],
)
def test_tokens_are_separated_by_commas_and_may_stand_in_brackets(said, meant):
    assert tokens_of(said) == meant


def test_one_token_is_what_was_given_out():
    assert token_of(" <urn:uuid:1> ") == "urn:uuid:1"
