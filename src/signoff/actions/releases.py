"""What becomes of a claim that ends without a submission: back, or before people (RULES 13)."""

from signoff.actions import endings, placements, rewinds, submissions, tree
from signoff.actions.context import Context
from signoff.actions.handovers import WAITING
from signoff.domain.claims import After, Claim, Escalate, gone
from signoff.domain.companions import companion_keys, renamed_companion
from signoff.domain.events import Event, Type
from signoff.domain.files import Node, base_name, join, parent_of
from signoff.domain.handoffs import State
from signoff.domain.ids import ROOT, NodeId, Path
from signoff.domain.packages import MAX_PATHS
from signoff.domain.stages import ARCHIVE, Stage, stage_of
from signoff.store.handoffs import Stored
from signoff.store.holds import HoldKind


def end(ctx: Context, claim: Claim, after: After) -> Path | None:
    """Carry out what becomes of the work; return where it stands now, None if it is gone.

    The claim's row goes, its work folder too; what else was in it lies in the trash.
    """
    ctx.tx.claims.remove(claim.id)
    ctx.tx.holds.drop(claim.id)
    if claim.handoff is not None:
        ctx.tx.handoffs.set_claim(claim.handoff, None)
    _end_locks(ctx, claim)
    chain = _brought_back(ctx, claim)
    path: Path | None = None
    if chain:
        older = _older(ctx, claim, chain)
        item = _as_claimed(ctx, claim, chain)
        # people have the word now: whatever they say, tries are counted anew
        escalated = isinstance(after, Escalate)
        ctx.tx.files.set_attempts(item.id, 0 if escalated else after.attempts)
        if isinstance(after, Escalate):
            path = _escalate(ctx, claim, after, item=item, chain=chain[:-1])
        else:
            path = _return(ctx, claim, item=item, chain=chain[:-1], beside=older)
    _clear(ctx, claim)
    _return_sources(ctx, claim)
    return path


def hold(ctx: Context, claim: Claim) -> Claim:
    """Hold what the end of a claim touches against other acts; return it as it is now."""
    back = ctx.tx.files.resolve(parent_of(claim.from_path))
    ctx.tx.guard(
        shared=[node.id for node in back],
        exclusive=[NodeId(claim.id), claim.folder, claim.node],
    )
    again = ctx.tx.claims.by_id(claim.id)
    if again is None:
        raise gone()
    return again


def _brought_back(ctx: Context, claim: Claim) -> tuple[Node, ...]:
    """Return the chain of the claimed item; if it was deleted, it comes out of the trash."""
    chain = ctx.tx.files.chain(claim.node)
    if not chain or chain[0].id == ROOT:
        return chain
    hidden = next((step.id for step in chain if step.id.startswith("tr_")), "")
    deletion = ctx.tx.trash.by_id(hidden)
    if deletion is None:
        return ()
    folder = ctx.tx.files.chain(claim.folder)
    if not folder or folder[0].id != ROOT or claim.folder == claim.node:
        folder = tree.folder_at(ctx, parent_of(claim.from_path))
    naming = tree.free_name(
        ctx, folder[-1].id, base_name(claim.from_path), is_folder=chain[-1].is_folder
    )
    moved = rewinds.out_of_trash(ctx, deletion, chain[-1], folder=folder, name=naming.name)
    return (*folder, moved)


def _older(ctx: Context, claim: Claim, chain: tuple[Node, ...]) -> tuple[Node, ...]:
    """Return the sidecar and notes that came with the item, as they came."""
    item, folder = chain[-1], chain[:-1]
    if item.is_folder or claim.folder == claim.node:
        return ()
    keys = companion_keys(base_name(claim.from_path))
    found = ctx.tx.files.children(folder[-1].id, keys)
    came = [node for node in found if node.created_at <= claim.taken_at]
    for node in came:
        rewinds.file_to(ctx, node, claim.taken_at, chain=folder)
    return tuple(came)


def _as_claimed(ctx: Context, claim: Claim, chain: tuple[Node, ...]) -> Node:
    """Put the item back as it was when it was claimed."""
    item = chain[-1]
    if item.is_folder:
        rewinds.undelete(ctx, below=tree.path_of(chain), since=claim.taken_at)
        rewinds.below_to(ctx, chain, claim.taken_at)
    else:
        item = rewinds.to_version(ctx, item, claim.claimed_version, path=tree.path_of(chain))
    if claim.handoff is not None:
        ctx.tx.handoffs.touch(claim.handoff)
    return item


