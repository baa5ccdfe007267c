"""How a package comes before people: described, digested, opened; by whichever act."""

from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from signoff.actions import handovers, packaging, tree
from signoff.actions.context import Context
from signoff.actions.packaging import Moved, Said
from signoff.domain import answers, policies, readings, rounds, sidecars
from signoff.domain.actors import Actor
from signoff.domain.actors import Kind as ActorKind
from signoff.domain.claims import Escalate
from signoff.domain.errors import Invalid
from signoff.domain.events import Event
from signoff.domain.files import Node
from signoff.domain.handoffs import Handoff, Kind, Step, Submission
from signoff.domain.ids import ActorId, HandoffId, Path
from signoff.domain.sidecars import Flag, Sidecar
from signoff.domain.stages import below_stage
from signoff.store.handoffs import ManifestFile, Round, Stored
from signoff.store.holds import HoldKind

IN_FOLDER = "handoff.json"


class Opening(Struct, frozen=True, kw_only=True):
    """A package that stands in needs-review/, and what is known of how it got there.

    `previous` is the handoff whose next round this is; `id` that of the handoff either way.
    """

    id: HandoffId
    moved: Moved
    by: Actor
    call: Sidecar
    sidecar: Node | None
    from_path: Path | None
    previous: Stored | None = None
    parent: HandoffId | None = None
    dedupe_key: str | None = None
    resume_state: bytes | None = None
    after_lapse: bool = False
    successor_of: Handoff | None = None


class Opened(Struct, frozen=True, kw_only=True):
    """A handoff that came before people, what its digest covers, and the event."""

    stored: Stored
    path: Path
    files: tuple[ManifestFile, ...]
    event: str

    @property
    def handoff(self) -> Handoff:
        """Return the handoff as it was opened."""
        return self.stored.handoff


def checked_call(said: Sidecar | dict[str, Any]) -> Sidecar:
    """Return what a call says of a package, held against the rules that a sidecar keeps."""
    if said in (_NOTHING, {}):
        return _NOTHING
    call = readings.read(said if isinstance(said, dict) else msgspec.to_builtins(said))
    if call.kind == Kind.ESCALATION and not call.needs and not call.questions:
        raise Invalid(
            "An escalation says what it needs",
            hint="Send `needs` (a sentence), or `questions` that a person can answer.",
        )
    return call


def open_package(ctx: Context, opening: Opening) -> Opened:
    """Describe a package, take its digest, and put it in front of people (RULES 7, 19)."""
    package = opening.moved.node
    said = _described(ctx, opening)
    contents = packaging.contents_of(ctx, package, sidecar=said.node)
    submission = _submission(ctx, opening, said, contents.digest)
    event: Event
    if opening.previous is not None:
        handoff, event = rounds.resubmit(
            opening.previous.handoff, submission, by=opening.by, now=ctx.now
        )
        ctx.tx.holds.drop(handoff.id)
        ctx.tx.handoffs.begin_round(
            handoff, raw_sidecar=said.raw, resume_state=opening.resume_state
        )
    else:
        before = opening.successor_of
        handoff, event = rounds.open_(
            submission,
            id=opening.id,
            by=opening.by,
            now=ctx.now,
            parent=opening.parent,
            previous=before.id if before else None,
            round=before.round if before else 1,
        )
        ctx.tx.handoffs.add(handoff, raw_sidecar=said.raw, resume_state=opening.resume_state)
    packaging.hold(ctx, handoff.id, opening.moved, sidecar=handoff.sidecar)
    opened = Round(
        number=handoff.round,
        kind=handoff.kind,
        opened_at=ctx.now,
        submitted_by=handoff.submitted_by,
        digest=handoff.digest,
        context=handoff.context,
    )
    ctx.tx.handoffs.add_round(handoff.id, opened, contents.files)
    told = ctx.record(
        replace(
            event,
            path=opening.moved.path,
            from_path=opening.from_path,
            to_path=opening.moved.path,
            codes={**event.codes, "files": len(contents.files)},
            private={"title": handoff.title},
        )
    )
    return Opened(
        stored=Stored(handoff=handoff, digest_revision=handoff.revision, raw_sidecar=said.raw),
        path=opening.moved.path,
        files=contents.files,
        event=told,
    )


