"""What an approved package lets run."""

import pytest

from signoff.domain.tool_calls import ToolCall, fingerprint, refused

CALL = ToolCall(name="send", arguments={"to": "mira"})
OTHER = ToolCall(name="send", arguments={"to": "bo"})
STRICT = {"allowed": ["approve", "reject"]}


@pytest.mark.parametrize(
    ("said", "call", "changed", "runs"),
    [
        ({"fingerprint": fingerprint(CALL)}, CALL, False, True),
        ({"fingerprint": fingerprint(CALL)}, OTHER, True, True),
        ({"fingerprint": fingerprint(CALL), **STRICT}, CALL, True, True),
        ({"fingerprint": fingerprint(CALL), **STRICT}, OTHER, True, False),
        (STRICT, CALL, False, True),
        (STRICT, OTHER, True, False),
        ({}, None, True, False),
        (None, None, True, True),
    ],
)
def test_an_edit_runs_where_the_agent_said_so_and_what_cannot_be_read_never(
    said, call, changed, runs
):
    assert (refused(said, call, changed=changed) == "") is runs
