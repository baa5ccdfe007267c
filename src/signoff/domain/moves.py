"""Judging a move or a write, at every door, by the table in `meanings`."""

from signoff.domain.actors import Caller, Door, Kind
from signoff.domain.errors import Code, Conflict, Forbidden, Held, Refusal
from signoff.domain.meanings import (
    VERDICT_OF,
    Meaning,
    MoveMeaning,
    No,
    Source,
    Spot,
    Target,
    Unit,
    moving,
    writing,
)
from signoff.domain.reviewers import check_decides, manages

_RIGHTS = frozenset(
    {
        No.AGENT_CANNOT_DECIDE,
        No.BY_DECISION_ONLY,
        No.NOT_A_MOVE,
        No.NOT_YOURS,
        No.CLAIM_INSTEAD,
    }
)
"""Refusals of right, which come before those of what somebody holds (RULES 17)."""

_OF_LOOSE_WORK = frozenset({Meaning.MOVE, Meaning.LOOSE_WORK, Meaning.SUBMIT})
"""What an agent does with loose work of its own alone."""


def judge(caller: Caller, source: Source, target: Target) -> MoveMeaning:
    """Return what a move means, or refuse it.

    Names that are taken, locks and grants are others' business; so is whether the one
    verdict that a move carries is enough to decide (RULES 30).
    """
    if target.package is not None and not _beside(source, target):
        return _into_package(caller, source, target)
    agent = acts_as_agent(caller)
    cell = moving(source.unit, source.spot, target.spot, agent=agent)
    if isinstance(cell, No) and cell in _RIGHTS:
        raise refusal(cell, source)
    _check_claims(source, target)
    if isinstance(cell, No):
        raise refusal(cell, source)
    _check_own(caller, source, cell)
    verdict = None
    if cell in (Meaning.VERDICT, Meaning.FILE_VERDICT):
        check_decides(caller)
        verdict = VERDICT_OF[target.spot]
    if cell is Meaning.CLAIM and caller.door is not Door.DAV:
        raise refusal(No.CLAIM_INSTEAD, source)
    if cell is Meaning.EDIT and source.last_file and target.spot is Spot.TRASH:
        raise refusal(No.LAST_FILE, source)
    return MoveMeaning(meaning=cell, verdict=verdict, handoff=source.handoff)


def judge_write(caller: Caller, at: Source) -> MoveMeaning:
    """Return what it means to write where `at` is; of a new name, what is around it."""
    cell = writing(at.unit, at.spot, agent=acts_as_agent(caller))
    if cell is No.FROZEN and at.own and at.first_sidecar:
        return MoveMeaning(meaning=Meaning.FIRST_SIDECAR, handoff=at.handoff)
    if isinstance(cell, No) and cell in _RIGHTS:
        raise refusal(cell, at)
    _check_claims(at)
    if isinstance(cell, No):
        raise refusal(cell, at)
    if at.claimed_by is not None:
        return MoveMeaning(meaning=Meaning.WRITE, handoff=at.handoff)
    _check_own(caller, at, cell)
    return MoveMeaning(meaning=cell, handoff=at.handoff)


def acts_as_agent(caller: Caller) -> bool:
    """Say whether the agents' column holds: whoever comes over MCP is one (RULES 23)."""
    return caller.actor.kind is not Kind.PERSON or caller.door is Door.MCP


def _beside(source: Source, target: Target) -> bool:
    """Say whether what is moved stays out of the other package, whose name is only taken.

    What a verdict moves gives way to what stands there (RULES 5).
    """
    if target.package == source.handoff:
        return True
    decided = source.unit in (Unit.PACKAGE, Unit.PART) and target.spot in VERDICT_OF
    return target.whole and decided


def _into_package(caller: Caller, source: Source, target: Target) -> MoveMeaning:
    """Judge adding to a package: a write in it, of something that is free to leave."""
    if source.unit is Unit.PACKAGE:
        raise refusal(No.NESTED, source)
    if source.unit is Unit.PLACE:
        raise refusal(No.HOLDS, source)
    _check_claims(source, target)
    leaving = moving(source.unit, source.spot, Spot.TRASH, agent=acts_as_agent(caller))
    if isinstance(leaving, No):
        raise refusal(leaving, source)
    if leaving is Meaning.EDIT:
        raise refusal(No.NOT_A_MOVE, source)
    around = Source(
        spot=target.spot,
        unit=Unit.PART,
        handoff=target.package,
        claimed_by=target.claimed_by,
        held=target.held,
    )
    return judge_write(caller, around)


