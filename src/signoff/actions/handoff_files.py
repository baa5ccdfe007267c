"""A handoff's files by round: what is on the desk, what it was before, and the exact bytes."""

from datetime import datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from signoff.actions import clocks, handoff_views, packaging, subjects
from signoff.actions.context import Context
from signoff.actions.handoff_views import HandoffView
from signoff.actions.views import Who, when, who_is
from signoff.domain import asks, reviewers
from signoff.domain.asks import Ask
from signoff.domain.errors import NotFound, Refusal
from signoff.domain.files import base_name
from signoff.domain.handoffs import Handoff, State, Verdict
from signoff.domain.ids import Path
from signoff.domain.packages import FILE, SIDECAR
from signoff.domain.permissions import Permission
from signoff.domain.policies import FourEyes
from signoff.domain.reassignments import asked_now
from signoff.domain.tallies import current_step
from signoff.store.blobs import BlobRow
from signoff.store.handoffs import Stored
from signoff.store.holds import HoldKind
from signoff.store.rounds import ManifestFile

SHOWN = 200
"""So many files of a package have a place on the desk."""


class LookAt(Struct, frozen=True, kw_only=True):
    """Which handoff is put on the desk."""

    handoff: str


class DeskFile(Struct, frozen=True, kw_only=True):
    """A file of a package: its path in the digest, what it is called, which version it is."""

    path: str
    name: str
    version: int
    digest: str
    size: int
    media_type: str


class Before(Struct, frozen=True, kw_only=True):
    """The files as they were: in an earlier round, or as they were submitted."""

    round: int
    files: tuple[DeskFile, ...]
    as_submitted: bool = False


class Held(Struct, frozen=True, kw_only=True):
    """Who has locked something in the package, and until when."""

    holder: Who
    until: datetime


class Desk(Struct, frozen=True, kw_only=True):
    """A handoff with its files as the digest has them, all of one moment.

    `why_not` says why the caller may not decide, and is empty if they may.
    """

    handoff: HandoffView
    is_folder: bool
    sidecar: str
    files: tuple[DeskFile, ...]
    before: Before | None
    why_not: str
    may_take: bool
    may_hand: bool
    on_behalf_of: Who | None
    may_recall: bool
    lock: Held | None


class OpenFile(Struct, frozen=True, kw_only=True):
    """A file of a handoff by its path in the digest; `digest` insists on its bytes."""

    handoff: str
    path: str
    digest: str


class OpenedFile(Struct, frozen=True, kw_only=True):
    """Where the bytes of a package's file lie, and what they are."""

    name: str
    blob: BlobRow
    digest: str
    size: int
    media_type: str


def desk(ctx: Context, asked: LookAt) -> Desk:
    """Put a handoff on the desk: what it is made of, and what the caller may do with it."""
    ctx.permit(Permission.HANDOFF_READ)
    stored = subjects.handoff_of(ctx, asked.handoff)
    handoff, files = _current(ctx, stored)
    as_it_stands = replace(stored, handoff=handoff, digest_revision=handoff.revision)
    names = _Names(ctx, handoff)
    return Desk(
        handoff=handoff_views.show(ctx, as_it_stands, files=files),
        is_folder=handoff.is_folder,
        sidecar=_sidecar(handoff, files),
        files=tuple(names.show(each) for each in files[:SHOWN]),
        before=_before(ctx, handoff, files, names),
        why_not=_why_not(ctx, handoff),
        may_take=_may_take(ctx, handoff),
        may_hand=_may_hand(ctx, handoff),
        on_behalf_of=_on_behalf_of(ctx, handoff),
        may_recall=_may_recall(ctx, handoff),
        lock=_lock(ctx, handoff),
    )


def _current(ctx: Context, stored: Stored) -> tuple[Handoff, tuple[ManifestFile, ...]]:
    handoff, contents = packaging.current(ctx, stored)
    if contents is not None:
        return handoff, contents.files
    return handoff, ctx.tx.rounds.manifest(handoff.id, handoff.round)


class _Names:
    """What the files of a package are called; those of a file package have fixed paths."""

    def __init__(self, ctx: Context, handoff: Handoff) -> None:
        self._plain: dict[str, str] = {}
        if not handoff.is_folder:
            package = ctx.tx.files.by_id(handoff.node)
            sidecar = ctx.tx.files.by_id(handoff.sidecar) if handoff.sidecar else None
            submitted = base_name(handoff.submitted_path)
            self._plain[FILE] = package.name if package else submitted
            self._plain[SIDECAR] = sidecar.name if sidecar else f"{submitted}.handoff.json"

    def show(self, file: ManifestFile) -> DeskFile:
        return DeskFile(
            path=file.path,
            name=self._plain.get(file.path, file.path),
            version=file.version,
            digest=file.digest,
            size=file.size,
            media_type=file.media_type,
        )


def _sidecar(handoff: Handoff, files: tuple[ManifestFile, ...]) -> str:
    """Return the path of the file that is the context, as the digest has it."""
    if not handoff.is_folder:
        return SIDECAR
    return next((each.path for each in files if each.node == handoff.sidecar), "")


