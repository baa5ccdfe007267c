"""Decide: a person gives a verdict on exactly the bytes that they saw."""

from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from signoff.actions import handoff_views, packaging, reach, splitting, tree
from signoff.actions.context import Context
from signoff.actions.handoff_views import HandoffView
from signoff.actions.packaging import Contents, Moved
from signoff.domain import decisions, locks, rounds
from signoff.domain.answers import check_answers
from signoff.domain.asks import Ask
from signoff.domain.decisions import Terms
from signoff.domain.errors import Code, Invalid, NotFound
from signoff.domain.files import Node, note_name
from signoff.domain.handoffs import Decision, FileVerdict, Handoff, State, Verdict
from signoff.domain.ids import HandoffId
from signoff.domain.outcomes import Outcome, Result
from signoff.domain.packages import SIDECAR, landing
from signoff.domain.permissions import Permission
from signoff.domain.policies import FourEyes
from signoff.domain.stages import Stage
from signoff.store.comments import Comment
from signoff.store.handoffs import Round, Stored

FEEDBACK, ANSWERS = ".feedback.md", ".answers.json"


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
    stored = found(ctx, asked.handoff)
    ctx.tx.guard(exclusive=[stored.handoff.node])
    stored = found(ctx, asked.handoff)
    return give(ctx, stored, _ask(asked))


def found(ctx: Context, handoff: str) -> Stored:
    """Return a handoff, or refuse: there is none."""
    stored = ctx.tx.handoffs.by_id(HandoffId(handoff))
    if stored is None:
        raise NotFound("There is no such handoff", hint="GET handoffs lists them.")
    return stored


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


def give(ctx: Context, stored: Stored, ask: Ask) -> HandoffView:
    """Count a verdict, and carry out the decision if that settles it."""
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
    if outcome.result is Result.STANDING or (not outcome.events and outcome.decision is None):
        return handoff_views.show(ctx, stored)
    event = carry_out(ctx, stored, outcome, contents=contents)
    again = ctx.tx.handoffs.by_id(handoff.id)
    assert again is not None
    return handoff_views.show(ctx, again, event=event)


def check_answers_of(questions: Any, answers: dict[str, Any]) -> None:
    """Hold answers against their questions' schemas."""
    check_answers(questions, answers)


def terms(ctx: Context) -> Terms:
    """Return what the policy says of deciding."""
    policy = ctx.policy
    return Terms(
        four_eyes=policy.four_eyes.value,
        max_rounds=policy.max_rounds,
        raise_to=policy.raise_to,
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
    ctx: Context, stored: Stored, outcome: Outcome, *, contents: Contents | None
) -> str:
    """Write what a verdict comes to: rows, notes, the move, and the record."""
    _check_held(ctx, stored)
    handoff = outcome.handoff
    kept = _kept_round(ctx, stored, outcome)
    decided_round = stored.handoff.round
    if contents is not None or outcome.decision is not None:
        ctx.tx.handoffs.save_round(
            handoff.id, kept, contents.files if contents is not None else None
        )
    moved: Moved | None = None
    if outcome.decision is not None:
        for part in outcome.parts:
            splitting.split_off(ctx, handoff, part)
        moved = _move(ctx, handoff, outcome)
        _write_notes(ctx, handoff, outcome.decision, moved)
    if outcome.next_round:
        _open_next(ctx, handoff, contents, decided_round)
    ctx.tx.handoffs.save(handoff, digest_taken=True)
    event = ""
    for happened in outcome.events:
        told = happened
        if moved is not None and happened is outcome.events[0]:
            told = replace(happened, path=moved.path, to_path=moved.path)
        event = ctx.record(told) if not event else (ctx.record(told) and event)
    return event


def _check_held(ctx: Context, stored: Stored) -> None:
    """Refuse while somebody else holds a lock in the package; one's own end (RULES 16)."""
    chain = ctx.tx.files.chain(stored.handoff.node)
    held = [hold for hold in ctx.tx.holds.on(node.id for node in chain) if hold.kind == "lock"]
    below = reach.locks_below(ctx, stored.handoff.node) if stored.handoff.is_folder else []
    on = ctx.tx.locks.by_tokens(hold.ref for hold in held)
    every = {lock.token: lock for lock in (*on, *below)}
    if not every:
        return
    ids = tuple(node.id for node in chain)
    locks.check_others(every.values(), chain=ids, caller=ctx.caller, now=ctx.now)
    for lock in every.values():
        if lock.holder == ctx.caller.actor.id and locks.concerned(
            lock, chain=ids, need=locks.Need.REMOVE
        ):
            ctx.tx.locks.remove(lock.token)
            ctx.tx.holds.drop(lock.token)
            ctx.record(locks.release(lock, caller=ctx.caller, now=ctx.now))


