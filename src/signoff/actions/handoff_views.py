"""A handoff as every door shows it (RULES, “Shapes”)."""

from datetime import datetime
from typing import Any

from msgspec import UNSET, Struct, UnsetType

from signoff.actions import packaging
from signoff.actions.context import Context
from signoff.actions.views import Who, when, who_is
from signoff.domain import handoffs
from signoff.domain.handoffs import Decision, Handoff, Review, State
from signoff.domain.ids import Path
from signoff.domain.sidecars import AgentInfo, Flag, Question, Source
from signoff.store.handoffs import Stored
from signoff.store.rounds import ManifestFile

FIRST_FILES = 100


class PackageFileView(Struct, frozen=True, kw_only=True):
    """A file that a handoff's digest covers."""

    path: str
    digest: str
    size: int
    media_type: str


class ReviewView(Struct, frozen=True, kw_only=True):
    """One person's verdict."""

    by: Who
    verdict: str
    digest: str
    round: int
    at: datetime
    reason: str = ""
    on_behalf_of: Who | UnsetType = UNSET
    """Who was asked and away; the reviewer stood in."""


class FileVerdictView(Struct, frozen=True, kw_only=True):
    """A verdict on one file."""

    path: str
    verdict: str
    reason: str = ""


class DecisionView(Struct, frozen=True, kw_only=True):
    """What was decided, by whom, on exactly which bytes."""

    verdict: str
    by: Who
    at: datetime
    round: int
    digest: str
    reason: str
    answers: dict[str, Any] | None
    files: tuple[FileVerdictView, ...]
    changed: bool
    on_behalf_of: Who | UnsetType = UNSET


class HandoffItem(Struct, frozen=True, kw_only=True):
    """A handoff as a list shows it."""

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


class HandoffView(HandoffItem, frozen=True, kw_only=True):
    """A handoff whole. `files` are the first hundred that the digest covers."""

    submitted_path: str
    submitted_digest: str
    needs: str | None
    questions: tuple[Question, ...]
    checklist: tuple[str, ...]
    actions: tuple[str, ...]
    sources: tuple[Source, ...]
    agent: AgentInfo | None
    correlation: str | None
    schemas: dict[str, dict[str, Any]]
    extra: dict[str, Any]
    files: tuple[PackageFileView, ...]
    files_count: int
    verdicts: tuple[str, ...]
    reviewers: tuple[str, ...]
    reviews: tuple[ReviewView, ...]
    decision: DecisionView | None
    raised_to: str | None
    owner: Who | None
    raw_sidecar: str | None
    reason_due_at: datetime | UnsetType = UNSET
    """It was decided by moving: until then its note may say why, and nobody is told yet."""
    claim: str | UnsetType = UNSET
    parent: str | UnsetType = UNSET
    split_from: str | UnsetType = UNSET
    previous: str | UnsetType = UNSET
    resume_state: str | UnsetType = UNSET
    created: bool | UnsetType = UNSET
    event: str | UnsetType = UNSET

    @property
    def is_changed(self) -> bool:
        """Say whether people edited the package since it was submitted."""
        return self.digest != self.submitted_digest

    def is_settled(self, *, after_round: int = 0) -> bool:
        """Say whether a later round is over and told: one decided by moving waits for its note.

        That is what whoever waits for a handoff waits for (RULES 30, and Shapes on `wait`).
        """
        told = self.state != State.IN_REVIEW and self.reason_due_at is UNSET
        return told and self.round > after_round


def url_of(ctx: Context, handoff: Handoff) -> str:
    """Return the page on which a person looks at a handoff."""
    return f"{ctx.base_url}/w/{ctx.caller.workspace}/handoffs/{handoff.id}"


def show_item(ctx: Context, stored: Stored) -> HandoffItem:
    """Show a handoff in a list."""
    return HandoffItem(**_item(ctx, stored.handoff))


def _item(ctx: Context, handoff: Handoff, *, path: Path | None = None) -> dict[str, Any]:
    return {
        "id": handoff.id,
        "kind": str(handoff.kind),
        "state": str(handoff.state),
        "round": handoff.round,
        "path": path or ctx.tx.files.path_of(handoff.node),
        "digest": handoff.digest,
        "title": handoff.title,
        "summary": handoff.context.summary,
        "confidence": handoff.context.confidence,
        "flags": handoff.context.flags,
        "required": handoff.required,
        "priority": handoff.priority,
        "submitted_by": who_is(ctx, handoff.submitted_by),
        "taken_by": who_is(ctx, handoff.taken_by) if handoff.taken_by else None,
        "opened_at": when(handoff.opened_at),
        "due_at": when(handoff.due_at) if handoff.due_at is not None else None,
        "url": url_of(ctx, handoff),
    }


