"""Who follows the log: named readers with a durable cursor, in order, at least once.

A follower is a room with a function over entries, and a row of `FOLLOWERS`. What it writes
to rows is committed with its cursor: it is written once, however often it is begun again.
"""

from collections.abc import Callable
from datetime import datetime

from msgspec import UNSET, Struct, UnsetType

from signoff.actions import announcing, entries, indexing, notifying
from signoff.actions.context import Context
from signoff.actions.views import Page, when
from signoff.domain.errors import Code, Conflict, Invalid, NotFound
from signoff.domain.events import Event, Type
from signoff.domain.ids import Instant, Slug
from signoff.domain.permissions import Permission
from signoff.store.audit import LogRow
from signoff.store.followers import CursorRow

CHUNK = 500
LOGS = 1000

Take = Callable[[Context, tuple[LogRow, ...]], None]
"""Does what follows from entries, in order, in the transaction that moves the cursor."""


class Follower(Struct, frozen=True, kw_only=True):
    """A named reader of every log; it reads `settle` seconds after a log grew."""

    name: str
    sentence: str
    take: Take
    settle: float = 1.0
    chunk: int = CHUNK


FOLLOWERS: tuple[Follower, ...] = (
    Follower(
        name="names",
        sentence="Gives what got a name the words by which it is found.",
        take=indexing.index,
    ),
    Follower(
        name="webhooks",
        sentence="Puts in line what endpoints and callbacks are told.",
        take=announcing.announce,
        settle=0.0,
    ),
    Follower(
        name="notifications",
        sentence="Tells people what concerns them, in the inbox and outside.",
        take=notifying.tell,
        settle=0.5,
        chunk=20,
    ),
)


class Follow(Struct, frozen=True, kw_only=True):
    """Which follower reads on, and under which epoch of its lease."""

    follower: Follower
    epoch: int = 1


class Followed(Struct, frozen=True, kw_only=True):
    """Up to where it has read; `more` says that there is more."""

    position: int
    more: bool


class Lagging(Struct, frozen=True, kw_only=True):
    """Which logs a follower has not read to their end."""

    name: str
    limit: int = LOGS


class Every(Struct, frozen=True, kw_only=True):
    """Everybody who follows the workspace's log."""


class Rewind(Struct, frozen=True, kw_only=True):
    """Which follower reads again, and after which position it goes on; 0 is all of it."""

    name: str
    position: int


class FollowerView(Struct, frozen=True, kw_only=True):
    """A follower, how far it has read, and how many entries it is behind.

    `waiting_since` is the time of the first entry that it has not read.
    """

    name: str
    sentence: str
    position: int
    behind: int
    waiting_since: datetime | UnsetType = UNSET
    saved_at: datetime | UnsetType = UNSET


class Lag(Struct, frozen=True, kw_only=True):
    """How far a follower is behind over all logs: entries, and since when."""

    name: str
    entries: int
    since: Instant | None


def follow(ctx: Context, asked: Follow) -> Followed:
    """Let a follower read on; one whose lease is another's by now writes nothing."""
    entries.permit_house(ctx)
    follower = asked.follower
    position, epoch = ctx.tx.books.cursor(follower.name)
    rows = ctx.tx.audit.after(position, limit=follower.chunk)
    if not rows:
        return Followed(position=position, more=False)
    follower.take(ctx, tuple(rows))
    last = rows[-1].position
    saved = ctx.tx.books.save_cursor(follower.name, last, epoch=asked.epoch, before=position)
    if not saved:
        raise Conflict(
            f"“{follower.name}” is followed by another worker, or was rewound",
            code=Code.CONFLICT,
            hint="It goes on by itself.",
            epoch=epoch,
        )
    return Followed(position=last, more=len(rows) == follower.chunk)


def lagging(ctx: Context, asked: Lagging) -> tuple[Slug, ...]:
    """List the workspaces whose logs a follower has not read to their end."""
    entries.permit_house(ctx)
    return tuple(slug for slug, _ in ctx.tx.books.lagging(asked.name, limit=asked.limit))


def lags(ctx: Context, asked: Every) -> tuple[Lag, ...]:  # noqa: ARG001
    """Say how far each follower is behind, over the first thousand logs in which it is."""
    entries.permit_house(ctx)
    return tuple(_lag(ctx, follower.name) for follower in FOLLOWERS)


def _lag(ctx: Context, name: str) -> Lag:
    behind = ctx.tx.books.lagging(name, limit=LOGS)
    since = ctx.tx.books.unread_since(name) if behind else None
    return Lag(name=name, entries=sum(count for _, count in behind), since=since)


def every(ctx: Context, asked: Every) -> Page:  # noqa: ARG001
    """List who follows the workspace's log, and how far each has read."""
    ctx.permit(Permission.FOLLOWER_READ)
    known = {row.name: row for row in ctx.tx.books.cursors()}
    head = ctx.tx.audit.head()[0]
    return Page(items=tuple(_view(ctx, each, known.get(each.name), head) for each in FOLLOWERS))


def rewind(ctx: Context, asked: Rewind) -> FollowerView:
    """Let a follower read again from a position; what it did already, it does not do twice."""
    ctx.permit(Permission.FOLLOWER_REWIND)
    follower = _follower(asked.name)
    head = ctx.tx.audit.head()[0]
    row = next((row for row in ctx.tx.books.cursors() if row.name == asked.name), None)
    stands, epoch = (row.position, row.epoch) if row else (0, 1)
    if not 0 <= asked.position <= stands:
        raise Invalid(
            f"“{asked.name}” has read up to {stands}: it cannot go back to {asked.position}",
            hint=f"Name a position from 0 to {stands}.",
            field="position",
        )
    if asked.position < stands:
        ctx.tx.books.save_cursor(asked.name, asked.position, epoch=epoch)
        codes: dict[str, str | int | bool] = {"from": stands, "to": asked.position}
        ctx.record(Event(type=Type.FOLLOWER_REWOUND, subject=asked.name, codes=codes))
    row = next((row for row in ctx.tx.books.cursors() if row.name == asked.name), None)
    return _view(ctx, follower, row, head)


def _follower(name: str) -> Follower:
    found = next((each for each in FOLLOWERS if each.name == name), None)
    if found is None:
        known = ", ".join(each.name for each in FOLLOWERS)
        raise NotFound("Nobody of this name follows the log", hint=f"Those who do: {known}.")
    return found


def _view(ctx: Context, follower: Follower, row: CursorRow | None, head: int) -> FollowerView:
    position = row.position if row else 0
    unread = ctx.tx.audit.time_of(position + 1) if position < head else None
    return FollowerView(
        name=follower.name,
        sentence=follower.sentence,
        position=position,
        behind=max(0, head - position),
        waiting_since=when(unread) if unread is not None else UNSET,
        saved_at=when(row.saved_at) if row else UNSET,
    )
