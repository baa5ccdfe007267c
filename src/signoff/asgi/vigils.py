"""Waiting until something happens, for every door that lets its callers wait or listen.

Whoever waits sleeps on the node's one tail (STORAGE 28): a commit batch wakes them at most
once. A client that went away is let go, and one that was revoked gets no answer.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from math import inf
from typing import Protocol

from msgspec.structs import replace

from signoff.actions import feeds
from signoff.actions.events import EventsPage, FindEvents
from signoff.actions.tail import Watch
from signoff.asgi.answers import Disconnected, Request
from signoff.asgi.parts import Parts
from signoff.domain.actors import Caller, system
from signoff.domain.ids import HandoffId

LONGEST = 60
LOOK_AGAIN = 5.0
"""Some work becomes free by time alone, without an entry: what settles, what lapses."""

HEARTBEAT = 15.0
"""So often a listener is told that it is still heard, when there is nothing else to tell."""
CHECK_EVERY = 1.0
"""Who listens is looked up again before what comes later than that."""

FREES_WORK = frozenset({"file", "folder", "claim", "handoff", "lock"})
FREES_LOCKS = frozenset({"lock", "claim", "handoff"})
"""Nouns of the events after which another try is worth its while."""


class Waits(Protocol):
    """A door's request that may wait: who asks, over which connection."""

    parts: Parts
    request: Request

    @property
    def caller(self) -> Caller:
        """Return who calls."""

    async def identify_again(self) -> None:
        """Look up again who calls; refuse whoever may not any more."""


class Vigil:
    """One request's wait: until there is news, time is over or the server stops."""

    def __init__(self, who: Waits, watch: Watch, *, seconds: float) -> None:
        self.who = who
        self.gone = False
        self._watch = watch
        self._loop = asyncio.get_running_loop()
        self._checked = self._loop.time()
        self._deadline = self._checked + seconds

    @property
    def left(self) -> float:
        """Return how many seconds are left."""
        return self._deadline - self._loop.time()

    async def heard(self, most: float = LONGEST) -> bool:
        """Wait for news; False when it is time to answer with what there is.

        After each sleep it is asked anew who calls: revoking holds for those who wait, too.
        """
        closing = self.who.parts.closing
        if self.left <= 0 or closing.is_set():
            return False
        await self._watch.heard(min(self.left, most))
        if self.gone:
            raise Disconnected
        if closing.is_set():
            return False
        await self.who.identify_again()
        return True

    async def follow(
        self, asked: FindEvents, tell: Callable[[EventsPage], Awaitable[None]]
    ) -> None:
        """Tell of events as they are recorded, page by page, until the server stops.

        An empty page is told after a while of silence, so that it is seen who is still there.
        Raise Disconnected when the client left, and refuse whoever may not listen any more.
        """
        parts = self.who.parts
        while not parts.closing.is_set():
            await self._identify()
            page = await feeds.page(parts.house, parts.tail, self.who.caller, asked)
            moved = page.next > asked.after
            asked = replace(asked, after=page.next)
            if page.items:
                await tell(page)
            waits = not moved and not parts.closing.is_set()
            if waits and not await self._watch.heard(HEARTBEAT):
                await tell(page)
            if self.gone:
                raise Disconnected

    async def _identify(self) -> None:
        if self._loop.time() - self._checked >= CHECK_EVERY:
            self._checked = self._loop.time()
            await self.who.identify_again()

    async def notice(self) -> None:
        """Notice that the client went away; its body was read before."""
        while True:
            message = await self.who.request.receive()
            if message["type"] == "http.disconnect":
                self.gone = True
                self._watch.wake()
                return


@asynccontextmanager
async def vigil(who: Waits, *handoffs: HandoffId, seconds: float = inf) -> AsyncIterator[Vigil]:
    """Stand among those who wait while the block lasts; look inside of it only."""
    tail = who.parts.tail
    async with tail.watch(who.caller.workspace, *handoffs) as watch:
        waiting = Vigil(who, watch, seconds=seconds)
        listening = asyncio.create_task(waiting.notice())
        try:
            yield waiting
        finally:
            listening.cancel()
            with suppress(asyncio.CancelledError):
                await listening


class News:
    """Says whether what was recorded since the last look may have set something free."""

    def __init__(self, who: Waits, nouns: frozenset[str]) -> None:
        self._parts = who.parts
        self._workspace = who.caller.workspace
        self._nouns = nouns
        line = self._parts.tail.line(self._workspace)
        self._after = line.position if line is not None else 0

    async def worth_a_try(self) -> bool:
        """Look at the entries that were read once for all; without any, time has passed."""
        before = self._after
        worth = False
        while True:
            found = await feeds.page(
                self._parts.house,
                self._parts.tail,
                system(self._workspace),
                FindEvents(after=self._after),
            )
            worth = worth or any(e.type.partition(".")[0] in self._nouns for e in found.items)
            if found.next == self._after:
                return worth or self._after == before
            self._after = found.next
