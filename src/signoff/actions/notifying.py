"""The follower that tells people: what each is told, and by which message it goes out."""

from collections.abc import Iterable
from typing import Any

from signoff.actions import choices, clocks, crowds
from signoff.actions.context import Context
from signoff.actions.gathering import Gatherings
from signoff.actions.standing import still_asks
from signoff.domain import audit, channels
from signoff.domain.audit import Entry, Private
from signoff.domain.events import Type
from signoff.domain.handoffs import Handoff
from signoff.domain.ids import ActorId, CommentId
from signoff.domain.messages import ChannelKind
from signoff.domain.notifications import (
    ASKING,
    FRESH,
    LOOK_GIVEN,
    TOLD,
    Happening,
    Someone,
    audience,
    is_news,
)
from signoff.domain.outbox import CLOSES
from signoff.domain.policies import FourEyes
from signoff.domain.preferences import Pace
from signoff.domain.stages import below_stage
from signoff.domain.topics import Topic
from signoff.store.audit import LogRow
from signoff.store.notifications import Notification

Ways = tuple[tuple[ChannelKind, str], ...]

_ONCE = {Topic.ASKED: "asks", Topic.NEXT_ROUND: "asks", Topic.OPEN: "open"}
"""What asks for a verdict is told once a round, whatever event it came with."""


def tell(ctx: Context, rows: tuple[LogRow, ...]) -> None:
    """Tell people of what happened, and let what is told gather to messages."""
    fresh = [
        (entry, row)
        for row in rows
        if (entry := audit.read_leaf(row.leaf)).type in TOLD and ctx.now - entry.at <= FRESH
    ]
    if fresh:
        herald = _Herald(ctx)
        for entry, row in fresh:
            private = Private() if row.private is None else audit.read_private(row.private)
            herald.tell(entry, private)
        herald.gatherings.gather()


