"""Running what was approved: begin it once for each decision, say what came of it, list it."""

from datetime import datetime
from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct, UnsetType

from signoff.actions.context import Context
from signoff.actions.subjects import handoff_held, handoff_of
from signoff.actions.views import Page, Who, when, when_or_none, who_is
from signoff.domain import runs
from signoff.domain.errors import NotFound
from signoff.domain.ids import RunId
from signoff.domain.permissions import Permission
from signoff.domain.runs import Outcome, Run

DIGEST = r"^sha256:[0-9a-f]{64}$"


class BeginRun(Struct, frozen=True, kw_only=True):
    """Which decision is about to run, by its `round` and `digest`.

    `fingerprint` is the agent's own of what runs (of a tool call: its name and arguments),
    for the record.
    """

    handoff: str
    round: int
    digest: Annotated[str, Meta(pattern=DIGEST)]
    fingerprint: Annotated[str, Meta(pattern=DIGEST)] | None = None


class EndRun(Struct, frozen=True, kw_only=True):
    """How a run ended, and up to 64 KiB of JSON that it left; shown to its agent alone."""

    handoff: str
    run: str
    outcome: Outcome
    result: Any = UNSET


class ListRuns(Struct, frozen=True, kw_only=True):
    """The handoff whose runs are listed."""

    handoff: str


class RunView(Struct, frozen=True, kw_only=True):
    """A run: of which decision, since when, and how it ended.

    `credential` is the id of the key that began it. Without `outcome` it is running, or
    nobody knows. `result` is there for the agent that ran it, if it left one.
    """

    id: str
    handoff: str
    round: int
    by: Who
    credential: str
    digest: str
    fingerprint: str
    begun_at: datetime
    ended_at: datetime | None
    outcome: Outcome | None
    result: Any = UNSET
    event: str | UnsetType = UNSET


def begin(ctx: Context, asked: BeginRun) -> RunView:
    """Begin to run what was approved; refused to whoever is not the first to do so."""
    ctx.permit(Permission.RUN_BEGIN)
    handoff = handoff_held(ctx, asked.handoff).handoff
    known = ctx.tx.runs.of(handoff.id)
    run, event = runs.begin(
        handoff,
        next((each for each in known if each.round == asked.round), None),
        id=RunId(ctx.tx.new_id("ru")),
        round=asked.round,
        digest=asked.digest,
        fingerprint=asked.fingerprint or "",
        caller=ctx.caller,
        now=ctx.now,
    )
    ctx.tx.runs.add(run)
    return _shown(ctx, run, event=ctx.record(event))


def end(ctx: Context, asked: EndRun) -> RunView:
    """Say how a run ended, and what it left to whoever asks for it again."""
    ctx.permit(Permission.RUN_END)
    handoff = handoff_held(ctx, asked.handoff).handoff
    runs.check_own(handoff, ctx.caller)
    known = ctx.tx.runs.of(handoff.id)
    run = next((each for each in known if each.id == asked.run), None)
    if run is None:
        raise NotFound("There is no such run", hint="GET runs lists the handoff's.")
    ended, event = runs.end(
        handoff,
        run,
        outcome=asked.outcome,
        left=asked.result is not UNSET,
        result=asked.result,
        caller=ctx.caller,
        now=ctx.now,
    )
    if event is None:
        return _shown(ctx, ended)
    ctx.tx.runs.save(ended)
    return _shown(ctx, ended, event=ctx.record(event))


def list_(ctx: Context, asked: ListRuns) -> Page:
    """List what was run of a handoff, one for each decision, the oldest first."""
    ctx.permit(Permission.HANDOFF_READ)
    stored = handoff_of(ctx, asked.handoff)
    return Page(items=tuple(_shown(ctx, run) for run in ctx.tx.runs.of(stored.handoff.id)))


def _shown(ctx: Context, run: Run, *, event: str | UnsetType = UNSET) -> RunView:
    """Show a run; what it left is for its agent alone."""
    mine = run.by == ctx.caller.actor.id
    return RunView(
        id=run.id,
        handoff=run.handoff,
        round=run.round,
        by=who_is(ctx, run.by),
        credential=run.credential,
        digest=run.digest,
        fingerprint=run.fingerprint,
        begun_at=when(run.begun_at),
        ended_at=when_or_none(run.ended_at),
        outcome=run.outcome,
        result=run.result if run.left and mine else UNSET,
        event=event,
    )
