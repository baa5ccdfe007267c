"""Handoffs: look at one, list them, take one on, give it back, raise it, comment."""

import re
from typing import Annotated

from msgspec import UNSET, Meta, Struct
from msgspec.structs import replace

from signoff.actions import handoff_views, packaging, sights
from signoff.actions.context import Context
from signoff.actions.handoff_views import HandoffView, PackageFileView
from signoff.actions.subjects import (
    asked_by_name,
    handoff_held,
    handoff_looked_at,
    handoff_of,
)
from signoff.actions.views import Page
from signoff.domain import reviewers
from signoff.domain.errors import Invalid
from signoff.domain.events import Event
from signoff.domain.handoffs import Handoff, Kind, State
from signoff.domain.ids import ActorId
from signoff.domain.permissions import Permission
from signoff.domain.sidecars import KINDS
from signoff.store.handoffs import Stored

PAGE = 50
MOST = 200
SCANNED = 1000
"""How many rows a filter that no index serves may look at for one page."""
_START = re.compile(r"[0-9]{1,9}")
_NUMBER = re.compile(r"-?[0-9]{1,19}")


class One(Struct, frozen=True, kw_only=True):
    """A handoff by its id."""

    handoff: str


class ListHandoffs(Struct, frozen=True, kw_only=True):
    """Which handoffs; `reviewer` is `me`, an actor's id or `group:NAME`.

    `dedupe_key` names those that the caller submitted under it, in whatever state they are.
    """

    state: str | None = None
    kind: str | None = None
    agent: str | None = None
    reviewer: str | None = None
    dedupe_key: Annotated[str, Meta(max_length=255)] | None = None
    limit: int = PAGE
    cursor: str = ""


class ListFiles(Struct, frozen=True, kw_only=True):
    """The files of a handoff, a page at a time."""

    handoff: str
    limit: int = 1000
    cursor: str = ""


def read(ctx: Context, asked: One) -> HandoffView:
    """Show a handoff whole, with its package as it stands."""
    ctx.permit(Permission.HANDOFF_READ)
    looked = handoff_looked_at(ctx, asked.handoff)
    return handoff_views.show(
        ctx,
        looked.stored,
        path=ctx.tx.files.path_in(looked.parent, looked.name) if looked.parent else None,
        files=looked.files,
        resume_state=looked.resume_state.decode() if looked.resume_state is not None else UNSET,
    )


def list_(ctx: Context, asked: ListHandoffs) -> Page:
    """List handoffs, newest first; what waits for people is due first, then oldest."""
    ctx.permit(Permission.HANDOFF_READ)
    limit = min(max(asked.limit, 1), MOST)
    state = _state(asked.state)
    if asked.kind is not None and asked.kind not in KINDS:
        raise Invalid(f"“{asked.kind}” is no kind", hint=f"One of {', '.join(KINDS)}.")
    if asked.dedupe_key is not None:
        return _under_key(ctx, asked, state)
    waiting = state is State.IN_REVIEW and not asked.agent and not asked.reviewer
    rows: list[Stored] = []
    cursor: str | None = asked.cursor
    looked = 0
    last: Handoff | None = None
    while cursor is not None and looked < SCANNED:
        page = (
            _waiting(ctx, cursor, limit + 1)
            if waiting
            else _newest(ctx, asked, state, cursor, limit + 1)
        )
        for stored in page:
            if len(rows) == limit:
                break
            last = stored.handoff
            if _matches(last, asked, state) and sights.sees(ctx, last):
                rows.append(stored)
        looked += len(page)
        cursor = _cursor(last, waiting=waiting) if last and len(page) > limit else None
        if len(rows) == limit:
            break
    return Page(items=tuple(handoff_views.show_item(ctx, row) for row in rows), next=cursor)


def _under_key(ctx: Context, asked: ListHandoffs, state: State | None) -> Page:
    """Return the caller's own under a key, newest first: so few that they are one page."""
    assert asked.dedupe_key is not None
    known = ctx.tx.handoffs.by_dedupe_key(ctx.caller.actor.id, asked.dedupe_key)
    rows = (row for row in known if _matches(row.handoff, asked, state))
    return Page(items=tuple(handoff_views.show_item(ctx, row) for row in rows), next=None)


def _state(said: str | None) -> State | None:
    if said is None:
        return None
    try:
        return State(said)
    except ValueError:
        raise Invalid(f"“{said}” is no state", hint=f"One of {', '.join(State)}.") from None


def _waiting(ctx: Context, cursor: str, limit: int) -> list[Stored]:
    after = None
    if cursor:
        due, priority, opened, last = _parts(cursor, 4)
        after = (int(due), int(priority), int(opened), last)
    return ctx.tx.handoffs.waiting(after=after, limit=limit)


