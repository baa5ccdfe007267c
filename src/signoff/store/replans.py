"""How far a workspace's newest policy has planned what was open when it was set."""

from msgspec import Struct

from signoff.domain.ids import Instant
from signoff.store.rows import Rows


class Replan(Struct, frozen=True, kw_only=True):
    """A plan under way: since when, and the handoff that was planned last."""

    since: Instant
    opened_at: int
    handoff: str


class Replans(Rows):
    """The plan under way in one workspace, if there is one."""

    __slots__ = ()

    def begin(self) -> None:
        """Begin with the first handoff, also where one was under way."""
        self.tx.run(
            "INSERT INTO replans (ws, since, opened_at, handoff)"
            " VALUES (:ws, :now, 0, '') ON CONFLICT (ws) DO UPDATE SET"
            " since = excluded.since, opened_at = 0, handoff = ''",
            ws=self.ws,
            now=self.tx.now,
        )

    def current(self) -> Replan | None:
        """Return what is under way."""
        row = self.tx.one(
            "SELECT since, opened_at, handoff FROM replans WHERE ws = :ws", ws=self.ws
        )
        if row is None:
            return None
        return Replan(since=Instant(row[0]), opened_at=row[1], handoff=row[2])

    def go_on(self, opened_at: int, handoff: str) -> None:
        """Say which handoff was planned last."""
        self.tx.run(
            "UPDATE replans SET opened_at = :opened_at, handoff = :handoff WHERE ws = :ws",
            ws=self.ws,
            opened_at=opened_at,
            handoff=handoff,
        )

    def end(self) -> None:
        """Say that all is planned."""
        self.tx.run("DELETE FROM replans WHERE ws = :ws", ws=self.ws)
