"""A lock while a block lasts."""

from contextlib import ExitStack
from typing import Self

from signoff_client.asking import Patience
from signoff_client.plans import locks
from signoff_client.plans.locks import Locked
from signoff_client.seen import SeenLock
from signoff_client.sync.driver import Driver
from signoff_client.sync.renewing import renewing


class Lock(SeenLock):
    """A lock that is ours: renewed while the block lasts, ended with it."""

    def __init__(self, locked: Locked, driver: Driver, patience: Patience) -> None:
        super().__init__(locked)
        self._driver = driver
        self._patience = patience
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self._stack.enter_context(renewing(self._driver, locks.keep(self.locked)))
        return self

    def __exit__(self, *raised: object) -> None:
        self._stack.close()
        self.release()

    def release(self) -> None:
        """End the lock; who waits longest is next."""
        self._driver.run(locks.unlock(self.locked, patience=self._patience))
