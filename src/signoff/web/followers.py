"""Who follows the log, how far each has read, and the way back for one that must read again."""

from signoff.actions import followers
from signoff.actions.followers import Every, Rewind
from signoff.asgi.problems import status_of
from signoff.domain.errors import Invalid
from signoff.domain.permissions import Permission, allowed
from signoff.web import problems, settings
from signoff.web.visits import Visit

PATH = "settings/followers"


async def show(visit: Visit) -> None:
    """Show who follows the log."""
    await _put_up(visit)


async def rewind(visit: Visit) -> None:
    """Let one read again from a position, and show where it stands."""
    form = await visit.form()
    try:
        asked = Rewind(name=visit.path["name"], position=_position(form.get("position")))
        await visit.do(followers.rewind, asked)
    except Invalid as refusal:
        await _put_up(visit, refusal=refusal)
    else:
        await visit.go(f"{visit.root}/{PATH}")


def _position(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 16):  # noqa: PLR2004  fits an int8
        raise Invalid("A position is a whole number from 0", field="position")
    return int(text)


async def _put_up(visit: Visit, *, refusal: Invalid | None = None) -> None:
    page = await visit.ask(followers.every, Every())
    await visit.show(
        "followers.html",
        status=status_of(refusal) if refusal else 200,
        shell=await visit.shell("settings"),
        side=settings.side(visit, PATH),
        followers=page.items,
        may_rewind=allowed(visit.caller, Permission.FOLLOWER_REWIND),
        problem=problems.problem_of(refusal) if refusal else None,
        here=f"{visit.root}/{PATH}",
    )
