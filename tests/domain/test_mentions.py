"""Whom a comment speaks to."""

import pytest

from signoff.domain.mentions import Known, mentioned
from tests.domain.people import person

PEOPLE = [
    Known(caller=person("ada"), email="ada.lovelace@acme.example"),
    Known(caller=person("bob", groups=("legal",)), email="bob@acme.example"),
    Known(caller=person("lena", groups=("legal", "it")), email="lena@acme.example"),
]


@pytest.mark.parametrize(
    ("text", "whom"),
    [
        ("Is this right, @ada?", {"ada"}),
        ("@ADA and @Bob.", {"ada", "bob"}),
        ("@ada.lovelace look", {"ada"}),
        ("@ada.lovelace@acme.example look", {"ada"}),
        ("@legal please", {"bob", "lena"}),
        ("write to bob@acme.example", set()),
        ("nobody@legal", set()),
        ("@nobody", set()),
        ("(@bob)", {"bob"}),
        ("no sign at all", set()),
        ("@", set()),
    ],
)
def test_a_name_after_the_sign_speaks_to_somebody(text: str, whom: set[str]) -> None:
    assert mentioned(text, PEOPLE) == whom


def test_a_first_name_that_two_have_speaks_to_neither() -> None:
    twins = [
        Known(caller=person("ada"), email="a.one@acme.example"),
        Known(caller=person("ada"), email="a.two@acme.example"),
    ]

    assert mentioned("@ada", twins) == frozenset()
