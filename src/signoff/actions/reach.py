"""From a path to what stands there, and to what holds it: locks, claims, packages."""

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from signoff.actions import sights
from signoff.actions.context import Context
from signoff.domain import claims
from signoff.domain.claims import Claim
from signoff.domain.drafts import draft_on
from signoff.domain.errors import Busy, Code, Conflict, NotFound, Refusal
from signoff.domain.events import Type
from signoff.domain.files import Node, names
from signoff.domain.handoffs import State, told
from signoff.domain.ids import LockToken, NodeId, Path
from signoff.domain.locks import Lock
from signoff.domain.meanings import Spot, spot_of
from signoff.domain.once import once
from signoff.domain.permissions import Permission
from signoff.domain.sidecars import ENDINGS as SIDECAR_ENDINGS
from signoff.domain.sidecars import is_sidecar
from signoff.domain.stages import Stage, stage_of
from signoff.store.books import Arriving
from signoff.store.handoffs import Stored
from signoff.store.holds import Hold, HoldKind

WORK_FOLDER = "cl_"
STAGE_DEPTH = 2
"""So many nodes a chain has down to a stage: the root, and the stage."""


class Place(Struct, frozen=True, kw_only=True, dict=True):
    """A path and what the tree knows of it.

    `chain` are the nodes from the root down as far as they exist, `missing` the names that
    do not. `package` is the handoff whose package the path is, or is in; `claim` that of the
    work folder around it; `locks` those on the chain. `twin` is what stands where the first of
    the missing names would, under a name that differs by case alone.
    """

    path: Path
    chain: tuple[Node, ...]
    missing: tuple[str, ...]
    locks: tuple[Lock, ...] = ()
    claim: Claim | None = None
    package: Stored | None = None
    arrival: Arriving | None = None
    twin: Node | None = None

    @once
    def node(self) -> Node | None:
        """Return what stands at the path, if anything."""
        return None if self.missing else self.chain[-1]

    @property
    def deepest(self) -> Node:
        """Return the last node of the path that exists."""
        return self.chain[-1]

    @once
    def stage(self) -> Stage | None:
        """Return the stage that the path stands in."""
        return stage_of(self.path)

    @property
    def spot(self) -> Spot:
        """Return the table's word for where it stands."""
        return spot_of(self.stage)

    @once
    def ids(self) -> tuple[NodeId, ...]:
        """Return the ids of the chain."""
        return tuple([node.id for node in self.chain])

    @property
    def whole(self) -> bool:
        """Say whether the path is a package itself, not a part of one."""
        return (
            self.package is not None
            and self.node is not None
            and self.package.handoff.node == self.node.id
        )


def find(ctx: Context, path: Path) -> Place:
    """Return what stands at a path, for reading."""
    chain, held = ctx.tx.recall(("place", path), lambda: _look(ctx, path))
    return _place(ctx, path, chain, held)


def take_hold(
    ctx: Context, *paths: Path, alone: Iterable[Path] = (), read: Iterable[Path] = ()
) -> list[Place]:
    """Return what stands at paths, for an act: nobody moves it until the act is done.

    The nodes of `alone` are held against every other act, as are files at `paths`, which are
    written; all others and their folders against moves (STORAGE 8). On SQLite there is one
    writer, so the first look is the last.
    """
    alone = tuple(alone)
    wanted = (*paths, *alone, *read)
    chains = list(map(ctx.tx.files.resolve, wanted))
    if ctx.tx.dialect.name != "sqlite":
        for _ in range(3):
            shared = {node.id for chain in chains for node in chain}
            lonely = {chain[-1].id for chain in chains[len(paths) : len(paths) + len(alone)]}
            lonely |= {
                chain[-1].id for chain in chains[: len(paths)] if not chain[-1].is_folder
            }
            ctx.tx.guard(shared=shared, exclusive=lonely)
            again = list(map(ctx.tx.files.resolve, wanted))
            is_same = [_ids(chain) for chain in again] == [_ids(chain) for chain in chains]
            chains = again
            if is_same:
                break
        else:
            raise Busy("The folders on this path keep moving", hint="Try again.")
    found = zip(wanted, chains, strict=True)
    return [_place(ctx, path, chain, _held(ctx, path, chain)) for path, chain in found]


def _look(ctx: Context, path: Path) -> tuple[tuple[Node, ...], list[Hold]]:
    chain = ctx.tx.files.resolve(path)
    return chain, _held(ctx, path, chain)


def _held(ctx: Context, path: Path, chain: tuple[Node, ...]) -> list[Hold]:
    """Return what is held on the nodes of a path."""
    exact = _exact(names(path), chain)
    return ctx.tx.holds.on([node.id for node in chain[1:exact]]) if exact > 1 else []


def _exact(wanted: tuple[str, ...], chain: tuple[Node, ...]) -> int:
    """Return how many nodes of a chain have the very names that are wanted."""
    exact = 1
    while exact < len(chain) and chain[exact].name == wanted[exact - 1]:
        exact += 1
    return exact


def _ids(chain: tuple[Node, ...]) -> list[NodeId]:
    return [node.id for node in chain]


def _place(ctx: Context, path: Path, chain: tuple[Node, ...], held: list[Hold]) -> Place:
    wanted = names(path)
    exact = _exact(wanted, chain)
    place = Place(
        path=path,
        chain=chain[:exact],
        missing=wanted[exact - 1 :],
        twin=chain[exact] if exact < len(chain) else None,
    )
    return _beside_package(ctx, _with_holds(ctx, place, held) if held else place)


