"""Whether a piece of work is free: nobody has it in hand, it is wanted, and it may be had."""

from msgspec.structs import replace

from signoff.actions import reach, sights, tree
from signoff.actions.context import Context
from signoff.domain import locks, permissions
from signoff.domain.actors import ALL_SCOPES
from signoff.domain.errors import Held, Refusal
from signoff.domain.files import Node
from signoff.domain.globs import matches
from signoff.domain.ids import ROOT, NodeId, Path
from signoff.domain.permissions import Permission
from signoff.store.holds import HoldKind


def taken_hold(ctx: Context, node: NodeId) -> tuple[Node, ...] | None:
    """Have a node for this act alone, and its folders with others; None if it is not free.

    What another act has in hand is passed over, so that agents do not queue up behind one
    another at the head of the queue.
    """
    if not ctx.tx.try_guard(node):
        return None
    chain = ctx.tx.files.chain(node)
    if not chain or chain[0].id != ROOT:
        return None
    if ctx.tx.dialect.name != "sqlite":
        ctx.tx.guard(shared=[step.id for step in chain[:-1]])
        again = ctx.tx.files.chain(node)
        if [step.id for step in again] != [step.id for step in chain]:
            return None
        chain = again
    return chain


def wanted(path: Path, glob: str) -> bool:
    """Say whether a path is one that the pattern means; no pattern means every path."""
    return not glob or matches(glob, path)


def allowed(ctx: Context, path: Path) -> bool:
    """Say whether the caller may claim here: see it and, whatever its scopes, move it."""
    if not ctx.may(Permission.CLAIM_TAKE, path=path) or not sights.is_whole(ctx, path):
        return False
    wide = replace(ctx.caller.credential, scopes=ALL_SCOPES)
    caller = replace(ctx.caller, credential=wide)
    return permissions.allowed(caller, Permission.FILE_MOVE, path=path, grants=ctx.grants)


def is_free(ctx: Context, chain: tuple[Node, ...]) -> bool:
    """Say whether nobody else holds a lock on it, or uploads it."""
    uploading = ctx.tx.uploads.ask_below(tree.path_of(chain), but=ctx.caller.actor.id)
    try:
        check_locks(ctx, chain)
    except Refusal:
        return False
    return not uploading()


def check_uploads(ctx: Context, chain: tuple[Node, ...]) -> None:
    """Refuse to claim what somebody else is uploading still (RULES 11)."""
    if ctx.tx.uploads.ask_below(tree.path_of(chain), but=ctx.caller.actor.id)():
        raise Held(
            f"“{tree.path_of(chain)}” is still being uploaded",
            hint="Claim it when it is all there.",
        )


def check_locks(ctx: Context, chain: tuple[Node, ...]) -> list[locks.Lock]:
    """Refuse to claim what somebody else holds a lock on; return the caller's own."""
    node = chain[-1]
    held = ctx.tx.holds.on(step.id for step in chain[1:])
    found = ctx.tx.locks.by_tokens(hold.ref for hold in held if hold.kind is HoldKind.LOCK)
    above = {lock.token for lock in found if lock.node != node.id}
    if node.is_folder:
        known = {lock.token for lock in found}
        below = reach.locks_below(ctx, node.id)
        found += [lock for lock in below if lock.token not in known]
    ids = tuple(step.id for step in chain)
    locks.check_others(found, chain=ids, caller=ctx.caller, now=ctx.now)
    me = ctx.caller.actor.id
    return [lock for lock in found if lock.holder == me and lock.token not in above]
