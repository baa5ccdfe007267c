"""A claim as its holder and others see it, with the feedback that came with it."""

from datetime import datetime
from typing import Any

from msgspec import UNSET, Struct, UnsetType

from signoff.actions import handoff_views
from signoff.actions.context import Context
from signoff.actions.handoff_views import FileVerdictView
from signoff.actions.leases import Lease
from signoff.actions.views import Who, when, who_is
from signoff.domain.claims import Claim
from signoff.domain.files import NOTE_ENDINGS, base_name, join, note_name
from signoff.domain.ids import Path
from signoff.domain.packages import work_folder
from signoff.domain.sidecars import Anchor
from signoff.store.comments import Comment
from signoff.store.handoffs import Stored


class RemarkView(Struct, frozen=True, kw_only=True):
    """A comment of the round that was sent back."""

    id: str
    by: Who
    at: datetime
    text: str
    file: str | None
    anchor: Anchor | None
    reply_to: str | None
    resolved: bool


class FeedbackView(Struct, frozen=True, kw_only=True):
    """What people said of the package; `note_path` is the same for those who know files."""

    reason: str
    comments: tuple[RemarkView, ...]
    by: Who
    round: int
    note_path: str | None
    answers: dict[str, Any] | UnsetType = UNSET
    files: tuple[FileVerdictView, ...] = ()
    """Verdicts on single files, where there were any."""


class ClaimView(Struct, frozen=True, kw_only=True):
    """A claim as its holder sees it: where to work, with which token, until when."""

    id: str
    folder: str
    path: str
    from_path: str
    lock_token: str | None
    expires_at: datetime
    attempts: int
    handoff: str | UnsetType = UNSET
    feedback: FeedbackView | UnsetType = UNSET
    resume_state: str | UnsetType = UNSET
    event: str | UnsetType = UNSET


class ClaimItem(Struct, frozen=True, kw_only=True):
    """A claim in a list: without its token, since copies of an agent share a key."""

    id: str
    folder: str | None
    path: str | None
    from_path: str
    agent: Who
    taken_at: datetime
    expires_at: datetime
    attempts: int
    handoff: str | UnsetType = UNSET


def show(ctx: Context, lease: Lease, stored: Stored | None) -> ClaimView:
    """Show a claim to its holder."""
    claim = lease.claim
    return ClaimView(
        id=claim.id,
        folder=lease.folder,
        path=lease.path,
        from_path=claim.from_path,
        lock_token=claim.token,
        expires_at=when(claim.expires_at),
        attempts=claim.attempts,
        handoff=claim.handoff or UNSET,
        feedback=UNSET if stored is None else _feedback(ctx, lease, stored),
        resume_state=UNSET if stored is None else _resume_state(ctx, stored),
        event=lease.event or UNSET,
    )


def _feedback(ctx: Context, lease: Lease, stored: Stored) -> FeedbackView | UnsetType:
    decision = stored.handoff.decision
    if decision is None:
        return UNSET
    comments = ctx.tx.comments.of(stored.handoff.id)
    return FeedbackView(
        reason=decision.reason,
        comments=tuple(_remark(ctx, one) for one in comments if one.round == decision.round),
        by=who_is(ctx, decision.by),
        round=decision.round,
        note_path=_note_path(ctx, lease, stored),
        answers=UNSET if decision.answers is None else decision.answers,
        files=handoff_views.show_file_verdicts(decision),
    )


def _remark(ctx: Context, comment: Comment) -> RemarkView:
    return RemarkView(
        id=comment.id,
        by=who_is(ctx, comment.by),
        at=when(comment.at),
        text=comment.text,
        file=comment.file,
        anchor=comment.anchor,
        reply_to=comment.reply_to,
        resolved=comment.resolved_at is not None,
    )


def _note_path(ctx: Context, lease: Lease, stored: Stored) -> str | None:
    """Return where the note lies in the work folder, for those who know only files."""
    inner = stored.handoff.is_folder
    above = Path(lease.path if inner else lease.folder)
    about = "handoff" if inner else base_name(lease.path)
    folder = lease.claim.node if inner else lease.claim.folder
    note = ctx.tx.files.child(folder, note_name(about, NOTE_ENDINGS[0]))
    return join(above, note.name) if note is not None else None


def _resume_state(ctx: Context, stored: Stored) -> str | UnsetType:
    """Return what the submitting agent left for itself; nobody else is given it (RULES 19)."""
    if stored.handoff.submitted_by != ctx.caller.actor.id:
        return UNSET
    state = ctx.tx.handoffs.resume_state(stored.handoff.id)
    return UNSET if state is None else state.decode()


def item(ctx: Context, claim: Claim) -> ClaimItem:
    """Show a claim in a list."""
    return ClaimItem(
        id=claim.id,
        folder=ctx.tx.files.path_of(claim.folder),
        path=ctx.tx.files.path_of(claim.node),
        from_path=claim.from_path,
        agent=who_is(ctx, claim.agent),
        taken_at=when(claim.taken_at),
        expires_at=when(claim.expires_at),
        attempts=claim.attempts,
        handoff=claim.handoff or UNSET,
    )


def again(ctx: Context, claim: Claim) -> ClaimView:
    """Show a claim that was taken before, with the feedback that came with it."""
    folder = ctx.tx.files.path_of(claim.folder) or work_folder(claim.id)
    path = ctx.tx.files.path_of(claim.node) or folder
    stored = ctx.tx.handoffs.by_id(claim.handoff) if claim.handoff is not None else None
    return show(ctx, Lease(claim=claim, folder=folder, path=path, event=""), stored)
