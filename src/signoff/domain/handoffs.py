"""One package in front of people, over one or more rounds: its values and `MOVES`."""

from enum import StrEnum
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from signoff.domain.actors import Kind as ActorKind
from signoff.domain.actors import Role
from signoff.domain.clocks import Clock
from signoff.domain.errors import Code, Conflict, Invalid
from signoff.domain.events import Event, Type
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


class FileVerdict(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A verdict on one file of a package; `path` is relative to the package."""

    path: str
    verdict: Verdict
    reason: str = ""


class Review(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One person's verdict on one digest in one round.

    `step` is the step of the policy in which it counts. A `partial` review speaks of the
    files that it names and of no other; otherwise `verdict` holds for those it does not name.
    """

    by: ActorId
    credential: CredentialId
    verdict: Verdict
    digest: Digest
    round: int
    at: Instant
    reason: str = ""
    answers: dict[str, Any] | None = None
    files: tuple[FileVerdict, ...] = ()
    partial: bool = False
    step: int = 0
    stands_for: tuple[str, ...] = ()
    """Whom of those that its step names it counts for; none: a manager's, one raised to."""
    on_behalf_of: ActorId | None = None
    """Who was asked, and was away: the reviewer had been delegated to."""


class Step(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Some of the reviewers, `required` of whom must approve before the next step begins.

    With `each` all who are named must: a person themself, of a group somebody.
    """

    reviewers: tuple[str, ...] = ()
    required: int = 1
    each: bool = False


class Decision(Struct, frozen=True, kw_only=True, omit_defaults=True):
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
    on_behalf_of: ActorId | None = None


class Handoff(Struct, frozen=True, kw_only=True, omit_defaults=True):
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
    steps: tuple[Step, ...] = ()
    """Ordered steps; empty means the one step of `reviewers` and `required`."""
    from_path: Path | None = None
    """Where it was submitted from; a withdrawn package lapses to there (RULES 21)."""
    offered: bool = False
    """In `feedback/`: whether agents other than the submitter may claim it (RULES 11)."""
    reason_due_at: Instant | None = None
    """Decided by moving, without a note: until then its event waits for one (RULES 30)."""
    after_lapse: bool = False
    """Opened by the system for work that lapsed too often (RULES 13)."""
    clock: Clock | None = None
    """What happens to this round by itself, and when; None: nobody has planned it yet."""

    @property
    def is_changed(self) -> bool:
        """Say whether people edited the package since it was submitted."""
        return self.digest != self.submitted_digest


class Submission(Struct, frozen=True, kw_only=True):
    """What is put in front of people in one round: a package, its context, who must look."""

    kind: Kind
    node: NodeId
    is_folder: bool
    path: Path
    """Where the package stands now, in `needs-review/`."""
    from_path: Path | None = None
    sidecar: NodeId | None = None
    digest: Digest
    revision: int = 0
    context: Sidecar
    title: str
    required: int = 1
    reviewers: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()
    priority: int = 0
    due_at: Instant | None = None
    dedupe_key: str | None = None
    after_lapse: bool = False
    clock: Clock | None = None


STAGE_OF: dict[State, Stage | None] = {
    State.IN_REVIEW: Stage.NEEDS_REVIEW,
    State.CHANGES_REQUESTED: Stage.FEEDBACK,
    State.ANSWERED: Stage.FEEDBACK,
    State.APPROVED: Stage.APPROVED,
    State.REJECTED: Stage.REJECTED,
    State.WITHDRAWN: None,
}
"""Where a handoff's package stands in each state; in `feedback/` until it is claimed."""

MOVES: dict[State, dict[str, State]] = {
    State.IN_REVIEW: {
        "approve": State.APPROVED,
        "request_changes": State.CHANGES_REQUESTED,
        "reject": State.REJECTED,
        "answer": State.ANSWERED,
        "withdraw": State.WITHDRAWN,
        "release": State.WITHDRAWN,
    },
    State.CHANGES_REQUESTED: {"resubmit": State.IN_REVIEW, "recall": State.IN_REVIEW},
    State.ANSWERED: {"resubmit": State.IN_REVIEW, "recall": State.IN_REVIEW},
    State.APPROVED: {"recall": State.IN_REVIEW},
    State.REJECTED: {"recall": State.IN_REVIEW},
    State.WITHDRAWN: {},
}
"""The state machine. `release` lets go of work that is to be tried again (RULES 13)."""

MANAGING = frozenset({Role.OWNER, Role.MANAGER})
MAX_REASON_BYTES = 4096


def verdicts_offered(handoff: Handoff) -> tuple[Verdict, ...]:
    """Return what can be said of it now; nothing unless it is in review (RULES 26)."""
    return verdicts_of(handoff) if handoff.state is State.IN_REVIEW else ()


def verdicts_of(handoff: Handoff) -> tuple[Verdict, ...]:
    """Return what can be said of a round of its kind (RULES 26)."""
    match handoff.kind:
        case Kind.APPROVAL:
            asked = (Verdict.ANSWER,) if handoff.context.questions else ()
            return (Verdict.APPROVE, Verdict.REQUEST_CHANGES, Verdict.REJECT, *asked)
        case Kind.ESCALATION:
            return (Verdict.ANSWER, Verdict.REJECT, Verdict.APPROVE)
        case Kind.RELAY:
            return (Verdict.APPROVE, Verdict.REQUEST_CHANGES, Verdict.REJECT)


def stands_rightly(state: State, stage: Stage | None, *, claimed: bool) -> bool:
    """Say whether a package in this stage may be in this state (RULES 1); tests ask."""
    if state is State.WITHDRAWN:
        return True
    if claimed:
        return stage is Stage.PROCESSING and STAGE_OF[state] is Stage.FEEDBACK
    return stage is STAGE_OF[state]


def check_in_review(handoff: Handoff) -> None:
    """Refuse what only makes sense while people look at it."""
    if handoff.state is not State.IN_REVIEW:
        raise wrong_state(handoff, "change")


def checked_reason(reason: str, *, wanted: bool = False) -> str:
    """Return the reason without blanks at the ends; refuse a missing or an endless one."""
    text = reason.strip()
    if wanted and not text:
        raise Invalid(
            "Say why, in a sentence or more",
            code=Code.REASON_REQUIRED,
            hint="Send it as `reason`.",
        )
    if len(text.encode()) > MAX_REASON_BYTES:
        raise Invalid(
            f"A reason is at most {MAX_REASON_BYTES} bytes",
            code=Code.TOO_LONG,
            hint="Write the long version as a comment.",
        )
    return text


def spoken(state: State) -> str:
    """Return the state as a person says it."""
    return state.replace("_", " ")


def wrong_state(handoff: Handoff, act: str) -> Conflict:
    """Return the refusal of an act that the state does not know."""
    known = ", ".join(MOVES[handoff.state]) or "nothing"
    return Conflict(
        f"A handoff that is {spoken(handoff.state)} does not allow “{act}”",
        code=Code.WRONG_STATE,
        hint=f"From here it knows: {known}.",
        state=str(handoff.state),
    )


def move(handoff: Handoff, act: str) -> Handoff:
    """Take one edge of `MOVES`, the only way in which a state changes."""
    state = MOVES[handoff.state].get(act)
    if state is None:
        raise wrong_state(handoff, act)
    return replace(handoff, state=state)


def told(handoff: Handoff, type_: Type) -> Event:
    """Return the event of an act on a handoff, as it stands after it."""
    return Event(
        type=type_,
        node=handoff.node,
        digest=handoff.digest,
        handoff=handoff.id,
        round=handoff.round,
        codes={"kind": str(handoff.kind), "state": str(handoff.state)},
    )
