"""How a package is taken back, by whichever act (RULES 21)."""

from msgspec import Struct
from msgspec.structs import replace

from signoff.actions import packaging, placements, tree
from signoff.actions.context import Context
from signoff.actions.packaging import Standing
from signoff.actions.placements import Moved
from signoff.actions.tokens import new_token
from signoff.domain import rounds
from signoff.domain.actors import Door, Kind
from signoff.domain.claims import DAV_LEASE, Claim
from signoff.domain.events import Event, Type
from signoff.domain.files import Node, NodeKind, base_name, names
from signoff.domain.handoffs import Handoff
from signoff.domain.ids import ClaimId, Instant, NodeId, Path
from signoff.domain.packages import landing, work_folder
from signoff.domain.stages import Stage, below_stage, stage_of
from signoff.store.handoffs import Stored
from signoff.store.holds import HoldKind


class Withdrawn(Struct, frozen=True, kw_only=True):
    """What became of a package that was withdrawn; `claim` is its agent's, if one submitted."""

    stored: Stored
    moved: Moved
    event: str
    claim: Claim | None = None


def take_back(
    ctx: Context, stored: Stored, *, target: Path | None = None, reason: str = ""
) -> Withdrawn:
    """Close a handoff, void its reviews, and bring its package back to processing/.

    An agent's goes to a work folder under a fresh claim; a person's stays free. `target` is
    where a move puts it: then the package is its own work folder (RULES 12).
    """
    handoff, event = rounds.withdraw(packaging.current(ctx, stored)[0], caller=ctx.caller)
    standing = packaging.end_locks(ctx, stored.handoff)
    path = standing.path
    ctx.tx.holds.drop(handoff.id)
    own = handoff.submitted_kind is Kind.AGENT
    claim = (
        _claim(ctx, handoff, chain=standing.chain, by_moving=target is not None)
        if own
        else None
    )
    if target is None:
        target = landing(path, Stage.PROCESSING)
        if claim is not None:
            target = Path(f"{work_folder(claim.id)}/{base_name(path)}")
    moved = _moved(ctx, standing, target=target)
    ctx.tx.handoffs.save(handoff, digest_taken=True)
    told = ctx.record(
        replace(
            event, reason=reason or None, from_path=path, path=moved.path, to_path=moved.path
        )
    )
    if claim is not None:
        claim = _kept(ctx, claim, moved)
    done = replace(
        stored,
        handoff=handoff,
        digest_revision=handoff.revision,
        claim=claim.id if claim else None,
    )
    return Withdrawn(stored=done, moved=moved, event=told, claim=claim)


def _moved(ctx: Context, standing: Standing, *, target: Path) -> Moved:
    package, folder, sidecar = standing.chain[-1], standing.chain[:-1], standing.sidecar
    beside = sidecar is not None and sidecar.parent == folder[-1].id
    companions = (sidecar,) if sidecar is not None and beside else ()
    parts = names(target)
    if len(parts) > 2 and parts[1].startswith("cl_"):  # noqa: PLR2004  below a work folder
        _make_work_folder(ctx, parts[1])
    return placements.move_package(
        ctx, package, chain=folder, target=target, companions=companions
    )


def _make_work_folder(ctx: Context, name: str) -> None:
    """Make a claim's work folder; taking the claim is its event."""
    processing = ctx.tx.files.resolve(Path(Stage.PROCESSING))
    ctx.tx.files.add(
        Node(
            id=NodeId(ctx.tx.new_id("nd")),
            parent=processing[-1].id,
            name=name,
            kind=NodeKind.FOLDER,
            created_at=ctx.now,
            modified_at=ctx.now,
            modified_by=ctx.caller.actor.id,
        )
    )


def _claim(
    ctx: Context, handoff: Handoff, *, chain: tuple[Node, ...], by_moving: bool
) -> Claim:
    """Return the submitting agent's fresh claim; its folder is known once it has moved."""
    node = chain[-1]
    lease = DAV_LEASE if by_moving else ctx.policy.lease
    lapses_to = _lapses_to(handoff, tree.path_of(chain))
    return Claim(
        id=ClaimId(ctx.tx.new_id("cl")),
        node=node.id,
        folder=node.id,
        agent=handoff.submitted_by,
        credential=ctx.caller.credential.id,
        token=None if by_moving and ctx.caller.door is Door.DAV else new_token(),
        from_path=lapses_to,
        from_stage=stage_of(lapses_to),
        claimed_version=node.version,
        attempts=ctx.tx.files.attempts(node.id),
        lease=lease,
        taken_at=ctx.now,
        expires_at=Instant(ctx.now + lease),
        handoff=handoff.id,
    )


def _lapses_to(handoff: Handoff, path: Path) -> Path:
    """Return where it was submitted from.

    What was written into needs-review/, or came from feedback/, would be found by nobody
    there without a handoff: it goes to the queue.
    """
    origin = handoff.from_path
    if origin is None or stage_of(origin) in (Stage.FEEDBACK, Stage.NEEDS_REVIEW):
        return Path(f"{Stage.INPUT}/{below_stage(origin or path)}")
    return origin


def _kept(ctx: Context, claim: Claim, moved: Moved) -> Claim:
    by_moving = not moved.chain[-1].name.startswith("cl_")
    folder = moved.node if by_moving else moved.chain[-1]
    claim = replace(claim, folder=folder.id)
    ids = [step.id for step in moved.chain]
    ctx.tx.claims.add(claim)
    ctx.tx.holds.add(HoldKind.CLAIM, claim.id, chain=[*ids, folder.id] if by_moving else ids)
    assert claim.handoff is not None
    ctx.tx.handoffs.set_claim(claim.handoff, claim.id)
    ctx.record(
        Event(
            type=Type.CLAIM_TAKEN,
            node=claim.node,
            path=claim.from_path,
            from_path=claim.from_path,
            to_path=moved.path,
            handoff=claim.handoff,
            subject=claim.id,
            codes={"agent": claim.agent, "withdrawn": True},
        )
    )
    return claim
