"""What changed between two rounds of a handoff, or between submission and decision."""

from datetime import datetime

from msgspec import Struct

from signoff.actions import packaging, subjects
from signoff.actions.context import Context
from signoff.actions.views import Who, when, who_is
from signoff.domain.changes import Kind
from signoff.domain.errors import NotFound
from signoff.domain.ids import Digest
from signoff.domain.packages import digest_of
from signoff.domain.permissions import Permission
from signoff.store.handoffs import Stored
from signoff.store.rounds import ManifestFile, Round

SHOWN = 1000


class Changes(Struct, frozen=True, kw_only=True):
    """Two rounds to compare: `round` as it stands or ended, `since` as it ended.

    With `since` equal to `round`, what people changed between submission and decision. The
    default is the last round and the one before it; of a first round, its submission.
    """

    handoff: str
    round: int | None = None
    since: int | None = None


class SideView(Struct, frozen=True, kw_only=True):
    """One side of a comparison: the package of a round, as submitted or as it ended."""

    round: int
    digest: str
    at: datetime
    by: Who
    submitted: bool


class FileSide(Struct, frozen=True, kw_only=True):
    """A file as one side has it; `node` and `version` name its bytes for ever."""

    node: str
    version: int
    digest: str
    size: int
    media_type: str


class FileChange(Struct, frozen=True, kw_only=True):
    """A file that was added, removed or changed."""

    path: str
    change: str
    before: FileSide | None = None
    after: FileSide | None = None


class ChangesView(Struct, frozen=True, kw_only=True):
    """What changed from one side to the other; the first thousand files."""

    handoff: str
    since: SideView
    until: SideView
    files: tuple[FileChange, ...]
    files_count: int
    same_count: int


def changes(ctx: Context, asked: Changes) -> ChangesView:
    """Show which files changed between two rounds, or between submission and decision."""
    ctx.permit(Permission.HANDOFF_READ)
    stored = subjects.handoff_of(ctx, asked.handoff)
    last = asked.round if asked.round is not None else stored.handoff.round
    first = asked.since if asked.since is not None else max(1, last - 1)
    submitted = first == last
    after = _side(ctx, stored, last)
    before = _side(ctx, stored, first, submitted=submitted)
    changed = _compared(before[1], after[1])
    same = len(after[1]) - sum(1 for each in changed if each.after is not None)
    return ChangesView(
        handoff=stored.handoff.id,
        since=before[0],
        until=after[0],
        files=tuple(changed[:SHOWN]),
        files_count=len(changed),
        same_count=same,
    )


Side = tuple[SideView, tuple[ManifestFile, ...]]


def _side(ctx: Context, stored: Stored, number: int, *, submitted: bool = False) -> Side:
    kept = ctx.tx.rounds.by_number(stored.handoff.id, number)
    if kept is None:
        raise NotFound(f"There is no round {number}", hint="GET the handoff shows its round.")
    files = ctx.tx.rounds.manifest(stored.handoff.id, number)
    digest: Digest = kept.digest
    if number == stored.handoff.round:
        handoff, contents = packaging.current(ctx, stored)
        if contents is not None and handoff.decision is None:
            kept, files = packaging.edited_round(ctx, handoff, kept, contents)
            digest = contents.digest
    if submitted:
        files = packaging.submitted_files(kept, files)
        digest = digest_of((each.path, each.digest) for each in files)
    return _shown(ctx, kept, digest=digest, submitted=submitted), files


def _shown(ctx: Context, kept: Round, *, digest: Digest, submitted: bool) -> SideView:
    decision = None if submitted else kept.decision
    return SideView(
        round=kept.number,
        digest=digest,
        at=when(decision.at if decision else kept.opened_at),
        by=who_is(ctx, decision.by if decision else kept.submitted_by),
        submitted=submitted,
    )


def _compared(
    before: tuple[ManifestFile, ...], after: tuple[ManifestFile, ...]
) -> list[FileChange]:
    """Return the files that are not the same bytes at the same path, by path."""
    old = {each.path: each for each in before}
    new = {each.path: each for each in after}
    found = []
    for path in sorted(old.keys() | new.keys()):
        was, now = old.get(path), new.get(path)
        if was is not None and now is not None and was.digest == now.digest:
            continue
        kind = Kind.ADDED if was is None else Kind.REMOVED if now is None else Kind.CHANGED
        found.append(FileChange(path=path, change=kind.value, before=_of(was), after=_of(now)))
    return found


def _of(file: ManifestFile | None) -> FileSide | None:
    if file is None:
        return None
    return FileSide(
        node=file.node,
        version=file.version,
        digest=file.digest,
        size=file.size,
        media_type=file.media_type,
    )
