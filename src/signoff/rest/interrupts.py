"""A handoff as an interrupt of AG-UI, and the decision as the item that resumes the run.

The shapes are those of AG-UI's `Interrupt` and of `RunAgentInput.resume`
(docs.ag-ui.com/concepts/interrupts), with approvals bound to what is done: an agent that
speaks AG-UI passes both on as they are.
"""

from typing import Any

from msgspec import UNSET, Struct, UnsetType

from signoff.actions import handoff_files
from signoff.actions.handoff_files import OpenFile
from signoff.actions.handoff_views import DecisionView, HandoffView
from signoff.domain import tool_calls
from signoff.domain.documents import MAX_BYTES
from signoff.domain.handoffs import State, Verdict
from signoff.domain.tool_calls import CALL, ToolCall
from signoff.rest.exchange import Exchange

MEDIA_TYPE = "application/vnd.ag-ui.interrupt+json"

Json = dict[str, Any]


class Interrupt(Struct, frozen=True, kw_only=True, rename="camel"):
    """What a run waits for."""

    id: str
    reason: str
    message: str
    response_schema: Json
    metadata: Json
    tool_call_id: str | UnsetType = UNSET


class Resume(Struct, frozen=True, kw_only=True, rename="camel"):
    """What the next run goes on with; `cancelled` when what was asked was not answered."""

    interrupt_id: str
    status: str
    payload: Json | UnsetType = UNSET
    metadata: Json | UnsetType = UNSET


class Interrupted(Struct, frozen=True, kw_only=True):
    """An interrupt, and what resumes it once it is decided."""

    interrupt: Interrupt
    resume: Resume | None


async def of(exchange: Exchange, view: HandoffView) -> Interrupted:
    """Return a handoff as an interrupt, with the tool call that it proposes, if any."""
    call = await _call(exchange, view)
    return Interrupted(interrupt=_interrupt(view, call), resume=_resume(view, call))


async def _call(exchange: Exchange, view: HandoffView) -> ToolCall | None:
    """Return the tool call as its bytes stand: as proposed, or as a person changed it."""
    file = next((each for each in view.files if each.path == CALL), None)
    if file is None or file.size > MAX_BYTES or not isinstance(_said(view), dict):
        return None
    asked = OpenFile(handoff=view.id, path=CALL, digest=file.digest)
    opened = await exchange.house.ask(handoff_files.open_, exchange.caller, asked)
    pieces = exchange.house.bytes.give_out(
        exchange.caller.workspace, opened.blob, start=0, end=opened.size
    )
    return tool_calls.read(b"".join([piece async for piece in pieces]))


def _said(view: HandoffView) -> Any:
    return view.extra.get(tool_calls.SAID)


def _interrupt(view: HandoffView, call: ToolCall | None) -> Interrupt:
    tool_call_id = view.correlation if call is not None else None
    return Interrupt(
        id=view.id,
        reason="tool_call" if tool_call_id else _reason(view),
        message=view.needs or view.title,
        tool_call_id=tool_call_id or UNSET,
        response_schema=_approval(view, call) if _is_approval(view, call) else _answers(view),
        metadata={
            "governance": {"actionFingerprint": _proposed(view, call)},
            "signoff": {
                "kind": view.kind,
                "state": view.state,
                "round": view.round,
                "digest": view.digest,
                "url": view.url,
                "dueAt": view.due_at,
            },
        },
    )


def _reason(view: HandoffView) -> str:
    return "input_required" if view.questions else "confirmation"


def _is_approval(view: HandoffView, call: ToolCall | None) -> bool:
    """Say whether a yes or no is asked; a call may ask for words instead, beside it."""
    return call is not None or not view.questions


def _proposed(view: HandoffView, call: ToolCall | None) -> str:
    """Return what the agent asked for: the call's fingerprint, or the package's digest."""
    if call is None:
        return view.submitted_digest
    said = _said(view).get("fingerprint")
    edited = view.digest != view.submitted_digest
    return said if edited and isinstance(said, str) else tool_calls.fingerprint(call)


def _answers(view: HandoffView) -> Json:
    return {
        "type": "object",
        "properties": {one.id: one.schema or {"title": one.text} for one in view.questions},
        "required": [one.id for one in view.questions if one.required],
    }


def _approval(view: HandoffView, call: ToolCall | None) -> Json:
    properties: Json = {
        "approved": {"type": "boolean"},
        "approvedActionFingerprint": {"type": "string"},
        "reason": {"type": "string"},
        "answers": {"type": "object"},
    }
    said = _said(view) if call is not None else {}
    if call is not None and "edit" in (said.get("allowed") or ("edit",)):
        properties["editedArgs"] = said.get("schema") or {"type": "object"}
    return {"type": "object", "properties": properties, "required": ["approved"]}


def _resume(view: HandoffView, call: ToolCall | None) -> Resume | None:
    decision = view.decision
    if view.state == State.WITHDRAWN:
        return Resume(interrupt_id=view.id, status="cancelled")
    if decision is None or view.state == State.IN_REVIEW or view.reason_due_at is not UNSET:
        return None
    payload = _payload(view, decision, call)
    return Resume(
        interrupt_id=view.id,
        status="cancelled" if payload is None else "resolved",
        payload=UNSET if payload is None else payload,
        metadata={
            "signoff": {
                "verdict": decision.verdict,
                "reason": decision.reason,
                "digest": decision.digest,
                "round": decision.round,
                "decidedBy": decision.by.id,
                "decidedAt": decision.at,
            }
        },
    )


def _payload(view: HandoffView, decision: DecisionView, call: ToolCall | None) -> Json | None:
    refused = tool_calls.refused(_said(view), call, changed=decision.changed)
    if refused and decision.verdict == Verdict.APPROVE:
        return {"approved": False, "reason": refused}
    if not _is_approval(view, call):
        return decision.answers
    if decision.verdict == Verdict.ANSWER:
        return {"approved": False, "reason": decision.reason, "answers": decision.answers or {}}
    if decision.verdict != Verdict.APPROVE:
        return {"approved": False, "reason": decision.reason}
    if call is None:
        return {"approved": True, "approvedActionFingerprint": decision.digest}
    approved: Json = {
        "approved": True,
        "approvedActionFingerprint": tool_calls.fingerprint(call),
    }
    if decision.changed:
        approved["editedArgs"] = call.arguments
    return approved
