"""One's app passwords, which open drives: make one, see it once, end it."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from msgspec.structs import replace

from signoff.actions import app_passwords, people
from signoff.actions.app_passwords import AppPasswordView
from signoff.asgi.problems import status_of
from signoff.domain.actors import Caller
from signoff.domain.errors import Conflict, Invalid
from signoff.domain.files import clean_path
from signoff.domain.ids import INSTANCE
from signoff.web import places, problems
from signoff.web.visits import Form, Visit

ENDINGS: dict[str, tuple[str, int]] = {
    "": ("When I revoke it", 0),
    "30": ("After 30 days", 30),
    "90": ("After 90 days", 90),
    "365": ("After a year", 365),
}
"""By what the form says: its words, and after how many days; 0 is never by itself."""


def url(visit: Visit, *, folder: str = "") -> str:
    """Return the URL of the page; `folder` is what is to be mounted with what is made there."""
    here = f"{visit.root}/you/passwords"
    return f"{here}?{urlencode({'folder': folder})}" if folder else here


async def show(visit: Visit) -> None:
    """Show the passwords that open a drive, and the form that makes another."""
    await _put_up(visit)


async def make(visit: Visit) -> None:
    """Make one, and show its secret: in this answer, which nobody keeps, and never again."""
    form = await visit.form()
    try:
        asked = await _asked(visit, form)
        done = await visit.house.do(app_passwords.create, owner(visit), asked)
    except (Conflict, Invalid) as refusal:
        problem = problems.problem_of(refusal)
        await _put_up(visit, form=form, problem=problem, status=status_of(refusal))
    else:
        await _put_up(visit, made=done.result, form=Form([("folder", form.get("folder"))]))


async def revoke(visit: Visit) -> None:
    """End one at once, and show what is left."""
    asked = app_passwords.Revoke(password=visit.path["password"])
    await visit.house.do(app_passwords.revoke, owner(visit), asked)
    await visit.go(url(visit))


async def live(visit: Visit) -> list[AppPasswordView]:
    """Return one's app passwords but those that were revoked, the newest first."""
    page = await visit.house.ask(app_passwords.every, owner(visit), app_passwords.Every())
    kept: list[AppPasswordView] = [each for each in page.items if each.revoked_at is None]
    return sorted(kept, key=lambda each: each.created_at, reverse=True)


def owner(visit: Visit) -> Caller:
    """Return the caller outside every workspace: app passwords open all that are theirs."""
    return replace(visit.caller, workspace=INSTANCE, role=None, groups=frozenset())


async def _asked(visit: Visit, form: Form) -> app_passwords.Create:
    if form.get("ends") not in ENDINGS:
        raise Invalid("That is no time at which it could end", hint="Choose one of the list.")
    _, days = ENDINGS[form.get("ends")]
    now = (await visit.shell()).now
    return app_passwords.Create(
        name=form.get("name"),
        decides=form.get("decides") == "1",
        expires_at=now + timedelta(days=days) if days else None,
    )


async def _put_up(
    visit: Visit,
    *,
    made: AppPasswordView | None = None,
    form: Form | None = None,
    problem: dict[str, Any] | None = None,
    status: int = 200,
) -> None:
    said = form or Form(())
    me = await visit.ask(people.me, people.Me())
    folder = clean_path(said.get("folder") or visit.query.get("folder", ""))
    await visit.show(
        "app_passwords.html",
        status=status,
        shell=await visit.shell("you"),
        email=me.email or "",
        made=made,
        passwords=[each for each in await live(visit) if made is None or each.id != made.id],
        endings=[
            {"value": value, "words": words, "chosen": value == said.get("ends")}
            for value, (words, _) in ENDINGS.items()
        ],
        given={"name": said.get("name"), "decides": said.get("decides") == "1"},
        problem=problem,
        here=url(visit),
        folder=folder,
        mount_url=places.drive_url(visit, folder),
    )
