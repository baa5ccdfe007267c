"""The record: everything that happened, newest first, and how far it is sealed."""

from typing import Any
from urllib.parse import urlencode

from msgspec import UNSET, UnsetType

from signoff.actions import events, handoffs, overviews
from signoff.actions.entries import EventView
from signoff.actions.events import Recent
from signoff.actions.handoffs import One
from signoff.actions.overviews import AskTitles, LookAtSeal
from signoff.asgi.answers import query_int
from signoff.web.visits import Visit

PAGE = 100
MOST = 10**15
OPTIONAL = ("path", "from_path", "to_path", "version", "handoff", "round", "reason")


async def show(visit: Visit) -> None:
    """Show a page of the record, of one handoff if it is asked for."""
    before = min(max(query_int(visit.query, "before", 0), 0), MOST)
    handoff = visit.query.get("handoff", "")
    title = ""
    if handoff:
        title = (await visit.ask(handoffs.read, One(handoff=handoff))).title
    page = await visit.ask(events.recent, Recent(before=before, limit=PAGE, handoff=handoff))
    named = {event.handoff for event in page.items if not isinstance(event.handoff, UnsetType)}
    titles = await visit.ask(overviews.titles, AskTitles(handoffs=tuple(named)))
    seal = await visit.ask(overviews.seal, LookAtSeal())
    await visit.show(
        "activity.html",
        shell=await visit.shell("activity"),
        filters=_filters(visit, handoff, title),
        checked=None,
        seal=seal,
        sealed=seal.size if seal else 0,
        entries=[_entry(event, titles) for event in page.items],
        next_url=_url(handoff, before=page.next) if page.next else "",
        newest_url=_url(handoff) if before else "",
    )


def _url(handoff: str, *, before: int = 0) -> str:
    said = {"handoff": handoff, "before": str(before) if before else ""}
    return "?" + urlencode({name: value for name, value in said.items() if value})


def _filters(visit: Visit, handoff: str, title: str) -> list[dict[str, Any]]:
    everything = f"{visit.root}/activity"
    if not handoff:
        return []
    return [
        {"name": title, "url": everything, "icon": "x", "current": True},
        {
            "name": "Back to the handoff",
            "url": f"{visit.root}/handoffs/{handoff}",
            "icon": "left",
            "current": False,
        },
    ]


def _entry(event: EventView, titles: dict[str, str]) -> dict[str, Any]:
    said: dict[str, Any] = {
        name: value
        for name in OPTIONAL
        if not isinstance(value := getattr(event, name), UnsetType)
    }
    codes = {} if event.codes is UNSET else event.codes
    return {
        "position": event.position,
        "type": event.type,
        "at": event.at,
        "actor": event.actor,
        "credential": event.credential,
        "door": event.door,
        "path": said.get("path"),
        "from": said.get("from_path"),
        "to": said.get("to_path"),
        "version": said.get("version"),
        "handoff": said.get("handoff"),
        "title": titles.get(said.get("handoff", "")),
        "round": said.get("round"),
        "reason": said.get("reason"),
        "code": codes.get("code"),
    }
