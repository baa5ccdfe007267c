"""The pieces of work that agents could claim, and the order in which they are offered."""

from collections.abc import Iterable

from msgspec import Struct

from signoff.domain.actors import Caller
from signoff.domain.ids import ActorId, HandoffId, Instant, NodeId, Path
from signoff.domain.stages import Stage


class Candidate(Struct, frozen=True, kw_only=True):
    """A piece of work that could be claimed.

    `agent` is the one to whom it is kept: the submitter of a package in `feedback/` that was
    not offered to others. `stage` is None for a package that was withdrawn to an ordinary
    folder. `free` is false while it is locked, uploaded or not yet settled.
    """

    node: NodeId
    path: Path
    stage: Stage | None
    priority: int = 0
    since: Instant
    agent: ActorId | None = None
    free: bool = True
    handoff: HandoffId | None = None


def may_take(candidate: Candidate, caller: Caller) -> bool:
    """Say whether the caller may be offered it (RULES 11)."""
    return candidate.free and candidate.agent in (None, caller.actor.id)


def in_order(candidates: Iterable[Candidate]) -> tuple[Candidate, ...]:
    """Return them as they are offered: `feedback/` first, then by priority, then the oldest."""
    return tuple(
        sorted(
            candidates,
            key=lambda one: (
                one.stage is not Stage.FEEDBACK,
                -one.priority,
                one.since,
                one.path,
            ),
        )
    )
