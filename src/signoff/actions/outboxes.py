"""Messages on their way: which are due, what they say now, what became of each try."""

from msgspec import Struct

from signoff.actions import choices, composing, crowds, entries, gathering, standing
from signoff.actions.composing import Letter, Telling
from signoff.actions.context import Context
from signoff.domain import outbox, preferences
from signoff.domain.channels import WorkspaceChannel, is_channel
from signoff.domain.handoffs import Handoff
from signoff.domain.ids import DAY, HOUR, SECOND, ActorId, HandoffId, Instant, Micros
from signoff.domain.messages import ChannelKind, Message
from signoff.domain.notifications import ASKING, Someone
from signoff.domain.outbox import Outgoing, State
from signoff.domain.preferences import Preferences
from signoff.store.notifications import Notification

AT_ONCE = 3
BUSY_FOR = SECOND
MOST_READ = 300
"""So much of what was told is looked at for one message; the rest stands in the inbox."""
KEPT_FOR = Micros(90 * DAY)
"""So long it is kept what somebody was told, and what a channel calls its last message."""
DONE_FOR = Micros(7 * DAY)
MOST_KEPT = 2000
"""More than so much is kept of nobody, but what is unread or still might be told again."""
CHUNK = 500


Reader = tuple[str, ChannelKind]
"""Who reads, a person or a channel of the workspace, and by which way."""


class Take(Struct, frozen=True, kw_only=True):
    """Which channels there are; a message for another one is not sent.

    To `busy` something is under way: what comes next for them waits until that is done.
    """

    channels: frozenset[ChannelKind]
    busy: frozenset[Reader] = frozenset()
    limit: int = AT_ONCE


class Parcel(Struct, frozen=True, kw_only=True):
    """A message, and where it goes. `earlier` is what the channel called the last one."""

    id: str
    reader: Reader
    channel: ChannelKind
    to: str
    message: Message
    earlier: str | None = None


class Taken(Struct, frozen=True, kw_only=True):
    """What is to be sent now; `more` says that there is more."""

    parcels: tuple[Parcel, ...]
    more: bool


class Sent(Struct, frozen=True, kw_only=True):
    """That a message went out, of which handoff, and what the channel calls it."""

    id: str
    handoff: HandoffId | None = None
    reference: str | None = None


class Unsent(Struct, frozen=True, kw_only=True):
    """That a message did not go out: why, and in how many seconds to try again at least.

    Without `seconds` it is not tried again.
    """

    id: str
    reason: str
    seconds: float | None = None


class Chunk(Struct, frozen=True, kw_only=True):
    """How much to forget in one transaction."""

    limit: int = CHUNK


class _Known(Struct, frozen=True, kw_only=True):
    """Who a message goes to: a member, or a channel of the workspace."""

    address: str
    preferences: Preferences
    someone: Someone | None = None
    channel: WorkspaceChannel | None = None


def take(ctx: Context, asked: Take) -> Taken:
    """Take messages that are due, each for one try; drop those with nothing left to tell."""
    entries.permit_house(ctx)
    if ctx.keys is None:  # the workspace is being destroyed, keys first
        return Taken(parcels=(), more=False)
    due = ctx.tx.outbox.due(limit=asked.limit)
    busy = set(asked.busy)
    parcels = []
    for one in due:
        if (one.whom, one.channel) in busy:
            ctx.tx.outbox.put_off(one, Instant(ctx.now + BUSY_FOR))
        elif parcel := _take(ctx, one, asked.channels):
            busy.add(parcel.reader)
            parcels.append(parcel)
    return Taken(parcels=tuple(parcels), more=len(due) == asked.limit)


def _take(ctx: Context, one: Outgoing, channels: frozenset[ChannelKind]) -> Parcel | None:
    reader = _reader(ctx, one)
    if reader is None:
        ctx.tx.outbox.end(one, State.DROPPED, reason="There is nobody, or no address")
        return None
    if one.channel not in channels:
        ctx.tx.outbox.end(one, State.DROPPED, reason="The server has no such channel")
        return None
    later = _later(ctx, one, reader.preferences)
    if later is not None:
        ctx.tx.outbox.put_off(one, later)
        return None
    tellings = _tellings(ctx, one, reader)
    if not tellings:
        ctx.tx.outbox.end(one, State.DROPPED, reason="It was seen, or settled, before")
        return None
    if not ctx.tx.outbox.begin(one, until=Instant(ctx.now + outbox.BEING_SENT_FOR)):
        return None
    letter = Letter(
        id=one.id,
        channel=one.channel,
        zone=reader.preferences.zone,
        person=reader.someone.id if reader.someone else None,
    )
    message = composing.compose(ctx, letter, tellings)
    earlier = None
    if message.handoff is not None:
        earlier = ctx.tx.outbox.reference(one.whom, one.channel, message.handoff)
    return Parcel(
        id=one.id,
        reader=(one.whom, one.channel),
        channel=one.channel,
        to=reader.address,
        message=message,
        earlier=earlier,
    )


