"""Bringing messages out: what is due, each address by itself, at least once."""

import asyncio
import sys
import traceback
from collections.abc import Mapping

from signoff.actions import outboxes
from signoff.actions.house import House
from signoff.actions.outboxes import Parcel, Reader, Sent, Take, Unsent
from signoff.domain.errors import Refusal
from signoff.domain.ids import Micros, Slug
from signoff.domain.messages import ChannelKind
from signoff.worker.channels import Channel, Later, Undeliverable
from signoff.worker.duties import Duty, act, where_due

IN_FLIGHT = 32
"""So many messages are under way at a time, whatever their addresses."""
PATIENCE = 60.0
"""A try is over after so many seconds, well before another worker may take the message."""
AGAIN = 1.0
_NOW = Micros(0)


class Sender:
    """The duty that sends: one message at a time to each reader, so none waits for another."""

    def __init__(self, channels: Mapping[ChannelKind, Channel]) -> None:
        self._channels = channels
        self._under_way: dict[asyncio.Task[None], tuple[Slug, Reader]] = {}

    @property
    def duty(self) -> Duty:
        """Return it as a duty of the worker, which hears when somebody was told something."""
        return Duty(
            name="outbox", every=30, run=self.send_due, hears="notifications", settle=0.2
        )

    async def send_due(self, house: House) -> float | None:
        """Begin to send what is due; return in how many seconds there will be more."""
        where, soon = await where_due(house, "outbox", _NOW)
        for workspace in where:
            try:
                whole = await self._send_from(house, workspace)
            except Refusal as refusal:
                sys.stderr.write(f"signoff: outbox in {workspace}: {refusal.message}\n")
            except Exception:  # noqa: BLE001  one workspace must not keep the others waiting
                what = traceback.format_exc()
                sys.stderr.write(f"signoff: outbox in {workspace}:\n{what}")
            else:
                if not whole:
                    return AGAIN
        return soon

    async def _send_from(self, house: House, workspace: Slug) -> bool:
        """Begin to send what is due in a workspace; False if there was no room for all."""
        while (room := IN_FLIGHT - len(self._under_way)) > 0:
            wanted = self._wanted(workspace, room)
            taken = await act(house, outboxes.take, wanted, workspace)
            for parcel in taken.parcels:
                self._send(house, workspace, parcel)
            if not taken.more:
                return True
        return False

    def _wanted(self, workspace: Slug, room: int) -> Take:
        busy = {reader for where, reader in self._under_way.values() if where == workspace}
        return Take(
            channels=frozenset(self._channels),
            busy=frozenset(busy),
            limit=min(room, outboxes.AT_ONCE),
        )

    async def settle(self) -> None:
        """Wait until nothing is under way."""
        while self._under_way:
            await asyncio.gather(*self._under_way, return_exceptions=True)

    async def close(self) -> None:
        """Break off what is under way: it is sent again, under the same id."""
        for task in self._under_way:
            task.cancel()
        await self.settle()
        for channel in self._channels.values():
            await channel.close()

    def _send(self, house: House, workspace: Slug, parcel: Parcel) -> None:
        task = asyncio.create_task(self._deliver(house, workspace, parcel))
        self._under_way[task] = (workspace, parcel.reader)
        task.add_done_callback(self._under_way.pop)

    async def _deliver(self, house: House, workspace: Slug, parcel: Parcel) -> None:
        became = await self._try(parcel)
        try:
            if isinstance(became, Sent):
                await act(house, outboxes.settle, became, workspace)
            else:
                await act(house, outboxes.put_off, became, workspace)
        except Refusal as refusal:  # it is tried again, under the same id
            sys.stderr.write(f"signoff: outbox: {parcel.id}: {refusal.message}\n")

    async def _try(self, parcel: Parcel) -> Sent | Unsent:
        channel = self._channels[parcel.channel]
        try:
            async with asyncio.timeout(PATIENCE):
                reference = await channel.send(
                    parcel.to, parcel.message, earlier=parcel.earlier
                )
        except Undeliverable as failure:
            return Unsent(id=parcel.id, reason=failure.reason)
        except Later as failure:
            return Unsent(id=parcel.id, reason=failure.reason, seconds=failure.seconds)
        except TimeoutError:
            return Unsent(id=parcel.id, reason="It took too long", seconds=0)
        except Exception:  # noqa: BLE001  a fault with one message must not end the others
            sys.stderr.write(f"signoff: outbox: {parcel.id}:\n{traceback.format_exc()}")
            return Unsent(id=parcel.id, reason="A fault of the server", seconds=0)
        return Sent(id=parcel.id, handoff=parcel.message.handoff, reference=reference)
