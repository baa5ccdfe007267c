"""How locks end, and what a draft leaves behind (RULES 15)."""

from msgspec.structs import replace

from signoff.actions import empties, lines, rests, rewinds, tree
from signoff.actions.context import Context
from signoff.domain import locks
from signoff.domain.actors import Door, system
from signoff.domain.events import Event, Type
from signoff.domain.files import Node
from signoff.domain.ids import ROOT
from signoff.domain.locks import Lock, Mode
from signoff.domain.stages import Stage, stage_of
from signoff.store.holds import HoldKind


def forget(ctx: Context, lock: Lock) -> None:
    """Let go of what a lock held; whoever waits longest for it is next."""
    ctx.tx.locks.remove(lock.token)
    ctx.tx.holds.drop(lock.token)
    if stage_of(lock.path) is Stage.NEEDS_REVIEW:
        _settle_anew(ctx, lock)
    lines.hand_on(ctx, lock.node)


def _settle_anew(ctx: Context, lock: Lock) -> None:
    """Let what arrives settle from the end of a lock in it, as from a write (RULES 18)."""
    for hold in ctx.tx.holds.on([*lock.ancestors, lock.node]):
        if hold.kind is HoldKind.ARRIVAL:
            arriving = ctx.tx.books.arriving(hold.node)
            if arriving is None:
                continue
            touched_at = rests.touched_at(ctx, arriving.path)
            if arriving.touched_at < touched_at:
                ctx.tx.books.arrive(replace(arriving, touched_at=touched_at))


def end_with_act(ctx: Context, lock: Lock) -> None:
    """End a lock together with an act on what it held, such as a claim (RULES 16)."""
    forget(ctx, lock)
    codes: dict[str, str | int | bool] = {
        "mode": str(lock.mode),
        "depth": str(lock.depth),
        "holder": lock.holder,
    }
    ctx.record(Event(type=Type.LOCK_RELEASED, node=lock.node, path=lock.path, codes=codes))


def publish(ctx: Context, lock: Lock, event: Event) -> str:
    """End a lock by its holder's will: what a draft hid is seen from now on."""
    node = ctx.tx.files.by_id(lock.node)
    if node is not None and node.version:
        event = replace(event, version=node.version, digest=node.digest)
    told = ctx.record(event)
    forget(ctx, lock)
    if ctx.caller.door is Door.DAV:
        if node is not None:
            empties.kept(ctx, node)
    else:
        _drop_empty(ctx, node)
    return told


def unpublish(ctx: Context, lock: Lock, event: Event) -> str:
    """End a lock by time or force: a draft is not published, its versions stay in history.

    A file that had no version before goes to the trash, from where it can be restored.
    """
    told = ctx.record(event)
    forget(ctx, lock)
    chain = ctx.tx.files.chain(lock.node)
    if lock.mode is Mode.DRAFT and chain and chain[0].id == ROOT:
        _put_back(ctx, lock, chain)
    _drop_empty(ctx, ctx.tx.files.by_id(lock.node))
    return told


def expire(ctx: Context, lock: Lock) -> str:
    """End a lock whose time is over; it is an act of the system, whoever meets it."""
    event = locks.expire(lock, now=ctx.now)
    if ctx.caller.actor.kind == "system":
        return unpublish(ctx, lock, event)
    caller = ctx.caller
    ctx.caller = system(ctx.workspace, door=caller.door)
    try:
        return unpublish(ctx, lock, event)
    finally:
        ctx.caller = caller


def _put_back(ctx: Context, lock: Lock, chain: tuple[Node, ...]) -> None:
    node = chain[-1]
    if node.is_folder:
        rewinds.below_to(ctx, chain, lock.taken_at)
    elif lock.version_before:
        rewinds.to_version(ctx, node, lock.version_before, path=tree.path_of(chain))
    elif node.version:
        path = tree.path_of(chain)
        tree.throw_away(ctx, node, chain=chain[:-1], path=path)
        ctx.record(Event(type=Type.FILE_DELETED, node=node.id, path=path))
    else:
        return
    for hold in ctx.tx.holds.on(step.id for step in chain[1:]):
        if hold.kind == "package":
            ctx.tx.handoffs.touch(hold.ref)  # type: ignore[arg-type]


def _drop_empty(ctx: Context, node: Node | None) -> None:
    """Take a name away that was locked and never written: nothing was there, nothing stays.

    Whoever waits for it waits on, for the name.
    """
    if node is None or node.is_folder or node.version:
        return
    ctx.tx.claims.dequeue(node.id)
    ctx.tx.books.arrived(node.id)
    ctx.tx.holds.drop(node.id)
    ctx.tx.files.remove(node.id)
    if node.parent is not None:
        lines.follow(ctx, node.id, lines.name_in(node.parent, node.name))


def end_own_locks(ctx: Context, held: tuple[Lock, ...]) -> None:
    """One's own locks in a package end with one's act (RULES 16)."""
    for lock in held:
        if lock.holder == ctx.caller.actor.id or locks.expired(lock, ctx.now):
            end_with_act(ctx, lock)
