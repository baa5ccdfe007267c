"""Move: another place or name, and what that means in the life of a handoff."""

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from signoff.actions import (
    arriving,
    landings,
    leavings,
    lockables,
    obstacles,
    preconditions,
    reach,
    saves,
    verdicts,
)
from signoff.actions.context import Context
from signoff.actions.landings import Landed
from signoff.actions.leavings import Leaving
from signoff.actions.reach import Place
from signoff.domain.errors import Code, Conflict, Refusal
from signoff.domain.files import base_name, check_not_note, clean_path
from signoff.domain.ids import Path
from signoff.domain.locks import Need
from signoff.domain.meanings import Meaning
from signoff.domain.permissions import Permission
from signoff.domain.stages import check_not_fixed, check_top_level


class Move(Struct, frozen=True, kw_only=True, rename={"from_": "from"}):
    """From where to where; missing folders are made.

    With `overwrite` a file that is there gets its next version, and a folder that is there
    goes to the trash. `if_match` is the entity tag of the file that is overwritten, if one is,
    else of the file that is moved.
    """

    from_: str
    to: str
    if_match: tuple[str, ...] = ()
    overwrite: bool = False


class MoveView(Struct, frozen=True, kw_only=True, rename={"from_path": "from"}):
    """Where it stands now. `meaning` is what the move was: a move, a submission, a verdict.

    `created` unless something was there before: a file got its next version, or what was
    there went to the trash.
    """

    path: str
    from_path: str
    type: str
    version: int
    etag: str | None
    created: bool
    meaning: str
    handoff: str | UnsetType = UNSET
    event: str = ""


_DECIDING = frozenset({Meaning.VERDICT, Meaning.FILE_VERDICT})
_ENDING = _DECIDING | {Meaning.SUBMIT, Meaning.WITHDRAW}
"""Meanings in which one's own locks end, whether their tokens were sent or not (RULES 16)."""


def move(ctx: Context, asked: Move) -> MoveView:
    """Move or rename a file or folder; between stages this submits, withdraws or decides."""
    from_path, to_path = clean_path(asked.from_), clean_path(asked.to)
    _check_names(from_path, to_path)
    held = reach.take_hold(ctx, to_path, alone=[from_path])
    to, source = [lockables.drafts_ended(ctx, place) for place in held]
    ctx.permit(Permission.FILE_MOVE, path=from_path, own=reach.is_own(ctx, source))
    reach.permit(ctx, Permission.FILE_MOVE, to)
    if source.node is None and arriving.has_travelled(ctx, from_path, to):
        return _travelled(from_path, to)
    leaving = leavings.judge(ctx, source, leavings.target_at(ctx, to))
    meaning = _meaning(leaving)
    if meaning in _DECIDING:
        ctx.permit(Permission.HANDOFF_DECIDE)
    elif meaning is Meaning.WITHDRAW:
        ctx.permit(Permission.HANDOFF_WITHDRAW)
    elif meaning is Meaning.SUBMIT:
        ctx.permit(Permission.HANDOFF_SUBMIT)
    _check_seen(ctx, leaving, to, asked.if_match)
    _check_held(ctx, leaving, to, meaning)
    if meaning in _DECIDING:
        return _decide(ctx, leaving)
    if meaning is Meaning.WITHDRAW:
        return _withdraw(ctx, leaving, to)
    _check_free(leaving, to, overwrite=asked.overwrite, ctx=ctx)
    created = to.node is None
    if to.node is not None and (to.node.is_folder or leaving.node.is_folder):
        to = landings.cleared(ctx, to)
    if meaning is Meaning.SUBMIT:
        landed = landings.before_people(ctx, leaving, to)
    elif meaning is Meaning.CLAIM:
        landed = landings.claimed(ctx, leaving, to)
    else:
        landed = _relocated(ctx, leaving, to)
    return replace(_view(leaving, landed, meaning), created=created)


def _check_names(from_path: Path, to_path: Path) -> None:
    check_not_fixed(from_path)
    check_not_fixed(to_path)
    check_top_level(to_path)
    if base_name(from_path) != base_name(to_path):
        check_not_note(to_path)
    if from_path == to_path:
        raise Conflict(
            f"“{to_path}” is where it is already",
            code=Code.EXISTS,
            hint="Choose another path.",
        )


