"""What is written straight into needs-review/: remembered until it has settled (RULES 18)."""

from signoff.actions import tree
from signoff.actions.context import Context
from signoff.actions.reach import Place
from signoff.domain.actors import Door
from signoff.domain.files import Node
from signoff.domain.ids import Instant
from signoff.domain.meanings import Meaning
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
        ctx.tx.claims.queue(node.id, since=Instant(ctx.now + ctx.policy.settle))
    elif place.stage is Stage.INPUT and place.node is None:
        ctx.tx.claims.queue(node.id)
    if meaning is Meaning.SUBMIT:
        arrive(ctx, place, node, folders=folders)


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
            touched_at=ctx.now,
        )
    )
