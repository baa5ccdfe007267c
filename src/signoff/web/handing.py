"""Whom a review asks, and to whom it may be handed, as its page shows it."""

from typing import Any

from signoff.actions import members
from signoff.actions.handoff_files import Desk
from signoff.actions.members import MemberView
from signoff.domain.actors import Role
from signoff.domain.reviewers import REVIEWING, manages
from signoff.web.visits import Visit

GROUP = "group:"


async def choices(visit: Visit, seen: Desk) -> dict[str, Any]:
    """Return who is asked by name, and to whom the reader may hand it, and whose review."""
    every: list[MemberView] = list((await visit.ask(members.every, members.Every())).items)
    names = {one.person.id: one.person.name for one in every}
    handoff, me = seen.handoff, visit.caller.actor.id
    asked = [(name, _spoken(name, names)) for name in handoff.reviewers]
    takes = [one for one in every if Role(one.role) in REVIEWING]
    others = [one for one in takes if one.person.id not in (me, handoff.submitted_by.id)]
    groups = sorted({group for one in takes for group in one.groups})
    whose = asked if manages(visit.caller) and me not in handoff.reviewers else []
    hand = {
        "people": [(one.person.id, one.person.name) for one in others],
        "groups": [(f"{GROUP}{name}", name) for name in groups],
        "whose": whose if len(whose) > 1 else [],
    }
    return {
        "asked": [words for _, words in asked],
        "for_whom": seen.on_behalf_of,
        "hand": hand if seen.may_hand else None,
    }


def _spoken(name: str, names: dict[str, str]) -> str:
    if name.startswith(GROUP):
        return name.removeprefix(GROUP)
    return names.get(name, "somebody who is no member any more")
