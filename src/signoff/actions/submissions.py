"""How a package comes before people: described, digested, opened; by whichever act."""

from msgspec import Struct
from msgspec.structs import replace

from signoff.actions import descriptions, fitting, handovers, packaging, placements
from signoff.actions.context import Context
from signoff.actions.descriptions import NOTHING, Opening
from signoff.actions.placements import Moved
from signoff.domain import rounds
from signoff.domain.actors import Actor
from signoff.domain.actors import Kind as ActorKind
from signoff.domain.claims import Escalate
from signoff.domain.events import Event
from signoff.domain.files import Node
from signoff.domain.handoffs import Handoff, Kind, State
from signoff.domain.ids import ActorId, HandoffId, NodeId, Path
from signoff.domain.sidecars import Sidecar
from signoff.store.handoffs import Stored
from signoff.store.holds import HoldKind
from signoff.store.rounds import ManifestFile, Round


class Opened(Struct, frozen=True, kw_only=True):
    """A handoff that came before people, what its digest covers, and the event.

    It `is_new` unless this is its next round.
    """

    stored: Stored
    path: Path
    files: tuple[ManifestFile, ...]
    event: str
    is_new: bool

    @property
    def handoff(self) -> Handoff:
        """Return the handoff as it was opened."""
        return self.stored.handoff


def open_package(ctx: Context, opening: Opening) -> Opened:
    """Describe a package, take its digest, and put it in front of people (RULES 7, 19)."""
    package = opening.moved.node
    said = descriptions.described(ctx, opening)
    contents = packaging.contents_of(ctx, package, sidecar=said.node)
    said = fitting.flagged(ctx, said, contents)
    submission = descriptions.submission(ctx, opening, said, contents)
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
    placements.hold(ctx, handoff.id, opening.moved, sidecar=handoff.sidecar)
    opened = Round(
        number=handoff.round,
        kind=handoff.kind,
        opened_at=ctx.now,
        submitted_by=handoff.submitted_by,
        digest=handoff.digest,
        context=handoff.context,
    )
    ctx.tx.rounds.add(handoff.id, opened, contents.files)
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
        is_new=opening.previous is None,
    )


def describe_again(ctx: Context, stored: Stored, *, sidecar: Node, moved: Moved) -> Handoff:
    """Let the first sidecar say what is handed over, before anybody reviewed it (RULES 7).

    The write of the sidecar has told already that the package changed.
    """
    before = stored.handoff
    said = packaging.read_sidecar(ctx, sidecar)
    contents = packaging.contents_of(ctx, moved.node, sidecar=sidecar)
    said = fitting.flagged(ctx, said, contents)
    opening = Opening(
        id=before.id,
        moved=moved,
        by=ctx.actor(before.submitted_by),
        call=NOTHING,
        sidecar=sidecar,
        from_path=before.from_path,
        previous=stored,
        dedupe_key=before.dedupe_key,
        after_lapse=before.after_lapse,
    )
    described = rounds.described(before, descriptions.submission(ctx, opening, said, contents))
    ctx.tx.handoffs.describe(described, raw_sidecar=said.raw)
    if not described.is_folder:
        folder = [step.id for step in moved.chain]
        ctx.tx.holds.add_beside(
            HoldKind.PACKAGE, described.id, folder=folder, nodes=[sidecar.id]
        )
    kept = ctx.tx.rounds.by_number(before.id, before.round)
    assert kept is not None
    kept = replace(
        kept, kind=described.kind, digest=described.digest, context=described.context
    )
    ctx.tx.rounds.save(before.id, kept, contents.files)
    return described


def under_key(ctx: Context, key: str) -> Stored | None:
    """Return the caller's handoff that is open under a dedupe key (RULES 19).

    Submissions under one key take turns, so that two at once do not open two.
    """
    by = ctx.caller.actor.id
    ctx.tx.guard(exclusive=[NodeId(f"dedupe:{by}:{key}")])
    known = ctx.tx.handoffs.by_dedupe_key(by, key)
    return next((one for one in known if one.handoff.state is State.IN_REVIEW), None)


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
    moved = placements.move_package(
        ctx,
        package,
        chain=chain,
        target=placements.review_path(from_path, claimed_from=None),
        companions=placements.travelling(
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
