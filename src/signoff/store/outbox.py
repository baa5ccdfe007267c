"""Messages that go out: what gathers, what is due, what was sent where."""

from typing import Any

from signoff.domain.ids import HandoffId, Instant
from signoff.domain.messages import ChannelKind
from signoff.domain.outbox import Outgoing, State
from signoff.store.rows import Rows

NEVER = 2**62
_FIELDS = (
    "id, whom, channel, lane, handoff, state, first, last, began_at, due_at, attempts,"
    " tried_since"
)


def _outgoing(row: tuple[Any, ...]) -> Outgoing:
    return Outgoing(
        id=row[0],
        whom=row[1],
        channel=ChannelKind(row[2]),
        lane=row[3],
        handoff=HandoffId(row[4]) if row[4] else None,
        state=State(row[5]),
        first=row[6],
        last=row[7],
        began_at=Instant(row[8]),
        due_at=Instant(row[9]),
        attempts=row[10],
        tried_since=None if row[11] is None else Instant(row[11]),
    )


class Outbox(Rows):
    """What goes out from one workspace."""

    __slots__ = ()

    def gathering(
        self, whom: str, channel: ChannelKind, lane: str, handoff: str = ""
    ) -> Outgoing | None:
        """Return the message that still gathers, if there is one."""
        row = self.tx.one(
            f"SELECT {_FIELDS} FROM outbox WHERE ws = :ws AND whom = :whom"
            " AND channel = :channel AND lane = :lane AND handoff = :handoff"
            " AND state = 'gathering'",
            ws=self.ws,
            whom=whom,
            channel=channel.value,
            lane=lane,
            handoff=handoff,
        )
        return _outgoing(row) if row else None

    def gather(self, one: Outgoing) -> None:
        """Begin a message, or let the one that gathers reach as far and be due as this one."""
        self.tx.run(
            f"INSERT INTO outbox (ws, {_FIELDS}, done_at, reason) VALUES (:ws, :id, :whom,"
            " :channel, :lane, :handoff, 'gathering', :first, :last, :began_at, :due_at, 0,"
            " NULL, NULL, '') ON CONFLICT (ws, whom, channel, lane, handoff)"
            " WHERE state = 'gathering'"
            " DO UPDATE SET last = excluded.last, due_at = excluded.due_at",
            ws=self.ws,
            id=one.id,
            whom=one.whom,
            channel=one.channel.value,
            lane=one.lane,
            handoff=one.handoff or "",
            first=one.first,
            last=one.last,
            began_at=one.began_at,
            due_at=one.due_at,
        )

    def due(self, *, limit: int) -> list[Outgoing]:
        """Return what is to go out now, the longest due first."""
        rows = self.tx.all(
            f"SELECT {_FIELDS} FROM outbox WHERE ws = :ws AND due_at <= :now"
            " ORDER BY due_at, id LIMIT :limit",
            ws=self.ws,
            now=self.tx.now,
            limit=limit,
        )
        return [_outgoing(row) for row in rows]

    def by_id(self, id_: str) -> Outgoing | None:
        """Return one message."""
        row = self.tx.one(
            f"SELECT {_FIELDS} FROM outbox WHERE ws = :ws AND id = :id", ws=self.ws, id=id_
        )
        return _outgoing(row) if row else None

    def put_off(self, one: Outgoing, until: Instant) -> None:
        """Let a message wait for longer, in whatever state it is."""
        self.tx.run(
            "UPDATE outbox SET due_at = :until WHERE ws = :ws AND id = :id",
            ws=self.ws,
            id=one.id,
            until=until,
        )

    def begin(self, one: Outgoing, *, until: Instant) -> bool:
        """Begin a try that may last until a moment; False if another one took it."""
        return (
            self.tx.changed(
                "UPDATE outbox SET state = 'sending', attempts = attempts + 1,"
                " tried_since = coalesce(tried_since, :now), due_at = :until"
                " WHERE ws = :ws AND id = :id AND due_at = :due AND state = :state"
                " AND last = :last",
                ws=self.ws,
                id=one.id,
                now=self.tx.now,
                until=until,
                due=one.due_at,
                state=one.state.value,
                last=one.last,
            )
            == 1
        )

    def end(self, one: Outgoing, state: State, *, reason: str = "") -> None:
        """Say what became of a message."""
        self.tx.run(
            "UPDATE outbox SET state = :state, due_at = :never, done_at = :now,"
            " reason = :reason WHERE ws = :ws AND id = :id",
            ws=self.ws,
            id=one.id,
            state=state.value,
            never=NEVER,
            now=self.tx.now,
            reason=reason,
        )

    def sent_since(self, whom: str, channel: ChannelKind, *, since: Instant) -> list[Instant]:
        """Return when messages went to somebody by a channel since a moment."""
        rows = self.tx.all(
            "SELECT done_at FROM outbox WHERE ws = :ws AND whom = :whom"
            " AND channel = :channel AND done_at > :since AND state = 'sent'",
            ws=self.ws,
            whom=whom,
            channel=channel.value,
            since=since,
        )
        return [Instant(row[0]) for row in rows]

    def failing(self, whom: str, channel: ChannelKind) -> str:
        """Return why the last message to somebody by a channel did not go out; else nothing."""
        row = self.tx.one(
            "SELECT state, reason FROM outbox WHERE ws = :ws AND whom = :whom"
            " AND channel = :channel AND done_at > 0 AND state <> 'dropped'"
            " ORDER BY done_at DESC LIMIT 1",
            ws=self.ws,
            whom=whom,
            channel=channel.value,
        )
        return str(row[1]) if row is not None and row[0] == State.FAILED else ""

    def forget(self, *, before: Instant, limit: int) -> int:
        """Forget messages that are done since before a moment; return how many."""
        return self.tx.changed(
            "DELETE FROM outbox WHERE ws = :ws AND id IN (SELECT id FROM outbox"
            " WHERE ws = :ws AND done_at < :before LIMIT :limit)",
            ws=self.ws,
            before=before,
            limit=limit,
        )

    # What was sent last of a handoff, for the message that follows it.

    def reference(self, whom: str, channel: ChannelKind, handoff: str) -> str | None:
        """Return what the channel called the last message of a handoff to somebody."""
        row = self.tx.one(
            "SELECT reference FROM threads WHERE ws = :ws AND whom = :whom"
            " AND channel = :channel AND handoff = :handoff",
            ws=self.ws,
            whom=whom,
            channel=channel.value,
            handoff=handoff,
        )
        return str(row[0]) if row else None

    def refer(self, whom: str, channel: ChannelKind, handoff: str, reference: str) -> None:
        """Remember what the channel called a message."""
        self.tx.run(
            "INSERT INTO threads (ws, whom, channel, handoff, reference, at)"
            " VALUES (:ws, :whom, :channel, :handoff, :reference, :now)"
            " ON CONFLICT (ws, whom, channel, handoff)"
            " DO UPDATE SET reference = excluded.reference, at = excluded.at",
            ws=self.ws,
            whom=whom,
            channel=channel.value,
            handoff=handoff,
            reference=reference,
            now=self.tx.now,
        )

    def forget_references(self, *, before: Instant, limit: int) -> int:
        """Forget what messages were called that nobody will answer any more."""
        return self.tx.changed(
            "DELETE FROM threads WHERE ws = :ws AND (whom, channel, handoff) IN"
            " (SELECT whom, channel, handoff FROM threads WHERE ws = :ws AND at < :before"
            " LIMIT :limit)",
            ws=self.ws,
            before=before,
            limit=limit,
        )
