"""What was written straight into needs-review/ becomes a handoff once it has settled."""

from msgspec import Struct
from msgspec.structs import replace

from signoff.actions import (
    descriptions,
    handovers,
    merging,
    packaging,
    reach,
    rests,
    submissions,
    tree,
)
from signoff.actions.context import Context
from signoff.actions.placements import Moved
from signoff.actions.reach import Place
from signoff.domain import arrivals
from signoff.domain.arrivals import Arrival, ArrivedFile, Because, Nothing, Opens, Waiting
from signoff.domain.files import Node
from signoff.domain.handoffs import Handoff, State
from signoff.domain.ids import ActorId, HandoffId, Instant, NodeId, Path
from signoff.domain.locks import expired
from signoff.domain.packages import MAX_FILES
from signoff.domain.permissions import Permission
from signoff.domain.sidecars import Sidecar, is_sidecar
from signoff.domain.stages import Stage, stage_of
from signoff.store.books import Arriving
from signoff.store.handoffs import Stored
from signoff.store.holds import HoldKind

ASLEEP = Instant(2**62)
"""When what opens nothing is judged again: never, unless it is written to."""
LOOKED_AT = 16


class Settle(Struct, frozen=True, kw_only=True):
    """Ask for what has settled; at most one handoff is opened at a time."""


class Settled(Struct, frozen=True, kw_only=True):
    """The handoff that was opened, if any, and whether there may be more to open."""

    handoff: str | None = None
    more: bool = False


def settle(ctx: Context, asked: Settle) -> Settled:  # noqa: ARG001  nothing is asked but that
    """Open what was written into needs-review/ and has settled; the worker asks for it."""
    ctx.permit(Permission.CLAIM_FORCE)
    before = Instant(ctx.now - ctx.policy.settle)
    due = ctx.tx.books.settled(before=before, limit=LOOKED_AT)
    for arriving in due:
        handoff = look(ctx, arriving)
        if handoff is not None:
            return Settled(handoff=handoff.id, more=len(due) > 1)
    return Settled(more=len(due) == LOOKED_AT)


def look(ctx: Context, arriving: Arriving, *, at_once: bool = False) -> Handoff | None:
    """Open an arrival if it is time, in the name of who wrote it; else say when to look again.

    Every act that writes in needs-review/ asks; so does the worker.
    """
    ctx.tx.guard(exclusive=[arriving.node])
    chain = ctx.tx.files.chain(arriving.node)
    path = tree.path_of(chain) if chain else Path("")
    if stage_of(path) is not Stage.NEEDS_REVIEW or _is_package(ctx, arriving.node):
        _forget(ctx, arriving.node)
        return None
    node, folder = chain[-1], chain[:-1]
    if not node.is_folder and is_sidecar(node.name) and _described(ctx, node, folder, arriving):
        return None
    judged, sidecar = _judged(ctx, node, folder, arriving, at_once=at_once)
    if isinstance(judged, Opens):
        return _open(ctx, arriving, Moved(node=node, path=path, chain=folder), sidecar)
    _look_again(ctx, arriving, judged)
    return None


def open_at_once(
    ctx: Context, node: Node, *, chain: tuple[Node, ...], from_path: Path | None = None
) -> Handoff | None:
    """Open what came into needs-review/ whole, by a move or a copy; None if it is no work.

    `chain` leads to the folder that holds it now; `from_path` is where it came from.
    """
    moved = Moved(node=node, path=tree.path_of(chain, node.name), chain=chain)
    arriving = Arriving(
        node=node.id,
        by=ctx.caller.actor.id,
        by_kind=ctx.caller.actor.kind.value,
        credential=ctx.caller.credential.id,
        path=moved.path,
        since=ctx.now,
        touched_at=ctx.now,
    )
    judged, sidecar = _judged(ctx, node, chain, arriving, at_once=True)
    if isinstance(judged, Opens):
        return _open(ctx, arriving, moved, sidecar, from_path=from_path)
    if not (isinstance(judged, Nothing) and judged.because is Because.PLACE):
        ids = [*(step.id for step in chain), node.id]
        ctx.tx.holds.add(HoldKind.ARRIVAL, node.id, chain=ids)
        ctx.tx.books.arrive(arriving)
        look(ctx, arriving, at_once=True)
    return None


