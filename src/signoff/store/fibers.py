"""Plain functions that wait on the loop: each runs in a fiber, which sleeps while it waits.

An act is a plain function of many statements. In a fiber it stays one, and runs on the event
loop's own thread: where a thread would block, the fiber hands the loop back until its socket
is ready, and no two threads fight over the interpreter (docs/decisions/0010).
"""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from greenlet import getcurrent, greenlet

T = TypeVar("T")


def in_fiber(work: Callable[[], T]) -> asyncio.Future[T]:
    """Run `work` until it first waits; its outcome is that of the future returned.

    Whoever gives up the future does not stop the work.
    """
    outcome: asyncio.Future[T] = asyncio.get_running_loop().create_future()

    def run() -> None:
        try:
            result = work()
        except BaseException as error:  # noqa: BLE001  whatever it is belongs to who waits
            if not outcome.done():
                outcome.set_exception(error)
        else:
            if not outcome.done():
                outcome.set_result(result)

    greenlet(run).switch()
    return outcome


class Ready:
    """Wakes the fiber that waits for a socket; at most one waits at a time."""

    def __init__(self, descriptor: int, *, otherwise: Callable[[], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._descriptor = descriptor
        self._otherwise = otherwise
        self._sleeper: greenlet | None = None
        self._loop.add_reader(descriptor, self._wake)

    def wait(self, *, writing: bool) -> None:
        """Sleep until there is something to read, or with `writing` room to write."""
        self._sleeper = getcurrent()
        loop_side = self._sleeper.parent
        assert loop_side is not None
        if writing:
            self._loop.add_writer(self._descriptor, self._wake)
        try:
            loop_side.switch()
        finally:
            if writing:
                self._loop.remove_writer(self._descriptor)

    def _wake(self) -> None:
        sleeper, self._sleeper = self._sleeper, None
        if sleeper is None:
            self._otherwise()
        else:
            sleeper.switch()

    def close(self) -> None:
        """Watch the socket no more; call it before the socket is closed."""
        self._loop.remove_reader(self._descriptor)
