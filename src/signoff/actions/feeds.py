"""Events as they come: pages read once for all who wait, and what durable followers read."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Iterable
from itertools import takewhile
from time import monotonic

from msgspec import Struct
from msgspec.structs import replace

from signoff.actions import entries, events
from signoff.actions.context import Context
from signoff.actions.entries import Told
from signoff.actions.events import EventsPage, FindEvents
from signoff.actions.house import House
from signoff.actions.tail import LONGEST, Line, Tail
from signoff.domain import permissions
from signoff.domain.actors import Caller, system
from signoff.domain.events import Type
from signoff.domain.ids import INSTANCE, Slug
from signoff.domain.permissions import Grant, Permission

BATCH = 200
RENEWED = 10.0
"""A follower's name is renewed so often while it has something to read."""
BETWEEN_TRIES = 1.0


class _After(Struct, frozen=True):
    """What to read of a log."""

    position: int
    limit: int = BATCH


def _read_batch(ctx: Context, asked: _After) -> tuple[Told, ...]:
    return entries.read(ctx, ctx.tx.audit.after(asked.position, limit=asked.limit))


def _read_grants(ctx: Context, _asked: None) -> tuple[Grant, ...]:
    return ctx.grants


def _read_cursor(ctx: Context, name: str) -> int:
    return ctx.tx.books.cursor(name)[0]


async def page(house: House, tail: Tail, caller: Caller, asked: FindEvents) -> EventsPage:
    """Return the events after a position that a caller may see.

    While others wait for the same log they are read once for all; what is no longer at hand
    comes from the database, as `events.find` does it.
    """
    line = tail.line(caller.workspace)
    if line is None or caller.workspace == INSTANCE:
        return await house.ask(events.find, caller, asked)
    await house.engine.look_at_rights()  # before the queue, so that many share a look
    async with line.reading:
        await _refresh(house, caller.workspace, line)
        await _refresh_grants(house, caller.workspace, line)
    if not line.recent or asked.after + 1 < line.recent[0].entry.position:
        return await house.ask(events.find, caller, asked)
    if not entries.sees_all(caller):
        permissions.permit(caller, Permission.EVENT_READ, grants=line.grants)
    return _page(line.recent, line.grants, caller, asked)


async def _refresh(house: House, workspace: Slug, line: Line) -> None:
    """Read what was recorded since the last reader asked."""
    while not line.recent or line.recent[-1].entry.position < line.position:
        at = line.recent[-1].entry.position if line.recent else line.position - 1
        line.reads += 1
        batch = await house.ask(_read_batch, system(workspace), _After(at))
        if any(told.entry.type is Type.ENTRY_ERASED for told in batch):
            line.recent.clear()  # what was erased is told no more
        line.recent.extend(batch)
        if len(batch) < BATCH:
            return


async def _refresh_grants(house: House, workspace: Slug, line: Line) -> None:
    """Read who was granted what, unless that is known under the version that stands.

    A grant may end before its entry is heard of here, on another node or by a command.
    """
    version = house.engine.rights_version()
    if version is None or version != line.rights:
        line.grants = await house.ask(_read_grants, system(workspace), None)
        line.rights = version


def _page(
    recent: deque[Told], grants: tuple[Grant, ...], caller: Caller, asked: FindEvents
) -> EventsPage:
    items: list[entries.EventView] = []
    last = asked.after
    wanted = asked.wanted
    for told in _since(recent, asked.after):
        if len(items) == asked.limit:
            break
        last = told.entry.position
        if entries.keeps(wanted, told):
            event = entries.shown(told, caller, grants)
            if event is not None:
                items.append(event)
    return EventsPage(items=tuple(items), next=last)


def _since(recent: deque[Told], after: int) -> Iterable[Told]:
    """Return what is newer, first to last; who is up to date looks at nothing else."""
    newer = takewhile(lambda told: told.entry.position > after, reversed(recent))
    return reversed(list(newer))


async def stream(
    house: House, tail: Tail, caller: Caller, asked: FindEvents
) -> AsyncGenerator[EventsPage, None]:
    """Yield pages of events for as long as the reader stays: for `text/event-stream`.

    A page without items says only how far it went, at least every quarter of a minute; the
    door sends it as a comment, and looks whether the caller may still listen.
    """
    after = asked.after
    async with tail.watch(caller.workspace) as watch:
        while True:
            found = await page(house, tail, caller, replace(asked, after=after))
            moved = found.next > after
            after = found.next
            yield found
            if not moved:
                await watch.heard(LONGEST / 4)


async def follow(
    house: House, tail: Tail, workspace: Slug, name: str, *, holder: str
) -> AsyncGenerator[tuple[Told, ...], None]:
    """Yield every entry in order to whoever follows under a name, one at a time anywhere.

    The cursor is saved once per batch, when the follower comes back for more; so what it had
    in hand when it died comes again: at least once. While another holder has the name, this
    one stands by.
    """
    me = system(workspace)
    cursor: events.Cursor | None = None
    renewed = 0.0
    async with tail.watch(workspace) as watch:
        while True:
            at = cursor.position if cursor else await house.ask(_read_cursor, me, name)
            batch = await house.ask(_read_batch, me, _After(at))
            if not batch:
                await watch.heard(LONGEST / 4)
                continue
            if cursor is None or monotonic() - renewed > RENEWED:
                renewed = monotonic()
                begin = events.Begin(name=name, holder=holder)
                cursor = (await house.do(events.begin, me, begin, background=True)).result
                if cursor is None:
                    await asyncio.sleep(BETWEEN_TRIES)
                    continue
                if cursor.position != at:
                    continue
            yield batch
            last = batch[-1].entry.position
            done = events.SaveCursor(name=name, position=last, epoch=cursor.epoch)
            saved = (await house.do(events.save_cursor, me, done, background=True)).result
            cursor = replace(cursor, position=last) if saved else None
