"""What a suspended thread asks of people, and how it is put in front of them.

Our own requests are resumed with the handoff's id alone: what was decided is read from the
server by whoever goes on, so nothing that is put into a thread can stand in for a decision.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from signoff_client import Handoff, Signoff, ToolCall, dialects
from signoff_client.calls import ALL_ANSWERS
from signoff_client.dialects import Action, Request
from signoff_client.errors import StillWaiting
from signoff_client.plans.stops import HeldCall, HeldWork
from signoff_client.sync import stops

CALL = "signoff.call"
HANDOFF = "signoff.handoff"

THREAD = "thread_id"
"""The key of a handoff's `extra` that says which thread it belongs to."""


class Pending(Protocol):
    """A request in front of people."""

    def answer(self, timeout: float) -> Any:
        """Return what resumes the thread; raise StillWaiting after some seconds."""


@dataclass(frozen=True, kw_only=True)
class PendingCalls:
    """Calls in front of people, each by itself, and the request that they belong to."""

    request: Request
    calls: tuple[ToolCall, ...]
    by_id: bool

    def answer(self, timeout: float) -> Any:
        """Return the answer in the request's dialect, once all are decided."""
        rulings = [call.wait(timeout) for call in self.calls]
        if self.by_id:
            return {"handoff": self.calls[0].handoff.id}
        return self.request.answer([ruling.ruled for ruling in rulings])


@dataclass(frozen=True, kw_only=True)
class PendingHandoff:
    """A package in front of people."""

    handoff: Handoff

    def answer(self, timeout: float) -> Any:
        """Return the handoff's id, once it is decided."""
        self.handoff.wait(timeout)
        return {"handoff": self.handoff.id}


def ask(signoff: Signoff, interrupt: Any, *, thread: str) -> Pending | None:
    """Put what an interrupt asks in front of people; the same again is the same handoff.

    None for an interrupt that asks about nothing that is known here.
    """
    value, key = interrupt.value, f"{thread}:{interrupt.id}"
    type_ = value.get("type") if isinstance(value, Mapping) else None
    if type_ == HANDOFF:
        return PendingHandoff(handoff=stops.submit(signoff, _work(value, key, thread)))
    schema = getattr(interrupt, "response_schema", None)
    request = _own(value) if type_ == CALL else dialects.read(value, schema)
    if request is None:
        return None
    calls = tuple(
        stops.propose(signoff, _call(action, f"{key}:{number}", thread))
        for number, action in enumerate(request.actions)
    )
    return PendingCalls(request=request, calls=calls, by_id=type_ == CALL)


def _own(value: Mapping[str, Any]) -> Request:
    action = Action(
        name=value["name"],
        arguments=value["args"],
        description=value.get("description") or "",
        allowed=tuple(value.get("allowed") or ALL_ANSWERS),
        schema=value.get("schema"),
        tool_call_id=value.get("tool_call_id") or "",
    )
    return Request(actions=(action,), _answered=lambda _: None)


def _call(action: Action, key: str, thread: str) -> HeldCall:
    told = {"summary": action.description} if action.description else {}
    return HeldCall(
        key=key,
        call_id=action.tool_call_id,
        name=action.name,
        arguments=action.arguments,
        allowed=action.allowed,
        schema=action.schema,
        said={**told, "extra": {THREAD: thread}},
    )


def _work(value: Mapping[str, Any], key: str, thread: str) -> HeldWork:
    said = value["said"]
    return HeldWork(
        key=key,
        kind=value["kind"],
        paths=value.get("paths") or (),
        files=value.get("files") or {},
        said={**said, "extra": {**(said.get("extra") or {}), THREAD: thread}},
    )


def wait_for_any(pending: Mapping[str, Pending], seconds: float) -> tuple[str, Any]:
    """Return the first request that is decided, with its answer; else StillWaiting."""
    last: StillWaiting | None = None
    for name, each in pending.items():
        try:
            return name, each.answer(seconds if len(pending) == 1 else 0)
        except StillWaiting as waiting:
            last = waiting
    assert last is not None
    raise last
