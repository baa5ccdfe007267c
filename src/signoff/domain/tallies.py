"""Counting the reviews of a round: whose count, in which step, and what they sum to."""

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from signoff.domain.actors import Caller
from signoff.domain.asks import NEGATIVE, Ask
from signoff.domain.errors import Code, Conflict
from signoff.domain.handoffs import FileVerdict, Handoff, Review, Step, Verdict
from signoff.domain.ids import Instant
from signoff.domain.reviewers import on_behalf_of, reviews_step, stands_for, steps_of


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
    step = _step_for(handoff, caller)
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
        stands_for=stands_for(handoff, steps_of(handoff)[step], caller),
        on_behalf_of=on_behalf_of(handoff, steps_of(handoff)[step], caller),
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


def current_step(handoff: Handoff) -> int:
    """Return the number of the step that is waited for; the first is 0."""
    steps, reviews = steps_of(handoff), counting(handoff)
    current = 0
    while current < len(steps) - 1 and _enough(current, steps[current], reviews):
        current += 1
    return current


def _step_for(handoff: Handoff, caller: Caller) -> int:
    """Return the step in which the caller's review counts: the current, or an earlier one."""
    steps = steps_of(handoff)
    current = current_step(handoff)
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
    return _suffice(step, approvals)


def _suffice(step: Step, approvals: list[Review]) -> bool:
    """Say whether approvals are as many as a step requires, and of each that it names."""
    if len(approvals) < max(1, step.required):
        return False
    return not step.each or _all_stood_for(step.reviewers, approvals)


def _all_stood_for(named: tuple[str, ...], approvals: list[Review]) -> bool:
    """Say whether each who is named has an approval of their own (Kuhn's matching).

    One that stands for nobody, a manager's or of one whom it was raised to, may for any.
    """
    stood: dict[str, int] = {}

    def found(n: int, seen: set[str]) -> bool:
        for name in approvals[n].stands_for or named:
            if name in named and name not in seen:
                seen.add(name)
                if name not in stood or found(stood[name], seen):
                    stood[name] = n
                    return True
        return False

    return sum(found(n, set()) for n in range(len(approvals))) == len(set(named))


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
        approvals = [one for one, verdict in said if one.step == n and verdict is not None]
        if not _suffice(step, approvals):
            return None
    return FileVerdict(path=path, verdict=Verdict.APPROVE)


def _says(review: Review, path: str) -> FileVerdict | None:
    for one in review.files:
        if one.path == path:
            return one
    if review.partial:
        return None
    return FileVerdict(path=path, verdict=review.verdict)
