"""What people were told, and whether they have seen it."""

from collections.abc import Iterable, Sequence
from typing import Any

from msgspec import Struct

from signoff.domain.ids import ActorId, HandoffId, Instant
from signoff.domain.messages import ChannelKind
from signoff.domain.topics import Topic
from signoff.store.rows import Rows

_FIELDS = (
    "whom, thing, id, position, at, topic, by_actor, handoff, round, subject,"
    " unread, settled, ways"
)
_MARKED = 1000
_QUIET, _UNREAD = -1, 1
"""What the column `unread` says; 0 is what was seen."""


class Notification(Struct, frozen=True, kw_only=True):
    """That somebody was told of an event; `whom` may be a channel of the workspace.

    `thing` is what nobody is told of twice. `ways` are the channels by which it goes out, each
    with its lane. `quiet` is what is not in the inbox and goes out only. `settled` says that
    it asks for nothing any more.
    """

    whom: str
    thing: str
    id: str
    position: int
    at: Instant
    topic: Topic
    by: ActorId
    handoff: HandoffId | None = None
    round: int = 0
    subject: str = ""
    unread: bool = True
    quiet: bool = False
    settled: bool = False
    ways: tuple[tuple[ChannelKind, str], ...] = ()


def _notification(row: tuple[Any, ...]) -> Notification:
    pairs = (way.split(":") for way in row[12].split())
    return Notification(
        whom=row[0],
        thing=row[1],
        id=row[2],
        position=row[3],
        at=Instant(row[4]),
        topic=Topic(row[5]),
        by=ActorId(row[6]),
        handoff=HandoffId(row[7]) if row[7] else None,
        round=row[8],
        subject=row[9],
        unread=row[10] == _UNREAD,
        quiet=row[10] == _QUIET,
        settled=bool(row[11]),
        ways=tuple((ChannelKind(channel), lane) for channel, lane in pairs),
    )


def _row(one: Notification) -> tuple[Any, ...]:
    return (
        one.whom,
        one.thing,
        one.id,
        one.position,
        one.at,
        one.topic.value,
        one.by,
        one.handoff or "",
        one.round,
        one.subject,
        _QUIET if one.quiet else int(one.unread),
        int(one.settled),
        " ".join(f"{channel}:{lane}" for channel, lane in one.ways),
    )


