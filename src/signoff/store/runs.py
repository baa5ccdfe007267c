"""What was begun with an approval: at most one row for each decision."""

from signoff.domain.ids import HandoffId
from signoff.domain.runs import Run
from signoff.store.rows import Rows, from_body, to_body


class Runs(Rows):
    """Runs of one workspace."""

    __slots__ = ()

    def add(self, run: Run) -> None:
        """Add a run; the key lets no decision have a second one."""
        self.tx.run(
            "INSERT INTO runs (ws, handoff, round, body) VALUES (:ws, :handoff, :round, :body)",
            ws=self.ws,
            handoff=run.handoff,
            round=run.round,
            body=to_body(run),
        )

    def save(self, run: Run) -> None:
        """Replace a run's row: it ended."""
        self.tx.run(
            "UPDATE runs SET body = :body WHERE ws = :ws AND handoff = :handoff"
            " AND round = :round",
            ws=self.ws,
            handoff=run.handoff,
            round=run.round,
            body=to_body(run),
        )

    def of(self, handoff: HandoffId) -> list[Run]:
        """Return a handoff's runs, one for each decision that was run, the oldest first."""
        rows = self.tx.all(
            "SELECT body FROM runs WHERE ws = :ws AND handoff = :handoff ORDER BY round",
            ws=self.ws,
            handoff=handoff,
        )
        return [from_body(row[0], Run) for row in rows]
