"""Connections of one event loop, made when they are wanted and kept for the next who asks."""

import asyncio
from collections.abc import Callable

import psycopg

from signoff.domain.errors import Busy
from signoff.store.fibers import Ready
from signoff.store.pipeline import Pipeline
from signoff.store.transaction import Row


class Pool:
    """At most so many connections; who finds all taken waits, first come first served."""

    def __init__(self, connect: Callable[[], psycopg.Connection[Row]], most: int) -> None:
        self._connect = connect
        self._free = asyncio.Semaphore(most)
        self._most = most
        self._idle: list[Pipeline] = []

    async def take(self) -> Pipeline:
        """Return a connection that is this caller's until it gives it back."""
        await self._free.acquire()
        while self._idle:
            pipeline = self._idle.pop()
            if not pipeline.lost:
                return pipeline
        making = asyncio.ensure_future(self._make())
        try:
            return await asyncio.shield(making)
        except asyncio.CancelledError:
            making.add_done_callback(self._made_for_nobody)
            raise

    async def _make(self) -> Pipeline:
        try:
            return Pipeline(await asyncio.to_thread(self._connect), _on_the_loop)
        except psycopg.OperationalError as error:
            self._free.release()
            raise Busy("The database cannot be reached", hint="Try again.") from error
        except BaseException:
            self._free.release()
            raise

    def _made_for_nobody(self, making: asyncio.Future[Pipeline]) -> None:
        if not making.cancelled() and making.exception() is None:
            self.give(making.result())

    def give(self, pipeline: Pipeline) -> None:
        """Give a connection back; one that was lost is closed."""
        if pipeline.lost:
            pipeline.close()
        else:
            self._idle.append(pipeline)
        self._free.release()

    async def close(self) -> None:
        """Wait until every connection was given back, and close them all."""
        for _ in range(self._most):
            await self._free.acquire()
        for pipeline in self._idle:
            pipeline.close()


def _on_the_loop(descriptor: int, otherwise: Callable[[], None]) -> Ready:
    return Ready(descriptor, otherwise=otherwise)
