"""Which piece of work an agent is given: what was sent back, then the queue (RULES 11)."""

from collections.abc import Iterator

from msgspec import Struct

from signoff.actions import freedoms, packaging, placements, tree
from signoff.actions.context import Context
from signoff.domain.candidates import Candidate, in_order, may_take
from signoff.domain.files import Node, is_litter, name_key
from signoff.domain.handoffs import Handoff, State
from signoff.domain.ids import Instant, NodeId, Path
from signoff.domain.readings import is_fronted
from signoff.domain.sidecars import is_sidecar
from signoff.domain.stages import Stage, stage_of
from signoff.store.claims import Queued
from signoff.store.handoffs import Stored

MOST = 1000
"""How many candidates a claim looks at (STORAGE 28)."""
FIRST = 8
"""How many it asks for at once; the first is nearly always the one."""
WAITING = frozenset({State.CHANGES_REQUESTED, State.ANSWERED})
INLINE = 16 * 1024
"""Markdown above this size is work, not a sidecar, when it is met in the queue."""


class Pick(Struct, frozen=True, kw_only=True):
    """A piece of work that is free and held for this act: it, its folders, its companions."""

    candidate: Candidate
    node: Node
    chain: tuple[Node, ...]
    beside: tuple[Node, ...] = ()
    stored: Stored | None = None


def next_pick(ctx: Context, *, stage: Stage | None, glob: str) -> Pick | None:
    """Return the next piece of work that the caller may have, None if there is none."""
    pick = _sent_back(ctx, glob=glob) if stage in (None, Stage.FEEDBACK) else None
    if pick is None and stage in (None, Stage.INPUT):
        pick = _queued(ctx, glob=glob)
    return pick


# What was sent back.


def _sent_back(ctx: Context, *, glob: str) -> Pick | None:
    """Return what people sent back; a tool call only if a person offered it (decision 39).

    Whoever proposed one waits for its decision, and claims it by its path if it wants to.
    """
    me = ctx.caller.actor.id
    for limit in (FIRST, MOST):
        mine = ctx.tx.handoffs.sent_back(me, limit=limit)
        others = ctx.tx.handoffs.offered(limit=limit)
        known = {stored.handoff.id: stored for stored in (*mine, *others)}
        found = in_order(
            package_candidate(stored.handoff, path=stored.handoff.submitted_path)
            for stored in known.values()
            if stored.handoff.state in WAITING
        )
        for candidate in found:
            stored = known[candidate.handoff]  # type: ignore[index]
            if may_take(candidate, ctx.caller):
                pick = _package(ctx, stored, glob=glob)
                if pick is not None:
                    return pick
        if len(mine) < limit and len(others) < limit:
            return None
    return None


def package_candidate(handoff: Handoff, *, path: Path) -> Candidate:
    """Return a package in feedback as a piece of work; kept to its submitter unless offered."""
    return Candidate(
        node=handoff.node,
        path=path,
        stage=Stage.FEEDBACK,
        priority=handoff.priority,
        since=handoff.decided_at or handoff.opened_at,
        agent=None if handoff.offered else handoff.submitted_by,
        free=handoff.reason_due_at is None,
        handoff=handoff.id,
    )


def _package(ctx: Context, stored: Stored, *, glob: str) -> Pick | None:
    chain = freedoms.taken_hold(ctx, stored.handoff.node)
    if chain is None:
        return None
    again = ctx.tx.handoffs.by_id(stored.handoff.id)
    path = tree.path_of(chain)
    if (
        again is None
        or again.claim is not None
        or again.handoff.state not in WAITING
        or stage_of(path) is not Stage.FEEDBACK
        or not freedoms.wanted(path, glob)
        or not freedoms.allowed(ctx, path)
        or not freedoms.is_free(ctx, chain)
    ):
        return None
    return package_pick(ctx, again, chain)


def package_pick(ctx: Context, stored: Stored, chain: tuple[Node, ...]) -> Pick:
    """Return a package in feedback with its sidecar and the server's notes."""
    package, folder = chain[-1], chain[:-1]
    sidecar = ctx.tx.files.by_id(stored.handoff.sidecar) if stored.handoff.sidecar else None
    beside = placements.travelling(
        ctx, package, folder=folder[-1].id, sidecar=sidecar, notes=True
    )
    return Pick(
        candidate=package_candidate(stored.handoff, path=tree.path_of(chain)),
        node=package,
        chain=folder,
        beside=beside,
        stored=stored,
    )


# The queue.


