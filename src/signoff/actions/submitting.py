"""Submit: an agent, or a person, puts a package in front of people."""

from typing import Any

from msgspec import UNSET, Struct
from msgspec.structs import replace

from signoff.actions import (
    handoff_views,
    handovers,
    merging,
    packaging,
    reach,
    submissions,
    tree,
)
from signoff.actions.context import Context
from signoff.actions.handoff_views import HandoffView
from signoff.actions.handovers import Handed
from signoff.actions.packaging import Moved
from signoff.actions.reach import Place
from signoff.domain import locks, moves, packages
from signoff.domain.claims import Claim
from signoff.domain.errors import Code, Conflict, Forbidden, Invalid, NotFound, Refusal
from signoff.domain.files import Node, clean_path, is_note, join, names, parent_of
from signoff.domain.handoffs import State
from signoff.domain.ids import HandoffId, Path
from signoff.domain.meanings import Meaning, Target, spot_of
from signoff.domain.permissions import Permission
from signoff.domain.sidecars import Sidecar, is_sidecar
from signoff.domain.stages import Stage, below_stage
from signoff.store.handoffs import Stored
from signoff.store.holds import HoldKind

MAX_RESUME_STATE = 64 * 1024


class Submit(Struct, frozen=True, kw_only=True):
    """One or several paths to hand over, and what is said about them.

    `handoff` insists that this is its next round. `dedupe_key` returns the open handoff that
    was submitted with it before. `resume_state` is given back to the submitter alone.
    """

    paths: tuple[str, ...]
    context: Sidecar = Sidecar()
    said: dict[str, Any] | None = None
    """The context as it was written, still to be read; `context` is then not looked at."""
    handoff: str | None = None
    dedupe_key: str | None = None
    resume_state: str | None = None


def submit(ctx: Context, asked: Submit) -> HandoffView:
    """Put one or several paths in front of people, as one package."""
    if asked.dedupe_key:
        ctx.permit(Permission.HANDOFF_SUBMIT)
        known = ctx.tx.handoffs.by_dedupe_key(ctx.caller.actor.id, asked.dedupe_key)
        for one in known:
            if one.handoff.state is State.IN_REVIEW:
                return handoff_views.show(ctx, one, created=False)
    opened = hand_over(ctx, asked)
    return handoff_views.show(
        ctx,
        opened.stored,
        path=opened.path,
        files=opened.files,
        resume_state=asked.resume_state or UNSET,
        created=opened.is_new,
        event=opened.event,
    )


class HandedOver(submissions.Opened, frozen=True, kw_only=True):
    """A package that came before people; `is_new` unless it is a handoff's next round."""

    is_new: bool


def hand_over(ctx: Context, asked: Submit, *, target: Path | None = None) -> HandedOver:
    """Bring what the paths name into needs-review/ and open it: for every act that submits.

    `target` is where a move puts it; otherwise the path below the stage is kept (RULES 5).
    """
    ctx.permit(Permission.HANDOFF_SUBMIT)
    call = _checked(asked)
    handed = _located(ctx, asked)
    previous = handed.previous
    if previous is None:
        previous = _waiting_at_arrival(ctx, handed)
    name = previous.handoff.id if previous else HandoffId(ctx.tx.new_id("ho"))
    moved, sidecar = _brought(ctx, handed, call, target=target)
    if previous is not None and handed.places[0].arrival is not None:
        moved, sidecar = merging.merge(ctx, previous, moved, sidecar=sidecar)
    sources = handovers.end_claim(ctx, handed, moved, name)
    if previous is not None and previous.handoff.node != moved.node.id:
        handovers.archive_before(ctx, previous)
    opened = submissions.open_package(
        ctx,
        submissions.Opening(
            id=name,
            moved=moved,
            by=ctx.caller.actor,
            call=replace(call, sources=(*call.sources, *sources)),
            sidecar=sidecar,
            from_path=_origin(handed, moved),
            previous=previous,
            successor_of=handovers.withdrawn(ctx, handed),
            dedupe_key=asked.dedupe_key,
            resume_state=asked.resume_state.encode() if asked.resume_state else None,
        ),
    )
    return HandedOver(
        stored=opened.stored,
        path=opened.path,
        files=opened.files,
        event=opened.event,
        is_new=previous is None,
    )


