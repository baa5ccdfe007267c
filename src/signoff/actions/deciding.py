"""Decide: a person gives a verdict on exactly the bytes that they saw."""

from typing import Any

from msgspec import UNSET, Struct
from msgspec.structs import replace

from signoff.actions import (
    handoff_views,
    notes,
    packaging,
    parts,
    rewinds,
    subjects,
    submissions,
    tree,
)
from signoff.actions.context import Context
from signoff.actions.handoff_views import HandoffView
from signoff.actions.packaging import Contents, Moved
from signoff.domain import decisions, rounds
from signoff.domain.answers import check_answers
from signoff.domain.asks import Ask
from signoff.domain.decisions import Terms
from signoff.domain.errors import Code, Invalid
from signoff.domain.events import Event, Type
from signoff.domain.files import Node
from signoff.domain.handoffs import Decision, FileVerdict, Handoff, State, Verdict
from signoff.domain.ids import Path
from signoff.domain.outcomes import Outcome, Result
from signoff.domain.packages import SIDECAR, landing
from signoff.domain.permissions import Permission
from signoff.domain.policies import FourEyes
from signoff.domain.stages import Stage, stage_of
from signoff.store.handoffs import ManifestFile, Round, Stored


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
    given = give(ctx, subjects.handoff_held(ctx, asked.handoff), ask)
    return handoff_views.show(
        ctx, given.stored, path=given.path, files=given.files, event=given.event or UNSET
    )


def _ask(asked: Decide) -> Ask:
    return Ask(
        verdict=_verdict(asked.verdict),
        digest=asked.digest,
        round=asked.round,
        reason=asked.reason,
        answers=asked.answers,
        files=tuple(
            FileVerdict(path=one.path, verdict=_verdict(one.verdict), reason=one.reason)
            for one in asked.files
        ),
        partial=asked.partial,
    )


def _verdict(said: str) -> Verdict:
    try:
        return Verdict(said)
    except ValueError:
        raise Invalid(
            f"“{said}” is no verdict",
            code=Code.VERDICT_NOT_OFFERED,
            hint=f"One of {', '.join(Verdict)}.",
        ) from None


class Given(Struct, frozen=True, kw_only=True):
    """What became of a verdict: the handoff after it, and what is known of its package."""

    stored: Stored
    path: Path | None = None
    files: tuple[ManifestFile, ...] | None = None
    event: str = ""


def give(ctx: Context, stored: Stored, ask: Ask, *, target: Path | None = None) -> Given:
    """Count a verdict, and carry out the decision if that settles it.

    `target` is where a move puts the package; otherwise its path below the stage is kept.
    """
    handoff, contents = packaging.current(ctx, stored)
    outcome = decisions.review(
        handoff,
        ask,
        caller=ctx.caller,
        terms=terms(ctx),
        files=_files(ctx, handoff, contents) if ask.files else (),
        authors=_authors(ctx, handoff),
        earlier=_earlier(ctx, handoff),
        check_answers=check_answers_of,
        now=ctx.now,
    )
    if outcome.result is Result.STANDING or outcome.handoff is handoff:
        return Given(stored=stored)
    return carry_out(ctx, stored, outcome, contents=contents, target=target)


def check_answers_of(questions: Any, answers: dict[str, Any]) -> None:
    """Hold answers against their questions' schemas."""
    check_answers(questions, answers)


def terms(ctx: Context) -> Terms:
    """Return what the policy says of deciding."""
    policy = ctx.policy
    raised = submissions.by_id(ctx, (policy.raise_to,)) if policy.raise_to else (None,)
    return Terms(
        four_eyes=policy.four_eyes.value,
        max_rounds=policy.max_rounds,
        raise_to=raised[0],
    )


def _authors(ctx: Context, handoff: Handoff) -> frozenset[Any]:
    if ctx.policy.four_eyes is not FourEyes.EDITS:
        return frozenset()
    return frozenset(ctx.tx.files.authors_since(handoff.node, after=handoff.opened_at))


