"""Who is away for a time, and who stands in: one row for each person."""

from msgspec import Struct

from signoff.domain.actors import Role
from signoff.domain.delegations import Delegation
from signoff.domain.ids import ActorId, Instant
from signoff.store.rows import Rows, from_body, to_body


class Away(Struct, frozen=True, kw_only=True):
    """A delegation, with what the person who is away is to the workspace."""

    delegation: Delegation
    role: Role
    groups: tuple[str, ...]


class Delegations(Rows):
    """Delegations of one workspace."""

    __slots__ = ()

    def set(self, delegation: Delegation) -> None:
        """Replace a person's delegation."""
        self.tx.run(
            "INSERT INTO delegations (ws, person, until, body)"
            " VALUES (:ws, :person, :until, :body) ON CONFLICT (ws, person)"
            " DO UPDATE SET until = excluded.until, body = excluded.body",
            ws=self.ws,
            person=delegation.person,
            until=delegation.until,
            body=to_body(delegation),
        )

    def remove(self, person: ActorId) -> None:
        """Forget a person's delegation."""
        self.tx.run(
            "DELETE FROM delegations WHERE ws = :ws AND person = :person",
            ws=self.ws,
            person=person,
        )

    def after(self, now: Instant) -> list[Away]:
        """Return those of members that hold now or will, by person."""
        rows = self.tx.all(
            "SELECT d.body, m.role, m.groups FROM delegations d JOIN members m"
            " ON m.ws = d.ws AND m.person = d.person"
            " WHERE d.ws = :ws AND d.until > :now ORDER BY d.person",
            ws=self.ws,
            now=now,
        )
        return [
            Away(
                delegation=from_body(row[0], Delegation),
                role=Role(row[1]),
                groups=from_body(row[2], tuple[str, ...]),
            )
            for row in rows
        ]
