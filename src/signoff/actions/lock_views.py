"""A lock as its holder and others see it."""

from datetime import datetime

from msgspec import UNSET, Struct, UnsetType

from signoff.actions.context import Context
from signoff.actions.views import Who, when, who_is
from signoff.domain.locks import Lock


class LockView(Struct, frozen=True, kw_only=True):
    """A lock; `token` is shown to its holder alone.

    `reserved` says that nothing was there before: an empty file was made, to be locked.
    """

    path: str
    mode: str
    depth: str
    kind: str
    holder: Who
    taken_at: datetime
    expires_at: datetime
    owner_text: str = ""
    token: str | UnsetType = UNSET
    reserved: bool | UnsetType = UNSET
    event: str | UnsetType = UNSET


def show(
    ctx: Context,
    lock: Lock,
    *,
    reserved: bool | UnsetType = UNSET,
    event: str | UnsetType = UNSET,
) -> LockView:
    """Show a lock; its token only to who holds it."""
    mine = lock.holder == ctx.caller.actor.id
    return LockView(
        path=ctx.tx.files.path_of(lock.node) or lock.path,
        mode=lock.mode.value,
        depth=lock.depth.value,
        kind=lock.kind.value,
        holder=who_is(ctx, lock.holder),
        taken_at=when(lock.taken_at),
        expires_at=when(lock.expires_at),
        owner_text=lock.owner_text,
        token=lock.token if mine else UNSET,
        reserved=reserved,
        event=event,
    )
