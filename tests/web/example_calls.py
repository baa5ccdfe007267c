"""Example values of a desk on which a tool call is proposed."""

from typing import Any

import msgspec

from signoff.actions.handoff_files import DeskFile
from signoff.domain import tool_calls
from signoff.web import calls, previews
from tests.web.examples import digest, handoff

ARGUMENTS = {
    "to": "accounts@brightwater.example",
    "subject": "October statement, two corrections",
    "body": "Dear Mira,\n\nthe power VAT of INV-118 is 5%, not 20%, and INV-131 is in twice.\n"
    "The corrected statement is attached; nothing is due before the 15th.\n\nBest wishes",
    "copies": ["ada@acme.example", "ben@acme.example"],
    "amount_due": 61402.18,
    "urgent": False,
    "options": {"attach": ["statement.pdf"], "track": {"opens": False}},
}
ARGUMENTS_SCHEMA = {
    "type": "object",
    "properties": {
        "to": {"type": "string", "format": "email", "description": "Who receives it."},
        "subject": {"type": "string", "maxLength": 120},
        "body": {"type": "string"},
        "amount_due": {"type": "number", "minimum": 0},
        "urgent": {"type": "boolean", "description": "Marks it as important."},
    },
    "required": ["to", "subject", "body", "urgent"],
}


def call(*, simple: bool = True, problem: bool = False, theme: str = "auto") -> dict[str, Any]:
    """Return a desk on which a tool call is proposed."""
    arguments = {
        key: value
        for key, value in ARGUMENTS.items()
        if not simple or key in ARGUMENTS_SCHEMA["properties"]
    }
    proposal = tool_calls.proposal(
        {"tool_call": {"schema": ARGUMENTS_SCHEMA}},
        msgspec.json.encode({"name": "send_email", "arguments": arguments}),
    )
    assert proposal is not None
    assert proposal.call is not None
    proposed = calls.Proposed(
        file=DeskFile(
            path="call.json",
            name="call.json",
            version=1,
            digest=digest("call"),
            size=612,
            media_type="application/json",
        ),
        proposal=proposal,
        call=proposal.call,
    )
    text = msgspec.json.format(msgspec.json.encode(arguments), indent=2).decode()
    shown = calls.Call(
        name=proposal.call.name,
        summary="",
        rows=calls.rows(proposed),
        path="call.json",
        digest=digest("call"),
        edited=problem,
        may_edit=True,
        fields=calls.fields_of(proposed),
        given=arguments,
        text=text,
        problem="It does not fit what the tool takes. Nothing was saved." if problem else "",
        places=("to: 'Mira' is not a 'email'.",) if problem else (),
    )
    files = [
        {
            "path": name,
            "name": name,
            "icon": "text",
            "url": f"?file={name}",
            "current": name == "call.json",
            "flags": 0,
            "changed": "",
            "size": 612,
            "version": 1,
            "digest": digest(name),
            "role": "context" if name == "handoff.json" else "",
        }
        for name in ("call.json", "handoff.json")
    ]
    preview = previews.show(
        previews.Subject(
            name="call.json",
            media_type="application/json",
            size=len(tool_calls.with_arguments(proposal, arguments)),
            digest=digest("call"),
            url="?",
        ),
        tool_calls.with_arguments(proposal, arguments),
    )
    said: dict[str, Any] = {
        "title": "Send email to Brightwater",
        "round": 1,
        "checklist": [],
        "actions": [],
    }
    return handoff(theme=theme, **said, files_count=2) | {
        "call": shown,
        "files": files,
        "preview": preview,
        "flags": [],
        "since": None,
        "lock": None,
        "sources": [],
        "summary": "The supplier asked for it; INV-118 and INV-131 are wrong in theirs.",
    }
