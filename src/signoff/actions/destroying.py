"""Destroying a workspace thirty days after it was closed: its keys first, then all of it."""

from msgspec import Struct

from signoff.actions import entries
from signoff.actions.context import Context
from signoff.actions.views import Nothing
from signoff.domain.accounts import Workspace, check_overdue
from signoff.domain.errors import Conflict, NotFound
from signoff.domain.events import Event, Type
from signoff.domain.ids import INSTANCE

CHUNK = 200
"""So many rows go in one transaction."""


class Overdue(Struct, frozen=True, kw_only=True):
    """Ask which workspaces are to be destroyed now."""


class Destroy(Struct, frozen=True, kw_only=True):
    """Destroy the caller's workspace, or what is left of it."""

    limit: int = CHUNK


def overdue(ctx: Context, asked: Overdue) -> tuple[str, ...]:
    """List the workspaces whose thirty days are over and that are not wholly destroyed."""
    del asked
    entries.permit_house(ctx)
    return tuple(one.slug for one in ctx.tx.workspaces.all() if one.overdue(ctx.now))


def destroy_keys(ctx: Context, asked: Destroy) -> Nothing:
    """Forget a workspace's keys, so that nothing of it can be decrypted; once and for all."""
    del asked
    workspace = _overdue(ctx)
    closed_at = workspace.closed_at
    if workspace.destroyed or closed_at is None:
        return Nothing()
    if not ctx.tx.workspaces.destroy_keys(ctx.workspace, closed_at):
        raise Conflict("The workspace was reopened or destroyed meanwhile")
    event = Event(type=Type.WORKSPACE_DESTROYED, subject=ctx.workspace, codes={"what": "keys"})
    return Nothing(event=ctx.tx.record(event, caller=ctx.caller, workspace=INSTANCE))


def destroy_rows(ctx: Context, asked: Destroy) -> int:
    """Delete a chunk of a workspace's rows, its log with them; return how many went."""
    if not _overdue(ctx).destroyed:
        return 0
    with ctx.tx.off_record():
        return ctx.tx.destructions.destroy(limit=min(asked.limit, CHUNK))


def finish(ctx: Context, asked: Destroy) -> Nothing:
    """Leave the slug alone in the directory, so that it is never used again."""
    del asked
    if not _overdue(ctx).destroyed:
        return Nothing()
    ctx.tx.workspaces.forget_name(ctx.workspace)
    event = Event(type=Type.WORKSPACE_DESTROYED, subject=ctx.workspace, codes={"what": "all"})
    return Nothing(event=ctx.tx.record(event, caller=ctx.caller, workspace=INSTANCE))


def _overdue(ctx: Context) -> Workspace:
    entries.permit_house(ctx)
    workspace = ctx.tx.workspaces.by_slug(ctx.workspace)
    if workspace is None:
        raise NotFound("There is no such workspace")
    check_overdue(workspace, ctx.now)
    return workspace
