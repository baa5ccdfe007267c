"""Tools for locks: take one, let it go."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

from signoff.actions import locks
from signoff.actions.lock_views import LockView
from signoff.actions.locks import OneLock, TakeLock
from signoff.domain.tokens import token_of
from signoff.mcp.tools import Answer, Tool, tool
from signoff.mcp.visit import Visit


class Lock(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to hold, and how."""

    path: Annotated[
        str,
        Meta(
            description="A file or folder; a name that is not there yet is kept for you.",
            examples=["shared/plan.md"],
        ),
    ]
    mode: Annotated[
        Literal["exclusive", "shared", "draft"],
        Meta(
            description="`exclusive`: nobody else writes. `shared`: others may share it."
            " `draft`: nobody sees what you write before you unlock."
        ),
    ] = "exclusive"
    minutes: Annotated[int, Meta(ge=3, le=1440, description="When it ends by itself.")] = 30


class Held(Struct, frozen=True, kw_only=True):
    """A lock that you hold."""

    path: str
    mode: str
    lock_token: str
    expires_at: datetime


async def lock(visit: Visit, asked: Lock) -> Answer:
    """Lock a file or folder, so that nobody else writes it while you do.

    Send the lock_token with every write below it, and `unlock` it when you are done. A claim
    locks its folder already: work that you claimed needs no lock.
    """
    view = await visit.do(
        locks.take,
        TakeLock(
            path=asked.path.strip("/"), mode=asked.mode, timeout_seconds=asked.minutes * 60
        ),
    )
    assert isinstance(view, LockView)
    assert isinstance(view.token, str)
    held = Held(
        path=view.path, mode=view.mode, lock_token=view.token, expires_at=view.expires_at
    )
    text = (
        f"You hold {held.path} until {held.expires_at:%Y-%m-%d %H:%M} UTC."
        f" lock_token: {held.lock_token}"
    )
    return Answer(value=held, text=text)


class Unlock(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which lock."""

    lock_token: Annotated[str, Meta(description="The lock_token that `lock` gave.")]


class Unlocked(Struct, frozen=True, kw_only=True):
    """The lock has ended."""

    unlocked: bool


async def unlock(visit: Visit, asked: Unlock) -> Answer:
    """End a lock of yours; what you wrote under a draft lock is seen by others from now on."""
    await visit.do(locks.release, OneLock(token=token_of(asked.lock_token)))
    return Answer(value=Unlocked(unlocked=True), text="The lock has ended.")


TOOLS: tuple[Tool, ...] = (
    tool(lock, Lock, Held, title="Lock a file or folder", acts=("lock.take",)),
    tool(unlock, Unlock, Unlocked, title="Unlock", acts=("lock.release",)),
)
