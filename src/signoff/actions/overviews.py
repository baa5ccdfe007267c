"""Looking around: how much stands in each stage, what may be put where, what is sealed."""

from datetime import datetime

from msgspec import Struct

from signoff.actions import obstacles, reach, sights
from signoff.actions.context import Context
from signoff.actions.folder_views import PathOnly
from signoff.actions.views import when
from signoff.domain.errors import Refusal
from signoff.domain.files import clean_path, join
from signoff.domain.handoffs import State
from signoff.domain.ids import HandoffId, NodeId
from signoff.domain.locks import may_write
from signoff.domain.meanings import Meaning
from signoff.domain.permissions import Permission
from signoff.domain.stages import Stage

MOST = 1000
FEW = 100
NEW = "new file"
"""The name that is tried where nobody has said one yet."""

BY_STATE: dict[Stage, tuple[State, ...]] = {
    Stage.NEEDS_REVIEW: (State.IN_REVIEW,),
    Stage.FEEDBACK: (State.CHANGES_REQUESTED, State.ANSWERED),
    Stage.APPROVED: (State.APPROVED,),
    Stage.REJECTED: (State.REJECTED,),
}


class LookAround(Struct, frozen=True, kw_only=True):
    """Nothing to ask: how much stands in each stage."""


class StageView(Struct, frozen=True, kw_only=True):
    """How much stands in a stage; where the count is above `most` there may be more."""

    name: str
    count: int
    most: int


class PlaceView(Struct, frozen=True, kw_only=True):
    """What the caller may put into a folder; `why` says why not, or what it would mean.

    `handoff` is that of the package around, with its title.
    """

    may_write: bool
    may_make_folder: bool
    why: str
    handoff: str | None
    title: str


def stages(ctx: Context, asked: LookAround) -> tuple[StageView, ...]:
    """Count what stands in each stage: packages by their state, else what is at its top."""
    del asked
    ctx.permit(Permission.HANDOFF_READ)
    return tuple(_stage(ctx, stage) for stage in Stage)


def _stage(ctx: Context, stage: Stage) -> StageView:
    states = BY_STATE.get(stage)
    if states is None:
        found = ctx.tx.files.page(NodeId(stage), after="", limit=FEW + 1)
        return StageView(name=stage, count=len(found), most=FEW)
    count = sum(ctx.tx.handoffs.count(state, most=MOST + 1) for state in states)
    return StageView(name=stage, count=count, most=MOST)


def place(ctx: Context, asked: PathOnly) -> PlaceView:
    """Say what the caller may put into a folder."""
    path = clean_path(asked.path)
    ctx.permit(Permission.FILE_READ, path=path)
    around = reach.find(ctx, path)
    reach.existing(around)
    package = around.package
    may_write, why = _may(ctx, asked, Permission.FILE_WRITE)
    may_make_folder, _ = _may(ctx, asked, Permission.FOLDER_CREATE)
    return PlaceView(
        may_write=may_write,
        may_make_folder=may_make_folder,
        why=why,
        handoff=package.handoff.id if package else None,
        title=package.handoff.title if package else "",
    )


def may_edit(ctx: Context, asked: PathOnly) -> bool:
    """Say whether the caller may write a file that is there, as things stand."""
    place = reach.find(ctx, clean_path(asked.path))
    reach.existing(place)
    own = frozenset(lock.token for lock in place.locks if lock.holder == ctx.caller.actor.id)
    try:
        reach.permit(ctx, Permission.FILE_WRITE, place)
        judged = obstacles.judged(ctx, place)
        obstacles.check_arrival(ctx, place)
        may_write(place.locks, chain=place.ids, caller=ctx.caller, tokens=own, now=ctx.now)
    except Refusal:
        return False
    return not isinstance(judged, Refusal)


def _may(ctx: Context, asked: PathOnly, permission: Permission) -> tuple[bool, str]:
    tried = reach.find(ctx, join(clean_path(asked.path), NEW))
    try:
        reach.permit(ctx, permission, tried)
        judged = obstacles.judged(ctx, tried)
    except Refusal as refusal:
        return False, _words(refusal)
    if isinstance(judged, Refusal):
        return False, _words(judged)
    if judged.meaning is Meaning.SUBMIT:
        return True, "What is put here is handed over for review."
    if judged.meaning is Meaning.EDIT:
        return True, "What is put here changes a package that is in review."
    return True, ""


def _words(refusal: Refusal) -> str:
    return f"{refusal.message}. {refusal.hint}".replace(NEW, "a new file").strip()


class AskTitles(Struct, frozen=True, kw_only=True):
    """Which handoffs' titles are wanted, by id; so many at most as a page of events has."""

    handoffs: tuple[str, ...]


def titles(ctx: Context, asked: AskTitles) -> dict[str, str]:
    """Return what handoffs are called; those that are not there are left out."""
    ctx.permit(Permission.HANDOFF_READ)
    found = (ctx.tx.handoffs.by_id(HandoffId(each)) for each in asked.handoffs[:MOST])
    return {
        stored.handoff.id: stored.handoff.title
        for stored in found
        if stored and sights.sees(ctx, stored.handoff)
    }


class LookAtSeal(Struct, frozen=True, kw_only=True):
    """Nothing to ask: how far the log is sealed."""


class SealView(Struct, frozen=True, kw_only=True):
    """The last signed head: how many entries it covers, when, and the root of their tree."""

    size: int
    at: datetime
    root: str


def seal(ctx: Context, asked: LookAtSeal) -> SealView | None:
    """Say how far the log is sealed; None before its first signed head."""
    del asked
    ctx.permit(Permission.EVENT_READ)
    head = ctx.tx.trees.checkpoint()
    if head is None:
        return None
    return SealView(size=head.size, at=when(head.at), root=f"sha256:{head.root.hex()}")
