"""Whose turn it is to send to an upload, in this process: the newest request's.

A broken line leaves a request behind that waits for bytes which never come. Whoever goes on
with the upload must not wait for it: it is told to stop, keeps what it has, and ends.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from signoff.domain.errors import Busy, Code, Held, Refusal
from signoff.domain.uploads import taken_over

PATIENCE = 10.0
"""So many seconds a request has to keep what it took before the next is told to wait."""
IDLE = 60.0
"""After so many seconds without a byte a request is over."""


class BrokenOff(Exception):
    """The client went away; raised by the iterator of the bytes that it sent."""


class Turn:
    """One request's time to send; `stopped` says why it ended before its body did."""

    def __init__(self) -> None:
        self.stopped: Refusal | None = None
        self.is_broken_off = False
        self.over = asyncio.Event()
        self.is_settled = False
        self._waiting: asyncio.Task[Any] | None = None
        self._heard = 0.0
        self._listening: asyncio.TimerHandle | None = None

    def settle(self) -> None:
        """Go on to the end, whoever comes: all bytes are there."""
        self.is_settled = True

    def stop(self, why: Refusal) -> None:
        """End the wait for more bytes."""
        if self.is_settled or self.stopped is not None:
            return
        self.stopped = why
        if self._waiting is not None:
            self._waiting.cancel()

    async def chunks(self, coming: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """Yield what comes, until it ends, breaks off or is stopped."""
        clock, me = asyncio.get_running_loop().time, asyncio.current_task()
        self._heard = clock()
        self._listen()
        try:
            while self.stopped is None:
                self._waiting = me
                try:
                    chunk = await anext(coming)
                except StopAsyncIteration:
                    return
                except BrokenOff:
                    self.is_broken_off = True
                    return
                except asyncio.CancelledError:
                    # Not ours, if somebody else wants the whole request to end, too.
                    if self.stopped is None or (me is not None and me.uncancel()):
                        raise
                    return
                finally:
                    self._waiting = None
                self._heard = clock()
                yield chunk
        finally:
            assert self._listening is not None
            self._listening.cancel()

    def _listen(self) -> None:
        """Stop when nothing came for too long; one timer, not one for each chunk."""
        loop = asyncio.get_running_loop()
        quiet = loop.time() - self._heard
        if self._waiting is not None and quiet >= IDLE:
            self.stop(_idle())
        if not self.over.is_set():
            self._listening = loop.call_later(max(IDLE - quiet, 1.0), self._listen)


class Turns:
    """The turns of this process; all of them end when it closes."""

    def __init__(self, closing: asyncio.Event) -> None:
        self._closing = closing
        self._turns: dict[str, Turn] = {}

    @asynccontextmanager
    async def take(self, upload: str) -> AsyncIterator[Turn]:
        """Have the turn, once who had it before has kept what they took."""
        while (before := self._turns.get(upload)) is not None:
            await self._end(before)
        turn = self._turns[upload] = Turn()
        watching = asyncio.create_task(self._stop_when_closing(turn))
        try:
            yield turn
        finally:
            watching.cancel()
            turn.over.set()
            del self._turns[upload]

    async def interrupt(self, upload: str) -> None:
        """Have whoever sends keep what they took, and end; not who has sent all."""
        running = self._turns.get(upload)
        if running is not None and not running.is_settled:
            await self._end(running)

    async def _end(self, turn: Turn) -> None:
        turn.stop(taken_over())
        try:
            async with asyncio.timeout(PATIENCE):
                await turn.over.wait()
        except TimeoutError:
            raise Held(
                "What was sent to this upload before is still being stored",
                code=Code.UPLOAD_BUSY,
                hint="Try again in a few seconds.",
                retry_after=5,
            ) from None

    async def _stop_when_closing(self, turn: Turn) -> None:
        await self._closing.wait()
        turn.stop(_closing())


def _idle() -> Busy:
    return Busy(
        f"Nothing came for {IDLE:.0f} seconds; what came before was kept",
        hint="Ask with HEAD how far it is, and go on from there.",
    )


def _closing() -> Busy:
    return Busy(
        "The server is about to stop; what came was kept",
        hint="Ask with HEAD how far it is, and go on from there.",
        retry_after=5,
    )