def _beside_package(ctx: Context, place: Place) -> Place:
    """Let the name of a file package's sidecar belong to it before it exists (RULES 7)."""
    if place.stage is not Stage.NEEDS_REVIEW or place.package is not None:
        return place
    if len(place.missing) != 1 or not is_sidecar(place.missing[0]):
        return place
    stem = next((e for e in SIDECAR_ENDINGS if place.missing[0].endswith(e)), "")
    package = place.missing[0].removesuffix(stem) if stem else ""
    node = ctx.tx.files.child(place.deepest.id, package) if package else None
    if node is None or node.is_folder:
        return place
    held = [each for each in ctx.tx.holds.on([node.id]) if each.kind is HoldKind.PACKAGE]
    return _with_holds(ctx, place, held, above=place.locks) if held else place


def check_twin(ctx: Context, place: Place) -> None:
    """Refuse a name that differs from one that exists by case alone (STORAGE 22).

    What is hidden from the caller is not named; nor is it there for them, be it so spelled.
    """
    if place.twin is None:
        return
    standing = ctx.tx.files.path_of(place.twin.id) or Path(place.twin.name)
    if sights.hides(ctx, standing):
        raise nothing_at(place)
    raise Conflict(
        f"“{place.path}” differs only by case from “{standing}”",
        code=Code.EXISTS,
        hint=f"Write “{standing}”, or choose another name.",
        path=standing,
    )


def _with_holds(
    ctx: Context, place: Place, held: list[Hold], *, above: tuple[Lock, ...] = ()
) -> Place:
    found = [*above]
    claim = None
    package = None
    arrival = None
    for hold in held:
        match hold.kind:
            case HoldKind.LOCK:
                lock = ctx.tx.locks.by_token(LockToken(hold.ref))
                if lock is not None:
                    found.append(lock)
            case HoldKind.CLAIM:
                claim = ctx.tx.claims.by_id(hold.ref)  # type: ignore[arg-type]
            case HoldKind.PACKAGE:
                package = ctx.tx.handoffs.by_id(hold.ref)  # type: ignore[arg-type]
            case HoldKind.ARRIVAL:
                arrival = ctx.tx.books.arriving(hold.node)
    return replace(place, locks=tuple(found), claim=claim, package=package, arrival=arrival)


def existing(place: Place) -> Node:
    """Return what stands at a path, or refuse: there is nothing."""
    if place.node is None:
        raise nothing_at(place)
    return place.node


def nothing_at(place: Place) -> NotFound:
    """Return the refusal to find what is not there, or not for the caller's eyes."""
    return NotFound(
        f"There is nothing at “{place.path}”",
        hint="Look at the folder above it.",
        path=place.path,
    )


def locks_below(ctx: Context, node: NodeId) -> list[Lock]:
    """Return the locks on a node and anywhere below it: all, since any may be in the way."""
    held = ctx.tx.holds.each_below(node, HoldKind.LOCK)
    return ctx.tx.locks.by_tokens(hold.ref for hold in held)


def holds_claim(ctx: Context, claim: Claim | None) -> bool:
    """Say whether the caller proved that the claim is theirs, and it lives."""
    if claim is None:
        return False
    try:
        claims.check(claim, caller=ctx.caller, tokens=ctx.tokens, now=ctx.now)
    except Refusal:
        return False
    return True


def is_own(ctx: Context, place: Place) -> bool:
    """Say whether the place is the caller's: their claim's, package, arrival or loose work."""
    me = ctx.caller.actor.id
    if place.claim is not None:
        return place.claim.agent == me
    if place.package is not None:
        return place.package.handoff.submitted_by == me
    if place.arrival is not None:
        return place.arrival.by == me
    loose = place.stage is Stage.PROCESSING and len(place.chain) > STAGE_DEPTH
    return loose and place.deepest.modified_by == me


def permit(ctx: Context, permission: Permission, place: Place) -> None:
    """Refuse what the caller may not do at a place.

    Whoever may submit may write straight into needs-review/, which is to submit (RULES 18).
    """
    mine = is_own(ctx, place)
    if place.stage is Stage.NEEDS_REVIEW and place.package is None and not mine:
        ctx.permit(Permission.HANDOFF_SUBMIT, path=place.path)
    else:
        ctx.permit(permission, path=place.path, own=mine)


def touched(ctx: Context, place: Place) -> None:
    """After a write: the package has other bytes, the lease starts anew."""
    if place.package is not None:
        edited(ctx, place.package)
    renewed(ctx, place)


def renewed(ctx: Context, place: Place) -> None:
    """After a write, be it of properties: the lease of the holder starts anew (RULES 12)."""
    if place.claim is not None and holds_claim(ctx, place.claim):
        ctx.tx.claims.renew(claims.written(place.claim, now=ctx.now))


def edited(ctx: Context, package: Stored) -> None:
    """After a write in a package: its digest moves on; whoever looks at it is told, once."""
    handoff = package.handoff
    revision = ctx.tx.handoffs.touch(handoff.id)
    if handoff.state is State.IN_REVIEW and revision == handoff.revision + 1:
        changed = told(handoff, Type.HANDOFF_CHANGED)
        ctx.record(replace(changed, digest=None))


def hidden_from(ctx: Context, place: Place) -> Lock | None:
    """Return the draft lock that hides what stands at a path from the caller, if any."""
    draft = draft_on(place.locks, chain=place.ids)
    if draft is None or draft.holder == ctx.caller.actor.id:
        return None
    return draft
