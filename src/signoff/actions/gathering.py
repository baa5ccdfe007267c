"""Letting what was told gather to messages: a burst becomes one, a digest has its hour."""

from msgspec import Struct

from signoff.actions import choices
from signoff.actions.context import Context
from signoff.domain import preferences
from signoff.domain.channels import is_channel
from signoff.domain.ids import ActorId, HandoffId
from signoff.domain.messages import ChannelKind
from signoff.domain.outbox import CLOSES, Outgoing, State
from signoff.domain.preferences import Pace, Preferences
from signoff.store.notifications import Notification

HERALD = Preferences()
"""What a channel of the workspace wants: everything at once, at any hour."""


class _Reach(Struct, kw_only=True):
    """The positions over which a message is to reach."""

    first: int
    last: int


class Gatherings:
    """The messages to which a chunk of the log adds; each is written once."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._chosen: dict[str, Preferences] = {}
        self._reaches: dict[tuple[str, ChannelKind, str, str], _Reach] = {}

    def preferences(self, whom: str) -> Preferences:
        """Return what a person chose, or what a channel wants."""
        if is_channel(whom):
            return HERALD
        if whom not in self._chosen:
            self._chosen[whom] = choices.preferences_of(self._ctx, ActorId(whom))
        return self._chosen[whom]

    def note(self, one: Notification) -> None:
        """Add what somebody was told to the messages by which it goes out."""
        for channel, lane in one.ways:
            handoff = (one.handoff or "") if lane == CLOSES else ""
            key = (one.whom, channel, lane, handoff)
            fresh = _Reach(first=one.position, last=one.position)
            self._reaches.setdefault(key, fresh).last = one.position

    def gather(self) -> None:
        """Begin messages, or let those that still wait reach further."""
        for (whom, channel, lane, handoff), reach in self._reaches.items():
            self._gather(whom, channel, lane, handoff, reach)

    def _gather(
        self, whom: str, channel: ChannelKind, lane: str, handoff: str, reach: _Reach
    ) -> None:
        now, outbox = self._ctx.now, self._ctx.tx.outbox
        waiting = outbox.gathering(whom, channel, lane, handoff)
        since = waiting.began_at if waiting is not None else now
        pace = Pace.NOW if lane == CLOSES else Pace(lane)
        due = preferences.due_at(self.preferences(whom), pace, now, since=since)
        if waiting is not None and pace is not Pace.NOW:
            due = waiting.due_at
        outbox.gather(
            Outgoing(
                id=self._ctx.tx.new_id("ms"),
                whom=whom,
                channel=channel,
                lane=lane,
                handoff=HandoffId(handoff) if handoff else None,
                state=State.GATHERING,
                first=reach.first,
                last=reach.last,
                began_at=since,
                due_at=due,
            )
        )