def _described(ctx: Context, opening: Opening) -> Said:
    """Return what is said of the package, with the call merged into its sidecar.

    What was said by the call becomes bytes before the digest is taken, so that the screen
    is always made of digested bytes (RULES 7).
    """
    said = packaging.read_sidecar(ctx, opening.sidecar)
    if opening.call == _NOTHING:
        return said
    known = said.context if said.raw is None else Sidecar()
    if _is_of_last_round(ctx, opening, said.node):
        known = _lasting(known)
    merged = sidecars.merge(known, opening.call)
    node = _written(ctx, opening, said, merged)
    unusable = answers.check_questions(merged.questions)
    if unusable:
        merged = replace(merged, flags=(*merged.flags, *unusable))
    if said.raw is not None:
        merged = replace(merged, flags=(*said.context.flags, *merged.flags))
    return Said(node=node, context=merged, raw=said.raw)


def _written(ctx: Context, opening: Opening, said: Said, merged: Sidecar) -> Node:
    """Write the sidecar under the name that counts first; a file has one and no second."""
    package = opening.moved.node
    chain = (*opening.moved.chain, package) if package.is_folder else opening.moved.chain
    name = IN_FOLDER if package.is_folder else packaging.sidecar_name(package.name)
    if said.node is not None and not package.is_folder and said.node.name != name:
        tree.relocate(ctx, said.node, old=chain, new=chain, name=name)
    return tree.write_small(
        ctx,
        folder=chain[-1].id,
        name=name,
        data=sidecars.render(merged),
        media_type=tree.JSON,
        is_new=said.node is None and not package.is_folder,
    )


def _is_of_last_round(ctx: Context, opening: Opening, sidecar: Node | None) -> bool:
    """Say whether a sidecar is the very one of the round before."""
    if opening.previous is None or sidecar is None:
        return False
    before = opening.previous.handoff
    return any(
        (each.node, each.version) == (sidecar.id, sidecar.version)
        for each in ctx.tx.handoffs.manifest(before.id, before.round)
    )


def _lasting(context: Sidecar) -> Sidecar:
    """Return what a sidecar says of the work, without what it said of the last round."""
    return Sidecar(
        title=context.title,
        sources=context.sources,
        reviewers=context.reviewers,
        required=context.required,
        priority=context.priority,
        agent=context.agent,
        callback_url=context.callback_url,
        correlation=context.correlation,
        extra=context.extra,
    )


_NOTHING = Sidecar()


def describe_again(ctx: Context, stored: Stored, *, sidecar: Node, moved: Moved) -> Handoff:
    """Let the first sidecar say what is handed over, before anybody reviewed it (RULES 7).

    The write of the sidecar has told already that the package changed.
    """
    before = stored.handoff
    said = packaging.read_sidecar(ctx, sidecar)
    contents = packaging.contents_of(ctx, moved.node, sidecar=sidecar)
    opening = Opening(
        id=before.id,
        moved=moved,
        by=ctx.actor(before.submitted_by),
        call=_NOTHING,
        sidecar=sidecar,
        from_path=before.from_path,
        previous=stored,
        dedupe_key=before.dedupe_key,
        after_lapse=before.after_lapse,
    )
    described = rounds.described(before, _submission(ctx, opening, said, contents.digest))
    ctx.tx.handoffs.describe(described, raw_sidecar=said.raw)
    if not described.is_folder:
        folder = [step.id for step in moved.chain]
        ctx.tx.holds.add_beside(
            HoldKind.PACKAGE, described.id, folder=folder, nodes=[sidecar.id]
        )
    kept = ctx.tx.handoffs.round(before.id, before.round)
    assert kept is not None
    kept = replace(
        kept, kind=described.kind, digest=described.digest, context=described.context
    )
    ctx.tx.handoffs.save_round(before.id, kept, contents.files)
    return described


