"""The workspace's channels: where a group or everybody is told, and of what."""

from signoff.actions import channels
from signoff.actions.channels import ChannelView, Every, Remove, Set
from signoff.asgi.problems import status_of
from signoff.domain.errors import Conflict, Invalid
from signoff.domain.messages import ChannelKind
from signoff.domain.sidecars import KINDS
from signoff.web import problems, settings
from signoff.web.hearing import CHANNELS
from signoff.web.visits import Form, Visit

PATH = "settings/channels"


async def show(visit: Visit) -> None:
    """Show the channels of the workspace."""
    await _put_up(visit)


async def set_one(visit: Visit) -> None:
    """Add a channel, or change one."""
    form = await visit.form()
    try:
        await visit.do(channels.set, _asked(visit, form))
    except (Conflict, Invalid) as refusal:
        await _put_up(visit, refusal=refusal, form=form)
    else:
        await visit.go(f"{visit.root}/{PATH}")


def _asked(visit: Visit, form: Form) -> Set:
    try:
        kind = ChannelKind(form.get("kind"))
    except ValueError:
        raise Invalid("That is no kind of channel", hint="Choose one of the list.") from None
    return Set(
        channel=visit.path.get("channel", ""),
        name=form.get("name"),
        kind=kind,
        address=form.get("address"),
        group=form.get("group").strip(),
        handoff_kind=form.get("handoff_kind"),
        path=form.get("path").strip(),
        decisions=form.get("decisions") == "1",
    )


async def remove(visit: Visit) -> None:
    """Tell one nothing any more."""
    await visit.do(channels.remove, Remove(channel=visit.path["channel"]))
    await visit.go(f"{visit.root}/{PATH}")


async def _put_up(
    visit: Visit, *, refusal: Conflict | Invalid | None = None, form: Form | None = None
) -> None:
    page = await visit.ask(channels.every, Every())
    items: list[ChannelView] = list(page.items)
    said = form if form is not None and "channel" not in visit.path else Form(())
    await visit.show(
        "channels.html",
        status=status_of(refusal) if refusal else 200,
        shell=await visit.shell("settings"),
        side=settings.side(visit, PATH),
        problem=problems.problem_of(refusal) if refusal else None,
        here=f"{visit.root}/{PATH}",
        channels=items,
        kinds=[(kind.value, name) for kind, name in CHANNELS.items()],
        handoff_kinds=list(KINDS),
        given={name: said.get(name) for name in FIELDS},
    )


FIELDS = ("name", "kind", "address", "group", "handoff_kind", "path", "decisions")
