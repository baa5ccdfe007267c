"""Listening: one stream on which a client is told what changed (`subscriptions/listen`).

It sleeps on the node's one tail, reads events that were read once for all, and asks for each
of them whether the caller may see it. What was missed is not sent again: a client that comes
back looks anew.
"""

from collections.abc import Iterable

from mcp_types.jsonrpc import INVALID_PARAMS
from msgspec import Struct

from signoff.actions import events
from signoff.actions.entries import EventView
from signoff.actions.events import EventsPage, FindEvents
from signoff.asgi.vigils import vigil
from signoff.domain.errors import Refusal
from signoff.domain.ids import HandoffId
from signoff.mcp import tasks
from signoff.mcp.messages import Fault, Json
from signoff.mcp.uris import path_of
from signoff.mcp.visit import Visit

SUBSCRIPTION = "io.modelcontextprotocol/subscriptionId"
MOST = 1000


class Filter(Struct, frozen=True, kw_only=True):
    """What a client wants to be told of: addresses with the paths that they mean, and tasks."""

    paths: dict[str, str]
    lists: bool
    tasks: frozenset[str]

    @property
    def told(self) -> Json:
        """Return what was agreed on."""
        said: Json = {}
        if self.lists:
            said["resourcesListChanged"] = True
        if self.paths:
            said["resourceSubscriptions"] = list(self.paths)
        if self.tasks:
            said["taskIds"] = sorted(self.tasks)
        return said


async def listen(visit: Visit, params: Json) -> Json:
    """Tell a client what changes, until it leaves or may not listen, or the server stops."""
    wanted = _wanted(visit, params.get("notifications"))
    if wanted.tasks:
        tasks.check_declared(visit)
    meta = {SUBSCRIPTION: visit.reply.name}
    await Stream(visit, wanted, meta=meta).run({"notifications": wanted.told})
    return {"_meta": meta}


def _wanted(visit: Visit, said: object) -> Filter:
    if not isinstance(said, dict):
        raise Fault(INVALID_PARAMS, "Say in `notifications` what to listen to")
    uris, names = said.get("resourceSubscriptions", []), said.get("taskIds", [])
    for each in (uris, names):
        if not isinstance(each, list) or len(each) > MOST:
            raise Fault(INVALID_PARAMS, f"It is a list of {MOST} at most")
    paths: dict[str, str] = {}
    for uri in uris:
        try:
            paths[str(uri)] = path_of(str(uri), workspace=visit.workspace)
        except Refusal:
            continue  # what cannot be there never changes, and is not agreed on
    return Filter(
        paths=paths,
        lists=said.get("resourcesListChanged") is True,
        tasks=frozenset(str(name) for name in names),
    )


def _handoffs(names: Iterable[str]) -> tuple[HandoffId, ...]:
    return tuple(HandoffId(name.partition(".")[0]) for name in names)


class Stream:
    """What one client is told on one connection; `wanted` may change meanwhile."""

    def __init__(self, visit: Visit, wanted: Filter, *, meta: Json) -> None:
        self.visit = visit
        self.wanted = wanted
        self._meta = meta

    async def run(self, agreed: Json | None) -> None:
        """Begin by saying what was agreed on, if anything was; then tell what changes."""
        with self.visit.parts.streams.hold(self.visit.caller.credential.id):
            await self._follow(agreed)

    async def _follow(self, agreed: Json | None) -> None:
        visit, wanted = self.visit, self.wanted
        named = () if wanted.paths or wanted.lists else _handoffs(wanted.tasks)
        async with vigil(visit, *named) as waiting:
            head = await visit.ask(events.head, events.Head())
            if agreed is None:
                await visit.reply.comment()
            else:
                await self._tell("notifications/subscriptions/acknowledged", agreed)
            await waiting.follow(FindEvents(after=head.position), self._tell_page)

    async def _tell_page(self, page: EventsPage) -> None:
        if page.items:
            await self._tell_of(page.items)
        else:
            await self.visit.reply.comment()

    async def _tell_of(self, told: tuple[EventView, ...]) -> None:
        touched = {place for event in told for place in _places(event)}
        # A client of old may subscribe while it is told.
        for uri, path in tuple(self.wanted.paths.items()):
            if any(_is_at(place, path) for place in touched):
                await self._tell("notifications/resources/updated", {"uri": uri})
        if self.wanted.lists and any(_lists_change(event) for event in told):
            await self._tell("notifications/resources/list_changed", {})
        named = {event.handoff for event in told if isinstance(event.handoff, str)}
        for name in sorted(self.wanted.tasks):
            if name.partition(".")[0] in named:
                await self._tell("notifications/tasks", await tasks.detailed(self.visit, name))

    async def _tell(self, method: str, params: Json) -> None:
        """Send a notification that says to which stream it belongs."""
        meta = {"_meta": self._meta} if self._meta else {}
        await self.visit.reply.notify(method, {**params, **meta})


def _places(event: EventView) -> Iterable[str]:
    for place in (event.path, event.from_path, event.to_path):
        if isinstance(place, str):
            yield place


def _is_at(place: str, path: str) -> bool:
    """Say whether something happened at a path, or below it."""
    return not path or place == path or place.startswith(path + "/")


def _lists_change(event: EventView) -> bool:
    """Say whether the first page of resources is another after this."""
    if event.type.startswith("handoff."):
        return True
    tops = [place for place in _places(event) if "/" not in place]
    return bool(tops) and event.type.startswith("folder.")
