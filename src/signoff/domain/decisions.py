"""Deciding on a handoff: one person's review, and the decision that the reviews sum to.

Law 3: a decision names the digest that was on the screen, a person takes it, and once.
"""

from collections.abc import Callable, Iterable
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from signoff.domain.actors import Caller
from signoff.domain.asks import Ask, check_ask, check_not_own_work, for_others
from signoff.domain.errors import Code, Conflict
from signoff.domain.events import Type
from signoff.domain.handoffs import (
    Decision,
    Handoff,
    Review,
    State,
    Verdict,
    spoken,
    told,
    wrong_state,
)
from signoff.domain.ids import ActorId, Instant
from signoff.domain.outcomes import (
    Outcome,
    Result,
    after_lapse,
    by_moving,
    close,
    needs_the_page,
    out_of_rounds,
    with_codes,
)
from signoff.domain.reviewers import check_decides, check_reviewer
from signoff.domain.sidecars import Question
from signoff.domain.tallies import Settled, added, cast, settle

CheckAnswers = Callable[[tuple[Question, ...], dict[str, Any]], None]


class Terms(Struct, frozen=True, kw_only=True):
    """What the workspace's policy says of deciding. `four_eyes` is `off`, `on` or `edits`."""

    four_eyes: str = "off"
    max_rounds: int = 5
    raise_to: str | None = None


def review(
    handoff: Handoff,
    ask: Ask,
    *,
    caller: Caller,
    terms: Terms,
    files: Iterable[str] = (),
    authors: frozenset[ActorId] = frozenset(),
    earlier: tuple[Decision, ...] = (),
    check_answers: CheckAnswers | None = None,
    now: Instant,
) -> Outcome:
    """Count one person's verdict and decide if that settles it.

    `files` are the package's, relative to it and without sidecars; `authors` those who wrote
    a version in it; `earlier` the decisions of earlier rounds. `check_answers` holds the
    answers against the questions' schemas. Refusals come in the order of RULES 17.
    """
    check_decides(caller)
    check_reviewer(handoff, caller)
    eyes: Any = {"four_eyes": terms.four_eyes, "authors": authors}
    check_not_own_work(handoff, ask, caller=caller, **eyes)
    caller = for_others(handoff, ask, caller=caller, **eyes)
    paths = tuple(files)
    ask = check_ask(handoff, ask, files=paths)
    if ask.verdict is Verdict.ANSWER and check_answers is not None:
        check_answers(handoff.context.questions, ask.answers or {})
    standing = _standing(handoff, ask, caller, earlier)
    if standing is not None:
        return Outcome(result=Result.STANDING, handoff=handoff, decision=standing)
    _check_current(handoff, ask, earlier)
    one = cast(handoff, ask, caller=caller, now=now)
    counted = added(handoff, one)
    settled = settle(counted, one, files=paths)
    if settled is None:
        return _counted(handoff, counted, one, ask)
    outcome = _decided(counted, settled, one, terms=terms)
    events = with_codes(
        outcome.events, own_agent=handoff.owner == caller.actor.id, **_behalf(one)
    )
    outcome = replace(outcome, events=events, reviews=counted.reviews)
    return by_moving(outcome, now=now) if ask.by_moving else outcome


def _standing(
    handoff: Handoff, ask: Ask, caller: Caller, earlier: tuple[Decision, ...]
) -> Decision | None:
    """Return the decision that the ask repeats: the same verdict, digest and round."""
    for decision in (handoff.decision, *earlier):
        if decision is None:
            continue
        if ask.round is None and (
            handoff.state is State.IN_REVIEW or decision.round != handoff.round
        ):
            continue
        if ask.round not in (None, decision.round) or ask.digest != decision.digest:
            continue
        if _says_so(decision, ask) or _was_said(handoff, decision, ask, caller):
            return decision
    return None


def _says_so(decision: Decision, ask: Ask) -> bool:
    if ask.files:
        said = {one.path: one.verdict for one in decision.files}
        named = all(said.get(one.path) is one.verdict for one in ask.files)
        rest = {said[path] for path in said.keys() - {one.path for one in ask.files}}
        return named and (ask.partial or rest <= {ask.verdict})
    if ask.verdict is Verdict.ANSWER and decision.answers is not None:
        return decision.answers == ask.answers
    return decision.verdict is ask.verdict


def _was_said(handoff: Handoff, decision: Decision, ask: Ask, caller: Caller) -> bool:
    """Say whether the caller's own part of a decision file by file is repeated."""
    return bool(decision.files) and any(
        one.by == caller.actor.id
        and one.round == decision.round
        and one.verdict is ask.verdict
        and one.files == ask.files
        for one in handoff.reviews
    )


def _check_current(handoff: Handoff, ask: Ask, earlier: tuple[Decision, ...]) -> None:
    """Refuse what does not speak of this round and these bytes."""
    decisions = earlier if handoff.decision is None else (*earlier, handoff.decision)
    decided = {one.round: one for one in decisions}
    if handoff.state is State.WITHDRAWN and handoff.round not in decided:
        raise wrong_state(handoff, ask.verdict)
    if ask.round is not None and ask.round > handoff.round:
        raise Conflict(
            f"There is no round {ask.round}; it is in round {handoff.round}",
            code=Code.WRONG_STATE,
            hint="Look at the handoff as it stands.",
            round=handoff.round,
        )
    if handoff.state is not State.IN_REVIEW or ask.round not in (None, handoff.round):
        raise Conflict(
            f"It is decided already: {spoken(handoff.state)}",
            code=Code.ALREADY_DECIDED,
            hint="A manager or reviewer may recall it; else wait for the next round.",
            state=str(handoff.state),
            round=handoff.round,
        )
    if ask.round is None and any(one.digest == ask.digest for one in decided.values()):
        raise Conflict(
            "An earlier round decided on the same bytes; say which round you mean",
            code=Code.ROUND_REQUIRED,
            hint="Send `round` as the page showed it.",
            round=handoff.round,
        )
    if ask.digest != handoff.digest:
        raise Conflict(
            "The package has changed since you looked at it",
            code=Code.DIGEST_MISMATCH,
            hint="Look at it as it stands, then decide.",
            digest=handoff.digest,
            round=handoff.round,
        )


def _counted(before: Handoff, counted: Handoff, one: Review, ask: Ask) -> Outcome:
    if ask.by_moving:
        raise needs_the_page(before)
    if counted is before:
        return Outcome(result=Result.COUNTED, handoff=before)
    event = replace(told(counted, Type.HANDOFF_REVIEWED), reason=one.reason or None)
    events = with_codes((event,), verdict=str(one.verdict), **_behalf(one))
    return Outcome(
        result=Result.COUNTED, handoff=counted, events=events, reviews=counted.reviews
    )


def _behalf(one: Review) -> dict[str, str]:
    return {"on_behalf_of": one.on_behalf_of} if one.on_behalf_of else {}


def _decided(handoff: Handoff, settled: Settled, one: Review, *, terms: Terms) -> Outcome:
    decision = Decision(
        verdict=settled.verdict,
        by=one.by,
        at=one.at,
        round=handoff.round,
        digest=handoff.digest,
        reason=one.reason,
        answers=one.answers,
        files=settled.files,
        changed=handoff.is_changed,
        on_behalf_of=one.on_behalf_of,
    )
    if handoff.after_lapse and decision.verdict is Verdict.ANSWER:
        return after_lapse(handoff, decision)
    outcome = close(handoff, decision)
    if decision.verdict is Verdict.REQUEST_CHANGES and handoff.round >= terms.max_rounds:
        return out_of_rounds(outcome, raise_to=terms.raise_to)
    return outcome