def show(
    ctx: Context,
    stored: Stored,
    *,
    path: Path | None = None,
    files: tuple[ManifestFile, ...] | None = None,
    resume_state: str | UnsetType | None = None,
    created: bool | UnsetType = UNSET,
    event: str | UnsetType = UNSET,
) -> HandoffView:
    """Show a handoff whole, with its package as it stands.

    An act that knows `path`, `files` and `resume_state` already says so.
    """
    handoff = stored.handoff
    if handoff.revision != stored.digest_revision:
        handoff, contents = packaging.current(ctx, stored)
        files = contents.files if contents is not None else files
    if files is None:
        files = ctx.tx.rounds.manifest(handoff.id, handoff.round)
    context = handoff.context
    raw = stored.raw_sidecar
    mine = handoff.submitted_by == ctx.caller.actor.id
    if mine and resume_state is None:
        resume_state = _resume_state(ctx, handoff)
    return HandoffView(
        **_item(ctx, handoff, path=path),
        submitted_path=handoff.submitted_path,
        submitted_digest=handoff.submitted_digest,
        needs=context.needs,
        questions=context.questions,
        checklist=context.checklist,
        actions=context.actions,
        sources=context.sources,
        agent=context.agent,
        correlation=context.correlation,
        schemas=context.schemas,
        extra=context.extra,
        files=tuple([show_file(each) for each in files[:FIRST_FILES]]),
        files_count=len(files),
        verdicts=tuple([str(verdict) for verdict in handoffs.verdicts_offered(handoff)]),
        reviewers=handoff.reviewers,
        reviews=tuple([show_review(ctx, review) for review in handoff.reviews]),
        decision=show_decision(ctx, handoff.decision) if handoff.decision else None,
        raised_to=handoff.raised_to,
        owner=who_is(ctx, handoff.owner) if handoff.owner else None,
        raw_sidecar=raw.decode("utf-8", "replace") if raw is not None else None,
        reason_due_at=UNSET if handoff.reason_due_at is None else when(handoff.reason_due_at),
        claim=stored.claim or UNSET,
        parent=handoff.parent or UNSET,
        split_from=handoff.split_from or UNSET,
        previous=handoff.previous or UNSET,
        resume_state=resume_state if mine and resume_state is not None else UNSET,
        created=created,
        event=event,
    )


def _resume_state(ctx: Context, handoff: Handoff) -> str | UnsetType:
    """Return what the submitter left for itself; never shown to anybody else (RULES 19)."""
    state = ctx.tx.handoffs.resume_state(handoff.id)
    return UNSET if state is None else state.decode()


def show_file(file: ManifestFile) -> PackageFileView:
    """Show a file of a package."""
    return PackageFileView(
        path=file.path, digest=file.digest, size=file.size, media_type=file.media_type
    )


def show_review(ctx: Context, review: Review) -> ReviewView:
    """Show a review."""
    return ReviewView(
        by=who_is(ctx, review.by),
        verdict=str(review.verdict),
        digest=review.digest,
        round=review.round,
        at=when(review.at),
        reason=review.reason,
        on_behalf_of=_for(ctx, review),
    )


def _for(ctx: Context, said: Review | Decision) -> Who | UnsetType:
    return who_is(ctx, said.on_behalf_of) if said.on_behalf_of else UNSET


def show_decision(ctx: Context, decision: Decision) -> DecisionView:
    """Show a decision."""
    return DecisionView(
        verdict=str(decision.verdict),
        by=who_is(ctx, decision.by),
        at=when(decision.at),
        round=decision.round,
        digest=decision.digest,
        reason=decision.reason,
        answers=decision.answers,
        files=show_file_verdicts(decision),
        changed=decision.changed,
        on_behalf_of=_for(ctx, decision),
    )


def show_file_verdicts(decision: Decision) -> tuple[FileVerdictView, ...]:
    """Show the verdicts on single files."""
    return tuple(
        [
            FileVerdictView(path=one.path, verdict=str(one.verdict), reason=one.reason)
            for one in decision.files
        ]
    )
