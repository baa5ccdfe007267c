"""A lock while a block lasts."""

from contextlib import AsyncExitStack
from typing import Self

from signoff_client.aio.driver import AsyncDriver
from signoff_client.aio.renewing import renewing
from signoff_client.asking import Patience
from signoff_client.plans import locks
from signoff_client.plans.locks import Locked
from signoff_client.seen import SeenLock


class AsyncLock(SeenLock):
    """A lock that is ours: renewed while the block lasts, ended with it."""

    def __init__(self, locked: Locked, driver: AsyncDriver, patience: Patience) -> None:
        super().__init__(locked)
        self._driver = driver
        self._patience = patience
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        await self._stack.enter_async_context(renewing(self._driver, locks.keep(self.locked)))
        return self

    async def __aexit__(self, *raised: object) -> None:
        await self._stack.aclose()
        await self.release()

    async def release(self) -> None:
        """End the lock; who waits longest is next."""
        await self._driver.run(locks.unlock(self.locked, patience=self._patience))
