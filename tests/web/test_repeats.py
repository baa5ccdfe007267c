"""A summary that repeats a call's arguments beside them says the rest alone."""

from typing import Any

import pytest

from signoff.web.repeats import MOST, left_out
from signoff_client.calls import ALL_ANSWERS
from signoff_client.rendering import rendered

ARGUMENTS: dict[str, Any] = {
    "to": "mira@example.com",
    "body": "Dear Mira,\n\nsee **this**:\n```\ncode\n```\nBest",
    "odd_*name*": {"a": [1, 2]},
    "empty": "",
    "long": "x" * 5_000,
    "many": {"rows": ["y" * 90] * 100},
    "urgent": False,
}


def test_what_our_client_renders_is_said_once():
    summary = rendered("send_email", ARGUMENTS, ALL_ANSWERS)

    left = left_out(summary, ARGUMENTS)

    assert left.startswith("The agent wants to call **send\\_email**.\n\nAnswers: *approve*")
    assert "\n\n\n" not in left
    assert "```" not in left


def test_an_argument_that_is_another_now_is_shown_as_it_was():
    summary = rendered("send_email", ARGUMENTS, ALL_ANSWERS)

    left = left_out(summary, ARGUMENTS | {"to": "bo@example.com"})

    assert "**to**\n\n```\nmira@example.com\n```" in left
    assert "Dear Mira" not in left


@pytest.mark.parametrize(
    "summary",
    [
        "Please send this to mira@example.com.",
        "**to**\n\nmira@example.com",
        "**to**\n\n```\nmira@example.com",
        "**to**\n\n```\nmira@example.com and eve@example.com\n```",
        "**to**\n\n```\nmira@example.com\n… and eve@example.com\n```",
        "**cc**\n\n```\nmira@example.com\n```",
        "**to**",
        "",
        "**to**\n\n```\nmira@example.com\n```\n" + "a" * MOST,
    ],
)
def test_what_repeats_nothing_is_left_as_it_is(summary: str):
    assert left_out(summary, ARGUMENTS) == summary
