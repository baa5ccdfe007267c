"""What every store can do: write in one transaction, read, and tell who listens of commits."""

import os
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TypeVar

from signoff.domain.ids import Instant, Slug
from signoff.store.dialects import Dialect
from signoff.store.transaction import Recorded, Transaction

T = TypeVar("T")
EXIT_AFTER_IO_ERROR = 70


class Engine(ABC):
    """A database that runs synchronous transaction functions."""

    dialect: Dialect

    def __init__(self) -> None:
        self._listeners: list[Callable[[Slug], None]] = []

    @abstractmethod
    def open(self) -> None:
        """Connect and bring the schema up to date."""

    @abstractmethod
    async def write(
        self,
        work: Callable[[Transaction], T],
        *,
        workspace: Slug,
        background: bool = False,
    ) -> tuple[T, list[Recorded]]:
        """Run `work` in one transaction; answer when it is durable, with its entries."""

    @abstractmethod
    async def read(self, work: Callable[[Transaction], T], *, workspace: Slug) -> T:
        """Run a short read: points and pages."""

    @abstractmethod
    async def read_long(self, work: Callable[[Transaction], T], *, workspace: Slug) -> T:
        """Run a read that may take longer than a page: searches, exports."""

    @abstractmethod
    def now(self) -> Instant:
        """Return the time as this process sees it; acts use their transaction's."""

    def figures(self) -> dict[str, float]:
        """Return what monitoring reads of the engine, by the names in `asgi/counts`."""
        return {}

    def rights_version(self) -> int | None:
        """Return a number that changes whenever who may do what has changed.

        What was read under a version may be remembered while it stands; None says that
        nothing may be remembered, since other nodes write too.
        """
        return None

    @abstractmethod
    async def look_at_rights(self) -> int | None:
        """Return `rights_version` as it is now, having learned what other nodes did."""

    @abstractmethod
    async def checkpoint(self) -> None:
        """Do the engine's own housekeeping, if it has any."""

    @abstractmethod
    async def close(self) -> None:
        """Finish what is under way and let go."""

    def listen(self, listener: Callable[[Slug], None]) -> Callable[[], None]:
        """Call `listener` with the workspace after each commit that grew its log.

        Return what stops it. Called on the event loop's thread, once per commit batch.
        """
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def committed(self, workspace: Slug) -> None:
        """Tell every listener that the workspace's log grew."""
        for listener in self._listeners:
            listener(workspace)

    def fatal(self, error: BaseException) -> None:
        """End the process: what the disk says can no longer be believed."""
        sys.stderr.write(f"signoff: the disk failed at a sync, stopping: {error}\n")
        sys.stderr.flush()
        os._exit(EXIT_AFTER_IO_ERROR)
