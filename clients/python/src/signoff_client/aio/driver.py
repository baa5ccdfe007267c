"""Carries plans out on an event loop."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any, TypeVar

import httpx

from signoff_client.place import Place
from signoff_client.plans.claims import InHand, let_go
from signoff_client.steps import Flow, Give, Lost, Plan, Read, Reply, Send, Step
from signoff_client.waits import headers_of, timeout_of

T = TypeVar("T")


class AsyncDriver:
    """Sends requests with an httpx client, and sleeps. Tasks may share one."""

    def __init__(self, place: Place, *, timeout: float, http: httpx.AsyncClient | None) -> None:
        self.place = place
        self._timeout = timeout
        self._http = http or httpx.AsyncClient()
        self._own = http is None
        self.in_hand: list[InHand] = []
        """Work that is to be given back before the connections are closed."""

    async def close(self) -> None:
        """Give back what is in hand, and close the connections unless they are the caller's."""
        try:
            for held in [*self.in_hand]:
                await self.run(let_go(held))
        finally:
            if self._own:
                await self._http.aclose()

    async def run(self, plan: Plan[T]) -> T:
        """Carry a plan out and return its value."""
        result: Any = None
        while True:
            try:
                step = plan.send(result)
            except StopIteration as end:
                value: T = end.value
                return value
            result = await self._take(step)

    async def each(self, flow: Flow[T]) -> AsyncGenerator[T, None]:
        """Carry a flow out, and give what it gives."""
        result: Any = None
        while True:
            try:
                step = flow.send(result)
            except StopIteration:
                return
            if isinstance(step, Give):
                yield step.value
                result = None
            else:
                result = await self._take(step)

    async def _take(self, step: Step) -> Reply | Lost | bytes | None:
        if isinstance(step, Send):
            return await self._send(step)
        if isinstance(step, Read):
            return await _read(step)
        await asyncio.sleep(step.seconds)
        return None

    async def _send(self, request: Send) -> Reply | Lost:
        try:
            answer = await self._http.request(
                request.method,
                self.place.address(request.path),
                params=dict(request.params) or None,
                headers=headers_of(self.place, request),
                content=request.body,
                timeout=timeout_of(request, self._timeout),
                follow_redirects=False,
            )
        except httpx.TransportError as error:
            return Lost(f"{error or type(error).__name__}")
        return Reply(answer.status_code, answer.headers, answer.content)


async def _read(step: Read) -> bytes:
    if step.source.blocking:
        return await asyncio.to_thread(step.source.read, step.size)
    return await step.source.read_async(step.size)