def _queued(ctx: Context, *, glob: str) -> Pick | None:
    folders: dict[NodeId, Path | None] = {}
    looked = 0
    for row in _rows(ctx):
        looked += 1
        if looked > MOST:
            return None
        if row.node is None:
            ctx.tx.claims.dequeue(row.id)
        elif row.node.is_folder:
            files = _inside(ctx, row, limit=MOST - looked, glob=glob)
            looked += len(files)
            for node in files:
                settles = ctx.tx.claims.queued_since(node.id)
                pick = _file(ctx, node, since=row.since, settles=settles)
                if pick is not None:
                    return pick
        elif _is_work(ctx, row.node) and _in_input(ctx, row.node, folders, glob):
            pick = _file(ctx, row.node, since=row.since, settles=row.since)
            if pick is not None:
                return pick
    return None


def _rows(ctx: Context) -> Iterator[Queued]:
    after = None
    limit = FIRST
    while True:
        rows = ctx.tx.claims.next_queued(after=after, limit=limit)
        yield from rows
        if len(rows) < limit:
            return
        after = rows[-1].key
        limit = min(limit * 4, MOST)


def _is_work(ctx: Context, node: Node) -> bool:
    """Say whether a file of the queue is work; what never will be leaves the queue."""
    if is_sidecar(node.name) or is_litter(node.name) or _is_front(ctx, node):
        ctx.tx.claims.dequeue(node.id)
        return False
    return node.version > 0


def _is_front(ctx: Context, node: Node) -> bool:
    small = node.blob is not None and node.size <= INLINE
    return small and name_key(node.name).endswith(".md") and is_fronted(_bytes(ctx, node))


def _bytes(ctx: Context, node: Node) -> bytes:
    assert node.blob is not None
    row = ctx.tx.blobs.by_id(node.blob)
    return ctx.bytes_of(node.blob) if row is not None and row.is_inline else b""


def _in_input(ctx: Context, node: Node, folders: dict[NodeId, Path | None], glob: str) -> bool:
    """Say whether a row still stands in input/ and is wanted; folders are looked up once."""
    parent = NodeId(node.parent or "")
    if parent not in folders:
        folders[parent] = ctx.tx.files.path_of(parent)
    folder = folders[parent]
    if folder is None or stage_of(folder) is not Stage.INPUT:
        ctx.tx.claims.dequeue(node.id)
        return False
    return freedoms.wanted(Path(f"{folder}/{node.name}"), glob)


def _inside(ctx: Context, row: Queued, *, limit: int, glob: str) -> list[Node]:
    """Return the files of a queued folder, the oldest first; an empty one is no work."""
    assert row.node is not None
    path = ctx.tx.files.path_of(row.node.id)
    below = ctx.tx.files.below(row.node.id, limit=max(limit, 1))
    if path is None or stage_of(path) is not Stage.INPUT or not below:
        ctx.tx.claims.dequeue(row.id)
        return []
    files = [
        node
        for node, inner in below
        if not node.is_folder
        and node.version > 0
        and not is_sidecar(node.name)
        and not is_litter(node.name)
        and freedoms.wanted(Path(f"{path}/{inner}"), glob)
    ]
    return sorted(files, key=lambda node: (node.created_at, node.id))


def _file(ctx: Context, node: Node, *, since: Instant, settles: Instant | None) -> Pick | None:
    """Return a file with its sidecar if it is free, now that it is held for this act."""
    if settles is not None and settles > ctx.now:
        return None
    chain = freedoms.taken_hold(ctx, node.id)
    if chain is None:
        return None
    path = tree.path_of(chain)
    if (
        stage_of(path) is not Stage.INPUT
        or chain[-1].version == 0
        or not freedoms.allowed(ctx, path)
        or not freedoms.is_free(ctx, chain)
    ):
        return None
    return item_pick(ctx, chain, since=since)


def item_pick(
    ctx: Context, chain: tuple[Node, ...], *, since: Instant, free: bool = True
) -> Pick:
    """Return a file of input/ with its sidecar, or a whole folder of it."""
    node, folder = chain[-1], chain[:-1]
    candidate = Candidate(
        node=node.id, path=tree.path_of(chain), stage=Stage.INPUT, since=since, free=free
    )
    if node.is_folder:
        return Pick(candidate=candidate, node=node, chain=folder)
    others = packaging.beside(ctx, folder[-1].id, node.name)
    sidecar = packaging.sidecar_of(ctx, node, others=others)
    beside = (sidecar,) if sidecar is not None else ()
    return Pick(candidate=candidate, node=node, chain=folder, beside=beside)