def _kept_round(ctx: Context, stored: Stored, outcome: Outcome) -> Round:
    """Return the round as it is to be kept, with its reviews and decision."""
    before = stored.handoff
    kept = ctx.tx.handoffs.round(before.id, before.round)
    assert kept is not None
    decision = outcome.decision
    return replace(
        kept,
        reviews=outcome.handoff.reviews or kept.reviews,
        decision=decision,
        digest=decision.digest if decision is not None else kept.digest,
        note=decision.reason if decision is not None else "",
    )


def _move(ctx: Context, handoff: Handoff, outcome: Outcome) -> Moved | None:
    """Move the package to the stage that its decision says: the folder is the state."""
    if outcome.stage is None:
        return None
    chain = ctx.tx.files.chain(handoff.node)
    package, folder = chain[-1], chain[:-1]
    path = tree.path_of(chain)
    sidecar = ctx.tx.files.by_id(handoff.sidecar) if handoff.sidecar else None
    moved = packaging.move_package(
        ctx,
        package,
        chain=folder,
        target=landing(path, outcome.stage),
        companions=packaging.travelling(
            ctx, package, folder=folder[-1].id, sidecar=sidecar, notes=True
        )
        if not package.is_folder
        else (),
    )
    if handoff.state is State.WITHDRAWN:
        ctx.tx.holds.drop(handoff.id)
        ctx.tx.files.set_attempts(package.id, 0)
    return moved


def _write_notes(
    ctx: Context, handoff: Handoff, decision: Decision, moved: Moved | None
) -> None:
    """Write the note that an agent which knows only files can follow (RULES 8)."""
    negative = decision.verdict in (Verdict.REQUEST_CHANGES, Verdict.REJECT)
    if moved is None or not (negative or decision.verdict is Verdict.ANSWER):
        return
    package: Node = moved.node
    folder = package.id if package.is_folder else moved.chain[-1].id
    about = "handoff" if package.is_folder else package.name
    comments = ctx.tx.comments.of(handoff.id)
    text = note_of(ctx, handoff, decision, comments)
    tree.write_small(
        ctx,
        folder=folder,
        name=note_name(about, FEEDBACK),
        data=text.encode(),
        media_type=tree.MARKDOWN,
    )
    if decision.answers is not None:
        tree.write_small(
            ctx,
            folder=folder,
            name=note_name(about, ANSWERS),
            data=msgspec.json.format(msgspec.json.encode(decision.answers), indent=2),
            media_type=tree.JSON,
        )


_SAID = {
    Verdict.REQUEST_CHANGES: "Changes requested",
    Verdict.REJECT: "Rejected",
    Verdict.ANSWER: "Answered",
    Verdict.APPROVE: "Approved",
}


def note_of(ctx: Context, handoff: Handoff, decision: Decision, comments: list[Comment]) -> str:
    """Return the feedback note: what was said, by whom, in which round, about which place."""
    by = ctx.actor(decision.by)
    lines = [
        f"# {_SAID[decision.verdict]}: {handoff.title}",
        "",
        f"By {by.name or by.id}, round {decision.round}.",
    ]
    if decision.reason:
        lines += ["", decision.reason]
    for one in decision.files:
        lines += ["", f"- `{one.path}`: {_SAID[one.verdict].lower()}. {one.reason}".rstrip()]
    said = [each for each in comments if each.round == decision.round]
    if said:
        lines += ["", "## Comments", ""]
        lines += [f"- {_anchored(each)}{each.text}" for each in said]
    for name, answer in (decision.answers or {}).items():
        lines += ["", f"- **{name}**: `{msgspec.json.encode(answer).decode()}`"]
    return "\n".join(lines) + "\n"


def _anchored(comment: Comment) -> str:
    if comment.file is None and comment.anchor is None:
        return ""
    where = comment.file or ""
    if comment.anchor is not None:
        parts = msgspec.to_builtins(comment.anchor)
        where += "".join(f", {key} {value}" for key, value in parts.items())
    return f"`{where.removeprefix(', ')}`: "


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
    stored = found(ctx, asked.handoff)
    ctx.tx.guard(exclusive=[stored.handoff.node])
    stored = found(ctx, asked.handoff)
    handoff, contents = packaging.current(ctx, stored)
    recalled, event = rounds.recall(
        handoff,
        caller=ctx.caller,
        reason=asked.reason,
        claimed=stored.claim is not None,
        digest=handoff.digest,
        now=ctx.now,
    )
    _check_held(ctx, stored)
    moved = _move(
        ctx,
        recalled,
        Outcome(result=Result.DECIDED, handoff=recalled, stage=Stage.NEEDS_REVIEW),
    )
    assert moved is not None
    packaging.take_notes_away(ctx, moved.node, folder=moved.chain[-1].id, chain=moved.chain)
    ctx.tx.handoffs.begin_round(recalled, raw_sidecar=stored.raw_sidecar)
    _open_next(ctx, recalled, contents, stored.handoff.round)
    name = ctx.record(replace(event, path=moved.path, to_path=moved.path))
    again = ctx.tx.handoffs.by_id(recalled.id)
    assert again is not None
    return handoff_views.show(ctx, again, event=name)
