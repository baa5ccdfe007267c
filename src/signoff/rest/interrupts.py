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
from signoff.domain.sidecars import TOOL_CALL
from signoff.domain.tool_calls import Proposal, Ruled, Ruling
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
    proposed = await _proposed(exchange, view)
    return Interrupted(interrupt=_interrupt(view, proposed), resume=_resume(view, proposed))


async def _proposed(exchange: Exchange, view: HandoffView) -> Proposal | None:
    """Return the tool call as its bytes stand: as proposed, or as a person changed it."""
    if TOOL_CALL not in view.extra:
        return None
    file = next((each for each in view.files if each.path == tool_calls.FILE), None)
    if file is None or file.size > MAX_BYTES:
        return tool_calls.proposal(view.extra, None)
    asked = OpenFile(handoff=view.id, path=file.path, digest=file.digest)
    opened = await exchange.house.ask(handoff_files.open_, exchange.caller, asked)
    pieces = exchange.house.bytes.give_out(
        exchange.caller.workspace, opened.blob, start=0, end=opened.size
    )
    return tool_calls.proposal(view.extra, b"".join([piece async for piece in pieces]))


def _interrupt(view: HandoffView, proposed: Proposal | None) -> Interrupt:
    tool_call_id = _call_id(view, proposed)
    return Interrupt(
        id=view.id,
        reason="tool_call" if tool_call_id else _reason(view, proposed),
        message=view.needs or view.title,
        tool_call_id=tool_call_id or UNSET,
        response_schema=_approval(proposed) if _is_approval(view, proposed) else _answers(view),
        metadata={
            "governance": {"actionFingerprint": _asked_for(view, proposed)},
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


def _call_id(view: HandoffView, proposed: Proposal | None) -> str | None:
    """Return what the framework calls the call; if it was not said, what ties the handoff."""
    if proposed is None or proposed.call is None:
        return None
    return proposed.id or view.correlation


def _reason(view: HandoffView, proposed: Proposal | None) -> str:
    return "confirmation" if _is_approval(view, proposed) else "input_required"


def _is_approval(view: HandoffView, proposed: Proposal | None) -> bool:
    """Say whether a yes or no is asked; a call may ask for words instead, beside it."""
    return proposed is not None or not view.questions


def _asked_for(view: HandoffView, proposed: Proposal | None) -> str:
    """Return what the agent asked for: the call's fingerprint, or the package's digest."""
    if proposed is None:
        return view.submitted_digest
    return tool_calls.asked_for(proposed, changed=view.is_changed) or view.submitted_digest


def _answers(view: HandoffView) -> Json:
    return {
        "type": "object",
        "properties": {one.id: one.schema or {"title": one.text} for one in view.questions},
        "required": [one.id for one in view.questions if one.required],
    }


def _approval(proposed: Proposal | None) -> Json:
    properties: Json = {
        "approved": {"type": "boolean"},
        "approvedActionFingerprint": {"type": "string"},
        "reason": {"type": "string"},
        "answers": {"type": "object"},
    }
    if proposed is not None and proposed.may_be_edited:
        properties["editedArgs"] = proposed.schema or {"type": "object"}
    return {"type": "object", "properties": properties, "required": ["approved"]}


def _resume(view: HandoffView, proposed: Proposal | None) -> Resume | None:
    decision = view.decision
    if not view.is_settled():
        return None
    if decision is None or view.state == State.WITHDRAWN:
        return Resume(interrupt_id=view.id, status="cancelled")
    ruling = _ruling(decision, proposed) if proposed is not None else None
    payload = _payload(view, decision) if ruling is None else _ruled(decision, ruling)
    metadata: Json = {
        "verdict": decision.verdict,
        "reason": decision.reason,
        "digest": decision.digest,
        "round": decision.round,
        "decidedBy": decision.by.id,
        "decidedAt": decision.at,
    }
    if ruling is not None:
        metadata["ruling"] = ruling.ruled
    return Resume(
        interrupt_id=view.id,
        status="cancelled" if payload is None else "resolved",
        payload=UNSET if payload is None else payload,
        metadata={"signoff": metadata},
    )


def _ruling(decision: DecisionView, proposed: Proposal) -> Ruling:
    """Return what was ruled on a call; that another tool is to be called cannot be said."""
    ruling = tool_calls.ruling(
        proposed,
        Verdict(decision.verdict),
        changed=decision.changed,
        reason=decision.reason,
    )
    if ruling.call is not None and proposed.is_renamed:
        return Ruling(ruled=Ruled.REJECT, reason="It was edited to call another tool")
    return ruling


def _ruled(decision: DecisionView, ruling: Ruling) -> Json:
    if ruling.call is None:
        return _no(decision, ruling.reason)
    print_ = tool_calls.fingerprint(ruling.call)
    approved: Json = {"approved": True, "approvedActionFingerprint": print_}
    if ruling.ruled is Ruled.EDIT:
        approved["editedArgs"] = ruling.call.arguments
    return approved


def _payload(view: HandoffView, decision: DecisionView) -> Json | None:
    """Return what resumes a run that waits for anything but a call."""
    if not _is_approval(view, None):
        return decision.answers
    if decision.verdict == Verdict.APPROVE:
        return {"approved": True, "approvedActionFingerprint": decision.digest}
    return _no(decision, decision.reason)


def _no(decision: DecisionView, reason: str) -> Json:
    refused: Json = {"approved": False, "reason": reason}
    if decision.verdict == Verdict.ANSWER:
        refused["answers"] = decision.answers or {}
    return refused