def _earlier(ctx: Context, handoff: Handoff) -> tuple[Decision, ...]:
    if handoff.round == 1:
        return ()
    before = ctx.tx.handoffs.rounds(handoff.id)
    return tuple(
        each.decision
        for each in before
        if each.decision is not None and each.number < handoff.round
    )


def _files(ctx: Context, handoff: Handoff, contents: Contents | None) -> tuple[str, ...]:
    """Return the package's files by path, without its sidecar."""
    manifest = (
        contents.files
        if contents is not None
        else ctx.tx.handoffs.manifest(handoff.id, handoff.round)
    )
    return tuple(
        each.path for each in manifest if each.node != handoff.sidecar and each.path != SIDECAR
    )


def carry_out(
    ctx: Context,
    stored: Stored,
    outcome: Outcome,
    *,
    contents: Contents | None,
    target: Path | None = None,
) -> Given:
    """Write what a verdict comes to: rows, notes, the move, and the record."""
    handoff = outcome.handoff
    chain = packaging.end_locks(ctx, stored.handoff)
    files = contents.files if contents is not None else None
    if contents is not None or outcome.decision is not None:
        files = _keep_round(ctx, stored, outcome, contents)
    moved: Moved | None = None
    if outcome.decision is not None:
        for part in outcome.parts:
            parts.split_off(ctx, handoff, part, chain=chain)
        moved = _move(ctx, handoff, outcome, chain=chain, target=target)
        told = handoff.reason_due_at is None and handoff.state is not State.WITHDRAWN
        if moved is not None and told:
            notes.write(ctx, handoff, outcome.decision, moved)
    if outcome.next_round:
        _open_next(ctx, handoff, contents, stored.handoff.round)
    if outcome.parts and moved is not None:
        handoff, files = _what_is_left(ctx, handoff, moved)
    ctx.tx.handoffs.save(handoff, digest_taken=not outcome.parts)
    return Given(
        stored=replace(
            stored,
            handoff=handoff,
            digest_revision=handoff.revision,
        ),
        path=moved.path if moved is not None else tree.path_of(chain),
        files=files,
        event=_record(ctx, outcome, moved),
    )


def _record(ctx: Context, outcome: Outcome, moved: Moved | None) -> str:
    first = ""
    for event in outcome.events:
        told = event
        if moved is not None and not first:
            told = replace(told, path=moved.path, to_path=moved.path)
        if told.type is Type.HANDOFF_RAISED:
            told = replace(told, subject=None, private={"to": told.subject})
        name = ctx.record(told)
        first = first or name
    if not first and moved is not None:
        # Its own event waits for the reason; that it was moved is told now (RULES 30).
        handoff = outcome.handoff
        first = ctx.record(
            Event(
                type=Type.FILE_MOVED,
                node=handoff.node,
                handoff=handoff.id,
                round=handoff.round,
                path=moved.path,
                to_path=moved.path,
            )
        )
    return first


def _what_is_left(
    ctx: Context, handoff: Handoff, moved: Moved
) -> tuple[Handoff, tuple[ManifestFile, ...]]:
    """Return the handoff with the digest of the files that were not split off (RULES 20)."""
    sidecar = ctx.tx.files.by_id(handoff.sidecar) if handoff.sidecar else None
    left = packaging.contents_of(ctx, moved.node, sidecar=sidecar)
    return replace(handoff, digest=left.digest, revision=handoff.revision + 1), left.files


