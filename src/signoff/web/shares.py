"""Sharing reviews: hand one on from its page; say on one's own page that one is away."""

from datetime import datetime
from typing import Any

from signoff.actions import delegations, members, reassigning
from signoff.actions.delegations import AwayView, End, Every, Set
from signoff.actions.reassigning import Reassign
from signoff.asgi.problems import status_of
from signoff.domain.actors import Role
from signoff.domain.errors import Invalid, Refusal
from signoff.domain.permissions import Permission, allowed
from signoff.domain.reviewers import REVIEWING
from signoff.web import desk, problems
from signoff.web.visits import Visit


async def reassign(visit: Visit) -> None:
    """Hand the review on, and show the page as it is then."""
    form = await visit.form()
    asked = Reassign(
        handoff=visit.path["handoff"],
        to=form.get("to"),
        from_=form.get("from"),
        note=form.get("note").strip(),
    )
    try:
        await visit.do(reassigning.reassign, asked)
    except Refusal as refusal:
        if status_of(refusal) == 401:  # noqa: PLR2004
            raise
        problem = problems.problem_of(refusal) | {"title": "It was not handed on."}
        await desk.put_up(visit, desk.Given(problem=problem, status=status_of(refusal)))
    else:
        await visit.go(desk.url_of(visit))


# Being away.


async def show(visit: Visit) -> dict[str, Any]:
    """Return what one's own page says of being away."""
    me = visit.caller.actor.id
    every: list[AwayView] = list((await visit.ask(delegations.every, Every())).items)
    may = allowed(visit.caller, Permission.AWAY_SET)
    people_ = (await visit.ask(members.every, members.Every())).items if may else ()
    return {
        "may": may,
        "mine": next((one for one in every if one.person.id == me), None),
        "for_others": [one for one in every if one.to.id == me],
        "people": [
            (one.person.id, one.person.name)
            for one in people_
            if one.person.id != me and Role(one.role) in REVIEWING
        ],
    }


async def go_away(visit: Visit) -> dict[str, Any] | None:
    """Say that one is away; return why not, with what was written, or nothing."""
    form = await visit.form()
    given = {name: form.get(name) for name in ("from", "until", "to", "note")}
    shell = await visit.shell()
    try:
        if not given["to"]:
            raise Invalid("Say who stands in", field="to")
        await visit.do(
            delegations.set,
            Set(
                to=given["to"],
                until=_time(given["until"], shell.zone),
                from_=_time(given["from"], shell.zone) if given["from"] else None,
                note=given["note"].strip(),
            ),
        )
    except Refusal as refusal:
        if status_of(refusal) in (401, 403):
            raise
        problem = problems.problem_of(refusal) | {"title": "That cannot be taken."}
        return {"problem": problem, "given": given, "status": status_of(refusal)}
    return None


def _time(said: str, zone: Any) -> datetime:
    """Return a time of a form, `2026-07-01T08:00`, in the reader's zone."""
    try:
        return datetime.fromisoformat(said).replace(tzinfo=zone)
    except ValueError:
        raise Invalid("Say until when, with day and hour", field="until") from None


async def come_back(visit: Visit) -> None:
    """Say that one is back, and show one's page."""
    await visit.do(delegations.end, End())
    await visit.go(f"{visit.root}/you#away")
