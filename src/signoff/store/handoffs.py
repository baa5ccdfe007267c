"""Packages in front of people, and the lists in which they are found."""

from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from signoff.domain.handoffs import Handoff, State
from signoff.domain.ids import ActorId, ClaimId, HandoffId, Instant, NodeId, Path
from signoff.domain.timers import next_timer
from signoff.store.rounds import ManifestFile, manifest_of
from signoff.store.rows import Rows, from_body, to_body

NEVER = 2**62
INDEXED = 500
"""So many characters of a path are in its index; see `m0002_long_paths`."""


class Stored(Struct, frozen=True, kw_only=True):
    """A handoff with what the store knows of it beside the value."""

    handoff: Handoff
    claim: ClaimId | None = None
    digest_revision: int = 0
    raw_sidecar: bytes | None = None

    @property
    def digest_stale(self) -> bool:
        """Say whether something below the package was written since the digest was taken."""
        return self.handoff.revision != self.digest_revision


class Looked(Struct, frozen=True, kw_only=True):
    """A handoff with all that a page about it shows: where it stands and what it is made of.

    `parent` and `name` are its package's, if that still exists.
    """

    stored: Stored
    parent: NodeId | None
    name: str
    files: tuple[ManifestFile, ...]
    resume_state: bytes | None


class Timed(Struct, frozen=True, kw_only=True):
    """A handoff to which something is to happen by itself, and since when."""

    at: Instant
    id: HandoffId
    node: NodeId


_LOOK = """SELECT h.body, h.revision, h.digest_revision, h.claim, h.raw_sidecar,
    CASE WHEN h.submitted_by = :viewer THEN h.resume_state END, n.parent, n.name,
    (SELECT r.manifest FROM rounds r WHERE r.ws = :ws AND r.handoff = :id
        ORDER BY r.number DESC LIMIT 1)
    FROM handoffs h LEFT JOIN nodes n ON n.ws = :ws AND n.id = h.node
    WHERE h.ws = :ws AND h.id = :id"""
_COLUMNS = "body, revision, digest_revision, claim, raw_sidecar"


def _stored(row: tuple[Any, ...]) -> Stored:
    handoff = from_body(row[0], Handoff)
    if handoff.revision != row[1]:
        handoff = replace(handoff, revision=row[1])
    return Stored(
        handoff=handoff,
        digest_revision=row[2],
        claim=ClaimId(row[3]) if row[3] else None,
        raw_sidecar=bytes(row[4]) if row[4] is not None else None,
    )


