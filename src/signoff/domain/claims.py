"""An agent's lease on a piece of work: taken, renewed, lapsed, returned (RULES 9 to 13)."""

from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from signoff.domain.actors import Caller, Kind
from signoff.domain.candidates import Candidate, may_take
from signoff.domain.errors import Code, Conflict, Forbidden, Held
from signoff.domain.events import Event, Type
from signoff.domain.ids import (
    DAY,
    MINUTE,
    ActorId,
    ClaimId,
    CredentialId,
    HandoffId,
    Instant,
    LockToken,
    Micros,
    NodeId,
    Path,
)
from signoff.domain.reviewers import manages
from signoff.domain.sidecars import Question
from signoff.domain.stages import Stage

MIN_LEASE = MINUTE
MAX_LEASE = DAY
DEFAULT_LEASE = Micros(10 * MINUTE)
DAV_LEASE = DAY
"""The lease of a claim made by moving into `processing/` over WebDAV (RULES 12)."""


class Claim(Struct, frozen=True, kw_only=True):
    """Who is at work on what, until when, and where it goes back to.

    `node` is the claimed item, `folder` its work folder; they are one node for a claim made
    by moving. `token` is None for such a claim, which its credential alone proves.
    `attempts` counts the earlier tries; `epoch` grows when the claim changes hands.
    """

    id: ClaimId
    node: NodeId
    folder: NodeId
    agent: ActorId
    credential: CredentialId
    token: LockToken | None
    from_path: Path
    from_stage: Stage | None
    claimed_version: int
    """The version to return in; 0 for a folder, whose files return as at `taken_at`."""
    attempts: int = 0
    lease: Micros = DEFAULT_LEASE
    taken_at: Instant
    expires_at: Instant
    handoff: HandoffId | None = None
    epoch: int = 1


class Return(Struct, frozen=True, kw_only=True, tag=True):
    """What was claimed goes back, as it was when it was claimed."""

    node: NodeId
    to_path: Path
    version: int
    as_at: Instant
    attempts: int


class Escalate(Struct, frozen=True, kw_only=True, tag=True):
    """It lapsed too often: the system asks people, in the name of the last holder."""

    node: NodeId
    version: int
    as_at: Instant
    attempts: int
    submitted_by: ActorId
    handoff: HandoffId | None
    question: Question


After = Return | Escalate
"""What becomes of work when its claim ends without a submission (RULES 13)."""


class Choice(StrEnum):
    """What a person may answer for work that lapsed too often."""

    TRY_AGAIN = "try again"
    HAND_TO_ME = "hand to me"
    GIVE_UP = "give up"


AFTER_LAPSE = Question(
    id="next",
    text="Agents have tried this and did not finish. What shall become of it?",
    schema={"type": "string", "enum": [str(choice) for choice in Choice]},
)


def clamp_lease(asked: Micros | None) -> Micros:
    """Return the lease that is given: between a minute and a day, ten minutes by default."""
    if asked is None:
        return DEFAULT_LEASE
    return Micros(min(max(asked, MIN_LEASE), MAX_LEASE))


def take(
    candidate: Candidate,
    *,
    id: ClaimId,  # noqa: A002
    folder: NodeId,
    token: LockToken | None,
    caller: Caller,
    version: int,
    attempts: int = 0,
    lease: Micros | None = None,
    now: Instant,
) -> tuple[Claim, Event]:
    """Give an agent a piece of work under a lease."""
    if caller.actor.kind is not Kind.AGENT:
        raise Forbidden(
            "Only an agent claims work; a person takes it off the queue by moving it",
            hint="Move it to processing/.",
        )
    if not may_take(candidate, caller):
        raise Held(
            "This piece of work is not to be had now",
            code=Code.CLAIMED,
            hint="Claim without a path to be given what is free.",
            path=candidate.path,
        )
    given = clamp_lease(lease)
    claim = Claim(
        id=id,
        node=candidate.node,
        folder=folder,
        agent=caller.actor.id,
        credential=caller.credential.id,
        token=token,
        from_path=candidate.path,
        from_stage=candidate.stage,
        claimed_version=version,
        attempts=attempts,
        lease=given,
        taken_at=now,
        expires_at=Instant(now + given),
        handoff=candidate.handoff,
    )
    return claim, _told(claim, Type.CLAIM_TAKEN)


def lapsed(claim: Claim, now: Instant) -> bool:
    """Say whether the lease has run out; judged by whoever acts, not by the sweeper."""
    return now >= claim.expires_at


