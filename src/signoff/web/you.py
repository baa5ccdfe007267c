"""Who one is here: name, role, absence, appearance, app passwords, the way out."""

from typing import Any

from signoff.actions import people, workspaces
from signoff.web import app_passwords, shares
from signoff.web.visits import Visit


async def show(visit: Visit) -> None:
    """Show who is signed in, and where else they may go."""
    await _put_up(visit, {})


async def go_away(visit: Visit) -> None:
    """Say that one is away, and show one's page; it keeps what could not be taken."""
    refused = await shares.go_away(visit)
    if refused is None:
        await visit.go(f"{visit.root}/you#away")
    else:
        await _put_up(visit, refused)


async def _put_up(visit: Visit, refused: dict[str, Any]) -> None:
    me = await visit.ask(people.me, people.Me())
    mine = await visit.ask(workspaces.every, workspaces.Every())
    await visit.show(
        "you.html",
        status=refused.get("status", 200),
        shell=await visit.shell("you"),
        email=me.email or "",
        role=me.role or "",
        groups=me.groups,
        away=await shares.show(visit),
        given=refused.get("given", {}),
        problem=refused.get("problem"),
        passwords=len(await app_passwords.live(visit)),
        others=[one for one in mine.items if one.slug != visit.workspace],
    )
