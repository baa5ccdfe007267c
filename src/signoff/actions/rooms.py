"""How much a workspace holds, and how much more there is room for (RFC 4331)."""

import asyncio

from msgspec import Struct

from signoff.blobs.encrypted import Encrypted
from signoff.domain.ids import MINUTE, Instant, Slug
from signoff.store.engine import Engine

KEPT_FOR = MINUTE
"""Counting reads a row of each blob, and mounted drives ask all the time."""


class Room(Struct, frozen=True):
    """Octets in use, counting equal contents once, and octets that are left, if known."""

    used: int
    left: int | None


class Rooms:
    """Counts what workspaces hold, at most once a minute each, beside other work."""

    def __init__(self, engine: Engine, blobs: Encrypted) -> None:
        self._engine = engine
        self._blobs = blobs
        self._known: dict[Slug, tuple[Instant, asyncio.Task[Room]]] = {}

    async def of(self, workspace: Slug) -> Room:
        """Return the room of a workspace, as it was a minute ago at the most."""
        now = self._engine.now()
        known = self._known.get(workspace)
        if known is None or now - known[0] >= KEPT_FOR or _failed(known[1]):
            known = now, asyncio.create_task(self._count(workspace))
            self._known[workspace] = known
        return await asyncio.shield(known[1])

    async def _count(self, workspace: Slug) -> Room:
        used = await self._engine.read_long(lambda tx: tx.blobs.total(), workspace=workspace)
        return Room(used=used, left=await self._blobs.free())


def _failed(task: asyncio.Task[Room]) -> bool:
    return task.done() and (task.cancelled() or task.exception() is not None)
