"""What is kept without being on the record: retries, cursors, counts, arrivals, leases."""

from typing import Any

from msgspec import Struct

from signoff.domain.ids import ActorId, CredentialId, Instant, NodeId, Path
from signoff.store.followers import Followers


class Answer(Struct, frozen=True, kw_only=True):
    """What was answered to a request with an Idempotency-Key; `body` None hid a secret."""

    body_hash: bytes
    status: int
    body: bytes | None


class Arriving(Struct, frozen=True, kw_only=True):
    """Something that settles in `needs-review/` before it is opened (RULES 18)."""

    node: NodeId
    by: ActorId
    by_kind: str
    credential: CredentialId
    path: Path
    since: Instant
    touched_at: Instant


class Denials(Struct, frozen=True, kw_only=True):
    """Refusals of one kind to one actor since the last entry about them (RULES 32)."""

    actor: str
    action: str
    code: str
    since: Instant
    count: int
    body: bytes


def _arriving(row: tuple[Any, ...]) -> Arriving:
    return Arriving(
        node=row[0],
        by=row[1],
        by_kind=row[2],
        credential=row[3],
        path=row[4],
        since=row[5],
        touched_at=row[6],
    )


_ARRIVING = "node, by_actor, by_kind, credential, path, since, touched_at"


class Books(Followers):
    """Bookkeeping of one workspace (or of the instance, where it says so)."""

    __slots__ = ()

    # Retries.

    def answer(self, credential: CredentialId, route: str, key: str) -> Answer | None:
        """Return what was answered to a request's first try within a day."""
        row = self.tx.one(
            "SELECT body_hash, status, answer FROM idempotency WHERE ws = :ws"
            " AND credential = :credential AND route = :route AND key = :key AND at > :since",
            ws=self.ws,
            credential=credential,
            route=route,
            key=key,
            since=self.tx.now - 86_400_000_000,
        )
        if row is None:
            return None
        body = bytes(row[2]) if row[2] is not None else None
        return Answer(body_hash=bytes(row[0]), status=row[1], body=body)

    def keep_answer(
        self, credential: CredentialId, route: str, key: str, answer: Answer
    ) -> None:
        """Keep an answer for a retry, in the act's own transaction (STORAGE 27)."""
        self.tx.run(
            "INSERT INTO idempotency (ws, credential, route, key, body_hash, status,"
            " answer, at)"
            " VALUES (:ws, :credential, :route, :key, :hash, :status, :answer, :now)"
            " ON CONFLICT (ws, credential, route, key) DO UPDATE SET"
            " body_hash = excluded.body_hash, status = excluded.status,"
            " answer = excluded.answer, at = excluded.at",
            ws=self.ws,
            credential=credential,
            route=route,
            key=key,
            hash=answer.body_hash,
            status=answer.status,
            answer=answer.body,
            now=self.tx.now,
        )

    def forget_answers(self, *, before: Instant) -> int:
        """Drop answers that no retry may ask for any more, of every workspace."""
        return self.tx.changed("DELETE FROM idempotency WHERE at < :before", before=before)

    # Denials.

    def denied(self, actor: str, action: str, code: str, body: bytes) -> bool:
        """Count a refusal; True when it is the first and goes on the record at once."""
        row = self.tx.one(
            "INSERT INTO denials (ws, actor, action, code, since, count, body)"
            " VALUES (:ws, :actor, :action, :code, :now, 0, :body)"
            " ON CONFLICT (ws, actor, action, code) DO UPDATE SET count = denials.count + 1"
            " RETURNING count",
            ws=self.ws,
            actor=actor,
            action=action,
            code=code,
            now=self.tx.now,
            body=body,
        )
        return row is not None and row[0] == 0

    def counted_denials(self, *, before: Instant, limit: int) -> list[Denials]:
        """Return counts that began before a moment."""
        rows = self.tx.all(
            "SELECT actor, action, code, since, count, body FROM denials"
            " WHERE ws = :ws AND since <= :before LIMIT :limit",
            ws=self.ws,
            before=before,
            limit=limit,
        )
        return [
            Denials(
                actor=row[0],
                action=row[1],
                code=row[2],
                since=row[3],
                count=row[4],
                body=bytes(row[5]),
            )
            for row in rows
        ]

    def restart_denials(self, denials: Denials, *, keep: bool) -> None:
        """Begin the next minute of counting, or stop when nothing came."""
        if keep:
            self.tx.run(
                "UPDATE denials SET count = 0, since = :now WHERE ws = :ws AND actor = :actor"
                " AND action = :action AND code = :code",
                ws=self.ws,
                actor=denials.actor,
                action=denials.action,
                code=denials.code,
                now=self.tx.now,
            )
        else:
            self.tx.run(
                "DELETE FROM denials WHERE ws = :ws AND actor = :actor AND action = :action"
                " AND code = :code",
                ws=self.ws,
                actor=denials.actor,
                action=denials.action,
                code=denials.code,
            )

    # Guessing passwords.

    def failed_signin(self, subject: str, *, attempt: str) -> None:
        """Count an attempt to sign in as a wrong one, until it is forgiven."""
        self.tx.run(
            "INSERT INTO signin_failures (subject, at, id) VALUES (:subject, :now, :id)",
            subject=subject,
            now=self.tx.now,
            id=attempt,
        )

    def forgive_signin(self, subject: str, *, attempt: str) -> None:
        """Take back what was counted for an attempt that turned out right."""
        self.tx.run(
            "DELETE FROM signin_failures WHERE subject = :subject AND id = :id",
            subject=subject,
            id=attempt,
        )

    def failures(self, subject: str, *, since: Instant) -> list[Instant]:
        """Return when there were wrong passwords since a moment, the oldest first."""
        sql = "SELECT at FROM signin_failures WHERE subject = :subject AND at > :since"
        rows = self.tx.all(sql + " ORDER BY at LIMIT 1000", subject=subject, since=since)
        return [Instant(row[0]) for row in rows]

    def forget_failures(self, *, before: Instant) -> None:
        """Drop old counts."""
        self.tx.run("DELETE FROM signin_failures WHERE at < :before", before=before)

    # Arrivals.

    def arrive(self, arriving: Arriving) -> None:
        """Remember what settles, or that it was touched again."""
        self.tx.run(
            "INSERT INTO arrivals (ws, node, by_actor, by_kind, credential, path, since,"
            " touched_at) VALUES (:ws, :node, :by, :by_kind, :credential, :path, :since,"
            " :touched_at) ON CONFLICT (ws, node) DO UPDATE SET touched_at = :touched_at",
            ws=self.ws,
            node=arriving.node,
            by=arriving.by,
            by_kind=arriving.by_kind,
            credential=arriving.credential,
            path=arriving.path,
            since=arriving.since,
            touched_at=arriving.touched_at,
        )

    def arriving(self, node: NodeId) -> Arriving | None:
        """Return what is known of something that settles."""
        row = self.tx.one(
            f"SELECT {_ARRIVING} FROM arrivals WHERE ws = :ws AND node = :node",
            ws=self.ws,
            node=node,
        )
        return _arriving(row) if row else None

    def settled(self, *, before: Instant, limit: int) -> list[Arriving]:
        """Return what was not touched since a moment."""
        rows = self.tx.all(
            f"SELECT {_ARRIVING} FROM arrivals WHERE ws = :ws AND touched_at <= :before"
            " ORDER BY touched_at LIMIT :limit",
            ws=self.ws,
            before=before,
            limit=limit,
        )
        return [_arriving(row) for row in rows]

    def arrived(self, node: NodeId) -> None:
        """Forget an arrival: it was opened, or it left."""
        self.tx.run(
            "DELETE FROM arrivals WHERE ws = :ws AND node = :node", ws=self.ws, node=node
        )

    # The instance.

    def meta(self, key: str) -> bytes | None:
        """Return a fact about the instance."""
        row = self.tx.one("SELECT value FROM meta WHERE key = :key", key=key)
        return bytes(row[0]) if row else None

    def set_meta(self, key: str, value: bytes) -> None:
        """Set a fact about the instance."""
        self.tx.run(
            "INSERT INTO meta (key, value) VALUES (:key, :value)"
            " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            key=key,
            value=value,
        )

    def first_meta(self, key: str, value: bytes) -> bytes:
        """Set a fact about the instance once; return what stands, ours or an earlier one."""
        self.tx.run(
            "INSERT INTO meta (key, value) VALUES (:key, :value) ON CONFLICT (key) DO NOTHING",
            key=key,
            value=value,
        )
        return self.meta(key) or value
