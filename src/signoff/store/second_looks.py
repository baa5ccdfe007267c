"""Second looks at what was approved."""

from signoff.domain.ids import HandoffId
from signoff.domain.second_looks import Look, Standing
from signoff.store.rows import Rows, from_body, to_body


class SecondLooks(Rows):
    """Second looks of one workspace."""

    __slots__ = ()

    def save(self, look: Look) -> None:
        """Keep a second look as it stands."""
        self.tx.run(
            "INSERT INTO second_looks (ws, handoff, round, standing, asked_at, body)"
            " VALUES (:ws, :handoff, :round, :standing, :asked_at, :body)"
            " ON CONFLICT (ws, handoff, round) DO UPDATE SET"
            " standing = excluded.standing, body = excluded.body",
            ws=self.ws,
            handoff=look.handoff,
            round=look.round,
            standing=str(look.standing),
            asked_at=look.asked_at,
            body=to_body(look),
        )

    def of(self, handoff: HandoffId) -> list[Look]:
        """Return the second looks at a handoff, that of the newest round first."""
        rows = self.tx.all(
            "SELECT body FROM second_looks WHERE ws = :ws AND handoff = :handoff"
            " ORDER BY round DESC",
            ws=self.ws,
            handoff=handoff,
        )
        return [from_body(row[0], Look) for row in rows]

    def page(self, standing: Standing, *, after: tuple[int, str], limit: int) -> list[Look]:
        """Return second looks of one standing, the oldest first."""
        asked_at, last = after
        rows = self.tx.all(
            "SELECT body FROM second_looks WHERE ws = :ws AND standing = :standing"
            " AND (asked_at, handoff) > (:asked_at, :last)"
            " ORDER BY asked_at, handoff LIMIT :limit",
            ws=self.ws,
            standing=str(standing),
            asked_at=asked_at,
            last=last,
            limit=limit,
        )
        return [from_body(row[0], Look) for row in rows]
