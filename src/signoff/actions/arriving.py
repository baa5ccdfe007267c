"""What is written straight into needs-review/: remembered until it has settled (RULES 18)."""

from signoff.actions import arrivals as settling
from signoff.actions import packaging, rests, tree
from signoff.actions.context import Context
from signoff.actions.reach import Place
from signoff.domain import arrivals
from signoff.domain.actors import Door
from signoff.domain.arrivals import Arrival, ArrivedFile, Because, Nothing, Opens, Waiting
from signoff.domain.files import Node
from signoff.domain.handoffs import Handoff
from signoff.domain.ids import Instant, Path
from signoff.domain.meanings import Meaning
from signoff.domain.packages import MAX_FILES
from signoff.domain.stages import Stage
from signoff.store.books import Arriving
from signoff.store.holds import HoldKind


def follow_up(
    ctx: Context,
    place: Place,
    node: Node,
    *,
    folders: tuple[Node, ...],
    meaning: Meaning,
) -> None:
    """After a write: what is new in input/ can be claimed, in needs-review/ it arrives."""
    if place.stage is Stage.INPUT and ctx.caller.door is Door.DAV:
        ctx.tx.claims.dequeue(node.id)
        ctx.tx.claims.queue(node.id, since=_settled_at(ctx, place.path))
    elif place.stage is Stage.INPUT and place.node is None:
        ctx.tx.claims.queue(node.id)
    if meaning is Meaning.SUBMIT:
        arrive(ctx, place, node, folders=folders)
        waiting = ctx.tx.books.arriving(node.id) if not node.is_folder else None
        if waiting is not None:
            settling.look(ctx, waiting)
    elif meaning in (Meaning.FIRST_SIDECAR, Meaning.EDIT):
        settling.first_sidecar(ctx, place, node)


def _settled_at(ctx: Context, path: str) -> Instant:
    return Instant(rests.touched_at(ctx, path) + ctx.policy.settle)


def arrive(ctx: Context, place: Place, node: Node, *, folders: tuple[Node, ...]) -> None:
    """Let what is written straight into needs-review/ settle before it is opened (RULES 18).

    The arrival is the topmost node that did not exist before.
    """
    chain = (*folders, node)
    top = next((step for step in chain if step.id not in set(place.ids)), None)
    if place.arrival is None and top is None:
        return
    depth = chain.index(top) if top is not None else 0
    arriving = place.arrival or Arriving(
        node=chain[depth].id,
        by=ctx.caller.actor.id,
        by_kind=ctx.caller.actor.kind.value,
        credential=ctx.caller.credential.id,
        path=tree.path_of(chain[: depth + 1]),
        since=ctx.now,
        touched_at=ctx.now,
    )
    if place.arrival is None:
        ids = [step.id for step in chain[: depth + 1]]
        ctx.tx.holds.add(HoldKind.ARRIVAL, arriving.node, chain=ids)
    ctx.tx.books.arrive(
        Arriving(
            node=arriving.node,
            by=arriving.by,
            by_kind=arriving.by_kind,
            credential=arriving.credential,
            path=arriving.path,
            since=arriving.since,
            touched_at=rests.touched_at(ctx, arriving.path),
        )
    )


def arrive_unless_place(
    ctx: Context, place: Place, node: Node, *, folders: tuple[Node, ...]
) -> None:
    """Let something that came whole arrive; an empty folder is a place, and no package."""
    judged = judge(ctx, node, folder=folders, at_once=True)
    if not isinstance(judged, Nothing) or judged.because is not Because.PLACE:
        arrive(ctx, place, node, folders=folders)


def judge(
    ctx: Context, node: Node, *, folder: tuple[Node, ...], at_once: bool
) -> Opens | Waiting | Nothing:
    """Say whether something that arrives opens, by what it is and what stands beside it."""
    files: tuple[ArrivedFile, ...] = (ArrivedFile(name=node.name, size=node.size),)
    beside: tuple[str, ...] = ()
    fronted: tuple[str, ...] = ()
    if node.is_folder:
        found = ctx.tx.files.below(node.id, limit=2 * MAX_FILES)
        files = tuple(
            ArrivedFile(name=each.name, size=each.size)
            for each, _ in found
            if not each.is_folder
        )
    else:
        others = packaging.beside(ctx, folder[-1].id, node.name)
        sidecar = packaging.sidecar_of(ctx, node, others=others)
        beside = tuple(others)
        fronted = () if sidecar is None else (sidecar.name,)
    arrival = Arrival(
        node=node.id,
        name=node.name,
        is_folder=node.is_folder,
        files=files,
        beside=beside,
        fronted=fronted,
        written_at=ctx.now,
        at_once=at_once,
    )
    return arrivals.judge(arrival, now=ctx.now, settle=ctx.policy.settle)


def is_work(ctx: Context, node: Node, *, folder: tuple[Node, ...]) -> bool:
    """Say whether something that comes whole is a package, not a place, litter or a sidecar."""
    return isinstance(judge(ctx, node, folder=folder, at_once=True), Opens)


def open_whole(
    ctx: Context,
    place: Place,
    node: Node,
    *,
    folders: tuple[Node, ...],
    from_path: Path | None = None,
) -> Handoff | None:
    """Open what came whole to a new name in needs-review/; in an arrival it is part of it."""
    if place.arrival is not None or place.node is not None:
        arrive(ctx, place, node, folders=folders)
        return None
    return settling.open_at_once(ctx, node, chain=folders, from_path=from_path)


def has_travelled(ctx: Context, from_path: Path, to: Place) -> bool:
    """Say whether a sidecar is where it is moved to already: with its file (RULES 18)."""
    if to.node is None or to.package is None:
        return False
    handoff = to.package.handoff
    here = handoff.sidecar == to.node.id and handoff.submitted_by == ctx.caller.actor.id
    origin = handoff.from_path or Path("")
    return here and origin.rpartition("/")[0] == from_path.rpartition("/")[0]
