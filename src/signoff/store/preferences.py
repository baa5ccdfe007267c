"""What people chose to hear, and the channels of the workspace; both as encrypted bytes."""

from signoff.domain.ids import ActorId
from signoff.store.rows import Rows


class PreferenceRows(Rows):
    """Choices of one workspace's members, and its channels."""

    __slots__ = ()

    def of(self, person: ActorId) -> bytes | None:
        """Return what a person chose; None if they chose nothing."""
        row = self.tx.one(
            "SELECT body FROM preferences WHERE ws = :ws AND person = :person",
            ws=self.ws,
            person=person,
        )
        return bytes(row[0]) if row else None

    def set(self, person: ActorId, body: bytes) -> None:
        """Keep what a person chose."""
        self.tx.run(
            "INSERT INTO preferences (ws, person, body, set_at)"
            " VALUES (:ws, :person, :body, :now) ON CONFLICT (ws, person)"
            " DO UPDATE SET body = excluded.body, set_at = excluded.set_at",
            ws=self.ws,
            person=person,
            body=body,
            now=self.tx.now,
        )

    def channels(self) -> list[tuple[str, bytes]]:
        """Return the channels of the workspace, the first that was set first."""
        rows = self.tx.all("SELECT id, body FROM channels WHERE ws = :ws", ws=self.ws)
        return sorted((row[0], bytes(row[1])) for row in rows)

    def set_channel(self, id_: str, body: bytes) -> None:
        """Add a channel of the workspace, or replace it."""
        self.tx.run(
            "INSERT INTO channels (ws, id, body, set_at) VALUES (:ws, :id, :body, :now)"
            " ON CONFLICT (ws, id) DO UPDATE SET body = excluded.body,"
            " set_at = excluded.set_at",
            ws=self.ws,
            id=id_,
            body=body,
            now=self.tx.now,
        )

    def remove_channel(self, id_: str) -> bool:
        """Remove a channel of the workspace; say whether there was one."""
        return (
            self.tx.changed(
                "DELETE FROM channels WHERE ws = :ws AND id = :id", ws=self.ws, id=id_
            )
            == 1
        )