def _keep_round(
    ctx: Context, stored: Stored, outcome: Outcome, contents: Contents | None
) -> tuple[ManifestFile, ...]:
    """Keep the round with its reviews and decision, and what was edited in it."""
    handoff = stored.handoff
    decision = outcome.decision
    kept = Round(
        number=handoff.round,
        kind=handoff.kind,
        opened_at=handoff.opened_at,
        submitted_by=handoff.submitted_by,
        digest=handoff.digest,
        context=handoff.context,
    )
    manifest = None
    if contents is not None or handoff.digest != handoff.submitted_digest:
        kept = ctx.tx.handoffs.round(handoff.id, handoff.round) or kept
        if contents is not None:
            kept, manifest = packaging.edited_round(ctx, handoff, kept, contents)
    return ctx.tx.handoffs.save_round(
        handoff.id,
        replace(
            kept,
            reviews=outcome.reviews,
            decision=decision,
            digest=contents.digest if contents is not None else kept.digest,
            note=decision.reason if decision is not None else "",
        ),
        manifest,
    )


def _move(
    ctx: Context,
    handoff: Handoff,
    outcome: Outcome,
    *,
    chain: tuple[Node, ...],
    target: Path | None = None,
) -> Moved | None:
    """Move the package to the stage that its decision says: the folder is the state."""
    if outcome.stage is None:
        return None
    package, folder = chain[-1], chain[:-1]
    sidecar = ctx.tx.files.by_id(handoff.sidecar) if handoff.sidecar else None
    companions: tuple[Node, ...] = ()
    if not package.is_folder:
        has_notes = stage_of(tree.path_of(chain)) in (Stage.FEEDBACK, Stage.REJECTED)
        companions = (
            packaging.travelling(
                ctx, package, folder=folder[-1].id, sidecar=sidecar, notes=True
            )
            if has_notes
            else (() if sidecar is None else (sidecar,))
        )
    moved = packaging.move_package(
        ctx,
        package,
        chain=folder,
        target=target or landing(tree.path_of(chain), outcome.stage),
        companions=companions,
    )
    if handoff.state is State.WITHDRAWN:
        ctx.tx.holds.drop(handoff.id)
        ctx.tx.files.set_attempts(package.id, 0)
        if sidecar is not None:
            _without_question(ctx, handoff, sidecar, moved)
    return moved


def _without_question(ctx: Context, handoff: Handoff, sidecar: Node, moved: Moved) -> None:
    """Take back what the server asked in the sidecar, before it is tried again (RULES 13)."""
    chain = (*moved.chain, moved.node) if moved.node.is_folder else moved.chain
    asked = ctx.tx.files.version(sidecar.id, sidecar.version)
    if asked is None or asked.at != handoff.opened_at:
        return
    path = tree.path_of(chain, sidecar.name)
    if sidecar.version > 1:
        rewinds.to_version(ctx, sidecar, sidecar.version - 1, path=path)
    else:
        tree.throw_away(ctx, sidecar, chain=chain, path=path)


def _open_next(
    ctx: Context, handoff: Handoff, contents: Contents | None, decided_round: int
) -> None:
    """Keep the round that opened at once with the same package (RULES 28)."""
    files = (
        contents.files
        if contents is not None
        else ctx.tx.handoffs.manifest(handoff.id, decided_round)
    )
    opened = Round(
        number=handoff.round,
        kind=handoff.kind,
        opened_at=ctx.now,
        submitted_by=handoff.submitted_by,
        digest=handoff.digest,
        context=handoff.context,
    )
    ctx.tx.handoffs.add_round(handoff.id, opened, files)


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
    chain = packaging.end_locks(ctx, handoff)
    back = Outcome(result=Result.DECIDED, handoff=recalled, stage=Stage.NEEDS_REVIEW)
    moved = _move(ctx, recalled, back, chain=chain)
    assert moved is not None
    packaging.take_notes_away(ctx, moved.node, folder=moved.chain[-1].id, chain=moved.chain)
    ctx.tx.handoffs.begin_round(
        recalled,
        raw_sidecar=stored.raw_sidecar,
        resume_state=ctx.tx.handoffs.resume_state(recalled.id),
    )
    _open_next(ctx, recalled, contents, stored.handoff.round)
    name = ctx.record(replace(event, path=moved.path, to_path=moved.path))
    again = replace(stored, handoff=recalled, claim=None, digest_revision=recalled.revision)
    return handoff_views.show(ctx, again, path=moved.path, event=name)