def _judged(
    ctx: Context,
    node: Node,
    folder: tuple[Node, ...],
    arriving: Arriving,
    *,
    at_once: bool,
) -> tuple[Waiting | Opens | Nothing, Node | None]:
    others = {} if node.is_folder else packaging.beside(ctx, folder[-1].id, node.name)
    sidecar = packaging.sidecar_of(ctx, node, others=others)
    beside = (sidecar.name,) if sidecar is not None and not node.is_folder else ()
    arrival = Arrival(
        node=node.id,
        name=node.name,
        is_folder=node.is_folder,
        files=_files(ctx, node),
        beside=beside,
        fronted=beside,
        written_at=arriving.touched_at,
        held=_is_held(ctx, node, folder, arriving),
        at_once=at_once,
    )
    if node.is_folder and ctx.tx.holds.below(node.id, HoldKind.PACKAGE, limit=1):
        return Nothing(because=Because.PLACE), sidecar
    if len(arrival.files) > MAX_FILES:
        return Waiting(until=None), sidecar
    return arrivals.judge(arrival, now=ctx.now, settle=ctx.policy.settle), sidecar


def _is_held(ctx: Context, node: Node, folder: tuple[Node, ...], arriving: Arriving) -> bool:
    """Say whether something in it is locked, or is being uploaded by who writes it."""
    path = tree.path_of(folder, node.name)
    uploading = ctx.tx.uploads.ask_below(path, by=arriving.by)
    locked = any(not expired(lock, ctx.now) for lock in reach.locks_below(ctx, node.id))
    return locked or uploading()


def _files(ctx: Context, node: Node) -> tuple[ArrivedFile, ...]:
    if not node.is_folder:
        return (ArrivedFile(name=node.name, size=node.size),)
    found = ctx.tx.files.below(node.id, limit=2 * MAX_FILES)
    return tuple(
        ArrivedFile(name=each.name, size=each.size) for each, _ in found if not each.is_folder
    )


def _is_package(ctx: Context, node: NodeId) -> bool:
    return any(hold.kind is HoldKind.PACKAGE for hold in ctx.tx.holds.on([node]))


def _forget(ctx: Context, node: NodeId) -> None:
    ctx.tx.books.arrived(node)
    ctx.tx.holds.drop(node)


def _look_again(ctx: Context, arriving: Arriving, judged: Waiting | Nothing) -> None:
    """Say when an arrival is to be judged again.

    A place is none any more. What is held is looked at after another settle time, what opens
    nothing when it is written to.
    """
    if isinstance(judged, Nothing):
        if judged.because is Because.PLACE:
            _forget(ctx, arriving.node)
        else:
            ctx.tx.books.arrive(replace(arriving, touched_at=ASLEEP))
    elif judged.until is None:
        touched_at = rests.touched_at(ctx, arriving.path)
        ctx.tx.books.arrive(replace(arriving, touched_at=touched_at))


def _described(ctx: Context, node: Node, folder: tuple[Node, ...], arriving: Arriving) -> bool:
    """Let a sidecar that came after its file open it, or speak for it (RULES 7).

    Its file is one that arrives still, or a package of the same writer that has no sidecar
    and no review yet.
    """
    for package in _about(ctx, node, folder):
        waiting = ctx.tx.books.arriving(package.id)
        if waiting is not None and waiting.by == arriving.by:
            return look(ctx, waiting) is not None
        for hold in ctx.tx.holds.on([package.id]):
            stored = _undescribed(ctx, hold.ref) if hold.kind is HoldKind.PACKAGE else None
            if stored is not None and stored.handoff.submitted_by == arriving.by:
                _forget(ctx, node.id)
                reach.edited(ctx, stored)
                first_described(ctx, stored.handoff.id, node)
                return True
    return False


