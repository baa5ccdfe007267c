"""What is handed over: where it stands, whether it may leave, whose next round it is."""

from collections.abc import Iterable

from signoff.actions import endings, handovers, obstacles, packaging, reach, sights
from signoff.actions.context import Context
from signoff.actions.handovers import Handed
from signoff.actions.reach import Place
from signoff.domain import locks, moves, packages
from signoff.domain.claims import Claim
from signoff.domain.errors import Code, Conflict, Forbidden, Invalid, NotFound, Refusal
from signoff.domain.files import Node, clean_path, is_note, join, names, stem_and_extension
from signoff.domain.ids import HandoffId, Path
from signoff.domain.meanings import Meaning, Target, spot_of
from signoff.domain.permissions import Permission
from signoff.domain.sidecars import is_sidecar
from signoff.domain.stages import Stage, stage_of
from signoff.store.handoffs import Stored
from signoff.store.holds import Hold, HoldKind

ITSELF_AND_ANOTHER = 2
"""So many holds of a kind tell whether there is one below a thing."""


def located(ctx: Context, said: tuple[str, ...], *, handoff: str | None) -> Handed:
    """Find what is handed over and hold it; refuse what may not leave its place.

    `handoff` insists that this is its next round.
    """
    paths = _expanded(ctx, [clean_path(path) for path in said])
    fronted = _fronted(ctx, paths) if len(paths) == 2 else ()  # noqa: PLR2004
    gathering = packages.gather(paths, fronted=fronted)
    places = reach.take_hold(ctx, alone=gathering.paths)
    for place in places:
        if place.node is None:  # where a claim was swept nothing is left
            obstacles.check_work_folder(ctx, place)
        _check_place(ctx, place)
    if len(places) == 1:
        _check_is_work(reach.existing(places[0]))
    claims = {place.claim.id: place.claim for place in places if place.claim is not None}
    if len(claims) > 1:
        raise Conflict(
            "These files belong to several claims",
            code=Code.CLAIMED,
            hint="Submit the work of each claim on its own.",
        )
    claim = next(iter(claims.values()), None)
    previous = _previous(ctx, handoff, places, claim)
    return Handed(gathering=gathering, places=tuple(places), claim=claim, previous=previous)


def _expanded(ctx: Context, paths: list[Path]) -> list[Path]:
    """Let a claim's whole work folder stand for what is in it."""
    found: list[Path] = []
    for path in paths:
        inside = _in_work_folder(ctx, path) if stage_of(path) is Stage.PROCESSING else None
        found += [path] if inside is None else inside
    return found


def _in_work_folder(ctx: Context, path: Path) -> list[Path] | None:
    if len(names(path)) != 2:  # noqa: PLR2004  stage and folder
        return None
    place = reach.find(ctx, path)
    claim = place.claim
    if claim is None or place.node is None or claim.folder != place.node.id:
        return None
    if claim.node == claim.folder:
        return None
    inside = ctx.tx.files.page(place.node.id, after="", limit=packages.MAX_PATHS + 1)
    return [join(path, node.name) for node in inside if not is_note(node.name)]


def _fronted(ctx: Context, paths: list[Path]) -> tuple[str, ...]:
    """Return the name of the one of two files that is Markdown about the other (RULES 7)."""
    if len({stem_and_extension(path)[0] for path in paths}) != 1:
        return ()
    found = (reach.find(ctx, path).node for path in paths)
    return tuple(
        node.name for node in found if node is not None and packaging.fronts(ctx, node)
    )


def _check_place(ctx: Context, place: Place) -> None:
    node = reach.existing(place)
    ctx.permit(Permission.FILE_READ, path=place.path)
    if node.is_folder:
        sights.check_whole(ctx, place.path)
    obstacles.check_work_folder(ctx, place)
    if place.arrival is not None and place.arrival.node != node.id:
        raise Conflict(
            f"“{place.path}” is part of what is arriving as a whole",
            code=Code.PACKAGE_NESTED,
            hint=f"Hand over “{place.arrival.path}”.",
        )
    below = ctx.tx.holds.below(node.id, limit=ITSELF_AND_ANOTHER) if node.is_folder else []
    refused = _judged(ctx, place, ctx.tx.holds.each_below(node.id) if below else ())
    obstacles.check_alive(ctx, place)
    held = (*place.locks, *(reach.locks_below(ctx, node.id) if below else ()))
    if held:
        locks.check_others(held, chain=place.ids, caller=ctx.caller, now=ctx.now)
    if refused is not None:
        raise refused
    if below:
        _check_holds_none(node, below)
    if held:
        endings.end_own_locks(ctx, held)


def _judged(ctx: Context, place: Place, below: Iterable[Hold]) -> Refusal | None:
    """Return why it may not leave, if it may not; a refusal of right is raised at once."""
    source = obstacles.source_of(ctx, place, below=below)
    if place.arrival is not None and place.arrival.by == ctx.caller.actor.id:
        return None
    if place.package is None or place.stage is not Stage.FEEDBACK:
        packages.check_source(place.path)
    try:
        meaning = moves.judge(ctx.caller, source, Target(spot=spot_of(Stage.NEEDS_REVIEW)))
    except Forbidden:
        raise
    except Refusal as refusal:
        return refusal
    assert meaning.meaning is Meaning.SUBMIT
    return None


def _check_holds_none(node: Node, below: list[Hold]) -> None:
    if any(hold.kind is HoldKind.PACKAGE and hold.node != node.id for hold in below):
        raise Conflict(
            "A package cannot hold another one",
            code=Code.PACKAGE_NESTED,
            hint="Hand them over one by one.",
        )


def _check_is_work(node: Node) -> None:
    """Refuse to hand over what is only about something else: a sidecar, a note."""
    if not node.is_folder and (is_note(node.name) or is_sidecar(node.name)):
        raise Invalid(
            f"“{node.name}” is only about a file",
            code=Code.NO_FILES,
            hint="Hand over the file itself; what is said of it goes along.",
        )


def _previous(
    ctx: Context, said: str | None, places: list[Place], claim: Claim | None
) -> Stored | None:
    """Return the handoff whose next round this is, or None for a new one (RULES 19)."""
    found: Stored | None = None
    if claim is not None and claim.handoff is not None:
        found = ctx.tx.handoffs.by_id(claim.handoff)
    elif len(places) == 1 and places[0].package is not None:
        package = places[0].package
        if places[0].whole and package.handoff.state in handovers.WAITING:
            found = package
    if found is not None and found.handoff.state not in handovers.WAITING:
        found = None
    if said is None:
        return found
    if found is None or found.handoff.id != said:
        wanted = ctx.tx.handoffs.by_id(HandoffId(said))
        if wanted is None:
            raise NotFound("There is no such handoff")
        mine = wanted.handoff.submitted_by == ctx.caller.actor.id
        free = wanted.claim is None or (claim is not None and wanted.claim == claim.id)
        if mine and free and wanted.handoff.state in handovers.WAITING:
            return wanted
        raise Conflict(
            "This cannot be the next round of that handoff",
            code=Code.WRONG_STATE,
            hint="Claim what was sent back, and submit from its work folder.",
            state=str(wanted.handoff.state),
        )
    return found
