"""Who may look at a handoff and decide; who has taken it on; taking a decision back."""

from msgspec.structs import replace

from signoff.domain.actors import Absent, Caller, CredentialKind, Door, Kind, Role
from signoff.domain.errors import Code, Conflict, Forbidden
from signoff.domain.events import Event, Type
from signoff.domain.handoffs import (
    MANAGING,
    Handoff,
    State,
    Step,
    check_in_review,
    checked_reason,
    told,
    wrong_state,
)
from signoff.domain.ids import ActorId

REVIEWING = frozenset({Role.OWNER, Role.MANAGER, Role.REVIEWER})


def may_decide(caller: Caller) -> bool:
    """Say whether this credential can carry a verdict at all, whatever the role (RULES 23)."""
    return (
        caller.actor.kind is Kind.PERSON
        and caller.door is not Door.MCP
        and caller.credential.kind in (CredentialKind.SESSION, CredentialKind.APP_PASSWORD)
        and caller.credential.decides
    )


def check_decides(caller: Caller) -> None:
    """Refuse who can never decide: the kind of the credential is looked at before any role."""
    if (
        caller.actor.kind is not Kind.PERSON
        or caller.door is Door.MCP
        or caller.credential.kind is CredentialKind.API_KEY
    ):
        raise Forbidden(
            "Only a person can decide on a handoff",
            code=Code.AGENT_CANNOT_DECIDE,
            hint="Wait for the decision; a person takes it in the browser.",
        )
    if not may_decide(caller):
        raise Forbidden(
            "This credential was not given the right to decide",
            code=Code.CREDENTIAL_CANNOT_DECIDE,
            hint="Decide in the browser, or make an app password with the right to decide.",
        )


def manages(caller: Caller) -> bool:
    """Say whether the caller is a manager or an owner of the workspace."""
    person = caller.actor.kind is Kind.PERSON and caller.door is not Door.MCP
    return person and caller.role in MANAGING


def steps_of(handoff: Handoff) -> tuple[Step, ...]:
    """Return the steps in which it is reviewed; there is always one."""
    if handoff.steps:
        return handoff.steps
    return (Step(reviewers=handoff.reviewers, required=handoff.required),)


def named(reviewers: tuple[str, ...], caller: Caller) -> tuple[str, ...]:
    """Return those of a list of actor ids and `group:NAME` that mean the caller."""
    return naming(reviewers, caller.actor.id, caller.groups)


def naming(
    reviewers: tuple[str, ...], person: ActorId, groups: frozenset[str]
) -> tuple[str, ...]:
    """Return those of a list of actor ids and `group:NAME` that mean a person."""
    mine = {str(person), *(f"group:{group}" for group in groups)}
    return tuple([name for name in reviewers if name in mine])


def names_caller(reviewers: tuple[str, ...], caller: Caller) -> bool:
    """Say whether a list of actor ids and `group:NAME` names the caller."""
    return bool(named(reviewers, caller))


def names(reviewers: tuple[str, ...], person: ActorId, groups: frozenset[str]) -> bool:
    """Say whether a list of actor ids and `group:NAME` names a person with these groups."""
    return bool(naming(reviewers, person, groups))


def stands_for(handoff: Handoff, step: Step, caller: Caller) -> tuple[str, ...]:
    """Return whom the caller's approval counts for in a step in which each must approve.

    Whoever is named there counts for themselves; else for one who is away and named there.
    """
    if not step.each:
        return ()
    absent = absent_for(handoff, step, caller)[:1]
    theirs = [naming(step.reviewers, each.person, each.groups) for each in absent]
    return named(step.reviewers, caller) or next(iter(theirs), ())


def reviews_step(handoff: Handoff, step: Step, caller: Caller) -> bool:
    """Say whether the caller may review in this step.

    Managers may in each; so may whom it was raised to; with nobody named, any reviewer.
    So may, for one who is away and was asked, to whom they delegated.
    """
    if caller.actor.kind is not Kind.PERSON or caller.role not in REVIEWING:
        return False
    return _by_themselves(handoff, step, caller) or absent_for(handoff, step, caller) != ()


def _by_themselves(handoff: Handoff, step: Step, caller: Caller) -> bool:
    if caller.role in MANAGING or not step.reviewers:
        return True
    return names_caller(asked_in(handoff, step), caller)


