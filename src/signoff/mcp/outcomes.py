"""Where a handoff stands, and what a model does next."""

from typing import Any

from msgspec import UNSET, Struct

from signoff.actions.handoff_views import FileVerdictView, HandoffView
from signoff.mcp.tools import Answer

NEXT = {
    "in_review": "A person has not decided yet. Call wait_for_decision again, or end your turn"
    " and come back later with this handoff: nothing is lost.",
    "approved": "It is done. The approved files are at `path`; read them there if a person"
    " changed them.",
    "changes_requested": "Call read_feedback, then claim_work with this path, do what"
    " was asked, and submit_for_review again.",
    "answered": "Use the answers, then claim_work with this path and go on.",
    "rejected": "Stop: a person decided against it. Do not submit the same again.",
    "withdrawn": "It was taken back. my_work shows what you hold.",
}
"""By state, what a model does next."""


class Outcome(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where a handoff stands. `decided` says whether there is a decision to act on."""

    handoff: str
    decided: bool
    state: str
    round: int
    title: str
    next: str
    path: str = ""
    url: str = ""
    verdict: str | None = None
    by: str | None = None
    reason: str | None = None
    answers: dict[str, Any] | None = None
    files: tuple[FileVerdictView, ...] = ()
    changed: bool = False
    resume_state: str | None = None


def outcome(view: HandoffView, after_round: int) -> Answer:
    """Say where a handoff stands, to a program and to a model."""
    value = _value(view, after_round)
    return Answer(value=value, text=_told(value, view))


def _value(view: HandoffView, after_round: int) -> Outcome:
    decided = view.is_settled(after_round=after_round)
    decision = view.decision if decided else None
    state = view.state if decided else "in_review"
    return Outcome(
        handoff=view.id,
        decided=decided,
        state=view.state,
        round=view.round,
        title=view.title,
        next=NEXT[state],
        path=view.path or "",
        url=view.url,
        verdict=decision.verdict if decision else None,
        by=decision.by.name if decision else None,
        reason=(decision.reason or None) if decision else None,
        answers=decision.answers if decision else None,
        files=decision.files if decision else (),
        changed=decision.changed if decision else False,
        resume_state=None if view.resume_state is UNSET else view.resume_state,
    )


def _told(value: Outcome, view: HandoffView) -> str:
    if not value.decided:
        return f"Still waiting: {awaiting(view)}. {value.next}\nhandoff: {value.handoff}"
    state = value.state.replace("_", " ")
    lines = [f"“{value.title}”: {state}" + (f" by {value.by}." if value.by else ".")]
    if value.reason:
        lines.append(f"They said: {value.reason}")
    if value.answers:
        lines += [f"- {name}: {answer}" for name, answer in value.answers.items()]
    lines += [f"- {one.path}: {one.verdict} {one.reason}".rstrip() for one in value.files]
    if value.changed:
        lines.append("They changed the files first: read_feedback says which.")
    lines += [f"path: {value.path}", value.next]
    return "\n".join(lines)


def awaiting(view: HandoffView) -> str:
    """Say for whom it waits."""
    if view.taken_by is not None:
        return f"awaiting review by {view.taken_by.name}"
    count = len(view.reviewers)
    return f"awaiting review by {count} people" if count > 1 else "awaiting review by a person"
