"""What a decision comes to: where the package goes, what is told, and what opens next."""

from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from signoff.domain.actors import SYSTEM
from signoff.domain.actors import Kind as ActorKind
from signoff.domain.claims import AFTER_LAPSE, Choice
from signoff.domain.errors import Code, Conflict, Forbidden
from signoff.domain.events import Event, Type
from signoff.domain.handoffs import (
    MOVES,
    STAGE_OF,
    Decision,
    FileVerdict,
    Handoff,
    Kind,
    Review,
    State,
    Verdict,
    check_in_review,
    checked_reason,
    move,
    told,
)
from signoff.domain.ids import MINUTE, Digest, HandoffId, Instant, Micros, NodeId, Path
from signoff.domain.stages import Stage

NOTE_WITHIN = Micros(10 * MINUTE)
"""How long a decision that was taken by moving waits for its reason (RULES 30)."""

EVENT_OF: dict[Verdict, Type] = {
    Verdict.APPROVE: Type.HANDOFF_APPROVED,
    Verdict.REQUEST_CHANGES: Type.HANDOFF_CHANGES_REQUESTED,
    Verdict.REJECT: Type.HANDOFF_REJECTED,
    Verdict.ANSWER: Type.HANDOFF_ANSWERED,
}


class Result(StrEnum):
    """What became of a review."""

    STANDING = "standing"
    """It was decided so already; nothing is recorded."""
    COUNTED = "counted"
    """It counts, and more are needed. Without events it was counted before."""
    DECIDED = "decided"


class Part(Struct, frozen=True, kw_only=True):
    """The files that leave a package as a closed handoff of their own (RULES 20)."""

    verdict: Verdict
    stage: Stage
    files: tuple[FileVerdict, ...]


class Outcome(Struct, frozen=True, kw_only=True):
    """What to write: the handoff, what happened, and where the package goes.

    `stage` is where it moves, with the files that stay in it; None means that it stays.
    `parts` move on their own, each by `part_of`. `next_round` says that another round has
    opened at once, with the decision standing on the one before.
    """

    result: Result
    handoff: Handoff
    decision: Decision | None = None
    events: tuple[Event, ...] = ()
    stage: Stage | None = None
    parts: tuple[Part, ...] = ()
    next_round: bool = False
    reviews: tuple[Review, ...] = ()
    """Those of the round that was decided, also where the next one has opened at once."""


def close(handoff: Handoff, decision: Decision) -> Outcome:
    """Return what a decision comes to: the one way by which a handoff is closed."""
    closed = replace(move(handoff, decision.verdict), decision=decision, decided_at=decision.at)
    event = replace(told(closed, EVENT_OF[decision.verdict]), reason=decision.reason or None)
    events = with_codes((event,), changed=decision.changed, files=len(decision.files))
    return Outcome(
        result=Result.DECIDED,
        handoff=closed,
        decision=decision,
        events=events,
        stage=stage_of(decision.verdict),
        parts=_parts(decision) if decision.files else (),
    )


def _parts(decision: Decision) -> tuple[Part, ...]:
    """Return what leaves the package, since its verdict is another than the whole's."""
    return tuple(
        Part(verdict=verdict, stage=stage_of(verdict), files=files)
        for verdict in (Verdict.APPROVE, Verdict.REJECT)
        if verdict is not decision.verdict
        and (files := tuple(one for one in decision.files if one.verdict is verdict))
    )


def out_of_rounds(outcome: Outcome, *, raise_to: str | None) -> Outcome:
    """Open the next round as an escalation: nobody goes round for ever (RULES 28).

    The decision stands on its round; the package stays where it is.
    """
    opened = _next_round(outcome.handoff, Kind.ESCALATION)
    opened = replace(opened, raised_to=raise_to)
    events = (*outcome.events, _told_by_rule(opened, Type.HANDOFF_RESUBMITTED))
    if raise_to is not None:
        events = (*events, replace(told(opened, Type.HANDOFF_RAISED), subject=raise_to))
    return replace(outcome, handoff=opened, events=events, stage=None, next_round=True)


def after_lapse(handoff: Handoff, decision: Decision) -> Outcome:
    """Do as a person answered for work that lapsed too often (RULES 13)."""
    choice = Choice((decision.answers or {})[AFTER_LAPSE.id])
    match choice:
        case Choice.GIVE_UP:
            reason = decision.reason or "Given up after too many tries."
            given_up = replace(decision, verdict=Verdict.REJECT, reason=reason)
            return close(handoff, given_up)
        case Choice.HAND_TO_ME:
            outcome = close(handoff, decision)
            relay = _next_round(outcome.handoff, Kind.RELAY)
            relay = replace(relay, taken_by=decision.by, after_lapse=False)
            events = (*outcome.events, _told_by_rule(relay, Type.HANDOFF_RESUBMITTED))
            return replace(outcome, handoff=relay, events=events, stage=None, next_round=True)
        case Choice.TRY_AGAIN:
            outcome = close(handoff, decision)
            freed = replace(move(handoff, "release"), decision=decision, decided_at=decision.at)
            event = replace(told(freed, Type.HANDOFF_ANSWERED), reason=decision.reason or None)
            return replace(outcome, handoff=freed, events=(event,), stage=Stage.INPUT)


