"""The dialects in which LangChain and its relatives ask, and are answered."""

from typing import Any

import pytest

from signoff_client import Decision, dialects
from signoff_client.calls import Answer, Ruled
from signoff_client.dialects import NotAllowed

ARGS = {"query": "DROP TABLE x"}


def ruled(kind: Answer, message: str = "", **arguments: Any) -> Ruled:
    decision = Decision(
        handoff="ho_1", verdict="approve", state="approved", round=1, path=None, digest="d"
    )
    return Ruled(
        decision=decision,
        kind=kind,
        name="sql",
        arguments=arguments or ARGS,
        message=message,
    )


ALL = [
    ruled("approve"),
    ruled("edit", query="SELECT 1"),
    ruled("reject", "No."),
    ruled("respond", "Ask Ada."),
]


def read(value: Any, schema: Any = None) -> dialects.Request:
    found = dialects.read(value, schema)
    assert found is not None
    return found


def test_a_batch_is_answered_in_its_order():
    value = {
        "action_requests": [{"name": "sql", "args": ARGS, "description": "Run it?"}] * 4,
        "review_configs": [
            {
                "action_name": "sql",
                "allowed_decisions": ["approve", "edit", "reject", "respond"],
            }
        ],
    }

    request = read(value)

    assert [(a.name, a.arguments, a.description) for a in request.actions] == [
        ("sql", ARGS, "Run it?")
    ] * 4
    assert request.answer(ALL) == {
        "decisions": [
            {"type": "approve"},
            {"type": "edit", "edited_action": {"name": "sql", "args": {"query": "SELECT 1"}}},
            {"type": "reject", "message": "No."},
            {"type": "respond", "message": "Ask Ada."},
        ]
    }


def test_javascript_spells_it_its_own_way():
    value = {
        "actionRequests": [{"name": "sql", "arguments": ARGS}],
        "reviewConfigs": [{"actionName": "sql", "allowedDecisions": ["approve", "edit"]}],
    }

    request = read(value)

    assert request.actions[0].allowed == ("approve", "edit")
    assert request.answer([ALL[1]]) == {
        "decisions": [
            {
                "type": "edit",
                "editedAction": {"name": "sql", "arguments": {"query": "SELECT 1"}},
            }
        ]
    }


def test_an_earlier_revision_has_its_schema_and_words_in_the_configuration():
    value = {
        "action_requests": [{"name": "sql", "arguments": ARGS}],
        "review_configs": [
            {
                "allowed_decisions": ["approve", "reject"],
                "description": "Look twice.",
                "arguments_schema": {"type": "object"},
            }
        ],
    }

    action = read(value).actions[0]

    assert (action.allowed, action.description, action.schema) == (
        ("approve", "reject"),
        "Look twice.",
        {"type": "object"},
    )


def test_a_single_call_is_read_by_its_schema_and_answered_by_one_decision():
    edited = {
        "type": "object",
        "properties": {"name": {"const": "sql"}, "args": {"$ref": "#/$defs/Sql"}},
    }
    schema = {
        "$defs": {
            "Approve": {"properties": {"type": {"const": "approve"}}},
            "Edit": {
                "properties": {
                    "type": {"const": "edit"},
                    "edited_action": {"$ref": "#/$defs/Action"},
                }
            },
            "Action": edited,
            "Sql": {"type": "object", "properties": {"query": {"type": "string"}}},
        },
        "oneOf": [{"$ref": "#/$defs/Approve"}, {"$ref": "#/$defs/Edit"}],
        "discriminator": {"propertyName": "type"},
    }
    value = {"type": "tool_approval", "tool_call_id": "c1", "name": "sql", "args": ARGS}

    request = read(value, schema)

    action = request.actions[0]
    assert (action.tool_call_id, action.allowed) == ("c1", ("approve", "edit"))
    assert action.schema == {"type": "object", "properties": {"query": {"type": "string"}}}
    assert request.answer([ALL[1]]) == {
        "type": "edit",
        "edited_action": {"name": "sql", "args": {"query": "SELECT 1"}},
    }
    with pytest.raises(NotAllowed, match="takes approve, edit"):
        request.answer([ALL[2]])


INBOX = {
    "action_request": {"action": "sql", "args": ARGS},
    "config": {
        "allow_accept": True,
        "allow_edit": True,
        "allow_respond": True,
        "allow_ignore": True,
    },
    "description": "Run it?",
}


def test_the_agent_inbox_is_always_answered_by_a_list():
    request = read(INBOX)

    answers = [request.answer([one]) for one in ALL]

    assert answers == [
        [{"type": "accept", "args": {"action": "sql", "args": ARGS}}],
        [{"type": "edit", "args": {"action": "sql", "args": {"query": "SELECT 1"}}}],
        [{"type": "ignore", "args": None}],
        [{"type": "response", "args": "Ask Ada."}],
    ]


def test_a_refusal_that_cannot_be_ignored_is_said():
    config = {**INBOX["config"], "allow_ignore": False}  # type: ignore[dict-item]

    request = read({**INBOX, "config": config})

    assert request.answer([ALL[2]]) == [{"type": "response", "args": "No."}]


def test_a_list_of_them_is_answered_by_as_many():
    request = read([INBOX, INBOX])

    assert [one["type"] for one in request.answer([ALL[0], ALL[2]])] == ["accept", "ignore"]
    with pytest.raises(ValueError, match="2 rulings are needed"):
        request.answer([ALL[0]])


@pytest.mark.parametrize(
    "value", ["What is your name?", {"question": "?"}, [], [1], {"action_requests": [{}]}, None]
)
def test_what_asks_about_no_call_is_not_guessed_at(value: Any):
    assert dialects.read(value) is None
