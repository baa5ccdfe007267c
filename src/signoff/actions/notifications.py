"""What one was told: list it, count what one has not seen, mark it as seen."""

from datetime import datetime
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from signoff.actions import composing, sights
from signoff.actions.composing import Telling
from signoff.actions.context import Context
from signoff.actions.views import Page, Who, when, who_is
from signoff.domain.errors import Invalid
from signoff.domain.handoffs import Handoff
from signoff.domain.ids import HandoffId
from signoff.domain.permissions import Permission, check_open
from signoff.store.notifications import Notification

PAGE = 50
MOST_COUNTED = 1000
_BEGINNING = (2, 0)


class ListNotifications(Struct, frozen=True, kw_only=True):
    """A page of what one was told: unread first, then newest first. `unread` keeps that."""

    unread: bool = False
    limit: Annotated[int, Meta(ge=1, le=200)] = PAGE
    cursor: str = ""


class Count(Struct, frozen=True, kw_only=True):
    """What to count: all that one has not seen, or that of one handoff."""

    handoff: str = ""


class Counted(Struct, frozen=True, kw_only=True):
    """How much one has not seen; at a thousand there may be more."""

    unread: int


class Read(Struct, frozen=True, kw_only=True):
    """What one has seen: some by their ids, all of a handoff, or all `until` a position."""

    ids: Annotated[tuple[str, ...], Meta(max_length=200)] = ()
    handoff: str = ""
    until: Annotated[int, Meta(ge=0)] = 0


class NotificationView(Struct, frozen=True, kw_only=True):
    """Something that one was told; `url` is the page that it leads to.

    `settled` says that it asks for nothing any more.
    """

    id: str
    position: int
    topic: str
    headline: str
    by: Who
    at: datetime
    unread: bool
    settled: bool
    url: str
    handoff: str | UnsetType = UNSET
    round: int | UnsetType = UNSET


def list_(ctx: Context, asked: ListNotifications) -> Page:
    """List what one was told: unread first, then newest first."""
    ctx.permit(Permission.WORKSPACE_READ)
    found = ctx.tx.notifications.page(
        ctx.caller.actor.id,
        before=_place(asked.cursor),
        limit=asked.limit + 1,
        only_unread=asked.unread,
    )
    shown = found[: asked.limit]
    last = shown[-1] if len(found) > asked.limit else None
    return Page(
        items=tuple(view for one in shown if (view := _view(ctx, one))),
        next=f"{int(last.unread)}.{last.position}" if last else None,
    )


def _place(cursor: str) -> tuple[int, int]:
    if not cursor:
        return _BEGINNING
    unread, _, position = cursor.partition(".")
    if not (unread in ("0", "1") and position.isascii() and position.isdigit()):
        raise Invalid("This cursor is none of ours", hint="Use the `next` of a page.")
    return int(unread), int(position)


def _view(ctx: Context, one: Notification) -> NotificationView | None:
    """Show something that one was told; what one may not see any more is left out."""
    handoff: Handoff | None = None
    if one.handoff is not None:
        stored = ctx.tx.handoffs.by_id(HandoffId(one.handoff))
        if stored is None or not sights.sees(ctx, stored.handoff):
            return None
        handoff = stored.handoff
    telling = Telling(told=one, handoff=handoff)
    return NotificationView(
        id=one.id,
        position=one.position,
        topic=one.topic.value,
        headline=composing.headline(ctx, telling),
        by=who_is(ctx, one.by),
        at=when(one.at),
        unread=one.unread,
        settled=one.settled,
        url=composing.url(ctx, telling),
        handoff=one.handoff or UNSET,
        round=one.round or UNSET,
    )


def count(ctx: Context, asked: Count) -> Counted:
    """Count what one was told and has not seen."""
    ctx.permit(Permission.WORKSPACE_READ)
    me = ctx.caller.actor.id
    if asked.handoff:
        on = ctx.tx.notifications.on(HandoffId(asked.handoff))
        return Counted(unread=sum(one.unread for one in on if one.whom == me))
    return Counted(unread=ctx.tx.notifications.count_unread(me, most=MOST_COUNTED))


def read(ctx: Context, asked: Read) -> Counted:
    """Mark what one was told as seen; it answers how much is left."""
    ctx.permit(Permission.WORKSPACE_READ)
    check_open(ctx.caller)
    if not (asked.ids or asked.handoff or asked.until):
        raise Invalid(
            "Nothing is named that was seen",
            hint="Send `ids`, a `handoff`, or a position as `until`.",
        )
    me, rows = ctx.caller.actor.id, ctx.tx.notifications
    if asked.ids:
        rows.read(me, asked.ids)
    if asked.handoff:
        rows.read_handoff(me, asked.handoff)
    if asked.until:
        rows.read_all(me, until=asked.until)
    return Counted(unread=rows.count_unread(me, most=MOST_COUNTED))