def _submission(ctx: Context, opening: Opening, said: Said, digest: str) -> Submission:
    context = said.context
    moved = opening.moved
    kind = Kind(context.kind or Kind.APPROVAL)
    context, unknown = _without_strangers(ctx, context)
    demanded = policies.apply(
        ctx.policy,
        path=below_stage(moved.path),
        kind=kind,
        confidence=context.confidence,
        flags=context.flags,
        sidecar=context,
    )
    reviewers = by_id(ctx, demanded.reviewers)
    if unknown:
        flags = tuple(
            Flag(severity="warning", message=f"No reviewer is known as “{each}”.")
            for each in unknown
        )
        context = replace(context, flags=(*context.flags, *flags))
    steps = tuple(
        Step(reviewers=by_id(ctx, step.reviewers), required=step.required)
        for step in demanded.steps
    )
    return Submission(
        kind=kind,
        node=moved.node.id,
        is_folder=moved.node.is_folder,
        path=moved.path,
        from_path=opening.from_path,
        sidecar=said.node.id if said.node else None,
        digest=digest,  # type: ignore[arg-type]
        revision=opening.previous.handoff.revision if opening.previous else 0,
        context=context,
        title=context.title or moved.node.name,
        required=demanded.required,
        reviewers=reviewers,
        steps=steps,
        priority=demanded.priority,
        due_at=policies.due_at(demanded, opened_at=ctx.now, sidecar=context),
        dedupe_key=opening.dedupe_key,
        after_lapse=opening.after_lapse,
    )


def _without_strangers(ctx: Context, context: Sidecar) -> tuple[Sidecar, tuple[str, ...]]:
    """Return a sidecar that asks only members, and whom it asked in vain.

    A stranger whom an agent names would raise `required` beyond what anybody could meet.
    """
    strangers = tuple(
        name for name in context.reviewers if "@" in name and not _is_member(ctx, name)
    )
    if not strangers:
        return context, ()
    known = tuple(name for name in context.reviewers if name not in strangers)
    return replace(context, reviewers=known), strangers


def _is_member(ctx: Context, email: str) -> bool:
    """Say whether an address is a member's; of the instance's others nobody is told."""
    person = ctx.tx.accounts.by_email(email)
    return person is not None and ctx.tx.members.member(person.id) is not None


def by_id(ctx: Context, named: tuple[str, ...]) -> tuple[str, ...]:
    """Return reviewers by id. A name that nobody goes by stays: it must not open the gate."""
    found: list[str] = []
    for name in named:
        person = ctx.tx.accounts.by_email(name) if "@" in name else None
        found.append(person.id if person else name)
    return tuple(dict.fromkeys(found))


def waiting_at(ctx: Context, path: Path, *, by: ActorId) -> Stored | None:
    """Return the handoff of an actor that waits in feedback/ for what comes at its path."""
    for stored in ctx.tx.handoffs.by_path(by, path):
        if stored.handoff.state in handovers.WAITING and stored.claim is None:
            return stored
    return None


def end_arrival(ctx: Context, node: Node, *, sidecar: Node | None) -> None:
    """Forget that something was arriving, now that it is a package; its sidecar too."""
    for each in (node, sidecar):
        if each is not None:
            ctx.tx.books.arrived(each.id)
            ctx.tx.holds.drop(each.id)


def open_by_system(
    ctx: Context,
    escalation: Escalate,
    *,
    package: Node,
    chain: tuple[Node, ...],
    from_path: Path,
    previous: Stored | None = None,
) -> Handoff:
    """Escalate work that lapsed too often, counted as submitted by its last holder (RULES 13).

    `chain` leads to the folder that holds the package now; `from_path` is where it was
    claimed. `previous` is its handoff, if it was sent back before.
    """
    others = {} if package.is_folder else packaging.beside(ctx, chain[-1].id, package.name)
    sidecar = packaging.sidecar_of(ctx, package, others=others)
    moved = packaging.move_package(
        ctx,
        package,
        chain=chain,
        target=packaging.review_path(from_path, claimed_from=None),
        companions=packaging.travelling(
            ctx, package, folder=chain[-1].id, sidecar=sidecar, notes=False
        ),
    )
    call = Sidecar(
        kind=Kind.ESCALATION,
        title=f"{package.name} was tried {escalation.attempts} times and not finished",
        needs="A person to say what becomes of it.",
        questions=(escalation.question,),
    )
    return open_package(
        ctx,
        Opening(
            id=previous.handoff.id if previous else HandoffId(ctx.tx.new_id("ho")),
            moved=moved,
            by=submitter(ctx, escalation.submitted_by),
            call=call,
            sidecar=sidecar,
            from_path=from_path,
            previous=previous,
            after_lapse=True,
        ),
    ).handoff


def submitter(ctx: Context, actor: ActorId) -> Actor:
    """Return who counts as having submitted, with the owner that an agent has."""
    found = ctx.actor(actor)
    return found if found.kind is not ActorKind.SYSTEM else ctx.caller.actor
