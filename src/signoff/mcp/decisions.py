"""Tools for what people decide: wait for it, and read what they said."""

import asyncio
from datetime import datetime
from typing import Annotated, Any

from msgspec import Meta, Struct

from signoff.actions import comments, comparisons, handoffs
from signoff.actions.claim_views import RemarkView
from signoff.actions.comments import CommentView
from signoff.actions.comparisons import FileChange
from signoff.actions.handoff_views import FileVerdictView, HandoffView
from signoff.asgi.vigils import Vigil, vigil
from signoff.domain.ids import HandoffId
from signoff.mcp import tasks
from signoff.mcp.outcomes import NEXT, Outcome, awaiting, outcome
from signoff.mcp.tools import Answer, Created, Tool, tool
from signoff.mcp.visit import Visit

USUAL_WAIT, MOST_WAIT = 25, 55
"""Most clients give a call up after a minute."""
TELL_EVERY = 10.0


class Wait(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """For which decision, and how long at a time."""

    handoff: Annotated[str, Meta(description="The handoff.", examples=["ho_01jx"])]
    wait_seconds: Annotated[
        int,
        Meta(ge=0, le=MOST_WAIT, description="How long to wait at a time; 0 only looks."),
    ] = USUAL_WAIT
    after_round: Annotated[
        int,
        Meta(ge=0, description="Only a decision of a later round; the round that you know."),
    ] = 0


async def wait_for_decision(visit: Visit, asked: Wait) -> Answer | Created:
    """Wait for what people decide on a handoff, for a while at a time.

    It answers at once when there is a decision, else after `wait_seconds` with decided=false:
    then call it again, or end your turn and come back with the same handoff next week.
    `changed` says that a person edited the files before they approved them.
    """
    name = HandoffId(asked.handoff)
    view = await visit.ask(handoffs.read, handoffs.One(handoff=name))
    if view.is_settled(after_round=asked.after_round) or not asked.wait_seconds:
        return outcome(view, asked.after_round)
    if visit.takes_tasks:
        return Created(task=tasks.created(view, after_round=asked.after_round))
    async with vigil(visit, name, seconds=asked.wait_seconds) as waiting:
        telling = asyncio.create_task(_tell(visit, waiting, view))
        try:
            view = await visit.ask(handoffs.read, handoffs.One(handoff=name))
            while not view.is_settled(after_round=asked.after_round) and await waiting.heard():
                view = await visit.ask(handoffs.read, handoffs.One(handoff=name))
        finally:
            telling.cancel()
            await asyncio.gather(telling, return_exceptions=True)
    return outcome(view, asked.after_round)


async def _tell(visit: Visit, waiting: Vigil, view: HandoffView) -> None:
    """Tell a client that asked for progress that it goes on, so that it does not give up."""
    whole = waiting.left
    while True:
        await asyncio.sleep(TELL_EVERY)
        await visit.progress(whole - waiting.left, whole, awaiting(view))


class ReadFeedback(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """On which handoff."""

    handoff: Annotated[str, Meta(description="The handoff.", examples=["ho_01jx"])]


class Feedback(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All that people said of a handoff, and what they changed."""

    handoff: str
    state: str
    round: int
    next: str
    path: str = ""
    verdict: str | None = None
    by: str | None = None
    at: datetime | None = None
    reason: str | None = None
    answers: dict[str, Any] | None = None
    files: tuple[FileVerdictView, ...] = ()
    comments: tuple[RemarkView, ...] = ()
    changes: tuple[FileChange, ...] = ()


async def read_feedback(visit: Visit, asked: ReadFeedback) -> Answer:
    """Read what people said of a handoff: reason, comments, answers, verdicts on single files.

    `changes` are the files that they edited themselves before they decided.
    """
    view = await visit.ask(handoffs.read, handoffs.One(handoff=asked.handoff))
    page = await visit.ask(comments.list_, comments.ListComments(handoff=asked.handoff))
    decision = view.decision
    changes: tuple[FileChange, ...] = ()
    if decision is not None and decision.changed:
        wanted = comparisons.Changes(
            handoff=asked.handoff, round=decision.round, since=decision.round
        )
        changes = (await visit.ask(comparisons.changes, wanted)).files
    value = Feedback(
        handoff=view.id,
        state=view.state,
        round=view.round,
        next=NEXT[view.state],
        path=view.path or "",
        verdict=decision.verdict if decision else None,
        by=decision.by.name if decision else None,
        at=decision.at if decision else None,
        reason=(decision.reason or None) if decision else None,
        answers=decision.answers if decision else None,
        files=decision.files if decision else (),
        comments=tuple(_remark(one) for one in page.items),
        changes=changes,
    )
    return Answer(value=value, text=_said(value))


def _remark(one: CommentView) -> RemarkView:
    return RemarkView(
        id=one.id,
        by=one.by,
        at=one.at,
        text=one.text,
        file=one.file,
        anchor=one.anchor,
        reply_to=one.reply_to,
        resolved=one.resolved_at is not None,
    )


def _said(value: Feedback) -> str:
    head = f"{value.handoff} is {value.state.replace('_', ' ')} (round {value.round})"
    lines = [head + (f", decided by {value.by}." if value.by else ".")]
    if value.reason:
        lines.append(f"Reason: {value.reason}")
    for name, answer in (value.answers or {}).items():
        lines.append(f"Answer to {name}: {answer}")
    lines += [f"{one.path}: {one.verdict} {one.reason}".rstrip() for one in value.files]
    lines += [
        f"{one.by.name}{f' on {one.file}' if one.file else ''}: {one.text}"
        for one in value.comments
        if not one.resolved
    ]
    lines += [f"{one.change} by a person: {one.path}" for one in value.changes]
    lines += [f"path: {value.path}", value.next]
    return "\n".join(lines)


TOOLS: tuple[Tool, ...] = (
    tool(
        wait_for_decision,
        Wait,
        Outcome,
        title="Wait for the decision",
        acts=("handoff.read",),
        reads=True,
    ),
    tool(
        read_feedback,
        ReadFeedback,
        Feedback,
        title="Read the feedback",
        acts=("handoff.read", "handoff.changes", "comment.list"),
        reads=True,
    ),
)
