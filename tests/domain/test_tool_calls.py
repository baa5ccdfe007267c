"""What people may do with a proposed call, and what their verdict lets run."""

import json
from typing import Any

import pytest

from signoff.domain.handoffs import Verdict
from signoff.domain.tool_calls import (
    Proposal,
    Ruled,
    ToolCall,
    asked_for,
    fingerprint,
    is_edited,
    proposal,
    ruling,
    with_arguments,
)

CALL = ToolCall(name="send", arguments={"to": "mira"})
OTHER = ToolCall(name="send", arguments={"to": "bo"})
PRINT = {"fingerprint": fingerprint(CALL)}
STRICT = {"allowed": ["approve", "reject"]}


def proposed(said: Any, document: Any) -> Proposal:
    raw = document if isinstance(document, bytes) else json.dumps(document).encode()
    found = proposal({"tool_call": said}, raw)
    assert found is not None
    return found


def of(call: ToolCall, **more: Any) -> dict[str, Any]:
    return {"name": call.name, "arguments": call.arguments, **more}


@pytest.mark.parametrize(
    ("said", "document", "changed", "ruled", "runs"),
    [
        (PRINT, of(CALL), False, Ruled.APPROVE, CALL),
        (PRINT, of(OTHER), True, Ruled.EDIT, OTHER),
        (PRINT | STRICT, of(CALL), True, Ruled.APPROVE, CALL),
        (PRINT | STRICT, of(OTHER), True, Ruled.REJECT, None),
        (STRICT, of(CALL), False, Ruled.APPROVE, CALL),
        (STRICT, of(OTHER), True, Ruled.REJECT, None),
        ({"allowed": []}, of(OTHER), True, Ruled.REJECT, None),
        ({}, of(OTHER), True, Ruled.EDIT, OTHER),
        ({}, b"{", True, Ruled.REJECT, None),
        ({}, {"name": "send"}, False, Ruled.REJECT, None),
        ({}, {"name": 1, "arguments": {}}, False, Ruled.REJECT, None),
    ],
)
def test_an_approval_runs_what_was_approved_and_an_edit_only_where_it_may(
    said, document, changed, ruled, runs
):
    found = ruling(proposed(said, document), Verdict.APPROVE, changed=changed)

    assert (found.ruled, found.call) == (ruled, runs)
    assert (found.call is None) is bool(found.reason)


@pytest.mark.parametrize(
    ("said", "verdict", "ruled"),
    [
        ({}, Verdict.REJECT, Ruled.REJECT),
        ({}, Verdict.REQUEST_CHANGES, Ruled.RESPOND),
        ({}, Verdict.ANSWER, Ruled.RESPOND),
        (STRICT, Verdict.REQUEST_CHANGES, Ruled.REJECT),
        (STRICT, Verdict.ANSWER, Ruled.REJECT),
    ],
)
def test_any_other_verdict_runs_nothing_and_gives_its_reason(said, verdict, ruled):
    found = ruling(proposed(said, of(CALL)), verdict, changed=False, reason="Not to Mira.")

    assert (found.ruled, found.call, found.reason) == (ruled, None, "Not to Mira.")


def test_other_keys_are_kept_and_change_nothing_of_what_runs():
    more = of(CALL, priority="high", timeout=3)

    found = proposed(PRINT | STRICT, more)

    assert ruling(found, Verdict.APPROVE, changed=True).call == CALL
    assert not is_edited(found, changed=True)
    assert json.loads(with_arguments(found, {"to": "bo"})) == more | {"arguments": {"to": "bo"}}


def test_what_was_asked_for_is_not_what_people_made_of_it():
    assert asked_for(proposed({}, of(CALL)), changed=False) == fingerprint(CALL)
    assert asked_for(proposed(PRINT, of(OTHER)), changed=True) == fingerprint(CALL)
    assert asked_for(proposed({}, of(OTHER)), changed=True) == ""


def test_another_tool_than_was_proposed_is_known_as_such():
    assert proposed({"name": "send"}, of(ToolCall(name="pay", arguments={}))).is_renamed
    assert not proposed({"name": "send"}, of(OTHER)).is_renamed
    assert not proposed({}, of(OTHER)).is_renamed


@pytest.mark.parametrize("extra", [{}, {"tool_call": None}, {"tool_call": "send"}])
def test_a_package_is_a_call_only_where_its_agent_says_so(extra):
    assert proposal(extra, json.dumps(of(CALL)).encode()) is None


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b'{"name": "send", "arguments": {"to": "\xff"}}', id="not UTF-8"),
        pytest.param(
            b'{"name": "send", "arguments": {"to": ' + b"[" * 3000 + b"]" * 3000 + b"}}",
            id="endlessly deep",
        ),
        pytest.param(
            b'{"name": "send", "arguments": {"to": "\\ud800 mira"}}', id="half a sign"
        ),
        pytest.param(b'{"name": "send", "arguments": []}', id="no arguments"),
        pytest.param(b'["send"]', id="no object"),
    ],
)
def test_a_file_that_cannot_be_read_is_no_call(raw):
    assert proposed({}, raw).call is None


@pytest.mark.parametrize("allowed", [5, {}, "approve", None, ["edit"], ["edit", {}]])
def test_what_an_agent_says_of_edits_may_be_anything(allowed):
    assert proposed({"allowed": allowed}, of(CALL)).may_be_edited
