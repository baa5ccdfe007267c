"""What one was told: the list, and marking it as seen. Only a POST marks anything."""

from urllib.parse import quote, urlencode, urlsplit

from signoff.actions import events, notifications
from signoff.actions.notifications import Count, ListNotifications, NotificationView, Read
from signoff.domain.ids import HandoffId
from signoff.web.visits import Visit, own_path

PATH = "news"
ICONS = {
    "asked": "approval",
    "reassigned": "relay",
    "raised": "up",
    "reminded": "clock",
    "next_round": "feedback",
    "second_look": "eye",
    "open": "inbox",
    "mentioned": "comment",
    "decided": "check",
    "commented": "comment",
    "agent_decided": "agent",
    "endpoint": "link",
    "settled": "check",
}


async def show(visit: Visit) -> None:
    """Show what one was told, unread first."""
    asked = ListNotifications(cursor=visit.query.get("cursor", ""))
    page = await visit.ask(notifications.list_, asked)
    head = await visit.ask(events.head, events.Head())
    items: list[NotificationView] = list(page.items)
    unread = [_item(one) for one in items if one.unread]
    seen = [_item(one) for one in items if not one.unread]
    await visit.show(
        "news.html",
        shell=await visit.shell(PATH),
        groups=[
            {"name": name, "items": some}
            for name, some in (("New", unread), ("Seen", seen))
            if some
        ],
        here=f"{visit.root}/{PATH}",
        until=max((one.position for one in items), default=0) if unread else 0,
        next_url=f"?{urlencode({'cursor': page.next})}" if page.next else "",
        settings_url=f"{visit.root}/you/notifications",
        live_url=f"{visit.api}/events?after={head.position}",
    )


def _item(one: NotificationView) -> dict[str, object]:
    """Return an item with a link that stays within these pages, whatever they are called."""
    address = urlsplit(one.url)
    path = f"{address.path}#{address.fragment}" if address.fragment else address.path
    return {
        "id": one.id,
        "headline": one.headline,
        "url": own_path(path),
        "by": one.by,
        "at": one.at,
        "unread": one.unread,
        "settled": one.settled,
        "icon": ICONS.get(one.topic, "inbox"),
    }


async def read(visit: Visit) -> None:
    """Mark as seen: one of them, or all up to the newest that the page showed."""
    form = await visit.form()
    until = form.get("until")
    known = until.isascii() and until.isdigit() and len(until) < 16  # noqa: PLR2004  fits an int8
    ids = tuple(form.all("id"))[:200]
    if ids or known:
        asked = Read(ids=ids, until=int(until) if known else 0)
        await visit.do(notifications.read, asked)
    await visit.go(f"{visit.root}/{PATH}")


async def read_handoff(visit: Visit) -> None:
    """Mark all that one was told of a handoff as seen, and go back to its page."""
    name = visit.path["handoff"]
    await visit.do(notifications.read, Read(handoff=name))
    await visit.go(f"{visit.root}/handoffs/{quote(name, safe='')}")


async def unread_of(visit: Visit, handoff: str) -> int:
    """Return how much of what one was told of a handoff one has not seen."""
    return (await visit.ask(notifications.count, Count(handoff=HandoffId(handoff)))).unread
