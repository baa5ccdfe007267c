"""Handing on what one was asked: to another person or group, for the rest of the round."""

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from signoff.domain.actors import Caller
from signoff.domain.errors import Code, Conflict, Forbidden
from signoff.domain.events import Event, Type
from signoff.domain.handoffs import Handoff, Step, check_in_review, checked_reason, told
from signoff.domain.ids import ActorId
from signoff.domain.reviewers import asked_in, check_reviewer, manages, names_caller, steps_of
from signoff.domain.tallies import counting, current_step

GROUP = "group:"


class Wish(Struct, frozen=True, kw_only=True):
    """Whose review is handed to whom, each an actor's id or `group:NAME`.

    `able` says of each name that is asked, and of `to`, which people may review it here.
    """

    whose: str
    to: str
    able: Mapping[str, frozenset[ActorId]]
    note: str = ""


def reassign(handoff: Handoff, wish: Wish, *, caller: Caller) -> tuple[Handoff, Event]:
    """Hand a review on; as many must approve as before, and enough people are left to.

    A person hands on what they were asked by name; then they are asked no longer. Of a group
    only a manager takes it away: a member brings in another one beside it. Where nobody was
    named, a person to whom it is handed has taken it.
    """
    check_reviewer(handoff, caller)
    check_in_review(handoff)
    _check_whose(wish, caller)
    if not wish.able[wish.to]:
        raise Conflict(
            "They may not review this",
            code=Code.CANNOT_REVIEW,
            hint="Name a reviewer who sees it, did not submit it, and may decide on it.",
        )
    replaces = wish.whose == caller.actor.id or manages(caller)
    steps = _handed_on(handoff, wish, replaces=replaces)
    raised_to = wish.to if replaces and handoff.raised_to == wish.whose else handoff.raised_to
    after = replace(_with(handoff, steps), raised_to=raised_to)
    after = replace(after, taken_by=_taker(after, wish, caller, is_asked=after != handoff))
    if after == handoff:
        after = _narrowed(handoff, wish)
    _check_enough(handoff, after, wish)
    event = replace(
        told(after, Type.HANDOFF_REASSIGNED),
        private={"from": wish.whose, "to": wish.to},
        reason=checked_reason(wish.note) or None,
    )
    return after, event


def whose_review(handoff: Handoff, caller: Caller) -> str:
    """Return what the caller hands on if they do not say: theirs, else the only one asked."""
    me = str(caller.actor.id)
    asked = asked_now(handoff)
    groups = [name for name in asked if names_caller((name,), caller)]
    if me in asked or not asked:
        return me
    if len(groups) == 1:
        return groups[0]
    if manages(caller) and len(asked) == 1:
        return asked[0]
    raise Conflict(
        "Several are asked to review this; say whose review is handed on",
        code=Code.CONFLICT,
        hint="Send `from`: one of `reviewers`.",
        reviewers=list(asked),
    )


def asked_now(handoff: Handoff) -> tuple[str, ...]:
    """Return whom the step that is waited for, and those after it, ask by name."""
    steps = steps_of(handoff)[current_step(handoff) :]
    return tuple(dict.fromkeys(name for step in steps for name in asked_in(handoff, step)))


def _check_whose(wish: Wish, caller: Caller) -> None:
    if not (manages(caller) or names_caller((wish.whose,), caller)):
        raise Forbidden(
            "You hand on only what you were asked yourself",
            code=Code.NOT_A_REVIEWER,
            hint="Ask a manager, who may hand on anybody's.",
        )
    if wish.whose == wish.to:
        raise Conflict("They are asked already", code=Code.CONFLICT, hint="Name somebody else.")


def _handed_on(handoff: Handoff, wish: Wish, *, replaces: bool) -> tuple[Step, ...]:
    """Return the steps with the wish carried out in those that are not over."""
    done = {one.step for one in counting(handoff) if one.by == wish.whose}
    now = current_step(handoff)
    return tuple(
        _changed(step, wish, replaces=replaces) if n >= now and n not in done else step
        for n, step in enumerate(steps_of(handoff))
    )


def _changed(step: Step, wish: Wish, *, replaces: bool) -> Step:
    if wish.whose not in step.reviewers:
        return step
    if wish.to in step.reviewers:
        raise Conflict(
            "They are asked already, and would be asked twice",
            code=Code.CONFLICT,
            hint="Name somebody who is not among `reviewers`.",
        )
    if not replaces:
        return replace(step, reviewers=(*step.reviewers, wish.to))
    names = tuple([wish.to if name == wish.whose else name for name in step.reviewers])
    return replace(step, reviewers=names)


def _with(handoff: Handoff, steps: tuple[Step, ...]) -> Handoff:
    if not handoff.steps:
        return replace(handoff, reviewers=steps[0].reviewers)
    named = tuple(dict.fromkeys(name for step in steps for name in step.reviewers))
    return replace(handoff, steps=steps, reviewers=named)


def _taker(handoff: Handoff, wish: Wish, caller: Caller, *, is_asked: bool) -> ActorId | None:
    """Return who has taken it afterwards: a person to whom it is handed by who had."""
    mine = handoff.taken_by in (wish.whose, caller.actor.id)
    if wish.to.startswith(GROUP):
        return None if mine and is_asked else handoff.taken_by
    open_ = not steps_of(handoff)[current_step(handoff)].reviewers
    free = handoff.taken_by is None or mine or manages(caller)
    return ActorId(wish.to) if (mine and is_asked) or (open_ and free) else handoff.taken_by


def _narrowed(handoff: Handoff, wish: Wish) -> Handoff:
    """Ask a group where anybody was asked; else there was nothing to hand on."""
    steps, now = steps_of(handoff), current_step(handoff)
    if steps[now].reviewers or not wish.to.startswith(GROUP):
        raise Conflict(
            "There is nothing of theirs to hand on",
            code=Code.WRONG_STATE,
            hint="They were not asked, or have said what they think; `reviewers` says who is.",
        )
    asked = replace(steps[now], reviewers=(wish.to,))
    return replace(_with(handoff, (*steps[:now], asked, *steps[now + 1 :])), taken_by=None)


def _check_enough(before: Handoff, after: Handoff, wish: Wish) -> None:
    """Refuse to leave a step with fewer people than must approve in it."""
    for was, step in zip(steps_of(before), steps_of(after), strict=True):
        able = _able(step, wish)
        if was == step or able >= step.required or (was.reviewers and able >= _able(was, wish)):
            continue
        raise Conflict(
            f"{step.required} must approve, and only {able} could",
            code=Code.CANNOT_REVIEW,
            hint="Hand it to a group that is large enough.",
            required=step.required,
        )


def _able(step: Step, wish: Wish) -> int:
    people = (wish.able.get(name, frozenset()) for name in step.reviewers)
    return len(frozenset().union(*people))
