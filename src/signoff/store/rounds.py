"""The rounds of handoffs, and what each was made of."""

from msgspec import Struct

from signoff.domain.handoffs import Decision, Kind, Review
from signoff.domain.ids import ActorId, Digest, HandoffId, Instant, NodeId
from signoff.domain.sidecars import Sidecar
from signoff.store.rows import Rows, from_body, to_body


class ManifestFile(Struct, frozen=True, kw_only=True, array_like=True, gc=False):
    """A file that a digest covers: its path in the package, and its exact bytes.

    A round may keep ten thousand: they are written as arrays, and hold nothing that could
    hold them.
    """

    path: str
    node: NodeId
    version: int
    digest: Digest
    size: int
    media_type: str


class Round(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One round of a handoff as it was submitted, and as it ended.

    The manifest is that of the package as it was decided on. Where people edited it in review,
    `was` has the files as submitted that changed or went, `added` the paths that came.
    """

    number: int
    kind: Kind
    opened_at: Instant
    submitted_by: ActorId
    digest: Digest
    context: Sidecar
    reviews: tuple[Review, ...] = ()
    decision: Decision | None = None
    note: str = ""
    was: tuple[ManifestFile, ...] = ()
    added: tuple[str, ...] = ()


class Rounds(Rows):
    """Rounds of one workspace's handoffs."""

    __slots__ = ()

    def add(self, handoff: HandoffId, value: Round, manifest: tuple[ManifestFile, ...]) -> None:
        """Keep what a round was submitted with."""
        self.tx.run(
            "INSERT INTO rounds (ws, handoff, number, digest, body, manifest)"
            " VALUES (:ws, :handoff, :number, :digest, :body, :manifest)",
            ws=self.ws,
            handoff=handoff,
            number=value.number,
            digest=value.digest,
            body=to_body(value),
            manifest=to_body(manifest),
        )

    def save(
        self,
        handoff: HandoffId,
        value: Round,
        manifest: tuple[ManifestFile, ...] | None = None,
    ) -> tuple[ManifestFile, ...]:
        """Replace a round's value, and its manifest if the package changed in review.

        Return the manifest as it is kept now.
        """
        row = self.tx.one(
            "UPDATE rounds SET digest = :digest, body = :body WHERE ws = :ws"
            " AND handoff = :handoff AND number = :number RETURNING manifest",
            ws=self.ws,
            handoff=handoff,
            number=value.number,
            digest=value.digest,
            body=to_body(value),
        )
        if manifest is not None:
            self.tx.run(
                "UPDATE rounds SET manifest = :manifest WHERE ws = :ws"
                " AND handoff = :handoff AND number = :number",
                ws=self.ws,
                handoff=handoff,
                number=value.number,
                manifest=to_body(manifest),
            )
            return manifest
        return manifest_of(row[0]) if row else ()

    def by_number(self, handoff: HandoffId, number: int) -> Round | None:
        """Return one round."""
        row = self.tx.one(
            "SELECT body FROM rounds WHERE ws = :ws AND handoff = :handoff"
            " AND number = :number",
            ws=self.ws,
            handoff=handoff,
            number=number,
        )
        return from_body(row[0], Round) if row else None

    def of(self, handoff: HandoffId) -> list[Round]:
        """Return every round, first to last."""
        rows = self.tx.all(
            "SELECT body FROM rounds WHERE ws = :ws AND handoff = :handoff ORDER BY number",
            ws=self.ws,
            handoff=handoff,
        )
        return [from_body(row[0], Round) for row in rows]

    def manifest(self, handoff: HandoffId, number: int) -> tuple[ManifestFile, ...]:
        """Return the files that a round's digest covers, in the digest's order."""
        row = self.tx.one(
            "SELECT manifest FROM rounds WHERE ws = :ws AND handoff = :handoff"
            " AND number = :number",
            ws=self.ws,
            handoff=handoff,
            number=number,
        )
        return manifest_of(row[0]) if row else ()


def manifest_of(raw: bytes | memoryview) -> tuple[ManifestFile, ...]:
    """Read a manifest from the bytes of its row."""
    return from_body(raw, tuple[ManifestFile, ...])