def _origin(handed: Handed, moved: Moved) -> Path | None:
    """Return where the package would stand if it had never been handed over (RULES 21)."""
    if handed.places[0].arrival is not None:
        return None
    claim = handed.claim
    if claim is not None and handed.places[0].node is not None:
        if handed.places[0].node.id == claim.node:
            return claim.from_path
        return join(parent_of(claim.from_path), moved.node.name)
    if len(handed.places) > 1:
        return join(handed.gathering.folder, moved.node.name)
    return handed.gathering.paths[0]


def _waiting_at_arrival(ctx: Context, handed: Handed) -> Stored | None:
    """Return the handoff that waits for what its agent wrote at its path (RULES 19)."""
    place = handed.places[0]
    if place.arrival is None:
        return None
    return submissions.waiting_at(ctx, place.path, by=ctx.caller.actor.id)


def _checked(asked: Submit) -> Sidecar:
    """Return what the call says, held against the rules that a sidecar keeps."""
    if not asked.paths:
        packages.check_count(0)
    if len(asked.paths) > packages.MAX_PATHS:
        packages.gather(tuple(clean_path(path) for path in asked.paths))
    if asked.resume_state and len(asked.resume_state.encode()) > MAX_RESUME_STATE:
        raise Invalid("A resume_state is at most 64 KiB", code=Code.TOO_LONG)
    return submissions.checked_call(asked.context if asked.said is None else asked.said)


def _located(ctx: Context, asked: Submit) -> Handed:
    """Find what is handed over and hold it; refuse what may not leave its place."""
    paths = _expanded(ctx, tuple(clean_path(path) for path in asked.paths))
    gathering = packages.gather(paths)
    places = reach.take_hold(ctx, alone=gathering.paths)
    for place in places:
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
    previous = _previous(ctx, asked, places, claim)
    return Handed(gathering=gathering, places=tuple(places), claim=claim, previous=previous)


def _expanded(ctx: Context, paths: tuple[Path, ...]) -> tuple[Path, ...]:
    """Let a claim's whole work folder stand for what is in it."""
    found: list[Path] = []
    for path in paths:
        inside = _in_work_folder(ctx, path)
        found += [path] if inside is None else inside
    return tuple(found)


def _in_work_folder(ctx: Context, path: Path) -> list[Path] | None:
    parts = names(path)
    if len(parts) != 2 or parts[0] != Stage.PROCESSING:  # noqa: PLR2004  stage and folder
        return None
    place = reach.find(ctx, path)
    claim = place.claim
    if claim is None or place.node is None or claim.folder != place.node.id:
        return None
    if claim.node == claim.folder:
        return None
    inside = ctx.tx.files.page(place.node.id, after="", limit=packages.MAX_PATHS + 1)
    return [join(path, node.name) for node in inside if not is_note(node.name)]


def _check_place(ctx: Context, place: Place) -> None:
    node = reach.existing(place)
    ctx.permit(Permission.FILE_READ, path=place.path)
    reach.check_work_folder(ctx, place)
    arriving = place.arrival is not None and place.arrival.by == ctx.caller.actor.id
    if place.arrival is not None and place.arrival.node != node.id:
        raise Conflict(
            f"“{place.path}” is part of what is arriving as a whole",
            code=Code.PACKAGE_NESTED,
            hint=f"Hand over “{place.arrival.path}”.",
        )
    below = ctx.tx.holds.below(node.id) if node.is_folder else []
    source = reach.source_of(ctx, place, below=below)
    refused: Refusal | None = None
    if not arriving:
        if place.package is None or place.stage is not Stage.FEEDBACK:
            packages.check_source(place.path)
        try:
            meaning = moves.judge(ctx.caller, source, Target(spot=spot_of(Stage.NEEDS_REVIEW)))
        except Forbidden:
            raise
        except Refusal as refusal:
            refused = refusal
        else:
            assert meaning.meaning is Meaning.SUBMIT
    reach.check_alive(ctx, place)
    held = (*place.locks, *(reach.locks_below(ctx, node.id) if below else ()))
    if held:
        locks.check_others(held, chain=place.ids, caller=ctx.caller, now=ctx.now)
    if refused is not None:
        raise refused
    packages_below = [
        hold for hold in below if hold.kind is HoldKind.PACKAGE and hold.node != node.id
    ]
    if packages_below:
        raise Conflict(
            "A package cannot hold another one",
            code=Code.PACKAGE_NESTED,
            hint="Hand them over one by one.",
        )
    handovers.end_own_locks(ctx, held)


