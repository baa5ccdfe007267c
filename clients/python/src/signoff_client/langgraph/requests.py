"""What a suspended thread asks of people, and how it is put in front of them.

Our own requests are resumed with the handoff's id alone: what was decided is read from the
server by whoever goes on, so nothing that is put into a thread can stand in for a decision.
"""

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

from signoff_client import Handoff, Signoff, ToolCall, dialects
from signoff_client.calls import ALL_ANSWERS, fingerprint
from signoff_client.dialects import Action, Request
from signoff_client.errors import ChangedSince, Invalid, Stale, StillWaiting
from signoff_client.proposing import is_about_schema

CALL = "signoff.call"
HANDOFF = "signoff.handoff"

FOLDER = "threads"
"""The ordinary folder in which files are written that a thread carries along."""


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
        return PendingHandoff(handoff=_handed_over(signoff, value, key=key))
    schema = getattr(interrupt, "response_schema", None)
    request = _own(value) if type_ == CALL else dialects.read(value, schema)
    if request is None:
        return None
    calls = tuple(
        _proposed(signoff, action, key=f"{key}:{number}", thread=thread)
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


def correlation(thread: str, tool_call_id: str) -> str:
    """Return what ties a handoff to a call of a thread."""
    return f"{thread}:{tool_call_id}" if tool_call_id else thread


def _proposed(signoff: Signoff, action: Action, *, key: str, thread: str) -> ToolCall:
    """Propose a call, without its schema if the server cannot hold anything against that."""
    said: dict[str, Any] = {
        "allowed": action.allowed,
        "dedupe_key": key[-255:],
        "correlation": correlation(thread, action.tool_call_id),
    }
    if action.description:
        said["summary"] = action.description
    try:
        call = signoff.propose(action.name, action.arguments, schema=action.schema, **said)
    except Invalid as refused:
        if not is_about_schema(refused):
            raise
        call = signoff.propose(action.name, action.arguments, **said)
    asked = fingerprint(action.name, action.arguments)
    if asked != fingerprint(call.name, call.arguments):
        raise ChangedSince(
            f"“{action.name}” is asked with other arguments than in {call.handoff.id}"
        )
    return call


def _handed_over(signoff: Signoff, value: Mapping[str, Any], *, key: str) -> Handoff:
    key = key[-255:]
    for known in signoff.handoffs(dedupe_key=key):
        if known.state != "withdrawn":
            return known
    said = {**value["said"], "dedupe_key": key}
    paths: Sequence[str] = value.get("paths") or (_written(signoff, value["files"], key),)
    match value.get("kind"):
        case "escalation":
            return signoff.escalate(paths, **said)
        case "relay":
            return signoff.hand_over(paths, **said)
        case _:
            return signoff.submit(paths, **said)


def _written(signoff: Signoff, files: Mapping[str, str], key: str) -> str:
    """Write the files that a request carries along; what is there from before is the same."""
    folder = f"{FOLDER}/{hashlib.sha256(key.encode()).hexdigest()[:24]}"
    for name, text in files.items():
        with suppress(Stale):
            signoff.write(f"{folder}/{name}", text.encode(), if_none_match="*")
    return folder


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
