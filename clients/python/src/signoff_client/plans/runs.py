"""A ruled call is run once: the server lets one process begin, and keeps what it left."""

from dataclasses import dataclass
from typing import Any

import msgspec

from signoff_client.asking import Patience, ask, tell
from signoff_client.calls import Ruled, fingerprint
from signoff_client.errors import AlreadyRun, Conflict, Invalid
from signoff_client.place import quoted
from signoff_client.steps import Plan

MAX_RESULT = 64 * 1024
"""Bytes of JSON that the server keeps of a run."""


class Begun(msgspec.Struct, frozen=True, kw_only=True):
    """A run that is this process's to do."""

    id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Turn:
    """It is ours to run, as `run`; or it ran, and `result` is what came of it."""

    ours: bool
    run: str = ""
    result: Any = None


def begin(ruled: Ruled, *, patience: Patience) -> Plan[Turn]:
    """Take the turn to run a call, or return what came of it; raise AlreadyRun if neither."""
    ruled.check(ruled.name, ruled.arguments)
    said = {
        "round": ruled.decision.round,
        "digest": ruled.decision.digest,
        "fingerprint": fingerprint(ruled.name, ruled.arguments),
    }
    try:
        begun = yield from ask("POST", _runs(ruled), Begun, patience=patience, json=said)
    except Conflict as refused:
        if refused.code != "already_run":
            raise
        return _left(ruled, refused)
    return Turn(ours=True, run=begun.id)


def _left(ruled: Ruled, refused: Conflict) -> Turn:
    """Return what the first left, if it came to its end and left something."""
    known = refused.facts
    if known.get("outcome") == "done" and "result" in known:
        return Turn(ours=False, result=known["result"])
    state = known.get("outcome", "running")
    raise AlreadyRun(
        f"{ruled.decision.handoff} is not run again: begun at {known.get('begun_at')},"
        f" it is {state}"
    ) from refused


def finish(
    ruled: Ruled, turn: Turn, *, state: str, result: Any, patience: Patience
) -> Plan[None]:
    """Say what came of a run; a result that is no JSON, or too much of it, is not kept."""
    path = f"{_runs(ruled)}/{quoted(turn.run)}"
    said: dict[str, Any] = {"outcome": state}
    kept = _kept(result) if state == "done" else None
    if kept is not None:
        try:
            yield from tell("PUT", path, patience=patience, json={**said, "result": kept})
        except Invalid:  # JSON, and yet none that the server reads: an endless number
            kept = None
    if kept is None:
        yield from tell("PUT", path, patience=patience, json=said)


def _kept(result: Any) -> msgspec.Raw | None:
    """Return a result as the JSON that is kept of it, if it is some and not too much."""
    try:
        raw = msgspec.json.encode(result)
    except (TypeError, ValueError, RecursionError):
        return None
    return msgspec.Raw(raw) if len(raw) <= MAX_RESULT else None


def _runs(ruled: Ruled) -> str:
    return f"handoffs/{quoted(ruled.decision.handoff)}/runs"
