"""Who one is here: name, role, appearance, app passwords, the way out."""

from signoff.actions import people, workspaces
from signoff.web import app_passwords
from signoff.web.visits import Visit


async def show(visit: Visit) -> None:
    """Show who is signed in, and where else they may go."""
    me = await visit.ask(people.me, people.Me())
    mine = await visit.ask(workspaces.every, workspaces.Every())
    await visit.show(
        "you.html",
        shell=await visit.shell("you"),
        email=me.email or "",
        role=me.role or "",
        groups=me.groups,
        passwords=len(await app_passwords.live(visit)),
        others=[one for one in mine.items if one.slug != visit.workspace],
    )
