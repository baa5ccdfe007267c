"""The rounds of a handoff: opened, resubmitted, withdrawn, recalled, edited in between."""

from msgspec.structs import replace

from signoff.domain.actors import Actor, Caller
from signoff.domain.errors import Code, Conflict, Forbidden
from signoff.domain.events import Event, Type
from signoff.domain.handoffs import (
    Handoff,
    State,
    Submission,
    check_in_review,
    checked_reason,
    move,
    spoken,
    told,
)
from signoff.domain.ids import Digest, HandoffId, Instant
from signoff.domain.reviewers import check_decides, check_reviewer, manages
from signoff.domain.sidecars import Sidecar


def open_(
    submission: Submission,
    *,
    id: HandoffId,  # noqa: A002
    by: Actor,
    now: Instant,
    round: int = 1,  # noqa: A002
    parent: HandoffId | None = None,
    previous: HandoffId | None = None,
) -> tuple[Handoff, Event]:
    """Put a package in front of people.

    A successor of a withdrawn handoff names it in `previous` and inherits its `round`; an
    item that was split off a claimed batch names the batch's handoff, if any, in `parent`.
    """
    handoff = Handoff(
        id=id,
        kind=submission.kind,
        state=State.IN_REVIEW,
        round=round,
        node=submission.node,
        is_folder=submission.is_folder,
        submitted_path=submission.path,
        submitted_by=by.id,
        submitted_kind=by.kind,
        owner=by.owner,
        digest=submission.digest,
        submitted_digest=submission.digest,
        context=submission.context,
        title=submission.title,
        opened_at=now,
        parent=parent,
        previous=previous,
    )
    handoff = _with(handoff, submission)
    return handoff, told(handoff, Type.HANDOFF_OPENED)


def resubmit(
    handoff: Handoff, submission: Submission, *, by: Actor, now: Instant
) -> tuple[Handoff, Event]:
    """Begin the next round with another package; the kind may change (RULES 19)."""
    moved = replace(
        move(handoff, "resubmit"),
        round=handoff.round + 1,
        submitted_by=by.id,
        submitted_kind=by.kind,
        owner=by.owner,
        opened_at=now,
    )
    moved = _with(moved, submission)
    return moved, told(moved, Type.HANDOFF_RESUBMITTED)


def withdraw(handoff: Handoff, *, caller: Caller) -> tuple[Handoff, Event]:
    """Take a package back before it is decided; its reviews are void (RULES 21)."""
    if handoff.submitted_by != caller.actor.id and not manages(caller):
        raise Forbidden(
            "Only who submitted it, or a manager, may withdraw a handoff",
            hint="Ask a manager, or wait for the decision.",
        )
    if handoff.state not in (State.IN_REVIEW, State.WITHDRAWN):
        raise Conflict(
            f"It is decided already: {spoken(handoff.state)}",
            code=Code.ALREADY_DECIDED,
            hint="What is decided comes back by recall, or as the next round.",
            state=str(handoff.state),
        )
    moved = replace(move(handoff, "withdraw"), reviews=(), taken_by=None, raised_to=None)
    return moved, told(moved, Type.HANDOFF_WITHDRAWN)


def edited(
    handoff: Handoff, *, digest: Digest, revision: int, context: Sidecar | None = None
) -> tuple[Handoff, Event]:
    """Note that a package in review has other bytes; reviews of the old ones stop counting."""
    check_in_review(handoff)
    changed = replace(
        handoff, digest=digest, revision=revision, context=context or handoff.context
    )
    return changed, told(changed, Type.HANDOFF_CHANGED)


def described(handoff: Handoff, submission: Submission) -> Handoff:
    """Let the first sidecar speak for a package that came without one (RULES 7)."""
    check_in_review(handoff)
    if handoff.reviews:
        raise Conflict("It has been reviewed as it is", code=Code.WRONG_STATE)
    return replace(_with(handoff, submission), taken_by=handoff.taken_by)


def recall(
    handoff: Handoff,
    *,
    caller: Caller,
    reason: str,
    claimed: bool,
    digest: Digest,
    now: Instant,
) -> tuple[Handoff, Event]:
    """Take what was decided back into review: the same handoff, its next round (RULES 29).

    `digest` is the package's as it stands; `claimed` says whether an agent is at work on it.
    """
    check_decides(caller)
    check_reviewer(handoff, caller)
    text = checked_reason(reason, wanted=True)
    if claimed:
        raise Conflict(
            "An agent is at work on it",
            code=Code.WRONG_STATE,
            hint="Wait for its next round, or release the claim first.",
        )
    moved = replace(
        move(handoff, "recall"),
        round=handoff.round + 1,
        digest=digest,
        submitted_digest=digest,
        reviews=(),
        taken_by=None,
        raised_to=None,
        decided_at=None,
        reason_due_at=None,
        offered=False,
        opened_at=now,
        clock=None,
    )
    return moved, replace(told(moved, Type.HANDOFF_RECALLED), reason=text)


def _with(handoff: Handoff, submission: Submission) -> Handoff:
    return replace(
        handoff,
        kind=submission.kind,
        node=submission.node,
        is_folder=submission.is_folder,
        sidecar=submission.sidecar,
        submitted_path=submission.path,
        from_path=submission.from_path,
        digest=submission.digest,
        submitted_digest=submission.digest,
        revision=submission.revision,
        context=submission.context,
        title=submission.title,
        required=max(1, submission.required),
        reviewers=submission.reviewers,
        steps=submission.steps,
        priority=submission.priority,
        due_at=submission.due_at,
        dedupe_key=submission.dedupe_key,
        after_lapse=submission.after_lapse,
        clock=submission.clock,
        taken_by=None,
        raised_to=None,
        reviews=(),
        decided_at=None,
        offered=False,
        reason_due_at=None,
    )
