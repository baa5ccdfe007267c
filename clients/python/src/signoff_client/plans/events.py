"""Events, followed from a cursor: each once, in order."""

from collections.abc import Iterable

from signoff_client.asking import ENDLESS, ask
from signoff_client.events import Event, EventsPage, Position
from signoff_client.steps import Flow, Give, Pause, Plan

LONGEST_WAIT = 60
PAGE = 500


def follow(after: int | None, *, types: Iterable[str], wait: float) -> Flow[Event]:
    """Give each event after a position, for ever; without a position those from now on."""
    at = after
    if at is None:
        at = (yield from ask("GET", "events/head", Position, patience=ENDLESS)).position
    wanted = tuple(types)
    step = max(0, min(LONGEST_WAIT, round(wait)))
    while True:
        page = yield from _page(at, wanted, step)
        for event in page.items:
            if event.position > at:
                at = event.position
                if _is_wanted(event.type, wanted):
                    yield Give(event)
        if page.next <= at and not page.items:
            yield Pause(0.5)  # nothing came: who asks again at once would only be in the way
        at = max(at, page.next)


def _page(after: int, types: tuple[str, ...], wait: int) -> Plan[EventsPage]:
    params: dict[str, object] = {"after": after, "limit": PAGE, "wait": wait}
    if len(types) == 1:  # the server looks for one; of several the others are passed over
        params["type"] = types[0]
    return (
        yield from ask("GET", "events", EventsPage, patience=ENDLESS, params=params, wait=wait)
    )


def _is_wanted(type_: str, wanted: tuple[str, ...]) -> bool:
    """Say whether an event is of a type that is asked for, such as `handoff.` for a noun."""
    if not wanted:
        return True
    return any(type_ == one or (one.endswith(".") and type_.startswith(one)) for one in wanted)
