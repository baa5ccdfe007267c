"""Submit: an agent, or a person, puts a package in front of people."""

from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct

from signoff.actions import descriptions, handoff_views, openings, submissions
from signoff.actions.context import Context
from signoff.actions.handoff_views import HandoffView
from signoff.domain import packages
from signoff.domain.errors import Code, Invalid
from signoff.domain.files import clean_path
from signoff.domain.permissions import Permission
from signoff.domain.sidecars import Sidecar

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
    dedupe_key: Annotated[str, Meta(max_length=255)] | None = None
    resume_state: str | None = None


def submit(ctx: Context, asked: Submit) -> HandoffView:
    """Put one or several paths in front of people, as one package."""
    ctx.permit(Permission.HANDOFF_SUBMIT)
    known = submissions.under_key(ctx, asked.dedupe_key) if asked.dedupe_key else None
    if known is not None:
        return handoff_views.show(ctx, known, created=False)
    opened = openings.hand_over(
        ctx,
        asked.paths,
        call=_checked(asked),
        handoff=asked.handoff,
        dedupe_key=asked.dedupe_key,
        resume_state=asked.resume_state.encode() if asked.resume_state else None,
    )
    return handoff_views.show(
        ctx,
        opened.stored,
        path=opened.path,
        files=opened.files,
        resume_state=asked.resume_state or UNSET,
        created=opened.is_new,
        event=opened.event,
    )


def _checked(asked: Submit) -> Sidecar:
    """Return what the call says, held against the rules that a sidecar keeps."""
    if not asked.paths:
        packages.check_count(0)
    if len(asked.paths) > packages.MAX_PATHS:
        packages.gather(tuple(clean_path(path) for path in asked.paths))
    if asked.resume_state and len(asked.resume_state.encode()) > MAX_RESUME_STATE:
        raise Invalid("A resume_state is at most 64 KiB", code=Code.TOO_LONG)
    return descriptions.checked_call(asked.context if asked.said is None else asked.said)