def by_moving(outcome: Outcome, *, now: Instant) -> Outcome:
    """Let a decision that was taken by moving wait for its note (RULES 30).

    Without a reason its events wait with it: `explained` tells them.
    """
    if outcome.decision is None or outcome.next_round:
        raise needs_the_page(outcome.handoff)
    if outcome.decision.verdict is Verdict.APPROVE or outcome.decision.reason:
        return outcome
    due = Instant(now + NOTE_WITHIN)
    return replace(outcome, handoff=replace(outcome.handoff, reason_due_at=due), events=())


def explained(handoff: Handoff, *, reason: str) -> tuple[Handoff, Event]:
    """Tell a decision that waited for its note, with the note's text or “none given”."""
    if handoff.reason_due_at is None or handoff.decision is None:
        raise Conflict("No decision of it waits for a reason", code=Code.WRONG_STATE)
    text = checked_reason(reason) or "none given"
    decision = replace(handoff.decision, reason=text)
    told_ = replace(handoff, decision=decision, reason_due_at=None)
    event = replace(told(told_, EVENT_OF[decision.verdict]), reason=text)
    return told_, with_codes((event,), changed=decision.changed)[0]


def time_out(handoff: Handoff, *, reason: str, now: Instant) -> Outcome:
    """Reject by the system what waited beyond its policy's time; nothing else is decided so.

    No timer ever approves (RULES 22).
    """
    check_in_review(handoff)
    return close(
        handoff,
        Decision(
            verdict=Verdict.REJECT,
            by=SYSTEM.id,
            by_kind=ActorKind.SYSTEM,
            at=now,
            round=handoff.round,
            digest=handoff.digest,
            reason=checked_reason(reason, wanted=True),
            changed=handoff.is_changed,
        ),
    )


def part_of(
    handoff: Handoff,
    part: Part,
    *,
    id: HandoffId,  # noqa: A002
    node: NodeId,
    path: Path,
    is_folder: bool,
    sidecar: NodeId | None,
    digest: Digest,
    now: Instant,
) -> tuple[Handoff, Event]:
    """Close a part of a package as a handoff of its own, once `handoff` is decided (RULES 20).

    Its `digest` is its own; the whole decision stays readable at the original.
    """
    whole = handoff.decision
    if whole is None:
        raise Conflict("A part is split off when all is decided", code=Code.WRONG_STATE)
    decision = replace(whole, verdict=part.verdict, digest=digest, files=part.files)
    closed = replace(
        handoff,
        id=id,
        state=MOVES[State.IN_REVIEW][part.verdict],
        node=node,
        is_folder=is_folder,
        sidecar=sidecar,
        submitted_path=path,
        digest=digest,
        decision=decision,
        decided_at=now,
        reviews=(),
        taken_by=None,
        raised_to=None,
        split_from=handoff.id,
        dedupe_key=None,
        reason_due_at=None,
        round=whole.round,
    )
    event = told(closed, Type.HANDOFF_SPLIT)
    return closed, with_codes((event,), split_from=handoff.id, files=len(part.files))[0]


def needs_the_page(handoff: Handoff) -> Forbidden:
    """Return the refusal to decide by moving where one move does not decide (RULES 30)."""
    return Forbidden(
        "Moving it cannot decide this",
        code=Code.NEEDS_THE_PAGE,
        hint="Decide on the handoff's page.",
        handoff=handoff.id,
    )


def with_codes(events: tuple[Event, ...], **codes: str | int | bool) -> tuple[Event, ...]:
    """Return the events with more public words beside them."""
    return tuple([replace(event, codes={**event.codes, **codes}) for event in events])


def stage_of(verdict: Verdict) -> Stage:
    """Return the stage to which a verdict moves a package."""
    stage = STAGE_OF[MOVES[State.IN_REVIEW][verdict]]
    assert stage is not None  # only what is withdrawn has none
    return stage


def _next_round(handoff: Handoff, kind: Kind) -> Handoff:
    return replace(
        move(handoff, "resubmit"),
        kind=kind,
        round=handoff.round + 1,
        submitted_digest=handoff.digest,
        reviews=(),
        taken_by=None,
        raised_to=None,
        decided_at=None,
        clock=None,
    )


def _told_by_rule(handoff: Handoff, type_: Type) -> Event:
    return with_codes((told(handoff, type_),), by_rule=True)[0]