def check(
    claim: Claim | None, *, caller: Caller, tokens: frozenset[LockToken], now: Instant
) -> Claim:
    """Return the live claim that the caller holds, or refuse.

    A claim that is no more, or whose lease ran out, is `claim_lapsed` even to its holder; so
    is one with a token that a takeover killed.
    """
    if claim is None:
        raise gone()
    if claim.agent == caller.actor.id and claim.token and tokens and claim.token not in tokens:
        raise gone()
    if claim.agent != caller.actor.id or not _proved(claim, caller, tokens):
        raise claimed(claim, now)
    if lapsed(claim, now):
        raise gone()
    return claim


def gone() -> Conflict:
    """Return the refusal of an act under a claim that has ended."""
    return Conflict(
        "The lease has run out and the work went back",
        code=Code.CLAIM_LAPSED,
        hint="Claim it again; renew before `expires_at`.",
    )


def claimed(claim: Claim, now: Instant) -> Held:
    """Return the refusal to touch what somebody else has claimed."""
    left = max(0, claim.expires_at - now) // 1_000_000
    return Held(
        "An agent is at work on this",
        code=Code.CLAIMED,
        hint="Send the claim's lock token if it is yours; else wait, or ask a manager.",
        holder=claim.agent,
        claim=claim.id,
        kind="claim",
        seconds_left=left,
    )


def renew(
    claim: Claim,
    *,
    caller: Caller,
    tokens: frozenset[LockToken],
    lease: Micros | None = None,
    now: Instant,
) -> Claim:
    """Start the lease anew; no event, as a renewal is bookkeeping (RULES 31)."""
    check(claim, caller=caller, tokens=tokens, now=now)
    given = claim.lease if lease is None else clamp_lease(lease)
    return replace(claim, lease=given, expires_at=Instant(now + given))


def written(claim: Claim, *, now: Instant) -> Claim:
    """Start the lease anew because the holder wrote; the write has checked the claim."""
    return replace(claim, expires_at=Instant(now + claim.lease))


def takeover(
    claim: Claim, *, caller: Caller, token: LockToken, now: Instant
) -> tuple[Claim, Event]:
    """Give another copy of the same agent the claim; the old token is dead (RULES 12)."""
    if claim.agent != caller.actor.id:
        raise claimed(claim, now)
    if lapsed(claim, now):
        raise gone()
    taken = replace(
        claim,
        token=token,
        credential=caller.credential.id,
        expires_at=Instant(now + claim.lease),
        epoch=claim.epoch + 1,
    )
    return taken, _told(taken, Type.CLAIM_TAKEN_OVER)


def release(
    claim: Claim,
    *,
    caller: Caller,
    tokens: frozenset[LockToken],
    max_attempts: int,
    now: Instant,
) -> tuple[After, Event]:
    """End a claim: the holder gives it back, or a manager forces it, which the log says."""
    forced = manages(caller)
    if not forced:
        check(claim, caller=caller, tokens=tokens, now=now)
    event = _told(claim, Type.CLAIM_RELEASED)
    event = replace(event, codes={**event.codes, "forced": forced})
    return _after(claim, max_attempts=max_attempts), event


def lapse(claim: Claim, *, max_attempts: int, now: Instant) -> tuple[After, Event]:
    """End a claim whose lease has run out."""
    if not lapsed(claim, now):
        raise Conflict("The lease has not run out", code=Code.WRONG_STATE)
    return _after(claim, max_attempts=max_attempts), _told(claim, Type.CLAIM_LAPSED)


def _after(claim: Claim, *, max_attempts: int) -> After:
    attempts = claim.attempts + 1
    if attempts < max_attempts:
        return Return(
            node=claim.node,
            to_path=claim.from_path,
            version=claim.claimed_version,
            as_at=claim.taken_at,
            attempts=attempts,
        )
    return Escalate(
        node=claim.node,
        version=claim.claimed_version,
        as_at=claim.taken_at,
        attempts=attempts,
        submitted_by=claim.agent,
        handoff=claim.handoff,
        question=AFTER_LAPSE,
    )


def _proved(claim: Claim, caller: Caller, tokens: frozenset[LockToken]) -> bool:
    if claim.token is None:
        return claim.credential == caller.credential.id
    return claim.token in tokens


def _told(claim: Claim, type_: Type) -> Event:
    return Event(
        type=type_,
        node=claim.node,
        path=claim.from_path,
        handoff=claim.handoff,
        subject=claim.id,
        codes={"attempts": claim.attempts, "epoch": claim.epoch},
    )
