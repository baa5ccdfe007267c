"""Where machines are told, and the secrets by which they know that it was us."""

from msgspec import Struct

from signoff.domain.endpoints import Endpoint
from signoff.domain.ids import EndpointId
from signoff.store.rows import Rows, from_body, to_body


class Kept(Struct, frozen=True, kw_only=True):
    """An endpoint, and its secrets as they are kept: encrypted."""

    endpoint: Endpoint
    sealed: bytes


class Endpoints(Rows):
    """Endpoints of one workspace."""

    __slots__ = ()

    def save(self, endpoint: Endpoint, *, sealed: bytes | None = None) -> None:
        """Add an endpoint with its secrets, or replace it; without `sealed` those stay."""
        if sealed is None:
            self.tx.run(
                "UPDATE endpoints SET is_on = :is_on, body = :body WHERE ws = :ws AND id = :id",
                ws=self.ws,
                id=endpoint.id,
                is_on=int(endpoint.on),
                body=to_body(endpoint),
            )
            return
        self.tx.run(
            "INSERT INTO endpoints (ws, id, is_on, body, sealed)"
            " VALUES (:ws, :id, :is_on, :body, :sealed) ON CONFLICT (ws, id) DO UPDATE SET"
            " is_on = excluded.is_on, body = excluded.body, sealed = excluded.sealed",
            ws=self.ws,
            id=endpoint.id,
            is_on=int(endpoint.on),
            body=to_body(endpoint),
            sealed=sealed,
        )

    def by_id(self, endpoint: EndpointId) -> Kept | None:
        """Return an endpoint."""
        row = self.tx.one(
            "SELECT body, sealed FROM endpoints WHERE ws = :ws AND id = :id",
            ws=self.ws,
            id=endpoint,
        )
        return Kept(endpoint=from_body(row[0], Endpoint), sealed=bytes(row[1])) if row else None

    def all(self) -> list[Endpoint]:
        """Return every endpoint, the oldest first."""
        rows = self.tx.all("SELECT body FROM endpoints WHERE ws = :ws ORDER BY id", ws=self.ws)
        return [from_body(row[0], Endpoint) for row in rows]

    def listening(self) -> list[Endpoint]:
        """Return those that are told anything."""
        rows = self.tx.all(
            "SELECT body FROM endpoints WHERE ws = :ws AND is_on = 1 ORDER BY id", ws=self.ws
        )
        return [from_body(row[0], Endpoint) for row in rows]

    def remove(self, endpoint: EndpointId) -> None:
        """Remove an endpoint with its secrets."""
        self.tx.run(
            "DELETE FROM endpoints WHERE ws = :ws AND id = :id", ws=self.ws, id=endpoint
        )

    # Callbacks: the workspace's own key, and each agent's secret.

    def callback_keys(self, owner: str) -> bytes | None:
        """Return the sealed keys of an agent's callbacks; of the workspace's for no owner."""
        row = self.tx.one(
            "SELECT sealed FROM callback_keys WHERE ws = :ws AND owner = :owner",
            ws=self.ws,
            owner=owner,
        )
        return bytes(row[0]) if row else None

    def save_callback_keys(self, owner: str, sealed: bytes) -> None:
        """Set the sealed keys of an agent's callbacks, or the workspace's."""
        self.tx.run(
            "INSERT INTO callback_keys (ws, owner, sealed) VALUES (:ws, :owner, :sealed)"
            " ON CONFLICT (ws, owner) DO UPDATE SET sealed = excluded.sealed",
            ws=self.ws,
            owner=owner,
            sealed=sealed,
        )