class Notifications(Rows):
    """What the people of one workspace were told."""

    __slots__ = ()

    def add(self, told: Sequence[Notification]) -> frozenset[str]:
        """Add what people are told; return who were not told of the same thing before."""
        rows = [_row(one) for one in told]
        added = self.insert_new("notifications", _FIELDS, rows, returning="whom")
        return frozenset(row[0] for row in added)

    def page(
        self, whom: str, *, before: tuple[int, int], limit: int, only_unread: bool = False
    ) -> list[Notification]:
        """Return what somebody was told: unread first, then newest first."""
        only = " AND unread = 1" if only_unread else ""
        rows = self.tx.all(
            f"SELECT {_FIELDS} FROM notifications WHERE ws = :ws AND whom = :whom"
            f" AND unread >= 0 AND (unread, position) < (:unread, :position){only}"
            " ORDER BY unread DESC, position DESC LIMIT :limit",
            ws=self.ws,
            whom=whom,
            unread=before[0],
            position=before[1],
            limit=limit,
        )
        return [_notification(row) for row in rows]

    def between(
        self, whom: str, first: int, last: int, *, limit: int, handoff: str = ""
    ) -> list[Notification]:
        """Return what somebody was told of between two positions, both included."""
        only = " AND handoff = :handoff" if handoff else ""
        rows = self.tx.all(
            f"SELECT {_FIELDS} FROM notifications WHERE ws = :ws AND whom = :whom"
            f" AND unread IN (-1, 0, 1) AND position >= :first AND position <= :last{only}"
            " ORDER BY position LIMIT :limit",
            ws=self.ws,
            whom=whom,
            first=first,
            last=last,
            limit=limit,
            handoff=handoff,
        )
        return [_notification(row) for row in rows]

    def on(self, handoff: HandoffId, *, limit: int = _MARKED) -> list[Notification]:
        """Return what anybody was told of a handoff."""
        rows = self.tx.all(
            f"SELECT {_FIELDS} FROM notifications WHERE ws = :ws AND handoff = :handoff"
            " LIMIT :limit",
            ws=self.ws,
            handoff=handoff,
            limit=limit,
        )
        return [_notification(row) for row in rows]

    def count_unread(self, whom: str, *, most: int) -> int:
        """Count what somebody has not seen, up to `most`."""
        row = self.tx.one(
            "SELECT count(*) FROM (SELECT 1 AS one FROM notifications WHERE ws = :ws"
            " AND whom = :whom AND unread = 1 LIMIT :most) AS counted",
            ws=self.ws,
            whom=whom,
            most=most,
        )
        return int(row[0]) if row else 0

    def unread_handoffs(self, whom: str, *, limit: int = _MARKED) -> frozenset[str]:
        """Return the handoffs of which somebody has not seen something."""
        rows = self.tx.all(
            "SELECT handoff FROM notifications WHERE ws = :ws AND whom = :whom"
            " AND unread = 1 ORDER BY position DESC LIMIT :limit",
            ws=self.ws,
            whom=whom,
            limit=limit,
        )
        return frozenset(row[0] for row in rows)

    # Seen, and settled.

    def read(self, whom: str, ids: Iterable[str]) -> int:
        """Mark some as seen; return how many were not."""
        wanted = set(ids)
        rows = self.tx.all(
            "SELECT thing, id FROM notifications WHERE ws = :ws AND whom = :whom"
            " AND unread = 1",
            ws=self.ws,
            whom=whom,
        )
        things = [row[0] for row in rows if row[1] in wanted]
        for thing in things:
            self.tx.run(
                "UPDATE notifications SET unread = 0 WHERE ws = :ws AND whom = :whom"
                " AND thing = :thing",
                ws=self.ws,
                whom=whom,
                thing=thing,
            )
        return len(things)

    def read_handoff(self, whom: str, handoff: str) -> int:
        """Mark all of a handoff as seen; return how many were not."""
        return self.tx.changed(
            "UPDATE notifications SET unread = 0 WHERE ws = :ws AND whom = :whom"
            " AND handoff = :handoff AND unread = 1",
            ws=self.ws,
            whom=whom,
            handoff=handoff,
        )

    def read_all(self, whom: str, *, until: int) -> int:
        """Mark all up to a position as seen; return how many were not."""
        return self.tx.changed(
            "UPDATE notifications SET unread = 0 WHERE ws = :ws AND whom = :whom"
            " AND unread = 1 AND position <= :until",
            ws=self.ws,
            whom=whom,
            until=until,
        )

    def settle(self, one: Notification) -> None:
        """Note that it asks for nothing any more, and need not be seen."""
        self.tx.run(
            "UPDATE notifications SET settled = 1,"
            " unread = CASE WHEN unread = 1 THEN 0 ELSE unread END WHERE ws = :ws"
            " AND whom = :whom AND thing = :thing",
            ws=self.ws,
            whom=one.whom,
            thing=one.thing,
        )

    # Kept bounded.

    def crowded(self, *, most: int) -> list[str]:
        """Return who was told of more than so much."""
        rows = self.tx.all(
            "SELECT whom FROM notifications WHERE ws = :ws GROUP BY whom"
            " HAVING count(*) > :most",
            ws=self.ws,
            most=most,
        )
        return [row[0] for row in rows]

    def forget(self, *, before: Instant, limit: int) -> int:
        """Forget what was told long ago; return how much."""
        return self.tx.changed(
            "DELETE FROM notifications WHERE ws = :ws AND (whom, thing) IN"
            " (SELECT whom, thing FROM notifications WHERE ws = :ws AND at < :before"
            " LIMIT :limit)",
            ws=self.ws,
            before=before,
            limit=limit,
        )

    def thin(self, whom: str, *, most: int, before: Instant, limit: int) -> int:
        """Forget the oldest of what somebody has seen, beyond `most`; return how much."""
        return self.tx.changed(
            "DELETE FROM notifications WHERE ws = :ws AND whom = :whom AND thing IN"
            " (SELECT thing FROM notifications WHERE ws = :ws AND whom = :whom AND unread = 0"
            " AND at < :before AND position <= (SELECT position FROM notifications"
            " WHERE ws = :ws AND whom = :whom ORDER BY position DESC LIMIT 1 OFFSET :most)"
            " LIMIT :limit)",
            ws=self.ws,
            whom=whom,
            most=most,
            before=before,
            limit=limit,
        )
