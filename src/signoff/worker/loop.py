"""The worker: each duty in a task of its own, under a lease, asleep until it is due."""

import asyncio
import os
import socket
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

from signoff.actions import sweeps
from signoff.actions.followers import FOLLOWERS, Follower
from signoff.actions.house import House
from signoff.domain.errors import Refusal
from signoff.domain.ids import INSTANCE, Slug
from signoff.domain.messages import ChannelKind
from signoff.worker.channels import Channel
from signoff.worker.channels.opened import Channels
from signoff.worker.duties import DUTIES, LOG, Duty, act
from signoff.worker.following import Following
from signoff.worker.outside import Outside
from signoff.worker.sender import Sender
from signoff.worker.sending import Sender as Postman

WEBHOOKS = "webhooks"
TERM = 15
RENEW = 5.0
"""What a worker that was killed did is done by another after so many seconds at most."""


def holder_name() -> str:
    """Return a name for this worker that no other process has."""
    return f"{socket.gethostname()}-{os.getpid()}-{os.urandom(4).hex()}"


def worker_of(
    house: House, *, ca_bundle: str, smtp_url: str = "", notify_hosts: str = ""
) -> "Worker":
    """Return a worker that also calls servers outside, as an instance runs it."""
    ways = Channels(smtp_url=smtp_url, notify_hosts=notify_hosts, base_url=house.base_url)
    found = {kind: way for kind in ChannelKind if (way := ways.of(kind)) is not None}
    outside = Outside(reach=house.reach, ca_bundle=ca_bundle)
    return Worker(house, outside=outside, channels=found)


class Worker:
    """Does the acts of time: in the server's process, or beside several servers.

    Any number may run: each duty is done by whoever holds its lease, and what is done in a
    transaction holds even if a lease was lost meanwhile, since it judges by the rows.
    """

    def __init__(
        self,
        house: House,
        *,
        duties: Sequence[Duty] | None = None,
        followers: Sequence[Follower] = FOLLOWERS,
        channels: Mapping[ChannelKind, Channel] | None = None,
        holder: str = "",
        outside: Outside | None = None,
    ) -> None:
        self._house = house
        self._outside = outside
        self._sender = None if outside is None else self._sending(outside)
        self._postman = Postman(channels or {})
        every = (*DUTIES, self._postman.duty)
        asked = every if duties is None else tuple(duties)
        self._duties = (*asked, *(self._duties_of(self._sender)))
        self._followings = tuple(self._following(each) for each in followers)
        self._holder = holder or holder_name()
        self._held: dict[str, int] = {}
        self._asked = asyncio.Event()
        self._heard = {duty.name: asyncio.Event() for duty in self._duties if duty.hears}
        self._tasks: list[asyncio.Task[None]] = []
        self._stop: Callable[[], None] | None = None

    @property
    def held(self) -> frozenset[str]:
        """Return the duties that are this worker's now."""
        return frozenset(duty.name for duty in self._duties if duty.lease in self._held)

    def _sending(self, outside: Outside) -> Sender:
        return Sender(self._house, outside, wake=lambda: self._hear(WEBHOOKS))

    @staticmethod
    def _duties_of(sender: Sender | None) -> tuple[Duty, ...]:
        if sender is None:
            return ()
        return (Duty(name=WEBHOOKS, every=60, run=sender.send, hears=WEBHOOKS, settle=0.0),)

    def _following(self, follower: Follower) -> Following:
        lease = f"follower:{follower.name}"
        return Following(
            self._house,
            follower,
            epoch=lambda: self._held.get(lease),
            took=self._hear,
        )

    def start(self) -> None:
        """Begin, on the running loop."""
        self._stop = self._house.engine.listen(self._grew)
        self._tasks.append(asyncio.create_task(self._keep_leases()))
        self._tasks += [asyncio.create_task(self._keep_doing(duty)) for duty in self._duties]
        self._tasks += [asyncio.create_task(self._follow(each)) for each in self._followings]

    async def run(self) -> None:
        """Work until cancelled: for `signoff work`."""
        self.start()
        try:
            await asyncio.gather(*self._tasks)
        finally:
            await self.close()

    async def close(self) -> None:
        """Stop, and let the leases go so that others need not wait for them."""
        if self._stop is not None:
            self._stop()
            self._stop = None
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()
        if self._sender is not None:
            await self._sender.close()
        if self._outside is not None:
            await self._outside.close()
        await self._postman.close()
        with suppress(Refusal):
            await act(self._house, sweeps.let_leases_go, self._leases(), INSTANCE)

    def _leases(self) -> sweeps.Leases:
        followers = [f"follower:{each.follower.name}" for each in self._followings]
        names = dict.fromkeys((*(duty.lease for duty in self._duties), *followers))
        return sweeps.Leases(names=tuple(names), holder=self._holder, seconds=TERM)

    def _grew(self, workspace: Slug) -> None:
        self._hear(LOG)
        for following in self._followings:
            following.grew(workspace)

    def _hear(self, what: str) -> None:
        for duty in self._duties:
            if duty.hears == what:
                self._heard[duty.name].set()

    async def _follow(self, following: Following) -> None:
        await self._asked.wait()
        await following.keep_on()

    async def _keep_leases(self) -> None:
        while True:
            await self.take_leases()
            await asyncio.sleep(RENEW)

    async def take_leases(self) -> None:
        """Take or renew what leases there are to have."""
        try:
            held = await act(self._house, sweeps.take_leases, self._leases(), INSTANCE)
        except Refusal:
            return  # until the next try the old ones last
        self._held = dict(held)
        self._asked.set()

    async def follow(self) -> None:
        """Read on, once, wherever a follower of this worker's has something to read."""
        for following in self._followings:
            await following.look()

    async def _keep_doing(self, duty: Duty) -> None:
        heard = self._heard.get(duty.name)
        await self._asked.wait()
        while True:
            soon = await self.do(duty)
            wait = duty.every if soon is None else min(duty.every, max(soon, 0.05))
            if heard is None:
                await asyncio.sleep(wait)
                continue
            with suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await heard.wait()
                    await asyncio.sleep(duty.settle)
            heard.clear()

    async def do(self, duty: Duty) -> float | None:
        """Do a duty once if its lease is held; one that fails is tried again at its time."""
        if duty.name not in self.held:
            return None
        try:
            return await duty.run(self._house)
        except Refusal as refusal:
            sys.stderr.write(f"signoff: {duty.name}: {refusal.message}\n")
        except Exception:  # noqa: BLE001  one fault must not end sealing and sweeping for good
            sys.stderr.write(f"signoff: {duty.name}:\n{traceback.format_exc()}")
        return None
