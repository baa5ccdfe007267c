"""Verdicts and withdrawals that come as moves out of needs-review/ (RULES 30)."""

from signoff.actions import decisions, packaging, withdrawals
from signoff.actions.context import Context
from signoff.actions.reach import Place
from signoff.domain.asks import Ask
from signoff.domain.errors import Code, Forbidden
from signoff.domain.files import NOTE_ENDINGS, names, note_name
from signoff.domain.handoffs import FileVerdict, Verdict
from signoff.domain.ids import Path
from signoff.domain.packages import MAX_PATHS, is_covered
from signoff.store.handoffs import Stored

MAX_NOTE = 4096
"""A reason is at most so long (RULES 33); a note's beginning is what it says."""


def by_moving(ctx: Context, place: Place, *, verdict: Verdict) -> tuple[Path, str]:
    """Give a verdict on what is moved; return where it went, and the event.

    The digest at this moment is what is decided on.
    """
    stored = _held(ctx, place)
    handoff, _ = packaging.current(ctx, stored)
    reason = _note(ctx, stored)
    ask = Ask(
        verdict=verdict,
        digest=handoff.digest,
        round=handoff.round,
        reason=reason,
        files=() if place.whole else _files(ctx, place, stored, verdict),
        partial=not place.whole,
        by_moving=True,
    )
    view = decisions.give(ctx, stored, ask)
    node = place.chain[-1]
    path = ctx.tx.files.path_of(node.id) or place.path
    return path, str(view.event)


def _held(ctx: Context, place: Place) -> Stored:
    assert place.package is not None
    handoff = place.package.handoff
    ctx.tx.guard(exclusive=[handoff.node])
    again = ctx.tx.handoffs.by_id(handoff.id)
    assert again is not None
    return again


def _note(ctx: Context, stored: Stored) -> str:
    """Return the reason that a person wrote into the note of the package, if they did."""
    package = ctx.tx.files.by_id(stored.handoff.node)
    if package is None or package.parent is None:
        return ""
    folder = package.id if package.is_folder else package.parent
    about = "handoff" if package.is_folder else package.name
    note = ctx.tx.files.child(folder, note_name(about, NOTE_ENDINGS[0]))
    if note is None or note.blob is None:
        return ""
    text = ctx.bytes_of(note.blob).decode("utf-8", "replace").strip()
    return text.encode()[:MAX_NOTE].decode("utf-8", "ignore")


def _files(
    ctx: Context, place: Place, stored: Stored, verdict: Verdict
) -> tuple[FileVerdict, ...]:
    """Return the verdict on each file that a part of a package is, or holds."""
    inside = names(place.path)[len(names(_package_path(ctx, stored))) :]
    if not inside:
        raise Forbidden(
            "It is decided on together with the file that it is about",
            code=Code.NEEDS_THE_PAGE,
            hint="Move the file itself, or decide on the handoff's page.",
            handoff=stored.handoff.id,
        )
    node, start = place.chain[-1], "/".join(inside)
    if not node.is_folder:
        return (FileVerdict(path=start, verdict=verdict),)
    found = ctx.tx.files.below(node.id, limit=2 * MAX_PATHS)
    return tuple(
        FileVerdict(path=f"{start}/{path}", verdict=verdict)
        for each, path in found
        if not each.is_folder and is_covered(path)
    )


def _package_path(ctx: Context, stored: Stored) -> Path:
    if not stored.handoff.is_folder:
        package = ctx.tx.files.by_id(stored.handoff.node)
        assert package is not None
        return ctx.tx.files.path_of(package.id) or Path("")
    return ctx.tx.files.path_of(stored.handoff.node) or Path("")


def withdrawn(ctx: Context, place: Place, *, to: Path) -> tuple[Path, str]:
    """Withdraw the package that is moved to processing/; return where it is, and the event."""
    done = withdrawals.take_back(ctx, _held(ctx, place), target=to)
    return done.moved.path, done.event
