"""Who is told of an event, and why: never who did it, never who may not see it."""

from collections.abc import Callable, Iterable, Iterator

from msgspec import Struct

from signoff.domain.actors import Caller
from signoff.domain.events import Type
from signoff.domain.handoffs import MANAGING, Handoff, State
from signoff.domain.ids import DAY, ActorId, Micros
from signoff.domain.mentions import Known, mentioned
from signoff.domain.reviewers import (
    REVIEWING,
    absent_for,
    names_caller,
    reviews_step,
    steps_of,
)
from signoff.domain.tallies import counting, current_step
from signoff.domain.topics import MEANING, Topic

FRESH = Micros(3 * DAY)
"""Nobody is told of what is older: a follower that was away for long tells no old news."""

CROWD = 50
"""What anybody may decide is told to each reviewer, but not to more than so many."""


_WEIGHT = {topic: -n for n, topic in enumerate(MEANING)}

ASKING = frozenset(
    {
        Topic.ASKED,
        Topic.REASSIGNED,
        Topic.RAISED,
        Topic.REMINDED,
        Topic.NEXT_ROUND,
        Topic.OPEN,
    }
)
"""What asks for a verdict: it is over with the round, or when somebody else takes it."""

_OPENING = frozenset({Type.HANDOFF_OPENED, Type.HANDOFF_RESUBMITTED, Type.HANDOFF_RECALLED})
_ENDING = frozenset(
    {
        Type.HANDOFF_APPROVED,
        Type.HANDOFF_CHANGES_REQUESTED,
        Type.HANDOFF_REJECTED,
        Type.HANDOFF_ANSWERED,
        Type.HANDOFF_WITHDRAWN,
    }
)
_HANDED = {
    "handoff.raised": Topic.RAISED,
    "handoff.reassigned": Topic.REASSIGNED,
}
"""Events that name whom they concern."""
_MANAGERS = "role:manager"
_REMINDED = "handoff.reminded"
_LOOK_ASKED, LOOK_GIVEN = "handoff.second_look_asked", "handoff.second_look_given"
_ENDPOINT_OFF = "endpoint.disabled"

TOLD = frozenset(
    {
        *_OPENING,
        *_ENDING,
        *_HANDED,
        _REMINDED,
        _LOOK_ASKED,
        LOOK_GIVEN,
        _ENDPOINT_OFF,
        Type.HANDOFF_TAKEN,
        Type.HANDOFF_REVIEWED,
        Type.COMMENT_ADDED,
    }
)
"""The events of which anybody is told, or that end what was told."""


class Someone(Struct, frozen=True, kw_only=True):
    """A member of the workspace as this law sees them; `email` is how they can be named."""

    caller: Caller
    email: str = ""

    @property
    def id(self) -> ActorId:
        """Return the person's id."""
        return self.caller.actor.id


class Happening(Struct, frozen=True, kw_only=True):
    """An event, and what the rows know around it.

    `to` are ids and `group:NAME` that the event itself names. `text` is that of a comment.
    `before` reviewed an earlier round; `asked` were asked in this one; `commented` wrote here.
    """

    type: str
    actor: ActorId
    handoff: Handoff | None = None
    to: tuple[str, ...] = ()
    text: str = ""
    before: frozenset[ActorId] = frozenset()
    asked: frozenset[ActorId] = frozenset()
    commented: frozenset[ActorId] = frozenset()
    four_eyes: bool = False


Sees = Callable[[Caller], bool]
"""Says whether a member may see what an event is about."""


def audience(
    happening: Happening, people: Iterable[Someone], *, sees: Sees
) -> dict[ActorId, Topic]:
    """Return who is told, and of which topic: for each person the weightiest.

    Never the actor of the event, never somebody who may not see what it is about.
    """
    able = [
        each for each in people if each.id != happening.actor and each.caller.role is not None
    ]
    found: dict[ActorId, Topic] = {}
    for someone, topic in _reasons(happening, able):
        before = found.get(someone.id)
        if before is not None and _WEIGHT[before] >= _WEIGHT[topic]:
            continue
        if before is not None or sees(someone.caller):
            found[someone.id] = topic
    return found


def _reasons(happening: Happening, able: list[Someone]) -> Iterator[tuple[Someone, Topic]]:
    handoff = happening.handoff
    if happening.type == _ENDPOINT_OFF:
        yield from _of_endpoint(happening, able)
    if handoff is None:
        return
    if happening.type in _OPENING or happening.type == Type.HANDOFF_REVIEWED:
        yield from _asked(happening, handoff, able)
    elif happening.type == _REMINDED:
        yield from ((each, Topic.REMINDED) for each, _ in _asked(happening, handoff, able))
    elif happening.type in _HANDED:
        topic = _HANDED[happening.type]
        if handoff.state is not State.IN_REVIEW:  # a second look disagreed
            topic = Topic.SECOND_LOOK
        yield from ((each, topic) for each in able if _names(happening.to, each.caller))
    elif happening.type == _LOOK_ASKED:
        yield from _other_eyes(happening, handoff, able)
    elif happening.type in _ENDING:
        yield from _ended(happening, handoff, able)
    elif happening.type == Type.COMMENT_ADDED:
        yield from _spoken_to(happening, handoff, able)


