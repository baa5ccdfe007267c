"""Counting the reviews of a round: whose count, in which step, and what they sum to."""

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from signoff.domain.actors import Caller
from signoff.domain.asks import NEGATIVE, Ask
from signoff.domain.errors import Code, Conflict
from signoff.domain.handoffs import FileVerdict, Handoff, Review, Step, Verdict
from signoff.domain.ids import Instant
from signoff.domain.reviewers import reviews_step, steps_of


class Settled(Struct, frozen=True, kw_only=True):
    """What the reviews sum to: one verdict, or one for each file."""

    verdict: Verdict
    files: tuple[FileVerdict, ...] = ()


def counting(handoff: Handoff) -> tuple[Review, ...]:
    """Return the reviews that count: those of this round and of these bytes (RULES 25)."""
    return tuple(
        [
            review
            for review in handoff.reviews
            if review.round == handoff.round and review.digest == handoff.digest
        ]
    )


def cast(handoff: Handoff, ask: Ask, *, caller: Caller, now: Instant) -> Review:
    """Return the caller's review; a partial one joins what they said of other files before."""
    reviews = counting(handoff)
    step = _step_for(handoff, reviews, caller)
    verdict, files, partial = ask.verdict, ask.files, ask.partial
    mine = [one for one in reviews if one.by == caller.actor.id and one.step == step]
    before = mine[0] if mine else None
    if partial and before is not None:
        said = {one.path: one for one in (*before.files, *files)}
        files = tuple(said.values())
        verdict, partial = before.verdict, before.partial
    return Review(
        by=caller.actor.id,
        credential=caller.credential.id,
        verdict=verdict,
        digest=handoff.digest,
        round=handoff.round,
        at=now,
        reason=ask.reason,
        answers=ask.answers,
        files=files,
        partial=partial,
        step=step,
    )


def added(handoff: Handoff, review: Review) -> Handoff:
    """Return the handoff with the review; a person's latest in a step counts.

    The very same review again changes nothing: a retry is not a second thought.
    """
    for other in handoff.reviews:
        if replace(other, at=review.at, credential=review.credential) == review:
            return handoff
    own = (review.by, review.step)
    kept = [other for other in handoff.reviews if (other.by, other.step) != own]
    return replace(handoff, reviews=(*kept, review))


def settle(handoff: Handoff, review: Review, *, files: Iterable[str]) -> Settled | None:
    """Return what the reviews sum to with this last one among them; None: not yet decided.

    One negative verdict, or an answer, decides at once. Approvals decide when each step has
    as many as it requires. With verdicts on single files each file is counted alone, and
    all are decided together when the last is settled.
    """
    if review.verdict is not Verdict.APPROVE and not review.files:
        return Settled(verdict=review.verdict)
    reviews = counting(handoff)
    steps = steps_of(handoff)
    if not review.files and not any(one.files for one in reviews):
        approved = _approved(steps, reviews)
        return Settled(verdict=Verdict.APPROVE) if approved else None
    settled = tuple(_file(steps, reviews, path) for path in files)
    if None in settled:
        return None
    sure = tuple(one for one in settled if one is not None)
    return Settled(verdict=goes_on(sure), files=sure)


def goes_on(files: Iterable[FileVerdict]) -> Verdict:
    """Return the verdict with whose files the original handoff goes on (RULES 20)."""
    verdicts = {one.verdict for one in files}
    for verdict in (Verdict.REQUEST_CHANGES, Verdict.APPROVE):
        if verdict in verdicts:
            return verdict
    return Verdict.REJECT


def _step_for(handoff: Handoff, reviews: tuple[Review, ...], caller: Caller) -> int:
    """Return the step in which the caller's review counts: the current, or an earlier one."""
    steps = steps_of(handoff)
    current = 0
    while current < len(steps) - 1 and _enough(current, steps[current], reviews):
        current += 1
    for n in range(current, -1, -1):
        if reviews_step(handoff, steps[n], caller):
            return n
    raise Conflict(
        "Others review it before you",
        code=Code.NOT_YOUR_TURN,
        hint="You are told when it is your turn.",
        step=current + 1,
    )


def _enough(n: int, step: Step, reviews: Iterable[Review]) -> bool:
    approvals = [
        one
        for one in reviews
        if one.step == n and one.verdict is Verdict.APPROVE and not one.partial
    ]
    return len(approvals) >= max(1, step.required)


def _approved(steps: tuple[Step, ...], reviews: tuple[Review, ...]) -> bool:
    return not [n for n, step in enumerate(steps) if not _enough(n, step, reviews)]


def _file(
    steps: tuple[Step, ...], reviews: tuple[Review, ...], path: str
) -> FileVerdict | None:
    said = [(one, _says(one, path)) for one in reviews]
    for one, verdict in reversed(said):
        if verdict is not None and verdict.verdict in NEGATIVE:
            return replace(verdict, reason=verdict.reason or one.reason)
    for n, step in enumerate(steps):
        approvals = sum(1 for one, verdict in said if one.step == n and verdict is not None)
        if approvals < max(1, step.required):
            return None
    return FileVerdict(path=path, verdict=Verdict.APPROVE)


def _says(review: Review, path: str) -> FileVerdict | None:
    for one in review.files:
        if one.path == path:
            return one
    if review.partial:
        return None
    return FileVerdict(path=path, verdict=review.verdict)
