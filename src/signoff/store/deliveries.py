"""What is in line for endpoints, when each line goes on, and how the tries went."""

from typing import Any

from msgspec import Struct

from signoff.domain.deliveries import Attempt, Delivery, Standing, State
from signoff.domain.ids import EndpointId, Instant, Slug
from signoff.store.rows import Rows, from_body, to_body

_ROW = "body, payload, url"


class Packed(Struct, frozen=True, kw_only=True):
    """A delivery with what is sent; `url` is its own for a handoff's callback, else empty."""

    delivery: Delivery
    payload: bytes
    url: str = ""


class Replaying(Struct, frozen=True, kw_only=True):
    """Which positions of the log an endpoint is told again: those after `after`, to `until`."""

    after: int
    until: int
    missed_only: bool = False


class Line(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is known of an endpoint beside what it wants: how it does, what is replayed."""

    standing: Standing = Standing()
    replaying: Replaying | None = None


def _packed(row: tuple[Any, ...]) -> Packed:
    return Packed(delivery=from_body(row[0], Delivery), payload=bytes(row[1]), url=row[2])


class Deliveries(Rows):
    """Deliveries of one workspace, and the lines in which they stand."""

    __slots__ = ()

    def add(self, packed: Packed) -> bool:
        """Put a delivery in line; False if it was there, which then stays as it is."""
        delivery = packed.delivery
        added = self.tx.changed(
            "INSERT INTO deliveries (ws, endpoint, position, state, at, due_at, url, body,"
            " payload) VALUES (:ws, :endpoint, :position, :state, :at, :due_at, :url, :body,"
            " :payload) ON CONFLICT (ws, endpoint, position) DO NOTHING",
            ws=self.ws,
            endpoint=delivery.endpoint,
            position=delivery.position,
            state=delivery.state.value,
            at=delivery.created_at,
            due_at=delivery.due_at,
            url=packed.url,
            body=to_body(delivery),
            payload=packed.payload,
        )
        return added == 1

    def save(self, delivery: Delivery) -> None:
        """Keep how a delivery stands now."""
        self.tx.run(
            "UPDATE deliveries SET state = :state, due_at = :due_at, body = :body"
            " WHERE ws = :ws AND endpoint = :endpoint AND position = :position",
            ws=self.ws,
            endpoint=delivery.endpoint,
            position=delivery.position,
            state=delivery.state.value,
            due_at=delivery.due_at,
            body=to_body(delivery),
        )

    def at(self, endpoint: EndpointId, position: int) -> Packed | None:
        """Return one delivery."""
        row = self.tx.one(
            f"SELECT {_ROW} FROM deliveries"
            " WHERE ws = :ws AND endpoint = :endpoint AND position = :position",
            ws=self.ws,
            endpoint=endpoint,
            position=position,
        )
        return _packed(row) if row else None

    def due(self, endpoint: EndpointId, *, limit: int) -> list[Packed]:
        """Return what an endpoint is to be told now, what waited longest first."""
        rows = self.tx.all(
            f"SELECT {_ROW} FROM deliveries WHERE ws = :ws AND endpoint = :endpoint"
            " AND due_at <= :now ORDER BY due_at, position LIMIT :limit",
            ws=self.ws,
            endpoint=endpoint,
            now=self.tx.now,
            limit=limit,
        )
        return [_packed(row) for row in rows]

    def first_due(self, endpoint: EndpointId) -> Instant | None:
        """Return when the first delivery of an endpoint is due that waits."""
        row = self.tx.one(
            "SELECT min(due_at) FROM deliveries"
            " WHERE ws = :ws AND endpoint = :endpoint AND due_at IS NOT NULL",
            ws=self.ws,
            endpoint=endpoint,
        )
        return None if row is None or row[0] is None else Instant(row[0])

    def page(
        self, endpoint: EndpointId, *, state: str = "", before: int, limit: int
    ) -> list[Packed]:
        """Return deliveries of an endpoint, the newest first."""
        only = " AND state = :state" if state else ""
        rows = self.tx.all(
            f"SELECT {_ROW} FROM deliveries WHERE ws = :ws AND endpoint = :endpoint{only}"
            " AND position < :before ORDER BY position DESC LIMIT :limit",
            ws=self.ws,
            endpoint=endpoint,
            before=before,
            limit=limit,
            **({"state": state} if state else {}),
        )
        return [_packed(row) for row in rows]

    def waits(self, endpoint: EndpointId, *, most: int) -> int:
        """Count what waits for an endpoint, up to a number."""
        row = self.tx.one(
            "SELECT count(*) FROM (SELECT 1 FROM deliveries WHERE ws = :ws"
            " AND endpoint = :endpoint AND due_at IS NOT NULL LIMIT :most) AS waiting",
            ws=self.ws,
            endpoint=endpoint,
            most=most,
        )
        return int(row[0]) if row else 0

    # Lines.

    def line(self, endpoint: EndpointId) -> Line:
        """Return what is known of an endpoint's line."""
        row = self.tx.one(
            "SELECT body FROM delivery_lines WHERE ws = :ws AND endpoint = :endpoint",
            ws=self.ws,
            endpoint=endpoint,
        )
        return from_body(row[0], Line) if row else Line()

    def hasten(self, endpoint: EndpointId) -> None:
        """Let a line go on now, or when its rest is over."""
        self.tx.run(
            "INSERT INTO delivery_lines (ws, endpoint, next_at, rests_until, body)"
            " VALUES (:ws, :endpoint, :now, 0, :body) ON CONFLICT (ws, endpoint)"
            " DO UPDATE SET next_at = CASE"
            " WHEN delivery_lines.next_at <= :now THEN delivery_lines.next_at"
            " WHEN delivery_lines.rests_until > :now THEN delivery_lines.rests_until"
            " ELSE :now END",
            ws=self.ws,
            endpoint=endpoint,
            now=self.tx.now,
            body=to_body(Line()),
        )

    def save_line(self, endpoint: EndpointId, line: Line, *, next_at: Instant | None) -> None:
        """Keep how a line stands, and when it goes on; None lets it stand still."""
        self.tx.run(
            "INSERT INTO delivery_lines (ws, endpoint, next_at, rests_until, body)"
            " VALUES (:ws, :endpoint, :next_at, :rests_until, :body)"
            " ON CONFLICT (ws, endpoint) DO UPDATE SET next_at = excluded.next_at,"
            " rests_until = excluded.rests_until, body = excluded.body",
            ws=self.ws,
            endpoint=endpoint,
            next_at=next_at,
            rests_until=line.standing.rests_until or 0,
            body=to_body(line),
        )

    def lines_of(self, prefix: str) -> list[tuple[EndpointId, Line]]:
        """Return the lines whose ids begin in one way."""
        rows = self.tx.all(
            "SELECT endpoint, body FROM delivery_lines"
            " WHERE ws = :ws AND endpoint >= :prefix AND endpoint < :after"
            " ORDER BY endpoint LIMIT 1000",
            ws=self.ws,
            prefix=prefix,
            after=prefix + "~",
        )
        return [(EndpointId(row[0]), from_body(row[1], Line)) for row in rows]

    def drop_line(self, endpoint: EndpointId) -> None:
        """Forget a line."""
        self.tx.run(
            "DELETE FROM delivery_lines WHERE ws = :ws AND endpoint = :endpoint",
            ws=self.ws,
            endpoint=endpoint,
        )

    def lines_due(self, *, limit: int) -> list[tuple[Slug, EndpointId]]:
        """Return the lines of all workspaces that go on now."""
        rows = self.tx.all(
            "SELECT ws, endpoint FROM delivery_lines WHERE next_at <= :now"
            " ORDER BY next_at LIMIT :limit",
            now=self.tx.now,
            limit=limit,
        )
        return [(Slug(row[0]), EndpointId(row[1])) for row in rows]

    def next_line_at(self) -> Instant | None:
        """Return when the next line goes on that does not go on now, of any workspace."""
        row = self.tx.one(
            "SELECT min(next_at) FROM delivery_lines WHERE next_at > :now", now=self.tx.now
        )
        return None if row is None or row[0] is None else Instant(row[0])

    # Attempts.

    def tried(self, endpoint: EndpointId, position: int, attempt: Attempt) -> None:
        """Keep how a try went."""
        self.tx.run(
            "INSERT INTO attempts (ws, endpoint, position, number, body)"
            " VALUES (:ws, :endpoint, :position, :number, :body) ON CONFLICT DO NOTHING",
            ws=self.ws,
            endpoint=endpoint,
            position=position,
            number=attempt.number,
            body=to_body(attempt),
        )

    def attempts(self, endpoint: EndpointId, position: int) -> list[Attempt]:
        """Return the tries of a delivery in order."""
        rows = self.tx.all(
            "SELECT body FROM attempts"
            " WHERE ws = :ws AND endpoint = :endpoint AND position = :position ORDER BY number",
            ws=self.ws,
            endpoint=endpoint,
            position=position,
        )
        return [from_body(row[0], Attempt) for row in rows]

    # The end.

    def old(self, state: State, *, before: Instant, limit: int) -> list[tuple[EndpointId, int]]:
        """Return deliveries in a state that were put in line before a moment."""
        rows = self.tx.all(
            "SELECT endpoint, position FROM deliveries"
            " WHERE ws = :ws AND at < :before AND state = :state LIMIT :limit",
            ws=self.ws,
            before=before,
            state=state.value,
            limit=limit,
        )
        return [(EndpointId(row[0]), int(row[1])) for row in rows]

    def forget(self, endpoint: EndpointId, position: int) -> None:
        """Remove a delivery and its tries."""
        for table in ("attempts", "deliveries"):
            self.tx.run(
                f"DELETE FROM {table}"
                " WHERE ws = :ws AND endpoint = :endpoint AND position = :position",
                ws=self.ws,
                endpoint=endpoint,
                position=position,
            )
