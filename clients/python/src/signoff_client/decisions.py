"""What people decided, as a value."""

from datetime import datetime
from typing import Any

from msgspec import Struct

from signoff_client.views import FileVerdict, HandoffView, Who


class Change(Struct, frozen=True, kw_only=True):
    """A file of the package that a person added, removed or changed before deciding.

    `change` is `added`, `removed` or `changed`; `difference` is unified text, empty where a
    side is no text or is long.
    """

    path: str
    change: str
    before_digest: str = ""
    after_digest: str = ""
    difference: str = ""


class Decision(Struct, frozen=True, kw_only=True):
    """What was decided on a handoff, on exactly the bytes that `digest` names.

    `verdict` is `approve`, `request_changes`, `reject`, `answer`, or `withdraw` where the
    agent's side took it back. `answers` are by question id, each held against its schema.
    """

    handoff: str
    verdict: str
    state: str
    round: int
    path: str | None
    digest: str
    reason: str = ""
    by: Who | None = None
    decided_at: datetime | None = None
    answers: dict[str, Any] = {}
    files: tuple[FileVerdict, ...] = ()
    edited: bool = False
    """Whether people edited the package between submission and decision."""
    changes: tuple[Change, ...] = ()
    resume_state: str = ""
    """What the submitter left for itself with the submission."""

    @property
    def approved(self) -> bool:
        """Whether the package is approved as it stands."""
        return self.state == "approved"

    @property
    def rejected(self) -> bool:
        """Whether it was turned down for good."""
        return self.state == "rejected"

    @property
    def changes_requested(self) -> bool:
        """Whether it comes back as work, with `feedback`."""
        return self.state == "changes_requested"

    @property
    def answered(self) -> bool:
        """Whether the questions were answered."""
        return self.state == "answered"

    @property
    def feedback(self) -> str:
        """What people said, with a line for each file that was spoken of by itself."""
        lines = [f"{one.path}: {one.reason}" for one in self.files if one.reason]
        return "\n".join([self.reason, *lines] if self.reason else lines)

    def difference(self) -> str:
        """Return what people changed, as unified text: empty if nothing."""
        return "".join(each.difference for each in self.changes)

    @classmethod
    def of(cls, view: HandoffView, *, changes: tuple[Change, ...] = ()) -> "Decision":
        """Return the decision on a handoff that is settled."""
        taken = view.decision
        return cls(
            handoff=view.id,
            verdict=taken.verdict if taken is not None else "withdraw",
            state=view.state,
            round=view.round,
            path=view.path,
            digest=taken.digest if taken is not None else view.digest,
            reason=taken.reason if taken is not None else "",
            by=taken.by if taken is not None else None,
            decided_at=taken.at if taken is not None else None,
            answers=(taken.answers or {}) if taken is not None else {},
            files=taken.files if taken is not None else (),
            edited=taken.changed if taken is not None else False,
            changes=changes,
            resume_state=view.resume_state,
        )
