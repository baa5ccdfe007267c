"""The feed of what happened, for whoever may see it; and the cursors of durable followers."""

from msgspec import Struct

from signoff.actions import entries
from signoff.actions.context import Context
from signoff.actions.entries import EventView, Wanted
from signoff.domain.errors import Invalid
from signoff.domain.ids import SECOND, Instant
from signoff.domain.permissions import Permission
from signoff.store.audit import LogRow

PAGE = 100
MOST = 1000
WINDOW = 20_000
"""So many positions are looked through for one page, however few of them are wanted."""


class FindEvents(Struct, frozen=True, kw_only=True):
    """What to read, in order: the events after a position.

    `type` is a whole type (`handoff.approved`) or a noun with its dot (`handoff.`); a `path`
    stands for everything below it. `wait` seconds (at most 60) is the door's business.
    """

    after: int = 0
    limit: int = PAGE
    type: str = ""
    actor: str = ""
    handoff: str = ""
    path: str = ""

    @property
    def wanted(self) -> Wanted:
        """Return which entries to keep."""
        return Wanted(type=self.type, actor=self.actor, handoff=self.handoff, path=self.path)


class EventsPage(Struct, frozen=True, kw_only=True):
    """Events in order. `next` is the `after` of the following page; ask again at any time.

    It advances over events that the caller may not see or does not want.
    """

    items: tuple[EventView, ...]
    next: int


class Recent(Struct, frozen=True, kw_only=True):
    """What to read backwards: the events before a position; 0 begins with the newest."""

    before: int = 0
    limit: int = PAGE
    handoff: str = ""


class Head(Struct, frozen=True, kw_only=True):
    """Nothing to ask: where the log ends."""


class Position(Struct, frozen=True, kw_only=True):
    """The last position of the log."""

    position: int


def find(ctx: Context, asked: FindEvents) -> EventsPage:
    """Read the events after a position that the caller may see."""
    entries.permit(ctx, Permission.EVENT_READ)
    _check(asked.after, asked.limit)
    rows, scanned_to = _rows(ctx, asked)
    items = []
    for told in entries.read(ctx, rows):
        if entries.keeps(asked.wanted, told):
            event = entries.shown(told, ctx.caller, ctx.grants)
            if event is not None:
                items.append(event)
    return EventsPage(items=tuple(items), next=max(asked.after, scanned_to))


def _rows(ctx: Context, asked: FindEvents) -> tuple[list[LogRow], int]:
    """Return candidates, and the position up to which all have been looked at."""
    log = ctx.tx.audit
    if not (asked.actor or asked.handoff or asked.type):
        rows = log.after(asked.after, limit=asked.limit)
        return rows, rows[-1].position if rows else asked.after
    until = log.head()[0]
    if not (asked.actor or asked.handoff):  # there is no index by type
        until = min(asked.after + WINDOW, until)
    rows = log.find(
        after=asked.after,
        until=until,
        limit=asked.limit,
        actor=asked.actor,
        handoff=asked.handoff,
        type_=asked.type,
    )
    return rows, rows[-1].position if len(rows) == asked.limit else until


def recent(ctx: Context, asked: Recent) -> EventsPage:
    """Read the newest events that the caller may see; `next` is the following `before`."""
    entries.permit(ctx, Permission.EVENT_READ)
    _check(asked.before, asked.limit)
    rows = ctx.tx.audit.before(
        asked.before or ctx.tx.audit.head()[0] + 1,
        limit=asked.limit,
        handoff=asked.handoff or None,
    )
    seen = (entries.shown(told, ctx.caller, ctx.grants) for told in entries.read(ctx, rows))
    last = rows[-1].position if len(rows) == asked.limit else 0
    return EventsPage(items=tuple(event for event in seen if event), next=last)


def head(ctx: Context, asked: Head) -> Position:
    """Say where the log ends: from there on one follows what happens from now."""
    del asked
    entries.permit(ctx, Permission.EVENT_READ)
    return Position(position=ctx.tx.audit.head()[0])


def _check(position: int, limit: int) -> None:
    if position < 0:
        raise Invalid("A position counts from 1", hint="Begin with 0.")
    if not 1 <= limit <= MOST:
        raise Invalid(f"A page has 1 to {MOST} events", hint=f"Ask for {PAGE}.")


# Durable followers (STORAGE 28): one reader under a name, wherever it runs.


class Begin(Struct, frozen=True, kw_only=True):
    """Who wants to follow under a name, and for how long the name is theirs."""

    name: str
    holder: str
    seconds: int = 30


class Cursor(Struct, frozen=True, kw_only=True):
    """How far a follower has read, and the epoch under which it may say so."""

    position: int
    epoch: int


class SaveCursor(Struct, frozen=True, kw_only=True):
    """How far a follower has come."""

    name: str
    position: int
    epoch: int


def begin(ctx: Context, asked: Begin) -> Cursor | None:
    """Take or renew a follower's name; None while another holder has it."""
    entries.permit_house(ctx)
    epoch = ctx.tx.books.lease(
        f"follower:{ctx.workspace}:{asked.name}",
        holder=asked.holder,
        until=Instant(ctx.now + asked.seconds * SECOND),
    )
    if epoch is None:
        return None
    position, _ = ctx.tx.books.cursor(asked.name)
    return Cursor(position=position, epoch=epoch)


def save_cursor(ctx: Context, asked: SaveCursor) -> bool:
    """Remember how far a follower has come; False when another one took its name over."""
    entries.permit_house(ctx)
    return ctx.tx.books.save_cursor(asked.name, asked.position, epoch=asked.epoch)
