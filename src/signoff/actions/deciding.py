"""Decide: a person gives a verdict on exactly the bytes that they saw."""

import re
from typing import Any

from msgspec import UNSET, Struct
from msgspec.structs import replace

from signoff.actions import (
    clocks,
    decisions,
    handoff_views,
    packaging,
    placements,
    samples,
    subjects,
)
from signoff.actions.context import Context
from signoff.actions.handoff_views import HandoffView
from signoff.actions.rounds import end_by_moving, open_next
from signoff.domain import rounds
from signoff.domain.asks import Ask
from signoff.domain.errors import Code, Invalid
from signoff.domain.handoffs import FileVerdict, Verdict
from signoff.domain.outcomes import Outcome, Result
from signoff.domain.permissions import Permission
from signoff.domain.stages import Stage

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


class FileVerdictAsked(Struct, frozen=True, kw_only=True):
    """A verdict on one file of the package, by its path in it."""

    path: str
    verdict: str
    reason: str = ""


class Decide(Struct, frozen=True, kw_only=True):
    """A verdict, and the digest and round that were on the screen.

    `files` are verdicts on single files; `verdict` holds for all that are not named.
    """

    handoff: str
    verdict: str
    digest: str
    round: int | None = None
    reason: str = ""
    answers: dict[str, Any] | None = None
    files: tuple[FileVerdictAsked, ...] = ()
    partial: bool = False


def decide(ctx: Context, asked: Decide) -> HandoffView:
    """Give a verdict on a handoff; the same again answers the same, another is refused."""
    ctx.permit(Permission.HANDOFF_DECIDE)
    ask = _ask(asked)
    given = decisions.give(ctx, subjects.handoff_held(ctx, asked.handoff), ask)
    return handoff_views.show(
        ctx, given.stored, path=given.path, files=given.files, event=given.event or UNSET
    )


def _ask(asked: Decide) -> Ask:
    return Ask(
        verdict=_verdict(asked.verdict),
        digest=_digest(asked.digest),
        round=asked.round,
        reason=asked.reason,
        answers=asked.answers,
        files=tuple(
            FileVerdict(path=one.path, verdict=_verdict(one.verdict), reason=one.reason)
            for one in asked.files
        ),
        partial=asked.partial,
    )


def _digest(said: str) -> str:
    if not _DIGEST.fullmatch(said):
        raise Invalid(
            f"“{said[:80]}” is no digest",
            hint="Send the handoff's `digest` as it was shown: sha256: and 64 digits.",
            field="digest",
        )
    return said


def _verdict(said: str) -> Verdict:
    try:
        return Verdict(said)
    except ValueError:
        raise Invalid(
            f"“{said}” is no verdict",
            code=Code.VERDICT_NOT_OFFERED,
            hint=f"One of {', '.join(Verdict)}.",
        ) from None


class Recall(Struct, frozen=True, kw_only=True):
    """Take what was decided back into review; say why."""

    handoff: str
    reason: str


def recall(ctx: Context, asked: Recall) -> HandoffView:
    """Take a decided handoff back into review: the same handoff, its next round."""
    ctx.permit(Permission.HANDOFF_RECALL)
    stored = subjects.handoff_held(ctx, asked.handoff)
    handoff, contents = packaging.current(ctx, stored)
    recalled, event = rounds.recall(
        handoff,
        caller=ctx.caller,
        reason=asked.reason,
        claimed=stored.claim is not None,
        digest=handoff.digest,
        now=ctx.now,
    )
    recalled = clocks.planned(ctx, recalled, since=ctx.now)
    standing = packaging.end_locks(ctx, handoff)
    back = Outcome(result=Result.DECIDED, handoff=recalled, stage=Stage.NEEDS_REVIEW)
    moved = end_by_moving(ctx, recalled, back, standing=standing)
    assert moved is not None
    placements.take_notes_away(ctx, moved.node, folder=moved.chain[-1].id, chain=moved.chain)
    ctx.tx.handoffs.begin_round(
        recalled,
        raw_sidecar=stored.raw_sidecar,
        resume_state=ctx.tx.handoffs.resume_state(recalled.id),
    )
    open_next(ctx, recalled, contents, stored.handoff.round)
    samples.void(ctx, recalled)
    name = ctx.record(replace(event, path=moved.path, to_path=moved.path))
    again = replace(stored, handoff=recalled, claim=None, digest_revision=recalled.revision)
    return handoff_views.show(ctx, again, path=moved.path, event=name)
