"""Second looks: a share of what was approved, looked at once more by other eyes.

A second look undoes nothing: it says whether somebody else would have approved. Who
disagrees has it raised to a manager, who may recall.
"""

from enum import StrEnum
from hashlib import sha256

from msgspec import Struct
from msgspec.structs import replace

from signoff.domain.actors import Caller
from signoff.domain.errors import Code, Conflict, Forbidden
from signoff.domain.events import Event, Type
from signoff.domain.handoffs import MANAGING, Decision, Handoff, checked_reason, told
from signoff.domain.ids import ActorId, Digest, HandoffId, Instant
from signoff.domain.outcomes import with_codes
from signoff.domain.reviewers import REVIEWING, check_decides, names_caller


class Standing(StrEnum):
    """How far a second look is."""

    OPEN = "open"
    AGREED = "agreed"
    DISAGREED = "disagreed"
    VOID = "void"
    """What was approved was recalled before anybody looked."""


class Opinion(StrEnum):
    """What a second look comes to."""

    AGREE = "agree"
    DISAGREE = "disagree"


class Look(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A second look at one approval, of exactly the bytes that were approved.

    `policy` is the number of the policy that sampled it. `seen_by` have looked already, or
    made it: theirs are no other eyes.
    """

    handoff: HandoffId
    round: int
    digest: Digest
    policy: int
    share: float
    reviewers: tuple[str, ...] = ()
    raise_to: str | None = None
    seen_by: tuple[ActorId, ...] = ()
    asked_at: Instant
    standing: Standing = Standing.OPEN
    by: ActorId | None = None
    at: Instant | None = None
    reason: str = ""


def sampled(handoff: HandoffId, *, policy: int, share: float) -> bool:
    """Say whether a handoff is in the sample that a policy takes.

    It depends on the two names alone, so anybody can check it again: the first eight bytes
    of the SHA-256 of `<handoff> <policy>`, as a part of all that eight bytes may be.
    """
    drawn = sha256(f"{handoff} {policy}".encode()).digest()[:8]
    return int.from_bytes(drawn) < share * 2**64


def ask(
    handoff: Handoff,
    decision: Decision,
    *,
    approved_by: tuple[ActorId, ...],
    policy: int,
    share: float,
    reviewers: tuple[str, ...] = (),
    raise_to: str | None = None,
) -> tuple[Look, Event]:
    """Ask for a second look at what was just approved."""
    seen = (*approved_by, decision.by, handoff.submitted_by, *filter(None, (handoff.owner,)))
    look = Look(
        handoff=handoff.id,
        round=decision.round,
        digest=decision.digest,
        policy=policy,
        share=share,
        reviewers=reviewers,
        raise_to=raise_to,
        seen_by=tuple(dict.fromkeys(seen)),
        asked_at=decision.at,
    )
    event = replace(told(handoff, Type.HANDOFF_SECOND_LOOK_ASKED), round=decision.round)
    (event,) = with_codes((event,), policy=policy)
    return look, replace(event, digest=decision.digest, private={"to": list(reviewers)})


def may_give(look: Look, caller: Caller) -> bool:
    """Say whether the caller's are other eyes, and of those who are asked."""
    if caller.actor.id in look.seen_by or caller.role not in REVIEWING:
        return False
    named = look.reviewers
    return not named or caller.role in MANAGING or names_caller(named, caller)


def give(
    look: Look, opinion: Opinion, *, caller: Caller, digest: str, reason: str, now: Instant
) -> Look | None:
    """Return the look with what the caller thinks; None if they said just that before.

    To disagree needs a reason. Nothing of the approval changes.
    """
    check_decides(caller)
    if not may_give(look, caller):
        raise Forbidden(
            "Yours are no other eyes: you looked at it already, or others are asked",
            code=Code.NOT_A_REVIEWER,
            hint="Leave it to somebody who had no part in it.",
        )
    disagrees = opinion is Opinion.DISAGREE
    text = checked_reason(reason, wanted=disagrees)
    standing = Standing.DISAGREED if disagrees else Standing.AGREED
    if (look.by, look.standing, look.digest) == (caller.actor.id, standing, digest):
        return None
    if look.standing is not Standing.OPEN:
        raise Conflict(
            f"It has had its second look: {look.standing}",
            code=Code.ALREADY_DECIDED,
            hint="A manager may recall the handoff.",
        )
    if digest != look.digest:
        raise Conflict(
            "Other bytes were approved than those you name",
            code=Code.DIGEST_MISMATCH,
            hint="Look at what was approved, then say what you think.",
            digest=look.digest,
        )
    return replace(look, standing=standing, by=caller.actor.id, at=now, reason=text)


def void(look: Look) -> Look:
    """End a look at what is approved no more."""
    return replace(look, standing=Standing.VOID)


def given(handoff: Handoff, look: Look) -> tuple[Event, ...]:
    """Return what a second look is on the record; who disagreed has it raised."""
    disagrees = look.standing is Standing.DISAGREED
    opinion = Opinion.DISAGREE if disagrees else Opinion.AGREE
    one = replace(
        told(handoff, Type.HANDOFF_SECOND_LOOK_GIVEN),
        round=look.round,
        digest=look.digest,
        reason=look.reason or None,
    )
    events = with_codes((one,), opinion=str(opinion))
    if not disagrees:
        return events
    raised = replace(told(handoff, Type.HANDOFF_RAISED), round=look.round, digest=look.digest)
    raised = replace(raised, reason=look.reason, private={"to": look.raise_to or MANAGERS})
    return events + with_codes((raised,), second_look=True)


MANAGERS = "role:manager"
"""Whom a disagreement is raised to if the policy names nobody: whoever may recall."""