def _return(
    ctx: Context,
    claim: Claim,
    *,
    item: Node,
    chain: tuple[Node, ...],
    beside: tuple[Node, ...],
) -> Path:
    """Move the item to where it came from; a taken name gives way (RULES 5)."""
    folder = tree.folder_at(ctx, parent_of(claim.from_path))
    name = base_name(claim.from_path)
    naming = tree.free_name(
        ctx,
        folder[-1].id,
        name,
        is_folder=item.is_folder,
        beside=tuple(node.name for node in beside),
    )
    tree.relocate(ctx, item, old=chain, new=folder, name=naming.name)
    for node in beside:
        to = renamed_companion(node.name, package=name, to=naming.name)
        tree.relocate(ctx, node, old=chain, new=folder, name=to)
    return tree.path_of(folder, naming.name)


def _escalate(
    ctx: Context, claim: Claim, after: Escalate, *, item: Node, chain: tuple[Node, ...]
) -> Path | None:
    previous = _waiting(ctx, claim)
    if previous is not None:
        placements.take_notes_away(ctx, item, folder=chain[-1].id, chain=chain)
    handoff = submissions.open_by_system(
        ctx, after, package=item, chain=chain, from_path=claim.from_path, previous=previous
    )
    return ctx.tx.files.path_of(handoff.node)


def _waiting(ctx: Context, claim: Claim) -> Stored | None:
    """Return the handoff whose next round this is: one that was sent back, not withdrawn."""
    stored = ctx.tx.handoffs.by_id(claim.handoff) if claim.handoff is not None else None
    return stored if stored is not None and stored.handoff.state in WAITING else None


def _end_locks(ctx: Context, claim: Claim) -> None:
    """End the holder's locks in the work folder; they cannot outlive the claim."""
    held = ctx.tx.holds.each_below(claim.folder, HoldKind.LOCK)
    for lock in ctx.tx.locks.by_tokens(each.ref for each in held):
        endings.end_with_act(ctx, lock)


def _clear(ctx: Context, claim: Claim) -> None:
    """Take the work folder away, with what is left in it."""
    chain = ctx.tx.files.chain(claim.folder)
    if claim.folder == claim.node or not chain or chain[0].id != ROOT:
        return
    if ctx.tx.files.is_empty(claim.folder):
        ctx.tx.files.remove(claim.folder)
        return
    path = tree.path_of(chain)
    tree.throw_away(ctx, chain[-1], chain=chain[:-1], path=path)
    ctx.record(Event(type=Type.FILE_DELETED, node=claim.folder, path=path))


def _return_sources(ctx: Context, claim: Claim) -> None:
    """Let what a withdrawn handoff was made from go back to input/ (RULES 10)."""
    stored = ctx.tx.handoffs.by_id(claim.handoff) if claim.handoff is not None else None
    if stored is None or stored.handoff.state is not State.WITHDRAWN:
        return
    handoff = stored.handoff
    path = Path(f"{ARCHIVE}/{handoff.id}")
    archived = ctx.tx.files.resolve(path)
    if archived[-1].name != handoff.id:
        return
    came_from = parent_of(handoff.from_path or Path(Stage.INPUT))
    to = came_from if stage_of(came_from) is Stage.INPUT else Path(Stage.INPUT)
    sources = {source.path for source in handoff.context.sources}
    for node in ctx.tx.files.page(archived[-1].id, after="", limit=MAX_PATHS):
        if join(path, node.name) in sources:
            folder = tree.folder_at(ctx, to)
            naming = tree.free_name(ctx, folder[-1].id, node.name, is_folder=node.is_folder)
            tree.relocate(ctx, node, old=archived, new=folder, name=naming.name)
            moved = Event(
                type=Type.FILE_MOVED,
                node=node.id,
                from_path=join(path, node.name),
                to_path=tree.path_of(folder, naming.name),
                handoff=handoff.id,
            )
            ctx.record(moved)
    if ctx.tx.files.is_empty(archived[-1].id):
        ctx.tx.files.remove(archived[-1].id)
