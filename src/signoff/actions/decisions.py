"""What a verdict comes to, by whichever act: counted, kept, carried out, recorded."""

from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from signoff.actions import (
    clocks,
    descriptions,
    fitting,
    notes,
    packaging,
    parts,
    rounds,
    samples,
)
from signoff.actions.context import Context
from signoff.actions.packaging import Contents
from signoff.actions.placements import Moved
from signoff.domain import decisions
from signoff.domain.answers import check_answers
from signoff.domain.asks import Ask
from signoff.domain.decisions import Terms
from signoff.domain.events import Event, Type
from signoff.domain.handoffs import Decision, Handoff, State
from signoff.domain.ids import ActorId, Path
from signoff.domain.outcomes import Outcome, Result
from signoff.domain.packages import SIDECAR
from signoff.domain.policies import FourEyes
from signoff.domain.routing import Requirements
from signoff.store.handoffs import Stored
from signoff.store.rounds import ManifestFile


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
    demanded = clocks.demands(ctx, handoff)
    outcome = decisions.review(
        handoff,
        ask,
        caller=ctx.reviewer,
        terms=terms(ctx, demanded),
        files=_files(ctx, handoff, contents, ask) if ask.files else (),
        authors=_authors(ctx, handoff, demanded.four_eyes),
        earlier=_earlier(ctx, handoff),
        check_answers=check_answers_of,
        now=ctx.now,
    )
    if outcome.result is Result.STANDING or outcome.handoff is handoff:
        return Given(stored=stored)
    if handoff.context.schemas:
        fitting.check_approved(ctx, handoff, _manifest(ctx, handoff, contents), ask)
    return carry_out(ctx, stored, outcome, contents=contents, target=target)


def check_answers_of(questions: Any, answers: dict[str, Any]) -> None:
    """Hold answers against their questions' schemas."""
    check_answers(questions, answers)


def _manifest(
    ctx: Context, handoff: Handoff, contents: Contents | None
) -> tuple[ManifestFile, ...]:
    if contents is not None:
        return contents.files
    return ctx.tx.rounds.manifest(handoff.id, handoff.round)


def terms(ctx: Context, demanded: Requirements) -> Terms:
    """Return what the policy says of deciding on a handoff of which so much is demanded."""
    to = demanded.raised_to
    return Terms(
        four_eyes=demanded.four_eyes.value,
        max_rounds=demanded.max_rounds,
        raise_to=descriptions.by_id(ctx, (to,))[0] if to else None,
    )


def _authors(ctx: Context, handoff: Handoff, four_eyes: FourEyes) -> frozenset[ActorId]:
    """Return who wrote a version in it, its sidecar's too, since it was first handed over.

    A part that was split off was handed over with the whole.
    """
    if four_eyes is not FourEyes.EDITS:
        return frozenset()
    rounds_ = ctx.tx.rounds.of(handoff.split_from or handoff.id)
    since = rounds_[0].opened_at if rounds_ else handoff.opened_at
    nodes = filter(None, (handoff.node, handoff.sidecar))
    return frozenset().union(
        *(ctx.tx.versions.authors_since(node, after=since) for node in nodes)
    )


def _earlier(ctx: Context, handoff: Handoff) -> tuple[Decision, ...]:
    if handoff.round == 1:
        return ()
    before = ctx.tx.rounds.of(handoff.id)
    return tuple(
        each.decision
        for each in before
        if each.decision is not None and each.number < handoff.round
    )


def _files(
    ctx: Context, handoff: Handoff, contents: Contents | None, ask: Ask
) -> tuple[str, ...]:
    """Return the files of which an ask speaks by path, without the sidecar.

    Those of a round that was decided are as they were then: a verdict may be repeated when
    parts of the package have gone their own way.
    """
    number = min(ask.round or handoff.round, handoff.round)
    stands = number == handoff.round and handoff.state is State.IN_REVIEW
    manifest = (
        contents.files
        if contents is not None and stands
        else ctx.tx.rounds.manifest(handoff.id, number)
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
    standing = packaging.end_locks(ctx, handoff)
    files = contents.files if contents is not None else None
    if contents is not None or outcome.decision is not None:
        files = rounds.keep(ctx, stored, outcome, contents)
    moved: Moved | None = None
    if outcome.decision is not None:
        for part in outcome.parts:
            parts.split_off(ctx, handoff, part, chain=standing.chain)
        moved = rounds.end_by_moving(ctx, handoff, outcome, standing=standing, target=target)
        told = handoff.reason_due_at is None and handoff.state is not State.WITHDRAWN
        if moved is not None and told:
            notes.write(ctx, handoff, outcome.decision, moved)
    if outcome.next_round:
        handoff = clocks.planned(ctx, handoff, since=ctx.now)
        rounds.open_next(ctx, handoff, contents, stored.handoff.round)
    if outcome.parts and moved is not None:
        handoff, files = _what_is_left(ctx, handoff, moved)
    ctx.tx.handoffs.save(handoff, digest_taken=not outcome.parts)
    event = _record(ctx, outcome, moved)
    samples.sample(ctx, handoff, outcome.decision)
    return Given(
        stored=replace(
            stored,
            handoff=handoff,
            digest_revision=handoff.revision,
        ),
        path=moved.path if moved is not None else standing.path,
        files=files,
        event=event,
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