def _before(
    ctx: Context, handoff: Handoff, files: tuple[ManifestFile, ...], names: _Names
) -> Before | None:
    """Return what to compare with: the last round, or what people edited since."""
    kept = ctx.tx.rounds.by_number(handoff.id, handoff.round)
    if handoff.state is not State.IN_REVIEW and handoff.is_changed and kept is not None:
        before = packaging.submitted_files(kept, files)
        shown = tuple(names.show(each) for each in before[:SHOWN])
        return Before(round=handoff.round, files=shown, as_submitted=True)
    if handoff.round == 1:
        return None
    last = ctx.tx.rounds.manifest(handoff.id, handoff.round - 1)
    return Before(
        round=handoff.round - 1, files=tuple(names.show(each) for each in last[:SHOWN])
    )


def _why_not(ctx: Context, handoff: Handoff) -> str:
    """Say why the caller may give no verdict here; nothing if they may."""
    four_eyes = clocks.demands(ctx, handoff).four_eyes
    authors = (
        frozenset(ctx.tx.versions.authors_since(handoff.node, after=handoff.opened_at))
        if four_eyes is FourEyes.EDITS
        else frozenset()
    )
    ask = Ask(verdict=Verdict.REJECT, digest=handoff.digest)
    try:
        reviewers.check_decides(ctx.caller)
        reviewers.check_reviewer(handoff, ctx.reviewer)
        eyes: Any = {"four_eyes": four_eyes.value, "authors": authors}
        asks.check_not_own_work(handoff, ask, caller=ctx.caller, **eyes)
        asks.for_others(handoff, ask, caller=ctx.reviewer, **eyes)
    except Refusal as refusal:
        return f"{refusal.message}. {refusal.hint}"
    return ""


def _may_take(ctx: Context, handoff: Handoff) -> bool:
    if handoff.state is not State.IN_REVIEW or not ctx.may(Permission.HANDOFF_TAKE):
        return False
    free = reviewers.is_free_for(handoff, ctx.reviewer)
    return free and reviewers.may_review(handoff, ctx.reviewer)


def _may_hand(ctx: Context, handoff: Handoff) -> bool:
    if handoff.state is not State.IN_REVIEW or not ctx.may(Permission.HANDOFF_REASSIGN):
        return False
    asked = asked_now(handoff)
    mine = not asked or reviewers.names_caller(asked, ctx.caller)
    return reviewers.may_review(handoff, ctx.caller) and (mine or reviewers.manages(ctx.caller))


def _on_behalf_of(ctx: Context, handoff: Handoff) -> Who | None:
    step = reviewers.steps_of(handoff)[current_step(handoff)]
    person = reviewers.on_behalf_of(handoff, step, ctx.reviewer)
    return who_is(ctx, person) if person else None


def _may_recall(ctx: Context, handoff: Handoff) -> bool:
    decided = handoff.state not in (State.IN_REVIEW, State.WITHDRAWN, State.ANSWERED)
    may = ctx.may(Permission.HANDOFF_RECALL) and reviewers.may_review(handoff, ctx.caller)
    return decided and may


def _lock(ctx: Context, handoff: Handoff) -> Held | None:
    held = ctx.tx.holds.below(handoff.node, HoldKind.LOCK, limit=1)
    for lock in ctx.tx.locks.by_tokens(hold.ref for hold in held):
        if lock.expires_at > ctx.now:
            return Held(holder=who_is(ctx, lock.holder), until=when(lock.expires_at))
    return None


def open_(ctx: Context, asked: OpenFile) -> OpenedFile:
    """Find the exact bytes of a file that some round of a handoff was made of."""
    ctx.permit(Permission.HANDOFF_READ)
    stored = subjects.handoff_of(ctx, asked.handoff)
    handoff, files = _current(ctx, stored)
    place = ctx.tx.files.path_of(handoff.node) or handoff.submitted_path
    ctx.permit(Permission.FILE_READ, path=_path_in(handoff, place, asked.path))
    file = _with_bytes(files, asked) or _in_rounds(ctx, handoff, asked)
    if file is None:
        raise NotFound(
            "No round of this handoff has these bytes", hint="Open the handoff again."
        )
    version = ctx.tx.versions.by_number(file.node, file.version)
    blob = ctx.tx.blobs.by_id(version.blob) if version else None
    if blob is None:
        raise NotFound("The bytes of this file are not kept any more")
    return OpenedFile(
        name=_Names(ctx, handoff).show(file).name.rpartition("/")[2],
        blob=blob,
        digest=file.digest,
        size=file.size,
        media_type=file.media_type,
    )


def _path_in(handoff: Handoff, place: Path, path: str) -> Path:
    return Path(f"{place}/{path}") if handoff.is_folder else place


def _with_bytes(files: tuple[ManifestFile, ...], asked: OpenFile) -> ManifestFile | None:
    fitting = (f for f in files if f.path == asked.path and f.digest == asked.digest)
    return next(fitting, None)


def _in_rounds(ctx: Context, handoff: Handoff, asked: OpenFile) -> ManifestFile | None:
    for kept in reversed(ctx.tx.rounds.of(handoff.id)):
        files = ctx.tx.rounds.manifest(handoff.id, kept.number)
        found = _with_bytes(files, asked) or _with_bytes(kept.was, asked)
        if found is not None:
            return found
    return None
