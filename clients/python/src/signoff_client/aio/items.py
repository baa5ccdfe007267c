"""Work in hand."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Self, Unpack

from signoff_client.aio.driver import AsyncDriver
from signoff_client.aio.handoffs import AsyncHandoff
from signoff_client.aio.renewing import renewing
from signoff_client.asking import Patience
from signoff_client.plans import claims, handoffs, items
from signoff_client.plans.claims import InHand
from signoff_client.plans.handoffs import Kind, Said
from signoff_client.plans.uploads import Progress
from signoff_client.seen import SeenItem
from signoff_client.sources import AsyncData
from signoff_client.views import Entry, File


class AsyncItem(SeenItem):
    """A piece of work that nobody else holds while its lease is renewed.

    When it is lost all the same (taken over, or out of reach for too long), the next act
    raises ClaimLapsed. As a context manager it renews the lease and gives the work back at the
    end unless it was submitted; `AsyncSignoff.work` does that for you.
    """

    def __init__(self, held: InHand, driver: AsyncDriver, patience: Patience) -> None:
        super().__init__(held)
        self._driver = driver
        self._patience = patience
        self._keeping = keeping(held, driver)

    async def __aenter__(self) -> Self:
        await self._keeping.__aenter__()
        return self

    async def __aexit__(self, *raised: object) -> None:
        await self._keeping.__aexit__(None, None, None)

    async def read(self, name: str | None = None) -> bytes:
        """Return the bytes of the work itself, or of a file beside or in it."""
        return await self._driver.run(items.read(self.held, name, patience=self._patience))

    async def read_text(self, name: str | None = None, encoding: str = "utf-8") -> str:
        """Return the same as text."""
        return (await self.read(name)).decode(encoding)

    async def write(
        self,
        data: AsyncData,
        name: str | None = None,
        *,
        content_type: str = "",
        progress: Progress | None = None,
    ) -> File:
        """Write the work itself, or a file beside or in it; see `AsyncSignoff.write`."""
        plan = items.write(
            self.held,
            data,
            name,
            content_type=content_type,
            progress=progress,
            patience=self._patience,
        )
        return await self._driver.run(plan)

    async def delete(self, name: str) -> None:
        """Delete a file beside or in the work."""
        await self._driver.run(items.delete(self.held, name, patience=self._patience))

    async def files(self) -> tuple[Entry, ...]:
        """Return the files in the work folder, those in folders too, by path."""
        return await self._driver.run(items.walk(self.held, patience=self._patience))

    async def submit(self, *names: str, **said: Unpack[Said]) -> AsyncHandoff:
        """Put the work in front of people, which ends the claim; or the named files of it."""
        return await self._submit(names, said, "approval")

    async def escalate(self, *names: str, **said: Unpack[Said]) -> AsyncHandoff:
        """Say with `needs` what you need, with `questions` what to answer; ends the claim."""
        return await self._submit(names, said, "escalation")

    async def hand_over(self, *names: str, **said: Unpack[Said]) -> AsyncHandoff:
        """Let a person go on with the work, and get it back when they are done."""
        return await self._submit(names, said, "relay")

    async def renew(self) -> None:
        """Begin the lease anew at once; it is renewed by itself while the item is worked on."""
        self.held.check()
        await self._driver.run(claims.renew(self.held, patience=self._patience))

    async def release(self) -> None:
        """Give the work back as it was claimed."""
        await self._driver.run(claims.release(self.held, patience=self._patience))

    async def _submit(self, names: Sequence[str], said: Said, kind: Kind) -> AsyncHandoff:
        plan = handoffs.submit_held(self.held, names, said, kind=kind, patience=self._patience)
        return AsyncHandoff(await self._driver.run(plan), self._driver, self._patience)


@asynccontextmanager
async def keeping(held: InHand, driver: AsyncDriver) -> AsyncIterator[None]:
    """Renew a lease while the block lasts, and give the work back unless it was submitted."""
    driver.in_hand.append(held)
    try:
        async with renewing(driver, claims.keep(held)):
            yield
    finally:
        await driver.run(claims.let_go(held))
        driver.in_hand.remove(held)
