"""What an agent does with an approval: it runs what was approved, once for each decision.

The first to begin is the one; whoever comes after it is told what came of that. Nobody ends a
run but who submitted the handoff, so a process that dies in the middle leaves it begun: only
what was run can know how far it came, and a person looks.
"""

from enum import StrEnum
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from signoff.domain.actors import Caller
from signoff.domain.errors import Code, Conflict, Forbidden, Invalid
from signoff.domain.events import Event, Type
from signoff.domain.handoffs import Decision, Handoff, State, spoken
from signoff.domain.ids import ActorId, CredentialId, Digest, HandoffId, Instant, RunId

MAX_RESULT = 64 * 1024
"""Bytes of JSON that are kept of what a run left."""


class Outcome(StrEnum):
    """How a run ended."""

    DONE = "done"
    FAILED = "failed"


class Run(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was begun with an approval, and what came of it.

    `round` is the decision's, `digest` that of the package it approved. `fingerprint` is of
    what is run, as the agent says it; empty where it said none. `result` is JSON of the
    agent's, and there if it `left` one.
    """

    id: RunId
    handoff: HandoffId
    round: int
    by: ActorId
    credential: CredentialId
    digest: Digest
    fingerprint: str = ""
    begun_at: Instant
    ended_at: Instant | None = None
    outcome: Outcome | None = None
    left: bool = False
    result: Any = None


def begin(
    handoff: Handoff,
    standing: Run | None,
    *,
    id: RunId,  # noqa: A002
    round: int,  # noqa: A002
    digest: str,
    fingerprint: str,
    caller: Caller,
    now: Instant,
) -> tuple[Run, Event]:
    """Begin to run what was approved, as the one that does; `standing` is the round's run.

    Refuse who did not submit it, a second time, and what is not the standing approval: an
    approval that was recalled allows nothing any more, be it that the same bytes are approved
    again.
    """
    check_own(handoff, caller)
    if standing is not None:
        raise already(standing)
    decision = _approval(handoff, round)
    if digest != decision.digest:
        raise Conflict(
            "This is not what was approved",
            code=Code.DIGEST_MISMATCH,
            hint="Read the decision again, and run what it names.",
            digest=decision.digest,
        )
    run = Run(
        id=id,
        handoff=handoff.id,
        round=decision.round,
        by=caller.actor.id,
        credential=caller.credential.id,
        digest=decision.digest,
        fingerprint=fingerprint,
        begun_at=now,
    )
    return run, _told(handoff, run, Type.RUN_BEGUN)


def end(
    handoff: Handoff,
    run: Run,
    *,
    outcome: Outcome,
    left: bool,
    result: Any,
    caller: Caller,
    now: Instant,
) -> tuple[Run, Event | None]:
    """Say what came of a run; said again the same it stands, said otherwise it is refused."""
    check_own(handoff, caller)
    kept = result if left else None
    if left and len(msgspec.json.encode(kept)) > MAX_RESULT:
        raise Invalid(
            "A result is at most 64 KiB of JSON",
            code=Code.TOO_LONG,
            hint="Write it as a file, and send its path; or send the outcome alone.",
        )
    if run.outcome is not None:
        if (run.outcome, run.left, run.result) == (outcome, left, kept):
            return run, None
        raise already(run)
    ended = replace(run, ended_at=now, outcome=outcome, left=left, result=kept)
    return ended, _told(handoff, ended, Type.RUN_ENDED)


def check_own(handoff: Handoff, caller: Caller) -> None:
    """Refuse everybody but the agent that submitted it."""
    if handoff.submitted_by != caller.actor.id:
        raise Forbidden(
            "Only the agent that submitted it runs what was approved",
            hint="Propose it yourself, and wait for a decision of your own.",
        )


def _approval(handoff: Handoff, said: int) -> Decision:
    """Return the decision that allows a run; refuse a handoff that stands otherwise."""
    decision = handoff.decision
    if handoff.state is not State.APPROVED or decision is None:
        raise Conflict(
            f"A handoff that is {spoken(handoff.state)} is not run",
            code=Code.WRONG_STATE,
            hint="Wait until it is approved.",
            state=str(handoff.state),
        )
    if said != decision.round:
        raise Conflict(
            f"It was approved in round {decision.round}, not in round {said}",
            code=Code.WRONG_STATE,
            hint="Read the decision again, and run what it names.",
            state=str(handoff.state),
            round=decision.round,
        )
    return decision


def already(run: Run) -> Conflict:
    """Return the refusal of a second time, with what is known of the first."""
    came = f"it ended, {run.outcome}" if run.outcome else "its end was not reported"
    facts: dict[str, Any] = {
        "run": run.id,
        "round": run.round,
        "fingerprint": run.fingerprint,
        "begun_by": run.credential,
        "begun_at": run.begun_at,
    }
    if run.outcome is not None:
        facts |= {"ended_at": run.ended_at, "outcome": str(run.outcome)}
    if run.left:
        facts["result"] = run.result
    return Conflict(
        f"This decision was run before: {came}",
        code=Code.ALREADY_RUN,
        hint="Use what it left. If its end is unknown, look how far it came; propose it anew.",
        **facts,
    )


def _told(handoff: Handoff, run: Run, type_: Type) -> Event:
    codes: dict[str, str | int | bool] = {}
    if run.fingerprint:
        codes["fingerprint"] = run.fingerprint
    if run.outcome is not None:
        codes["outcome"] = str(run.outcome)
    return Event(
        type=type_,
        node=handoff.node,
        digest=run.digest,
        handoff=handoff.id,
        round=run.round,
        subject=run.id,
        codes=codes,
    )
