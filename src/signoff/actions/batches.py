"""Several verdicts at once: each on what was seen, in a transaction of its own."""

import asyncio
from collections import Counter
from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct, UnsetType

from signoff.actions import deciding
from signoff.actions.context import Context
from signoff.actions.deciding import Decide
from signoff.actions.house import House
from signoff.actions.retries import Done, Retry
from signoff.domain.actors import Caller
from signoff.domain.errors import Invalid, Refusal
from signoff.domain.permissions import Permission

MOST = 100
AT_ONCE = 10
"""So many are under way together: on SQLite they share a commit."""


class OneOfSeveral(Struct, frozen=True, kw_only=True):
    """A verdict on one handoff, and the digest and round that were on the screen."""

    handoff: str
    verdict: str
    digest: str
    round: Annotated[int, Meta(ge=1)]
    reason: str = ""
    answers: dict[str, Any] | None = None


class DecideSeveral(Struct, frozen=True, kw_only=True):
    """Verdicts on several handoffs, each named once."""

    items: Annotated[tuple[OneOfSeveral, ...], Meta(min_length=1, max_length=MOST)]


class Begun(Struct, frozen=True, kw_only=True):
    """The caller may decide, and the items make sense; none of them is decided yet."""


class Why(Struct, frozen=True, kw_only=True):
    """Why one was not decided: the refusal that it would have met alone."""

    code: str
    detail: str
    hint: str


class OneDone(Struct, frozen=True, kw_only=True):
    """What became of one: `decided`, `counted` (more reviews are needed), or `refused`."""

    handoff: str
    outcome: str
    title: str | UnsetType = UNSET
    state: str | UnsetType = UNSET
    round: int | UnsetType = UNSET
    event: str | UnsetType = UNSET
    problem: Why | UnsetType = UNSET


class DecidedSeveral(Struct, frozen=True, kw_only=True):
    """What became of each, in the order in which they were asked."""

    decided: int
    counted: int
    refused: int
    items: tuple[OneDone, ...]


async def decide_several(
    house: House, caller: Caller, asked: DecideSeveral, *, retry: Retry | None = None
) -> Done[DecidedSeveral]:
    """Give verdicts on several handoffs, each decided or refused on its own.

    What arrived later is not named, and what changed meanwhile has another digest or round;
    so nothing is decided unseen. The same request under its key is answered as before.
    """
    begun: Done[Any] = await house.do(_begin, caller, asked, retry=retry)
    if begun.replay is not None:
        return begun
    turns = asyncio.Semaphore(AT_ONCE)

    async def one(item: OneOfSeveral) -> OneDone:
        async with turns:
            return await _decide(house, caller, item)

    done = await asyncio.gather(*(one(item) for item in asked.items))
    counts = Counter(each.outcome for each in done)
    answer = DecidedSeveral(
        decided=counts["decided"],
        counted=counts["counted"],
        refused=counts["refused"],
        items=tuple(done),
    )
    if retry is None:
        return Done(result=answer)
    return await house.do(_end, caller, answer, retry=retry)


def _begin(ctx: Context, asked: DecideSeveral) -> Begun:
    ctx.permit(Permission.HANDOFF_DECIDE)
    twice = [name for name, n in Counter(one.handoff for one in asked.items).items() if n > 1]
    if twice:
        raise Invalid(
            f"“{twice[0][:80]}” is named twice",
            hint="Say one thing of each handoff.",
            field="items",
        )
    return Begun()


async def _decide(house: House, caller: Caller, item: OneOfSeveral) -> OneDone:
    alone = Decide(
        handoff=item.handoff,
        verdict=item.verdict,
        digest=item.digest,
        round=item.round,
        reason=item.reason,
        answers=item.answers,
    )
    try:
        seen = (await house.do(deciding.decide, caller, alone)).result
    except Refusal as no:
        problem = Why(code=no.code.value, detail=no.message, hint=no.hint)
        return OneDone(handoff=item.handoff, outcome="refused", problem=problem)
    assert seen is not None
    # A decision that opened another round at once stands on the one that was named.
    decision = seen.decision
    decided = decision is not None and decision.round == item.round
    return OneDone(
        handoff=item.handoff,
        outcome="decided" if decided else "counted",
        title=seen.title,
        state=seen.state,
        round=seen.round,
        event=seen.event,
    )


def _end(ctx: Context, answer: DecidedSeveral) -> DecidedSeveral:
    """Keep the whole answer for a retry; what it tells of is on the record already."""
    ctx.permit(Permission.HANDOFF_DECIDE)
    return answer