# Who is asked.


def _asked(
    happening: Happening, handoff: Handoff, able: list[Someone]
) -> Iterator[tuple[Someone, Topic]]:
    """Yield whose turn it is: whoever took it, else who is named, else any reviewer.

    Where nobody who is named can, managers are told: nothing waits without anybody knowing.
    """
    if handoff.state is not State.IN_REVIEW:
        return
    step = steps_of(handoff)[current_step(handoff)]
    done = {review.by for review in counting(handoff)}
    may = [
        each
        for each in able
        if each.id not in done
        and not _is_own(handoff, each, four_eyes=happening.four_eyes)
        and reviews_step(handoff, step, each.caller)
    ]
    named = step.reviewers + ((handoff.raised_to,) if handoff.raised_to else ())
    if handoff.taken_by is not None:
        asked = [each for each in may if each.id == handoff.taken_by]
    else:
        asked = [
            each
            for each in may
            if names_caller(named, each.caller) or absent_for(handoff, step, each.caller)
        ]
    if asked:
        for each in asked:
            again = each.id in happening.before
            yield each, Topic.NEXT_ROUND if again else Topic.ASKED
        return
    anybody = not step.reviewers and len(may) <= CROWD
    for each in may:
        if each.id in happening.before and not step.reviewers:
            yield each, Topic.NEXT_ROUND
        elif handoff.taken_by is None and (anybody or each.caller.role in MANAGING):
            yield each, Topic.OPEN


def _is_own(handoff: Handoff, someone: Someone, *, four_eyes: bool) -> bool:
    """Say whether nobody need ask them: they submitted it, or own the agent that did."""
    return handoff.submitted_by == someone.id or (four_eyes and handoff.owner == someone.id)


def stands(handoff: Handoff, round_: int, person: ActorId) -> bool:
    """Say whether what asked a person for a verdict still asks them."""
    return (
        handoff.state is State.IN_REVIEW
        and handoff.round == round_
        and handoff.taken_by in (None, person)
        and person not in {review.by for review in counting(handoff)}
    )


def _names(to: tuple[str, ...], caller: Caller) -> bool:
    """Say whether ids, `group:NAME` or all managers mean somebody."""
    return names_caller(to, caller) or (_MANAGERS in to and caller.role in MANAGING)


def _other_eyes(
    happening: Happening, handoff: Handoff, able: list[Someone]
) -> Iterator[tuple[Someone, Topic]]:
    """Yield who may look again: whom the event names, or any reviewer, had they no part."""
    seen = {handoff.submitted_by, handoff.owner, *(review.by for review in handoff.reviews)}
    if handoff.decision is not None:
        seen.add(handoff.decision.by)
    for each in able:
        named = _names(happening.to, each.caller) if happening.to else True
        if each.id not in seen and each.caller.role in REVIEWING and named:
            yield each, Topic.SECOND_LOOK


# Who hears of the end, of a comment, of an endpoint.


def _ended(
    happening: Happening, handoff: Handoff, able: list[Someone]
) -> Iterator[tuple[Someone, Topic]]:
    for each in able:
        if each.id == handoff.submitted_by:
            yield each, Topic.DECIDED
        elif each.id == handoff.owner:
            yield each, Topic.AGENT_DECIDED
        if each.id in happening.asked:
            yield each, Topic.SETTLED


def is_news(handoff: Handoff, person: ActorId) -> bool:
    """Say whether a decision made elsewhere is news: they had begun, and need not go on."""
    return handoff.taken_by == person or person in {review.by for review in handoff.reviews}


def _spoken_to(
    happening: Happening, handoff: Handoff, able: list[Someone]
) -> Iterator[tuple[Someone, Topic]]:
    known = [Known(caller=each.caller, email=each.email) for each in able]
    named = mentioned(happening.text, known)
    part = {
        handoff.submitted_by,
        handoff.taken_by,
        *(review.by for review in handoff.reviews),
        *happening.commented,
        *happening.before,
    }
    for each in able:
        if each.id in named:
            yield each, Topic.MENTIONED
        elif each.id in part:
            yield each, Topic.COMMENTED


def _of_endpoint(happening: Happening, able: list[Someone]) -> Iterator[tuple[Someone, Topic]]:
    """Yield whose endpoint it is; where the event does not say, who could mend it."""
    owners = [each for each in able if names_caller(happening.to, each.caller)]
    for each in owners or [each for each in able if each.caller.role in MANAGING]:
        yield each, Topic.ENDPOINT
