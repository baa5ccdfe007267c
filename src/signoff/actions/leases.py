"""How a claim begins: a work folder, the item moved into it, the row that locks it."""

from msgspec import Struct
from msgspec.structs import replace

from signoff.actions import tree
from signoff.actions.candidates import Pick
from signoff.actions.context import Context
from signoff.actions.tokens import new_token
from signoff.domain import claims
from signoff.domain.candidates import Candidate
from signoff.domain.claims import Claim
from signoff.domain.files import Node, NodeKind
from signoff.domain.ids import ClaimId, Micros, NodeId, Path
from signoff.domain.packages import work_folder
from signoff.domain.stages import Stage
from signoff.store.holds import HoldKind


class Lease(Struct, frozen=True, kw_only=True):
    """A claim that began: its work folder, the item in it, and the event."""

    claim: Claim
    folder: Path
    path: Path
    event: str


def begin(ctx: Context, pick: Pick, *, lease: Micros | None = None) -> Lease:
    """Move a piece of work into a work folder of its own, and lock that for the caller."""
    name = ClaimId(ctx.tx.new_id("cl"))
    processing = ctx.tx.files.resolve(Path(Stage.PROCESSING))
    folder = Node(
        id=NodeId(ctx.tx.new_id("nd")),
        parent=processing[-1].id,
        name=name,
        kind=NodeKind.FOLDER,
        created_at=ctx.now,
        modified_at=ctx.now,
        modified_by=ctx.caller.actor.id,
    )
    claim, event = claims.take(
        pick.candidate,
        id=name,
        folder=folder.id,
        token=new_token(),
        caller=ctx.caller,
        version=pick.node.version,
        attempts=ctx.tx.files.attempts(pick.node.id),
        lease=ctx.policy.lease if lease is None else lease,
        now=ctx.now,
    )
    ctx.tx.files.add(folder)
    inside = (*processing, folder)
    for node in (pick.node, *pick.beside):
        tree.relocate(ctx, node, old=pick.chain, new=inside, name=node.name)
    _keep(ctx, claim, chain=inside)
    path = tree.path_of(inside, pick.node.name)
    told = ctx.record(
        replace(
            event,
            from_path=claim.from_path,
            to_path=path,
            version=pick.node.version or None,
            digest=pick.node.digest,
        )
    )
    return Lease(claim=claim, folder=work_folder(name), path=path, event=told)


def begin_by_move(
    ctx: Context, candidate: Candidate, *, node: Node, chain: tuple[Node, ...]
) -> Claim:
    """Turn a move into processing/ over WebDAV into a claim, for a day (RULES 12).

    The node has been moved already, to below `chain`; `candidate.path` is where it came
    from. It is its own work folder, and the credential alone proves the claim.
    """
    claim, event = claims.take(
        candidate,
        id=ClaimId(ctx.tx.new_id("cl")),
        folder=node.id,
        token=None,
        caller=ctx.caller,
        version=node.version,
        attempts=ctx.tx.files.attempts(node.id),
        lease=claims.DAV_LEASE,
        now=ctx.now,
    )
    _keep(ctx, claim, chain=(*chain, node))
    to_path = tree.path_of(chain, node.name)
    ctx.record(replace(event, from_path=claim.from_path, to_path=to_path))
    return claim


def _keep(ctx: Context, claim: Claim, *, chain: tuple[Node, ...]) -> None:
    ctx.tx.claims.add(claim)
    ctx.tx.holds.add(HoldKind.CLAIM, claim.id, chain=[step.id for step in chain])
    if claim.handoff is not None:
        ctx.tx.handoffs.set_claim(claim.handoff, claim.id)