def _meaning(leaving: Leaving) -> Meaning | None:
    return None if isinstance(leaving.verdict, Refusal) else leaving.verdict.meaning


def _check_seen(ctx: Context, leaving: Leaving, to: Place, if_match: tuple[str, ...]) -> None:
    if to.node is not None and not to.node.is_folder and not leaving.node.is_folder:
        preconditions.check(ctx, to, if_match=if_match)
    elif if_match:
        preconditions.check(ctx, leaving.place, if_match=if_match)


def _check_held(ctx: Context, leaving: Leaving, to: Place, meaning: Meaning | None) -> None:
    """Refuse what locks, claims and reviews forbid at either end."""
    obstacles.check_work_folder(ctx, to)
    leavings.check_all_alive(ctx, (leaving.place, to))
    if meaning not in _DECIDING and meaning is not Meaning.WITHDRAW:
        obstacles.check_locks(ctx, to, need=Need.CREATE if to.node is None else Need.WRITE)
        obstacles.check_arrival(ctx, to)
    if meaning in _ENDING:
        obstacles.check_work_folder(ctx, leaving.place)
        leavings.check_others(ctx, leaving)
        obstacles.check_arrival(ctx, leaving.place)
    else:
        leavings.check(ctx, leaving)
    landings.check_stays_inside(leaving, to, meaning)


def _check_free(leaving: Leaving, to: Place, *, overwrite: bool, ctx: Context) -> None:
    """Refuse a name that is taken; a rename of case alone is none (STORAGE 22)."""
    node = leaving.node
    if to.twin is None or to.twin.id != node.id or len(to.missing) != 1:
        reach.check_twin(ctx, to)
    obstacles.check_holds_members(to)
    obstacles.check_parent(ctx, to)
    if node.id in to.ids:
        raise Conflict(
            "A folder cannot be moved into itself",
            code=Code.CONFLICT,
            hint="Choose a target outside of it.",
        )
    if to.node is not None and to.node.id in leaving.place.ids:
        raise Conflict(
            f"“{to.path}” holds what would take its place",
            code=Code.CONFLICT,
            hint="Choose another name.",
        )
    if to.node is not None and not overwrite:
        raise Conflict(
            f"“{to.path}” exists already",
            code=Code.EXISTS,
            hint="Choose another name, or send overwrite.",
            path=to.path,
        )


def _relocated(ctx: Context, leaving: Leaving, to: Place) -> Landed:
    """Move within what the table calls a move or an edit."""
    if not leaving.node.is_folder:
        to = saves.revived(ctx, to, by=leaving.node.id)
    if to.node is not None:
        return landings.onto(ctx, leaving, to)
    return landings.moved(ctx, leaving, to)


def _decide(ctx: Context, leaving: Leaving) -> MoveView:
    """Take a move out of review for the verdict that it is (RULES 30)."""
    assert not isinstance(leaving.verdict, Refusal)
    assert leaving.verdict.verdict is not None
    path, event = verdicts.by_moving(ctx, leaving.place, verdict=leaving.verdict.verdict)
    landed = Landed(node=leaving.node, path=path, event=event, created=True)
    return _view(leaving, landed, leaving.verdict.meaning)


def _withdraw(ctx: Context, leaving: Leaving, to: Place) -> MoveView:
    path, event = verdicts.withdrawn(ctx, leaving.place, to=to.path)
    landed = Landed(node=leaving.node, path=path, event=event, created=True)
    return _view(leaving, landed, Meaning.WITHDRAW)


def _view(leaving: Leaving, landed: Landed, meaning: Meaning | None) -> MoveView:
    package = leaving.place.package
    handoff = landed.handoff or (package.handoff.id if package else None)
    return MoveView(
        path=landed.path,
        from_path=leaving.place.path,
        type=landed.node.kind.value,
        version=landed.node.version,
        etag=None if landed.node.is_folder else landed.node.etag,
        created=landed.created,
        meaning=str(meaning),
        handoff=handoff or UNSET,
        event=landed.event,
    )


def _travelled(from_path: Path, to: Place) -> MoveView:
    """Answer a move whose source went along with its file (RULES 18)."""
    node = reach.existing(to)
    return MoveView(
        path=to.path,
        from_path=from_path,
        type=node.kind.value,
        version=node.version,
        etag=node.etag,
        created=False,
        meaning=str(Meaning.MOVE),
    )