def _reader(ctx: Context, one: Outgoing) -> _Known | None:
    """Return who reads it, as of now; None who left, or has no such address any more."""
    if is_channel(one.whom):
        channel = choices.channel_of(ctx, one.whom)
        if channel is None or channel.kind is not one.channel:
            return None
        return _Known(address=channel.address, preferences=gathering.HERALD, channel=channel)
    someone = crowds.someone_of(ctx, ActorId(one.whom))
    if someone is None:
        return None
    chosen = choices.preferences_of(ctx, someone.id)
    address = (
        someone.email
        if one.channel is ChannelKind.EMAIL
        else chosen.addresses.get(one.channel, "")
    )
    return _Known(address=address, preferences=chosen, someone=someone) if address else None


def _later(ctx: Context, one: Outgoing, chosen: Preferences) -> Instant | None:
    """Return until when it has to wait: for the end of quiet hours, or for room."""
    loud = preferences.not_quiet(chosen, ctx.now)
    if loud > ctx.now:
        return loud
    sent = ctx.tx.outbox.sent_since(one.whom, one.channel, since=Instant(ctx.now - HOUR))
    return outbox.room_at(tuple(sent), ctx.now)


def _tellings(ctx: Context, one: Outgoing, reader: _Known) -> list[Telling]:
    """Return what a message still has to tell."""
    told = ctx.tx.notifications.between(
        one.whom, one.first, one.last, limit=MOST_READ, handoff=one.handoff or ""
    )
    way = (one.channel, one.lane)
    handoffs: dict[HandoffId, Handoff | None] = {}
    found = []
    for each in told:
        if way not in each.ways or each.settled or not (each.unread or each.quiet):
            continue
        if each.handoff is not None and each.handoff not in handoffs:
            handoffs[each.handoff] = _seen(ctx, each.handoff, reader)
        handoff = handoffs[each.handoff] if each.handoff is not None else None
        if _is_worth(each, handoff):
            found.append(Telling(told=each, handoff=handoff))
    return found


def _is_worth(one: Notification, handoff: Handoff | None) -> bool:
    """Say whether it is still to be told: it can be seen, and what it asks is still asked."""
    if one.handoff is None:
        return True
    if handoff is None:
        return False
    return one.topic not in ASKING or standing.still_asks(handoff, one)


def _seen(ctx: Context, name: HandoffId, reader: _Known) -> Handoff | None:
    """Return a handoff, if who reads of it may see it."""
    stored = ctx.tx.handoffs.by_id(name)
    if stored is None:
        return None
    someone = reader.someone
    if reader.channel is not None:
        someone = crowds.someone_of(ctx, reader.channel.set_by)
    sees = crowds.seers_of(ctx, stored.handoff)
    return stored.handoff if someone is not None and sees(someone.caller) else None


# What became of it.


def settle(ctx: Context, asked: Sent) -> None:
    """Note that a message went out; the next one of its handoff can answer it."""
    entries.permit_house(ctx)
    one = ctx.tx.outbox.by_id(asked.id)
    if one is None or one.state is not State.SENDING:
        return
    ctx.tx.outbox.end(one, State.SENT)
    if asked.reference is not None and asked.handoff is not None:
        ctx.tx.outbox.refer(one.whom, one.channel, asked.handoff, asked.reference)


def put_off(ctx: Context, asked: Unsent) -> None:
    """Note that a message did not go out, and when it is tried again, if at all."""
    entries.permit_house(ctx)
    one = ctx.tx.outbox.by_id(asked.id)
    if one is None or one.state is not State.SENDING:
        return
    at = None
    if asked.seconds is not None:
        at = outbox.retry_at(one, ctx.now, asked=asked.seconds)
    if at is None:
        ctx.tx.outbox.end(one, State.FAILED, reason=asked.reason[:500])
    else:
        ctx.tx.outbox.put_off(one, at)


def forget(ctx: Context, asked: Chunk) -> int:
    """Forget what was told or sent long ago, and the oldest of what is very much."""
    entries.permit_house(ctx)
    tx, old = ctx.tx, Instant(ctx.now - KEPT_FOR)
    gone = tx.outbox.forget(before=Instant(ctx.now - DONE_FOR), limit=asked.limit)
    gone += tx.outbox.forget_references(before=old, limit=asked.limit)
    gone += tx.notifications.forget(before=old, limit=asked.limit)
    for whom in tx.notifications.crowded(most=MOST_KEPT):
        gone += tx.notifications.thin(
            whom, most=MOST_KEPT, before=Instant(ctx.now - DONE_FOR), limit=asked.limit
        )
    return gone
