"""What it means to move or write something, for all doors: the table of RULES as data."""

from enum import StrEnum

from msgspec import Struct

from signoff.domain.actors import Caller, Door, Kind
from signoff.domain.errors import Code, Conflict, Forbidden, Held, Refusal
from signoff.domain.handoffs import MANAGING, Verdict
from signoff.domain.ids import ActorId, HandoffId, Instant
from signoff.domain.reviewers import check_decides, may_decide
from signoff.domain.stages import Stage


class Unit(StrEnum):
    """What the thing is that is moved, deleted or written."""

    PLAIN = "plain"
    """A file or folder that no handoff, claim or foreign lock knows."""
    PACKAGE = "package"
    """What is handed over, whole."""
    PART = "part"
    """A file or folder inside a package."""
    PLACE = "place"
    """A folder that holds packages, claims or others' locks."""


class Spot(StrEnum):
    """Where a thing stands or goes, as the table tells places apart."""

    INPUT = "input"
    PROCESSING = "processing"
    REVIEW = "needs-review"
    FEEDBACK = "feedback"
    APPROVED = "approved"
    REJECTED = "rejected"
    ORDINARY = "ordinary"
    TRASH = "trash"
    NOWHERE = "nowhere"
    """Of a source: it does not exist yet; the act is a write."""


class Meaning(StrEnum):
    """What a move or a write turns out to be."""

    MOVE = "move"
    WRITE = "write"
    CLAIM = "claim"
    TAKE_OFF_QUEUE = "take off queue"
    SUBMIT = "submit"
    WITHDRAW = "withdraw"
    VERDICT = "verdict"
    FILE_VERDICT = "file verdict"
    EDIT = "edit"
    FIRST_SIDECAR = "first sidecar"
    LOOSE_WORK = "loose work"


class Source(Struct, frozen=True, kw_only=True):
    """What is known of the thing that is moved, or written where it stands.

    `handoff` is that of the package that it is or is part of. `claimed_by` is who holds the
    claim on it or on the work folder around it; `held` says whether the caller proved that
    claim. `own` says that the caller submitted the package, or made the loose work.
    """

    spot: Spot
    unit: Unit = Unit.PLAIN
    handoff: HandoffId | None = None
    claimed_by: ActorId | None = None
    held: bool = False
    own: bool = False
    last_file: bool = False
    """It is the only file left of its package."""
    first_sidecar: bool = False
    """It is the first sidecar of a package that nobody has reviewed yet (RULES 7)."""


class Target(Struct, frozen=True, kw_only=True):
    """What is known of the place that it goes to.

    `package` is the handoff whose package the target is in, and `claimed_by` the holder of
    the work folder that it is in, if any; `held` as for the source.
    """

    spot: Spot
    package: HandoffId | None = None
    claimed_by: ActorId | None = None
    held: bool = False
    first_sidecar: bool = False


class MoveMeaning(Struct, frozen=True, kw_only=True):
    """What a move is, and of which handoff."""

    meaning: Meaning
    verdict: Verdict | None = None
    handoff: HandoffId | None = None


class No(StrEnum):
    """The refusals of the table, by their code."""

    FROZEN = "frozen"
    RECALL_FIRST = "recall first"
    BY_DECISION_ONLY = "by decision only"
    CLAIM_FIRST = "claim first"
    CLAIM_INSTEAD = "claim instead"
    CLAIMED = "claimed"
    HOLDS = "holds"
    NOT_A_MOVE = "not a move"
    LAST_FILE = "last file"
    NOT_YOURS = "not yours"


VERDICT_OF: dict[Spot, Verdict] = {
    Spot.APPROVED: Verdict.APPROVE,
    Spot.REJECTED: Verdict.REJECT,
    Spot.FEEDBACK: Verdict.REQUEST_CHANGES,
}
"""What it says of a package in review to move it there."""

FREE = frozenset({Spot.INPUT, Spot.PROCESSING, Spot.ORDINARY})
DECIDED = frozenset({Spot.APPROVED, Spot.REJECTED})


def spot_of(stage: Stage | None) -> Spot:
    """Return the table's word for a stage, or for an ordinary folder."""
    return Spot.ORDINARY if stage is None else Spot(str(stage))
