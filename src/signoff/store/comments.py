"""What people and agents say beside a verdict, anchored to a place in a file."""

from msgspec import Struct

from signoff.domain.actors import Kind
from signoff.domain.ids import ActorId, CommentId, HandoffId, Instant
from signoff.domain.sidecars import Anchor
from signoff.store.rows import Rows, from_body, to_body


class Comment(Struct, frozen=True, kw_only=True):
    """A comment on a handoff, a file of it, or a place in the file."""

    id: CommentId
    handoff: HandoffId
    round: int
    by: ActorId
    by_kind: Kind
    at: Instant
    text: str
    file: str | None = None
    anchor: Anchor | None = None
    reply_to: CommentId | None = None
    resolved_at: Instant | None = None
    resolved_by: ActorId | None = None


class Comments(Rows):
    """Comments of one workspace."""

    __slots__ = ()

    def add(self, comment: Comment) -> None:
        """Add a comment."""
        self.tx.run(
            "INSERT INTO comments (ws, handoff, at, id, body)"
            " VALUES (:ws, :handoff, :at, :id, :body)",
            ws=self.ws,
            handoff=comment.handoff,
            at=comment.at,
            id=comment.id,
            body=to_body(comment),
        )

    def save(self, comment: Comment) -> None:
        """Replace a comment's row: it was settled."""
        self.tx.run(
            "UPDATE comments SET body = :body WHERE ws = :ws AND handoff = :handoff"
            " AND at = :at AND id = :id",
            ws=self.ws,
            handoff=comment.handoff,
            at=comment.at,
            id=comment.id,
            body=to_body(comment),
        )

    def of(
        self, handoff: HandoffId, *, after: tuple[int, str] = (0, ""), limit: int = 500
    ) -> list[Comment]:
        """Return a handoff's comments, oldest first."""
        rows = self.tx.all(
            "SELECT body FROM comments WHERE ws = :ws AND handoff = :handoff"
            " AND (at, id) > (:at, :id) ORDER BY at, id LIMIT :limit",
            ws=self.ws,
            handoff=handoff,
            at=after[0],
            id=after[1],
            limit=limit,
        )
        return [from_body(row[0], Comment) for row in rows]

    def by_id(self, handoff: HandoffId, comment: CommentId) -> Comment | None:
        """Return one comment of a handoff."""
        row = self.tx.one(
            "SELECT body FROM comments WHERE ws = :ws AND handoff = :handoff AND id = :id",
            ws=self.ws,
            handoff=handoff,
            id=comment,
        )
        return from_body(row[0], Comment) if row else None