def _check_is_work(node: Node) -> None:
    """Refuse to hand over what is only about something else: a sidecar, a note."""
    if not node.is_folder and (is_note(node.name) or is_sidecar(node.name)):
        raise Invalid(
            f"“{node.name}” is only about a file",
            code=Code.NO_FILES,
            hint="Hand over the file itself; what is said of it goes along.",
        )


def _previous(
    ctx: Context, asked: Submit, places: list[Place], claim: Claim | None
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
    if asked.handoff is None:
        return found
    if found is None or found.handoff.id != asked.handoff:
        wanted = ctx.tx.handoffs.by_id(HandoffId(asked.handoff))
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


def _brought(
    ctx: Context, handed: Handed, call: Sidecar, *, target: Path | None
) -> tuple[Moved, Node | None]:
    """Bring what is handed over into needs-review/; return it and its sidecar."""
    if len(handed.places) > 1:
        return _gathered(ctx, handed, call)
    place = handed.places[0]
    node = reach.existing(place)
    folder = place.chain[:-1]
    others = {} if node.is_folder else packaging.beside(ctx, folder[-1].id, node.name)
    sidecar = packaging.sidecar_of(ctx, node, others=others)
    if handed.previous is not None or handed.claim is not None:
        packaging.take_notes_away(ctx, node, folder=folder[-1].id, chain=folder)
    if place.arrival is not None:
        submissions.end_arrival(ctx, node, sidecar=sidecar)
        return Moved(node=node, path=place.path, chain=folder), sidecar
    moved = packaging.move_package(
        ctx,
        node,
        chain=folder,
        target=target
        or packaging.review_path(
            place.path, claimed_from=handed.claim.from_path if handed.claim else None
        ),
        companions=(sidecar,) if sidecar is not None and not node.is_folder else (),
    )
    return moved, sidecar


def _gathered(ctx: Context, handed: Handed, call: Sidecar) -> tuple[Moved, Node | None]:
    """Gather several paths into one new folder, each below their nearest parent (RULES 4)."""
    first = names(handed.gathering.paths[0])[-1]
    title = packages.folder_name(call.title or first)
    claim = handed.claim
    kept = below_stage(handed.gathering.folder) if handed.gathering.folder else Path("")
    if claim is not None:
        # The work folder is not part of what is kept, however deep in it the paths are.
        inside = kept.partition("/")[2]
        kept = join(parent_of(below_stage(claim.from_path)), inside).strip("/")  # type: ignore[assignment]
    target = clean_path(f"{Stage.NEEDS_REVIEW}/{kept}/{title}")
    above = packaging.place_at(ctx, Path("/".join(names(target)[:-1])))
    naming = tree.free_name(ctx, above[-1].id, names(target)[-1], is_folder=True)
    chain = tree.make_folders(ctx, Place(path=target, chain=above, missing=()), (naming.name,))
    for place, relative in zip(handed.places, handed.gathering.relative, strict=True):
        node = reach.existing(place)
        inner = tree.folder_at(
            ctx, Path("/".join((*names(tree.path_of(chain)), *names(relative)[:-1])))
        )
        tree.relocate(ctx, node, old=place.chain[:-1], new=inner, name=node.name)
    moved = Moved(node=chain[-1], path=tree.path_of(chain), chain=chain[:-1])
    return moved, packaging.sidecar_of(ctx, moved.node, others={})