def asked_in(handoff: Handoff, step: Step) -> tuple[str, ...]:
    """Return whom a step asks, with whom the handoff was raised to."""
    return (*step.reviewers, handoff.raised_to) if handoff.raised_to else step.reviewers


def absent_for(handoff: Handoff, step: Step, caller: Caller) -> tuple[Absent, ...]:
    """Return for whom the caller reviews in a step; nobody where they were asked themselves.

    Nobody reviews for a person what that person submitted (RULES 27).
    """
    asked = asked_in(handoff, step)
    if not caller.stands_in_for or not step.reviewers or names_caller(asked, caller):
        return ()
    return tuple(
        [
            absent
            for absent in caller.stands_in_for
            if absent.person != handoff.submitted_by
            and names(asked, absent.person, absent.groups)
        ]
    )


def on_behalf_of(handoff: Handoff, step: Step, caller: Caller) -> ActorId | None:
    """Return the one person who is away for whom the caller's review is recorded."""
    absent = absent_for(handoff, step, caller)
    return absent[0].person if absent else None


def may_review(handoff: Handoff, caller: Caller) -> bool:
    """Say whether the caller is a reviewer of it, in whatever step."""
    return any(reviews_step(handoff, step, caller) for step in steps_of(handoff))


def check_reviewer(handoff: Handoff, caller: Caller) -> None:
    """Refuse who is no reviewer of it."""
    if not may_review(handoff, caller):
        raise Forbidden(
            "You are not a reviewer of this handoff",
            code=Code.NOT_A_REVIEWER,
            hint="Ask a manager to raise it to you.",
        )


def is_free_for(handoff: Handoff, caller: Caller) -> bool:
    """Say whether nobody else has taken it, but one who is away and for whom they stand in."""
    theirs = {each.person for each in caller.stands_in_for}
    return handoff.taken_by in {None, caller.actor.id, *theirs}


def take(handoff: Handoff, *, caller: Caller) -> tuple[Handoff, Event]:
    """Take a review on oneself, so that nobody else looks at the same time."""
    check_reviewer(handoff, caller)
    check_in_review(handoff)
    if not is_free_for(handoff, caller) and not manages(caller):
        raise Conflict(
            "Somebody else has taken this review",
            code=Code.CONFLICT,
            hint="Ask them to give it back.",
            taken_by=handoff.taken_by,
        )
    taken = replace(handoff, taken_by=caller.actor.id)
    return taken, told(taken, Type.HANDOFF_TAKEN)


def give_back(handoff: Handoff, *, caller: Caller) -> tuple[Handoff, Event]:
    """Give a review back, for others to take."""
    check_reviewer(handoff, caller)
    check_in_review(handoff)
    if handoff.taken_by is None or (
        handoff.taken_by != caller.actor.id and not manages(caller)
    ):
        raise Conflict("This review is not yours to give back", code=Code.WRONG_STATE)
    given = replace(handoff, taken_by=None)
    return given, told(given, Type.HANDOFF_GIVEN_BACK)


def offer(handoff: Handoff, *, caller: Caller) -> tuple[Handoff, Event]:
    """Let other agents than the submitter claim what was sent back (RULES 11)."""
    check_reviewer(handoff, caller)
    if handoff.state not in (State.CHANGES_REQUESTED, State.ANSWERED):
        raise wrong_state(handoff, "offer")
    offered = replace(handoff, offered=True)
    return offered, told(offered, Type.HANDOFF_OFFERED)


def check_raises(handoff: Handoff, *, to: str, caller: Caller) -> None:
    """Refuse who may not raise it, and who would give themselves a say that they have not.

    Whom it is raised to may decide in each step, so only a manager may raise it to themselves.
    """
    if manages(caller) or caller.actor.kind is Kind.SYSTEM:
        return
    check_reviewer(handoff, caller)
    in_each = all(reviews_step(handoff, step, caller) for step in steps_of(handoff))
    if names_caller((to,), caller) and not in_each:
        raise Forbidden(
            "Nobody raises a handoff to themselves",
            code=Code.NOT_A_REVIEWER,
            hint="Ask a manager to raise it to you.",
        )


def raise_(handoff: Handoff, *, to: str, reason: str = "") -> tuple[Handoff, Event]:
    """Raise a handoff to an actor or a `group:NAME`, who may then decide on it too."""
    check_in_review(handoff)
    raised = replace(handoff, raised_to=to)
    event = replace(told(raised, Type.HANDOFF_RAISED), subject=to)
    return raised, replace(event, reason=checked_reason(reason) or None)
