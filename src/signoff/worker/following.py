"""A follower at work: it reads what grew soon after it grew, and all that lags now and then."""

import asyncio
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress

from signoff.actions import followers
from signoff.actions.followers import Follow, Follower, Lagging
from signoff.actions.house import House
from signoff.domain.actors import system
from signoff.domain.errors import Refusal
from signoff.domain.ids import INSTANCE, Slug

POLL = 5.0
"""What no word came of, another process's commits on SQLite, is read so much later."""


class Following:
    """One follower over every log; each log is read on by itself, a chunk at a time.

    `epoch` says under which epoch of its lease it works, None while that is another's.
    `took` is called once what it wrote is durable.
    """

    def __init__(
        self,
        house: House,
        follower: Follower,
        *,
        epoch: Callable[[], int | None],
        took: Callable[[str], None],
    ) -> None:
        self.follower = follower
        self._house = house
        self._epoch = epoch
        self._took = took
        self._grown: dict[Slug, None] = {}
        self._woken = asyncio.Event()

    def grew(self, workspace: Slug) -> None:
        """Hear that a log grew."""
        self._grown[workspace] = None
        self._woken.set()

    async def keep_on(self) -> None:
        """Follow until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            await self.look()
            until = loop.time() + POLL
            while (left := until - loop.time()) > 0:
                if await self._heard(left):
                    await self.read()

    async def _heard(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        except TimeoutError:
            return False
        await asyncio.sleep(self.follower.settle)
        return True

    async def look(self) -> None:
        """Read on wherever there is something to read."""
        if self._epoch() is None:
            return
        with suppress(Refusal):  # a database that is away comes back
            asked = Lagging(name=self.follower.name)
            found = await self._house.ask(followers.lagging, system(INSTANCE), asked)
            self._grown.update(dict.fromkeys(found))
        await self.read()

    async def read(self) -> None:
        """Read on where logs grew, chunk by chunk in turn: no long one holds up the others."""
        self._woken.clear()
        waiting, self._grown = self._grown, {}
        while waiting:
            workspace = next(iter(waiting))
            del waiting[workspace]
            if await self._chunk(workspace):
                waiting[workspace] = None

    async def _chunk(self, workspace: Slug) -> bool:
        """Read one chunk; what fails is said aloud, and tried again with the next look."""
        epoch = self._epoch()
        if epoch is None:
            return False
        asked = Follow(follower=self.follower, epoch=epoch)
        try:
            done = await self._house.do(
                followers.follow, system(workspace), asked, background=True
            )
        except Refusal as refusal:
            self._say(workspace, refusal.message)
            return False
        except Exception:  # noqa: BLE001  one bad log must not keep the others unread
            self._say(workspace, traceback.format_exc())
            return False
        assert done.result is not None
        self._took(self.follower.name)
        return done.result.more

    def _say(self, workspace: Slug, what: str) -> None:
        sys.stderr.write(f"signoff: {self.follower.name} in {workspace}: {what}\n")
