"""What the server answers, as frozen values. Times are aware datetimes in UTC, sizes bytes."""

from datetime import datetime
from typing import Any

from msgspec import Struct


class Who(Struct, frozen=True, kw_only=True):
    """A person, an agent, a guest or the system."""

    id: str
    kind: str
    name: str


class File(Struct, frozen=True, kw_only=True):
    """A file as it stands after a write. `etag` is what `if_match` wants next."""

    path: str
    version: int
    digest: str
    size: int
    media_type: str
    modified_at: datetime
    etag: str
    created: bool = False


class Hold(Struct, frozen=True, kw_only=True):
    """Who holds something still in a listing, how, and until when."""

    holder: Who
    kind: str
    expires_at: datetime


class Entry(Struct, frozen=True, kw_only=True):
    """A file or folder in a listing; `type` is `file` or `folder`."""

    name: str
    path: str
    type: str
    version: int
    digest: str | None
    size: int
    media_type: str
    modified_at: datetime
    modified_by: Who
    lock: Hold | None = None
    claim: Hold | None = None
    handoff: str = ""


class Version(Struct, frozen=True, kw_only=True):
    """One version of a file; the newest has the highest number."""

    version: int
    digest: str
    size: int
    media_type: str
    author: Who
    at: datetime
    etag: str


class Moved(Struct, frozen=True, kw_only=True):
    """Where something stands after a move or a copy."""

    path: str
    type: str
    version: int
    etag: str | None
    created: bool
    handoff: str = ""


class Flag(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something that a person should look at; `severity` is note, warning or critical."""

    severity: str = "note"
    message: str = ""
    file: str | None = None
    anchor: dict[str, Any] | None = None


class Question(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something that an agent needs to know; `schema` is the answer's JSON Schema."""

    id: str
    text: str
    schema: dict[str, Any] | None = None
    required: bool = True


class PackageFile(Struct, frozen=True, kw_only=True):
    """A file that a handoff's digest covers; `path` is below the package."""

    path: str
    digest: str
    size: int
    media_type: str


class FileVerdict(Struct, frozen=True, kw_only=True):
    """A verdict on one file of a package."""

    path: str
    verdict: str
    reason: str = ""


class Remark(Struct, frozen=True, kw_only=True):
    """A comment of a round, and the place in a file that it is about."""

    id: str
    by: Who
    at: datetime
    text: str
    round: int = 0
    file: str | None = None
    anchor: dict[str, Any] | None = None
    reply_to: str | None = None
    resolved: bool = False
    resolved_at: datetime | None = None


class Feedback(Struct, frozen=True, kw_only=True):
    """What people said when they sent a package back, or answered."""

    reason: str
    comments: tuple[Remark, ...] = ()
    by: Who | None = None
    round: int = 0
    note_path: str | None = None
    answers: dict[str, Any] = {}
    files: tuple[FileVerdict, ...] = ()


class ClaimView(Struct, frozen=True, kw_only=True):
    """A claim as its holder sees it."""

    id: str
    folder: str
    path: str
    from_path: str
    lock_token: str | None = None
    expires_at: datetime
    attempts: int = 0
    handoff: str = ""
    feedback: Feedback | None = None
    resume_state: str = ""


class Claim(Struct, frozen=True, kw_only=True):
    """A live claim in a list: without its token, since copies of an agent share a key."""

    id: str
    folder: str | None
    path: str | None
    from_path: str
    agent: Who
    taken_at: datetime
    expires_at: datetime
    attempts: int
    handoff: str = ""


class DecisionView(Struct, frozen=True, kw_only=True):
    """What was decided, by whom, on exactly which bytes."""

    verdict: str
    by: Who
    at: datetime
    round: int
    digest: str
    reason: str = ""
    answers: dict[str, Any] | None = None
    files: tuple[FileVerdict, ...] = ()
    changed: bool = False


class HandoffView(Struct, frozen=True, kw_only=True):
    """A handoff as the server shows it; a list leaves out what has a default here."""

    id: str
    kind: str
    state: str
    round: int
    path: str | None
    digest: str
    title: str
    summary: str
    confidence: float | None
    flags: tuple[Flag, ...]
    required: int
    priority: int
    submitted_by: Who
    taken_by: Who | None
    opened_at: datetime
    due_at: datetime | None
    url: str
    submitted_path: str = ""
    submitted_digest: str = ""
    needs: str | None = None
    questions: tuple[Question, ...] = ()
    correlation: str | None = None
    extra: dict[str, Any] = {}
    files: tuple[PackageFile, ...] = ()
    files_count: int = 0
    verdicts: tuple[str, ...] = ()
    reviewers: tuple[str, ...] = ()
    decision: DecisionView | None = None
    reason_due_at: str = ""
    resume_state: str = ""
    created: bool = True


class Withdrawn(Struct, frozen=True, kw_only=True):
    """A handoff after it was withdrawn."""

    handoff: HandoffView


class Side(Struct, frozen=True, kw_only=True):
    """A file as one side of a comparison has it."""

    node: str
    version: int
    digest: str
    size: int
    media_type: str


class FileChange(Struct, frozen=True, kw_only=True):
    """A file that was added, removed or changed, as the server compares."""

    path: str
    change: str
    before: Side | None = None
    after: Side | None = None


class Compared(Struct, frozen=True, kw_only=True):
    """What changed from a submission to its decision; the first thousand files."""

    files: tuple[FileChange, ...]
    files_count: int


class LockView(Struct, frozen=True, kw_only=True):
    """A lock; `token` is shown to its holder alone."""

    path: str
    mode: str
    depth: str
    kind: str
    holder: Who
    taken_at: datetime
    expires_at: datetime
    token: str = ""


class Ticket(Struct, frozen=True, kw_only=True):
    """A place in the line for a lock."""

    ticket: str
    path: str
    position: int
    retry_after: int
    expires_at: datetime
