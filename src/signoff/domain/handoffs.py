"""One package in front of people, over one or more rounds: the state machine."""

from enum import StrEnum
from typing import Any

from msgspec import Struct

from signoff.domain.actors import Kind as ActorKind
from signoff.domain.ids import ActorId, CredentialId, Digest, HandoffId, Instant, NodeId, Path
from signoff.domain.sidecars import Sidecar
from signoff.domain.stages import Stage


class Kind(StrEnum):
    """What the agent asks of people in a round (RULES 19)."""

    APPROVAL = "approval"
    ESCALATION = "escalation"
    RELAY = "relay"


class State(StrEnum):
    """Where a handoff stands."""

    IN_REVIEW = "in_review"
    CHANGES_REQUESTED = "changes_requested"
    ANSWERED = "answered"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class Verdict(StrEnum):
    """What a person says of a package."""

    APPROVE = "approve"
    REQUEST_CHANGES = "request_changes"
    REJECT = "reject"
    ANSWER = "answer"


class FileVerdict(Struct, frozen=True, kw_only=True):
    """A verdict on one file of a package; `path` is relative to the package."""

    path: str
    verdict: Verdict
    reason: str = ""


class Review(Struct, frozen=True, kw_only=True):
    """One person's verdict on one digest in one round."""

    by: ActorId
    credential: CredentialId
    verdict: Verdict
    digest: Digest
    round: int
    at: Instant
    reason: str = ""
    answers: dict[str, Any] | None = None
    files: tuple[FileVerdict, ...] = ()


class Decision(Struct, frozen=True, kw_only=True):
    """The sum of the reviews of a round; stands for ever.

    `changed` says whether people edited the package between submission and decision.
    """

    verdict: Verdict
    by: ActorId
    by_kind: ActorKind = ActorKind.PERSON
    at: Instant
    round: int
    digest: Digest
    reason: str = ""
    answers: dict[str, Any] | None = None
    files: tuple[FileVerdict, ...] = ()
    changed: bool = False


class Handoff(Struct, frozen=True, kw_only=True):
    """A package and what was said about it. Its stage is where `node` stands.

    `reviews` are those of the current round; `decision` is the last one taken.
    `digest` is of the package as it stands; `submitted_digest` as it was submitted.
    `revision` is bumped by every write below the package (STORAGE 24).
    """

    id: HandoffId
    kind: Kind
    state: State
    round: int
    node: NodeId
    is_folder: bool
    sidecar: NodeId | None = None
    submitted_path: Path
    submitted_by: ActorId
    submitted_kind: ActorKind
    owner: ActorId | None = None
    """The one owner of the agent that submitted it."""
    digest: Digest
    submitted_digest: Digest
    revision: int = 0
    context: Sidecar
    title: str
    required: int = 1
    reviewers: tuple[str, ...] = ()
    """Actor ids and `group:NAME`; empty means any who may review."""
    taken_by: ActorId | None = None
    reviews: tuple[Review, ...] = ()
    decision: Decision | None = None
    priority: int = 0
    due_at: Instant | None = None
    opened_at: Instant
    decided_at: Instant | None = None
    parent: HandoffId | None = None
    split_from: HandoffId | None = None
    previous: HandoffId | None = None
    raised_to: str | None = None
    dedupe_key: str | None = None


STAGE_OF: dict[State, Stage | None] = {
    State.IN_REVIEW: Stage.NEEDS_REVIEW,
    State.CHANGES_REQUESTED: Stage.FEEDBACK,
    State.ANSWERED: Stage.FEEDBACK,
    State.APPROVED: Stage.APPROVED,
    State.REJECTED: Stage.REJECTED,
    State.WITHDRAWN: None,
}
"""Where a handoff's package stands in each state; in `feedback/` until it is claimed."""