def first_sidecar(ctx: Context, place: Place, node: Node) -> None:
    """After a write in a package: if it is its first sidecar, it speaks for it (RULES 7).

    That of its submitter says what was submitted; one that a person adds is an edit.
    """
    stored = place.package
    if stored is None or stored.handoff.sidecar is not None or not is_sidecar(node.name):
        return
    handoff = stored.handoff
    if handoff.state is State.IN_REVIEW and handoff.submitted_by == ctx.caller.actor.id:
        if not handoff.reviews:
            first_described(ctx, handoff.id, node)
    elif not handoff.is_folder and place.deepest.id != handoff.node:
        again = ctx.tx.handoffs.by_id(handoff.id)
        assert again is not None
        ctx.tx.handoffs.save(replace(again.handoff, sidecar=node.id))
        folder = [step.id for step in ctx.tx.files.chain(handoff.node)[:-1]]
        ctx.tx.holds.add_beside(HoldKind.PACKAGE, handoff.id, folder=folder, nodes=[node.id])


def first_described(ctx: Context, handoff: HandoffId, sidecar: Node) -> None:
    """Let a sidecar say what is handed over in a package that came without one."""
    stored = ctx.tx.handoffs.by_id(handoff)
    assert stored is not None
    chain = ctx.tx.files.chain(stored.handoff.node)
    moved = Moved(node=chain[-1], path=tree.path_of(chain), chain=chain[:-1])
    submissions.describe_again(ctx, stored, sidecar=sidecar, moved=moved)


def _undescribed(ctx: Context, handoff: str) -> Stored | None:
    stored = ctx.tx.handoffs.by_id(HandoffId(handoff))
    if stored is None or stored.handoff.sidecar is not None or stored.handoff.reviews:
        return None
    return stored if stored.handoff.state is State.IN_REVIEW else None


def _about(ctx: Context, sidecar: Node, folder: tuple[Node, ...]) -> list[Node]:
    """Return the files of which this is the sidecar; one, unless its name is a stem's."""
    stem = sidecar.name.partition(".handoff.")[0].removesuffix("-metadata.json")
    found = ctx.tx.files.children(folder[-1].id, [stem.casefold()], stem=stem.casefold())
    about = []
    for node in found:
        if node.is_folder or node.id == sidecar.id:
            continue
        others = packaging.beside(ctx, folder[-1].id, node.name)
        mine = packaging.sidecar_of(ctx, node, others=others)
        if mine is not None and mine.id == sidecar.id:
            about.append(node)
    return about


def _open(
    ctx: Context,
    arriving: Arriving,
    moved: Moved,
    sidecar: Node | None,
    *,
    from_path: Path | None = None,
) -> Handoff:
    """Open a handoff, or the next round of the one that waits for this path (RULES 19)."""
    submissions.end_arrival(ctx, moved.node, sidecar=sidecar)
    for hold in ctx.tx.holds.each_below(moved.node.id, HoldKind.ARRIVAL):
        _forget(ctx, hold.node)
    by = ctx.actor(ActorId(arriving.by))
    previous = submissions.waiting_at(ctx, moved.path, by=by.id)
    if previous is not None:
        moved, sidecar = merging.merge(ctx, previous, moved, sidecar=sidecar)
        if previous.handoff.node != moved.node.id:
            handovers.archive_before(ctx, previous)
    opening = descriptions.Opening(
        id=previous.handoff.id if previous else HandoffId(ctx.tx.new_id("ho")),
        moved=moved,
        by=by,
        call=Sidecar(),
        sidecar=sidecar,
        from_path=from_path,
        previous=previous,
    )
    return submissions.open_package(ctx, opening).handoff