class _Herald:
    """One chunk's look-ups, each made once."""

    def __init__(self, ctx: Context) -> None:
        self.ctx = ctx
        self.people = crowds.people_of(ctx)
        self.channels = choices.channels_of(ctx)
        self.gatherings = Gatherings(ctx)

    def tell(self, entry: Entry, private: Private) -> None:
        """Tell whom one entry concerns."""
        stored = self.ctx.tx.handoffs.by_id(entry.handoff) if entry.handoff else None
        handoff = stored.handoff if stored else None
        if entry.handoff and handoff is None:
            return
        before = self.ctx.tx.notifications.on(handoff.id) if handoff else []
        if handoff is not None:
            self._settle(entry, handoff, before)
        told = [
            *self._to_people(entry, private, handoff, before),
            *self._to_channels(entry, handoff),
        ]
        added = self.ctx.tx.notifications.add(told) if told else frozenset()
        for one in told:
            if one.whom in added:
                self.gatherings.note(one)

    def _settle(self, entry: Entry, handoff: Handoff, before: Iterable[Notification]) -> None:
        """Note what asks for nothing any more."""
        looked = entry.type == LOOK_GIVEN
        for one in before:
            over = one.topic in ASKING and not still_asks(handoff, one)
            if not one.settled and (over or (looked and one.topic is Topic.SECOND_LOOK)):
                self.ctx.tx.notifications.settle(one)

    # Who is told.

    def _to_people(
        self,
        entry: Entry,
        private: Private,
        handoff: Handoff | None,
        before: list[Notification],
    ) -> Iterable[Notification]:
        happening = self._happening(entry, private, handoff, before)
        sees = crowds.seers_of(self.ctx, handoff)
        told = audience(happening, self.people.values(), sees=sees)
        for person, topic in told.items():
            one = self._told(entry, handoff, self.people[person], topic)
            if one is not None:
                yield one

    def _happening(
        self,
        entry: Entry,
        private: Private,
        handoff: Handoff | None,
        before: list[Notification],
    ) -> Happening:
        tx = self.ctx.tx
        commented: frozenset[ActorId] = frozenset()
        text = ""
        if handoff is not None and entry.type is Type.COMMENT_ADDED:
            commented = frozenset(one.by for one in tx.comments.of(handoff.id))
            comment = tx.comments.by_id(handoff.id, CommentId(entry.subject or ""))
            text = comment.text if comment else ""
        return Happening(
            type=entry.type.value,
            actor=entry.actor,
            handoff=handoff,
            to=_named(entry, private),
            text=text,
            before=self._reviewed_before(handoff),
            asked=frozenset(
                ActorId(one.whom)
                for one in before
                if one.topic in ASKING and handoff and one.round == handoff.round
            ),
            commented=commented,
            four_eyes=_four_eyes(self.ctx, handoff) is not FourEyes.OFF,
        )

    def _reviewed_before(self, handoff: Handoff | None) -> frozenset[ActorId]:
        if handoff is None or handoff.round == 1:
            return frozenset()
        rounds = self.ctx.tx.rounds.of(handoff.id)
        return frozenset(
            review.by
            for each in rounds
            if each.number < handoff.round
            for review in each.reviews
        )

    def _told(
        self, entry: Entry, handoff: Handoff | None, someone: Someone, topic: Topic
    ) -> Notification | None:
        """Return what a person is told, with its ways; None where they chose not to be."""
        chosen = self.gatherings.preferences(someone.id)
        choice = chosen.choice(topic)
        unread = choice.inbox
        ways: Ways = tuple(
            (channel, str(choice.pace))
            for channel in choice.channels
            if channel is ChannelKind.EMAIL or channel in chosen.addresses
        )
        if topic is Topic.SETTLED and handoff is not None:
            unread = unread and is_news(handoff, someone.id)
            ways = self._closing(someone.id, handoff, [channel for channel, _ in ways])
        if not unread and not ways:
            return None
        return _notification(entry, handoff, someone.id, topic, ways, unread=unread)

    def _closing(self, whom: str, handoff: Handoff, ways: Iterable[ChannelKind]) -> Ways:
        """Return by which channels they were asked, where an answer can follow."""
        return tuple(
            (channel, CLOSES)
            for channel in ways
            if self.ctx.tx.outbox.reference(whom, channel, handoff.id) is not None
        )

    def _to_channels(self, entry: Entry, handoff: Handoff | None) -> Iterable[Notification]:
        if handoff is None or not self.channels:
            return
        path = self.ctx.tx.files.path_of(handoff.node) or handoff.submitted_path
        sees = crowds.seers_of(self.ctx, handoff)
        for channel in self.channels:
            setter = self.people.get(channel.set_by)
            topic = channels.told(channel, entry.type, handoff, below_stage(path))
            if topic is None or setter is None or not sees(setter.caller):
                continue
            ways: Ways = ((channel.kind, str(Pace.NOW)),)
            if topic in (Topic.SETTLED, Topic.DECIDED):
                closing = self._closing(channel.id, handoff, [channel.kind])
                ways = closing or (ways if topic is Topic.DECIDED else ())
            if ways:
                yield _notification(entry, handoff, channel.id, topic, ways, unread=True)


def _named(entry: Entry, private: Private) -> tuple[str, ...]:
    """Return whom an event names, wherever it says so."""
    said: Any = private.private.get("to") or entry.codes.get("by") or entry.subject
    if isinstance(said, str):
        return (said,)
    return tuple(str(each) for each in said) if isinstance(said, list) else ()


def _notification(
    entry: Entry,
    handoff: Handoff | None,
    whom: str,
    topic: Topic,
    ways: Ways,
    *,
    unread: bool,
) -> Notification:
    once = _ONCE.get(topic)
    thing = (
        entry.id if once is None or handoff is None else f"{once} {handoff.id} {handoff.round}"
    )
    return Notification(
        whom=whom,
        thing=thing,
        id=entry.id,
        position=entry.position,
        at=entry.at,
        topic=topic,
        by=entry.actor,
        handoff=handoff.id if handoff else None,
        round=handoff.round if handoff else 0,
        subject=entry.subject or "",
        unread=unread,
        quiet=not unread,
        ways=ways,
    )


def _four_eyes(ctx: Context, handoff: Handoff | None) -> FourEyes:
    return FourEyes.OFF if handoff is None else clocks.demands(ctx, handoff).four_eyes