def _newest(
    ctx: Context, asked: ListHandoffs, state: State | None, cursor: str, limit: int
) -> list[Stored]:
    before = None
    if cursor:
        opened, last = _parts(cursor, 2)
        before = (int(opened), last)
    if asked.reviewer:
        reviewer = ctx.caller.actor.id if asked.reviewer == "me" else asked.reviewer
        return ctx.tx.handoffs.of_reviewer(reviewer, before=before, limit=limit)
    return ctx.tx.handoffs.page(
        state=state, agent=_agent(ctx, asked.agent), before=before, limit=limit
    )


def _agent(ctx: Context, said: str | None) -> ActorId | None:
    if said is None:
        return None
    if said == "me":
        return ctx.caller.actor.id
    named = ctx.tx.members.agent_named(said)
    return named.id if named else ActorId(said)


def _parts(cursor: str, count: int) -> list[str]:
    parts = cursor.split(".")
    numbers = parts[:-1]
    if len(parts) != count or not all(_NUMBER.fullmatch(each) for each in numbers):
        raise Invalid("This cursor is none of ours", hint="Use the `next` of a page.")
    return parts


def _cursor(handoff: Handoff, *, waiting: bool) -> str:
    if not waiting:
        return f"{handoff.opened_at}.{handoff.id}"
    due = 2**62 if handoff.due_at is None else handoff.due_at
    return f"{due}.{-handoff.priority}.{handoff.opened_at}.{handoff.id}"


def _matches(handoff: Handoff, asked: ListHandoffs, state: State | None) -> bool:
    if state is not None and handoff.state is not state:
        return False
    return asked.kind is None or handoff.kind == Kind(asked.kind)


def list_files(ctx: Context, asked: ListFiles) -> Page:
    """List the files that a handoff's digest covers."""
    ctx.permit(Permission.HANDOFF_READ)
    stored = handoff_of(ctx, asked.handoff)
    handoff, contents = packaging.current(ctx, stored)
    files = (
        contents.files
        if contents is not None
        else ctx.tx.rounds.manifest(handoff.id, handoff.round)
    )
    start = int(asked.cursor) if _START.fullmatch(asked.cursor) else 0
    end = start + min(max(asked.limit, 1), 1000)
    items: tuple[PackageFileView, ...] = tuple(
        handoff_views.show_file(each) for each in files[start:end]
    )
    return Page(items=items, next=str(end) if end < len(files) else None)


# Taking a review on oneself.


def take(ctx: Context, asked: One) -> HandoffView:
    """Take a review on oneself, so that two do not look at the same time."""
    ctx.permit(Permission.HANDOFF_TAKE)
    stored = handoff_held(ctx, asked.handoff)
    taken, event = reviewers.take(stored.handoff, caller=ctx.reviewer)
    return _saved(ctx, stored, taken, event)


def give_back(ctx: Context, asked: One) -> HandoffView:
    """Give a review back, for others to take."""
    ctx.permit(Permission.HANDOFF_TAKE)
    stored = handoff_held(ctx, asked.handoff)
    given, event = reviewers.give_back(stored.handoff, caller=ctx.reviewer)
    return _saved(ctx, stored, given, event)


def offer(ctx: Context, asked: One) -> HandoffView:
    """Let other agents claim what was sent back to its submitter."""
    ctx.permit(Permission.HANDOFF_OFFER)
    stored = handoff_held(ctx, asked.handoff)
    offered, event = reviewers.offer(stored.handoff, caller=ctx.caller)
    return _saved(ctx, stored, offered, event)


class Raise(Struct, frozen=True, kw_only=True):
    """To whom a handoff is raised: a person's e-mail or id, or `group:NAME`."""

    handoff: str
    to: str
    reason: str = ""


def raise_(ctx: Context, asked: Raise) -> HandoffView:
    """Raise a handoff to somebody, who may then decide on it too."""
    ctx.permit(Permission.HANDOFF_RAISE)
    stored = handoff_held(ctx, asked.handoff)
    to = asked_by_name(ctx, asked.to)
    reviewers.check_raises(stored.handoff, to=to, caller=ctx.caller)
    raised, event = reviewers.raise_(stored.handoff, to=to, reason=asked.reason)
    plain = replace(event, subject=None, private={"to": to})
    return _saved(ctx, stored, raised, plain)


def _saved(ctx: Context, stored: Stored, handoff: Handoff, event: Event) -> HandoffView:
    ctx.tx.handoffs.save(handoff)
    name = ctx.record(event)
    return handoff_views.show(ctx, replace(stored, handoff=handoff), event=name)


# Comments.
