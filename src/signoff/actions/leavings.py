"""Things that leave their place, to another or to the trash: whether they may, what ends."""

from collections.abc import Iterable

from msgspec import Struct

from signoff.actions import endings, obstacles, reach, saves, sights, tree
from signoff.actions.context import Context
from signoff.actions.reach import Place
from signoff.domain import locks, moves
from signoff.domain.errors import Forbidden, Refusal
from signoff.domain.events import Event, Type
from signoff.domain.files import Node
from signoff.domain.ids import Path
from signoff.domain.locks import Mode, Need
from signoff.domain.meanings import Meaning, MoveMeaning, No, Source, Spot, Target
from signoff.domain.packages import MAX_FILES, is_covered
from signoff.store.handoffs import Stored
from signoff.store.holds import HoldKind
from signoff.store.trash import Deletion

TRASH = Target(spot=Spot.TRASH)
LOOKED_AT = 50


class Leaving(Struct, frozen=True, kw_only=True):
    """What is about to leave, what the table of moves knows of it, and what it says."""

    place: Place
    node: Node
    source: Source
    verdict: MoveMeaning | Refusal


def judge(ctx: Context, place: Place, target: Target) -> Leaving:
    """Judge whether something may leave for a target; a refusal of right is raised at once."""
    node = reach.existing(place)
    if node.is_folder:
        sights.check_whole(ctx, place.path)
    below = ctx.tx.holds.each_below(node.id) if node.is_folder else ()
    last = target.spot is Spot.TRASH and is_last_file(ctx, place, node)
    source = obstacles.source_of(ctx, place, last_file=last, below=below)
    verdict: MoveMeaning | Refusal
    try:
        _check_not_work_folder(place, node, source)
        verdict = moves.judge(ctx.caller, source, target)
    except Forbidden:
        raise
    except Refusal as refusal:
        verdict = refusal
    return Leaving(place=place, node=node, source=source, verdict=verdict)


def _check_not_work_folder(place: Place, node: Node, source: Source) -> None:
    """Refuse to take a claim's work folder away from under it; its claim says how it ends."""
    claim = place.claim
    if claim is not None and claim.folder == node.id and claim.node != node.id:
        raise moves.refusal(No.NOT_A_MOVE, source)


def is_last_file(ctx: Context, place: Place, node: Node) -> bool:
    """Say whether no file of the package around it would be left without it."""
    if place.package is None or place.whole or not place.package.handoff.is_folder:
        return False
    package = place.package.handoff.node
    for limit in (LOOKED_AT, 2 * MAX_FILES):
        found = ctx.tx.files.below(package, limit=limit)
        gone = {node.id}
        for each, _ in found:  # a folder comes before what is in it
            if each.parent in gone:
                gone.add(each.id)
        left = (
            path
            for each, path in found
            if each.id not in gone and not each.is_folder and each.version
        )
        if any(is_covered(path) for path in left):
            return False
        if len(found) < limit:
            return True
    return False


def check(ctx: Context, leaving: Leaving) -> MoveMeaning:
    """Refuse what locks, claims and reviews forbid, in the order of RULES 17."""
    place = leaving.place
    obstacles.check_work_folder(ctx, place)
    obstacles.check_alive(ctx, place)
    obstacles.check_locks(ctx, place, need=Need.REMOVE)
    obstacles.check_arrival(ctx, place)
    if isinstance(leaving.verdict, Refusal):
        raise leaving.verdict
    return leaving.verdict


def check_others(ctx: Context, leaving: Leaving) -> None:
    """Refuse while somebody else holds a lock in it; one's own end with the act (RULES 16)."""
    place, node = leaving.place, leaving.node
    below = reach.locks_below(ctx, node.id)
    known = {lock.token for lock in place.locks}
    held = (*place.locks, *(lock for lock in below if lock.token not in known))
    locks.check_others(held, chain=place.ids, caller=ctx.caller, now=ctx.now)
    if isinstance(leaving.verdict, Refusal):
        raise leaving.verdict


def end_locks(ctx: Context, node: Node) -> None:
    """End the locks on something and below it: they do not move with it (RFC 4918, 9.9)."""
    for lock in reach.locks_below(ctx, node.id):
        if lock.mode is Mode.DRAFT and locks.expired(lock, ctx.now):
            endings.expire(ctx, lock)
        else:
            endings.end_with_act(ctx, lock)


def end_arrivals(ctx: Context, node: Node) -> None:
    """Forget what was settling, on something and below it."""
    for hold in ctx.tx.holds.each_below(node.id, HoldKind.ARRIVAL):
        ctx.tx.books.arrived(hold.node)
        ctx.tx.holds.drop(hold.ref)


def leave_package(ctx: Context, node: Node, package: Stored | None) -> None:
    """Let a part of a package go: its handoff has other bytes, and no longer holds it."""
    if package is None:
        return
    reach.edited(ctx, package)
    if package.handoff.node != node.id:
        ctx.tx.holds.let_go(node.id, package.handoff.id)


def to_trash(ctx: Context, leaving: Leaving, *, meaning: Meaning) -> tuple[Deletion, str]:
    """Put something that may leave into the trash, on the record."""
    place, node = leaving.place, leaving.node
    chain = place.chain[:-1]
    end_locks(ctx, node)
    end_arrivals(ctx, node)
    if meaning is Meaning.EDIT:
        leave_package(ctx, node, place.package)
    saves.left(ctx, node, folder=chain[-1].id, name=node.name)
    deletion = tree.throw_away(ctx, node, chain=chain, path=place.path)
    event = ctx.record(_deleted(node, place.path, place.package))
    return deletion, event


def _deleted(node: Node, path: Path, package: Stored | None) -> Event:
    return Event(
        type=Type.FILE_DELETED,
        node=node.id,
        path=path,
        version=node.version or None,
        digest=node.digest,
        handoff=package.handoff.id if package else None,
    )


def target_at(ctx: Context, place: Place) -> Target:
    """Return what the table of moves wants to know of where something goes."""
    return Target(
        spot=place.spot,
        package=place.package.handoff.id if place.package else None,
        whole=place.whole,
        claimed_by=place.claim.agent if place.claim else None,
        held=reach.holds_claim(ctx, place.claim),
    )


def check_all_alive(ctx: Context, places: Iterable[Place]) -> None:
    """Refuse a token that none of these places knows any more."""
    for place in places:
        obstacles.check_alive(ctx, place)