class Handoffs(Rows):
    """Handoffs of one workspace."""

    __slots__ = ()

    def add(
        self,
        handoff: Handoff,
        *,
        raw_sidecar: bytes | None = None,
        resume_state: bytes | None = None,
        claim: ClaimId | None = None,
    ) -> None:
        """Add a handoff."""
        self.tx.run(
            "INSERT INTO handoffs (ws, id, kind, state, node, submitted_by, submitted_path,"
            " priority, due_at, opened_at, dedupe_key, claim, offered, is_call, revision,"
            " digest_revision, body, raw_sidecar, resume_state, timer_at)"
            " VALUES (:ws, :id, :kind, :state, :node, :submitted_by, :submitted_path,"
            " :priority, :due_at, :opened_at, :dedupe_key, :claim, :offered, :is_call,"
            " :revision, :revision, :body, :raw_sidecar, :resume_state, :timer_at)",
            raw_sidecar=raw_sidecar,
            resume_state=resume_state,
            claim=claim,
            **self._columns(handoff),
        )
        self._index_reviewers(handoff)

    def save(self, handoff: Handoff, *, digest_taken: bool = False) -> None:
        """Replace a handoff's value; `digest_taken` says its digest is of its revision."""
        taken = ", digest_revision = :revision" if digest_taken else ""
        self.tx.run(
            "UPDATE handoffs SET kind = :kind, state = :state, node = :node,"
            " submitted_by = :submitted_by, submitted_path = :submitted_path,"
            " priority = :priority, due_at = :due_at, opened_at = :opened_at,"
            " dedupe_key = :dedupe_key, offered = :offered, is_call = :is_call,"
            f" revision = :revision, body = :body, timer_at = :timer_at{taken}"
            " WHERE ws = :ws AND id = :id",
            **self._columns(handoff),
        )
        if handoff.raised_to:
            self._index_reviewers(handoff)

    def begin_round(
        self,
        handoff: Handoff,
        *,
        raw_sidecar: bytes | None = None,
        resume_state: bytes | None = None,
    ) -> None:
        """Replace a handoff's value at the opening of its next round."""
        self.save(handoff, digest_taken=True)
        self.tx.run(
            "UPDATE handoffs SET raw_sidecar = :raw, resume_state = :resume, claim = NULL"
            " WHERE ws = :ws AND id = :id",
            ws=self.ws,
            id=handoff.id,
            raw=raw_sidecar,
            resume=resume_state,
        )
        self._reindex(handoff)

    def describe(self, handoff: Handoff, *, raw_sidecar: bytes | None) -> None:
        """Replace the value of a handoff whose first sidecar came after it was opened."""
        self.save(handoff, digest_taken=True)
        self.tx.run(
            "UPDATE handoffs SET raw_sidecar = :raw WHERE ws = :ws AND id = :id",
            ws=self.ws,
            id=handoff.id,
            raw=raw_sidecar,
        )
        self._reindex(handoff)

    def save_reviewers(self, handoff: Handoff) -> None:
        """Replace a handoff's value, and who finds it among what they are asked."""
        self.save(handoff)
        self._reindex(handoff)

    def _reindex(self, handoff: Handoff) -> None:
        self.tx.run(
            "DELETE FROM reviewer_index WHERE ws = :ws AND handoff = :id",
            ws=self.ws,
            id=handoff.id,
        )
        self._index_reviewers(handoff)

    def _columns(self, handoff: Handoff) -> dict[str, object]:
        return {
            "ws": self.ws,
            "id": handoff.id,
            "kind": str(handoff.kind),
            "state": str(handoff.state),
            "node": handoff.node,
            "submitted_by": handoff.submitted_by,
            "submitted_path": handoff.submitted_path,
            "priority": -handoff.priority,
            "due_at": _due(handoff),
            "opened_at": handoff.opened_at,
            "dedupe_key": handoff.dedupe_key,
            "offered": int(handoff.offered),
            "is_call": int(handoff.context.is_call),
            "revision": handoff.revision,
            "body": to_body(handoff),
            "timer_at": _timer_at(handoff),
        }

    def _index_reviewers(self, handoff: Handoff) -> None:
        named = {*handoff.reviewers}
        for step in handoff.steps:
            named.update(step.reviewers)
        if handoff.raised_to:
            named.add(handoff.raised_to)
        for reviewer in sorted(named):
            self.tx.run(
                "INSERT INTO reviewer_index (ws, reviewer, opened_at, handoff)"
                " VALUES (:ws, :reviewer, :opened_at, :handoff)"
                " ON CONFLICT (ws, reviewer, opened_at, handoff) DO NOTHING",
                ws=self.ws,
                reviewer=reviewer,
                opened_at=handoff.opened_at,
                handoff=handoff.id,
            )

    def by_id(self, handoff: HandoffId) -> Stored | None:
        """Return a handoff."""
        row = self.tx.one(
            f"SELECT {_COLUMNS} FROM handoffs WHERE ws = :ws AND id = :id",
            ws=self.ws,
            id=handoff,
        )
        return _stored(row) if row else None

    def look(self, handoff: HandoffId, *, viewer: ActorId) -> Looked | None:
        """Return a handoff whole, in one look; what was left for its submitter to it alone."""
        row = self.tx.one(_LOOK, ws=self.ws, id=handoff, viewer=viewer)
        if row is None:
            return None
        return Looked(
            stored=_stored(row),
            resume_state=bytes(row[5]) if row[5] is not None else None,
            parent=row[6],
            name=row[7] or "",
            files=manifest_of(row[8]) if row[8] is not None else (),
        )

    def resume_state(self, handoff: HandoffId) -> bytes | None:
        """Return what the submitter left for itself."""
        row = self.tx.one(
            "SELECT resume_state FROM handoffs WHERE ws = :ws AND id = :id",
            ws=self.ws,
            id=handoff,
        )
        return bytes(row[0]) if row and row[0] is not None else None

    def by_dedupe_key(self, submitter: ActorId, key: str) -> list[Stored]:
        """Return an agent's handoffs with a key, newest first."""
        rows = self.tx.all(
            f"SELECT {_COLUMNS} FROM handoffs WHERE ws = :ws AND submitted_by = :by"
            " AND dedupe_key = :key ORDER BY opened_at DESC LIMIT 10",
            ws=self.ws,
            by=submitter,
            key=key,
        )
        return [_stored(row) for row in rows]

    def by_path(self, submitter: ActorId, path: Path) -> list[Stored]:
        """Return an agent's handoffs that were submitted at a path, newest first."""
        rows = self.tx.all(
            f"SELECT {_COLUMNS} FROM handoffs WHERE ws = :ws AND submitted_by = :by"
            " AND substr(submitted_path, 1, 500) = :start AND submitted_path = :path"
            " ORDER BY opened_at DESC LIMIT 10",
            ws=self.ws,
            by=submitter,
            start=path[:INDEXED],
            path=path,
        )
        return [_stored(row) for row in rows]

    def touch(self, handoff: HandoffId) -> int:
        """Bump the revision: something below the package was written (STORAGE 24)."""
        row = self.tx.one(
            "UPDATE handoffs SET revision = revision + 1 WHERE ws = :ws AND id = :id"
            " RETURNING revision",
            ws=self.ws,
            id=handoff,
        )
        return int(row[0]) if row else 0

    def set_claim(self, handoff: HandoffId, claim: ClaimId | None) -> None:
        """Remember under which claim a package in feedback is being worked on."""
        self.tx.run(
            "UPDATE handoffs SET claim = :claim WHERE ws = :ws AND id = :id",
            ws=self.ws,
            id=handoff,
            claim=claim,
        )

    def waiting(self, *, after: tuple[int, int, int, str] | None, limit: int) -> list[Stored]:
        """Return what is in review: due first, then by priority, then longest waiting."""
        due, priority, opened, last = after or (-NEVER, -NEVER, -NEVER, "")
        rows = self.tx.all(
            f"SELECT {_COLUMNS} FROM handoffs WHERE ws = :ws AND state = 'in_review'"
            " AND (due_at, priority, opened_at, id) > (:due, :priority, :opened, :last)"
            " ORDER BY due_at, priority, opened_at, id LIMIT :limit",
            ws=self.ws,
            due=due,
            priority=priority,
            opened=opened,
            last=last,
            limit=limit,
        )
        return [_stored(row) for row in rows]

    def page(
        self,
        *,
        state: State | None = None,
        agent: ActorId | None = None,
        before: tuple[int, str] | None = None,
        limit: int,
    ) -> list[Stored]:
        """Return handoffs, newest first."""
        wheres = ["ws = :ws", "(opened_at, id) < (:opened, :last)"]
        opened, last = before or (NEVER, "")
        if state is not None:
            wheres.append("state = :state")
        if agent is not None:
            wheres.append("submitted_by = :agent")
        rows = self.tx.all(
            f"SELECT {_COLUMNS} FROM handoffs WHERE {' AND '.join(wheres)}"
            " ORDER BY opened_at DESC, id DESC LIMIT :limit",
            ws=self.ws,
            opened=opened,
            last=last,
            state=state.value if state else None,
            agent=agent,
            limit=limit,
        )
        return [_stored(row) for row in rows]

    def of_reviewer(
        self, reviewer: str, *, before: tuple[int, str] | None, limit: int
    ) -> list[Stored]:
        """Return what a person or `group:NAME` was asked to look at, newest first."""
        opened, last = before or (NEVER, "")
        rows = self.tx.all(
            "SELECT h.body, h.revision, h.digest_revision, h.claim, h.raw_sidecar"
            " FROM reviewer_index r JOIN handoffs h ON h.ws = :ws AND h.id = r.handoff"
            " WHERE r.ws = :ws AND r.reviewer = :reviewer"
            " AND (r.opened_at, r.handoff) < (:opened, :last)"
            " ORDER BY r.opened_at DESC, r.handoff DESC LIMIT :limit",
            ws=self.ws,
            reviewer=reviewer,
            opened=opened,
            last=last,
            limit=limit,
        )
        return [_stored(row) for row in rows]

    def sent_back(self, agent: ActorId, *, limit: int) -> list[Stored]:
        """Return an agent's packages in feedback that it does not work on, but for calls."""
        rows = self.tx.all(
            f"SELECT {_COLUMNS} FROM handoffs WHERE ws = :ws AND submitted_by = :agent"
            " AND (state = 'changes_requested' OR state = 'answered') AND is_call = 0"
            " AND claim IS NULL ORDER BY opened_at, id LIMIT :limit",
            ws=self.ws,
            agent=agent,
            limit=limit,
        )
        return [_stored(row) for row in rows]

    def offered(self, *, limit: int) -> list[Stored]:
        """Return packages in feedback that any agent may claim, the oldest first."""
        rows = self.tx.all(
            f"SELECT {_COLUMNS} FROM handoffs WHERE ws = :ws AND offered = 1"
            " AND claim IS NULL ORDER BY opened_at, id LIMIT :limit",
            ws=self.ws,
            limit=limit,
        )
        return [_stored(row) for row in rows]

    def unexplained(self, *, limit: int) -> list[Stored]:
        """Return what was decided by moving, and whose reason has not come in time."""
        found: list[Stored] = []
        for state in (State.CHANGES_REQUESTED, State.REJECTED):
            rows = self.tx.all(
                f"SELECT {_COLUMNS} FROM handoffs WHERE ws = :ws AND state = :state"
                " AND due_at <= :now ORDER BY due_at LIMIT :limit",
                ws=self.ws,
                state=state.value,
                now=self.tx.now,
                limit=limit,
            )
            found += [_stored(row) for row in rows]
        return found

    def count(self, state: State, *, most: int) -> int:
        """Count handoffs in a state, up to `most`."""
        row = self.tx.one(
            "SELECT count(*) FROM (SELECT 1 AS one FROM handoffs WHERE ws = :ws"
            " AND state = :state LIMIT :most) AS counted",
            ws=self.ws,
            state=state.value,
            most=most,
        )
        return int(row[0]) if row else 0

    def timed(self, *, after: tuple[int, str] = (-NEVER, ""), limit: int) -> list[Timed]:
        """Return to what something is to happen by itself by now, by its time, then by id."""
        at, last = after
        rows = self.tx.all(
            "SELECT timer_at, id, node FROM handoffs WHERE ws = :ws"
            " AND timer_at IS NOT NULL AND timer_at <= :now AND timer_at >= :at"
            " AND (timer_at, id) > (:at, :last)"
            " ORDER BY timer_at, id LIMIT :limit",
            ws=self.ws,
            now=self.tx.now,
            at=at,
            last=last,
            limit=limit,
        )
        return [Timed(at=Instant(row[0]), id=row[1], node=row[2]) for row in rows]

    def open_after(self, opened_at: int, handoff: str, *, limit: int) -> list[Stored]:
        """Return what is in review, by when its round was opened, then by id."""
        rows = self.tx.all(
            f"SELECT {_COLUMNS} FROM handoffs WHERE ws = :ws AND state = 'in_review'"
            " AND (opened_at, id) > (:opened_at, :last) ORDER BY opened_at, id LIMIT :limit",
            ws=self.ws,
            opened_at=opened_at,
            last=handoff,
            limit=limit,
        )
        return [_stored(row) for row in rows]


def _timer_at(handoff: Handoff) -> int | None:
    """Return when something happens to it by itself; what is settled has no timer."""
    timer = next_timer(handoff)
    return None if timer is None else timer.at


def _due(handoff: Handoff) -> int:
    """Return when time has something to do with it: it is late, or its reason is."""
    due = handoff.due_at if handoff.state is State.IN_REVIEW else handoff.reason_due_at
    return NEVER if due is None else due