def _check_claims(source: Source, target: Target | None = None) -> None:
    """Refuse to reach into a work folder that the caller does not hold."""
    if source.claimed_by is not None and not source.held:
        raise refusal(No.CLAIMED, source, holder=source.claimed_by)
    if target is not None and target.claimed_by is not None and not target.held:
        raise refusal(No.CLAIMED, source, holder=target.claimed_by)


def _check_own(caller: Caller, source: Source, meaning: Meaning) -> None:
    """Refuse what only its submitter, its writer or a manager may do."""
    if source.own or source.held or manages(caller):
        return
    if meaning is Meaning.WITHDRAW:
        raise refusal(No.NOT_YOURS, source)
    # What was sent back is its submitter's; others claim it, once it is offered (RULES 11, 19).
    sent_back = source.spot is Spot.FEEDBACK and source.unit is Unit.PACKAGE
    if sent_back and meaning is Meaning.SUBMIT and acts_as_agent(caller):
        raise refusal(No.NOT_YOURS, source)
    arriving = source.spot is Spot.REVIEW and source.unit is Unit.PLAIN
    if arriving and meaning in (Meaning.MOVE, Meaning.SUBMIT):
        raise refusal(No.FROZEN, source)
    if source.spot is Spot.PROCESSING and meaning in _OF_LOOSE_WORK and acts_as_agent(caller):
        raise refusal(No.NOT_YOURS, source)


_WORDS: dict[No, tuple[type[Refusal], Code, str, str]] = {
    No.AGENT_CANNOT_DECIDE: (
        Forbidden,
        Code.AGENT_CANNOT_DECIDE,
        "Moving this would decide on it, and only a person can",
        "Wait for the decision, or withdraw it by moving it to processing/.",
    ),
    No.BY_DECISION_ONLY: (
        Forbidden,
        Code.BY_DECISION_ONLY,
        "Nothing comes here but by a decision",
        "Submit it to needs-review/.",
    ),
    No.NOT_A_MOVE: (
        Forbidden,
        Code.NOT_A_MOVE,
        "This move means nothing in the life of a handoff",
        "Submit, claim, withdraw or recall it instead.",
    ),
    No.NOT_YOURS: (
        Forbidden,
        Code.FORBIDDEN,
        "This is somebody else's work",
        "Ask them, or a manager.",
    ),
    No.CLAIM_INSTEAD: (
        Forbidden,
        Code.CLAIM_INSTEAD,
        "An agent takes work by claiming it",
        "POST claims with its path.",
    ),
    No.FROZEN: (
        Held,
        Code.FROZEN,
        "It is in review and held still until it is decided",
        "Withdraw it first, or wait for the decision.",
    ),
    No.RECALL_FIRST: (
        Held,
        Code.FROZEN,
        "It is decided, and stays as it was decided",
        "Recall it to change it; a copy of it is free.",
    ),
    No.LAST_FILE: (
        Held,
        Code.FROZEN,
        "It is the last file of a package in review",
        "Reject the package, or withdraw it.",
    ),
    No.CLAIM_FIRST: (
        Held,
        Code.CLAIM_FIRST,
        "It was sent back and nobody has claimed it",
        "Claim it from feedback/, then change it.",
    ),
    No.CLAIMED: (
        Held,
        Code.CLAIMED,
        "An agent is at work on this",
        "Send the claim's lock token if it is yours; else wait, or ask a manager.",
    ),
    No.HOLDS: (
        Conflict,
        Code.HOLDS_HANDOFFS,
        "This folder holds handoffs, claims or others' locks",
        "Move what is in it, one by one.",
    ),
    No.NESTED: (
        Conflict,
        Code.PACKAGE_NESTED,
        "A package cannot be put into another",
        "Put it beside the other.",
    ),
}


def refusal(no: No, source: Source, *, holder: str | None = None) -> Refusal:
    """Return the refusal that a cell of the table stands for."""
    kind, code, message, hint = _WORDS[no]
    facts: dict[str, str] = {"handoff": source.handoff} if source.handoff else {}
    if holder is not None:
        facts["holder"] = holder
    return kind(message, code=code, hint=hint, **facts)
