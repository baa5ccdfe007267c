"""A thread of a graph, run until it is done: what it asks goes to people, their word back."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

from signoff_client import Signoff
from signoff_client.errors import SignoffError, StillWaiting
from signoff_client.langgraph.frameworks import Command
from signoff_client.langgraph.requests import Pending, ask, wait_for_any

SLICE = 20.0
"""Seconds for which one request is waited for at a time."""
BETWEEN = 1.0
"""Seconds between looks at several requests."""


class Runner:
    """Runs threads of a compiled graph whose checkpointer keeps them.

    The checkpointer is all that is kept here: a process that dies is followed by another
    one's `resume`, which finds in it what the thread asks, and at the server what people said.
    """

    def __init__(self, graph: Any, signoff: Signoff) -> None:
        self._graph = graph
        self._signoff = signoff

    def run(
        self,
        given: Any,
        *,
        thread: str,
        config: Mapping[str, Any] | None = None,
        timeout: float | None = None,
    ) -> Any:
        """Run a thread with an input until it is done; return its values.

        Blocks while people decide. StillWaiting after `timeout` seconds: the thread stays
        suspended, and `resume` goes on with it, here or elsewhere.
        """
        whole = _config(config, thread)
        self._graph.invoke(given, whole)
        return self._until_done(whole, thread, timeout)

    def resume(
        self,
        *,
        thread: str,
        config: Mapping[str, Any] | None = None,
        timeout: float | None = None,
    ) -> Any:
        """Go on with a thread wherever it was left: suspended, in the middle, or done."""
        whole = _config(config, thread)
        state = self._graph.get_state(whole)
        if state.next and not state.interrupts:
            self._graph.invoke(None, whole)
        return self._until_done(whole, thread, timeout)

    async def arun(
        self,
        given: Any,
        *,
        thread: str,
        config: Mapping[str, Any] | None = None,
        timeout: float | None = None,  # noqa: ASYNC109  raises StillWaiting
    ) -> Any:
        """Do as `run` does, for a graph with async nodes, tools or checkpointer."""
        whole = _config(config, thread)
        await self._graph.ainvoke(given, whole)
        return await self._adone(whole, thread, timeout)

    async def aresume(
        self,
        *,
        thread: str,
        config: Mapping[str, Any] | None = None,
        timeout: float | None = None,  # noqa: ASYNC109  raises StillWaiting
    ) -> Any:
        """Do as `resume` does, for a graph with async nodes, tools or checkpointer."""
        whole = _config(config, thread)
        state = await self._graph.aget_state(whole)
        if state.next and not state.interrupts:
            await self._graph.ainvoke(None, whole)
        return await self._adone(whole, thread, timeout)

    async def _adone(
        self,
        config: dict[str, Any],
        thread: str,
        timeout: float | None,  # noqa: ASYNC109  raises StillWaiting
    ) -> Any:
        until = None if timeout is None else time.monotonic() + timeout
        while True:
            state = await self._graph.aget_state(config)
            if not state.interrupts:
                return state.values
            # People take their time: the event loop has other things to do meanwhile.
            answering = asyncio.to_thread(self._answered, state.interrupts, thread, until)
            name, answer = await answering
            await self._graph.ainvoke(Command(resume={name: answer}), config)

    def _until_done(self, config: dict[str, Any], thread: str, timeout: float | None) -> Any:
        until = None if timeout is None else time.monotonic() + timeout
        while True:
            state = self._graph.get_state(config)
            if not state.interrupts:
                return state.values
            name, answer = self._answered(state.interrupts, thread, until)
            # One at a time: an answer that is refused takes no other one down with it.
            self._graph.invoke(Command(resume={name: answer}), config)

    def _answered(self, interrupts: Any, thread: str, until: float | None) -> tuple[str, Any]:
        pending = {each.id: ask(self._signoff, each, thread=thread) for each in interrupts}
        known: dict[str, Pending] = {k: v for k, v in pending.items() if v is not None}
        if not known:
            values = ", ".join(str(each.value)[:80] for each in interrupts)
            raise SignoffError(f"The thread asks for what is no request to people: {values}")
        while True:
            left = SLICE if until is None else until - time.monotonic()
            try:
                return wait_for_any(known, max(0.0, min(left, SLICE)))
            except StillWaiting:
                if until is not None and time.monotonic() >= until:
                    raise
                if len(known) > 1:
                    time.sleep(BETWEEN)


def _config(config: Mapping[str, Any] | None, thread: str) -> dict[str, Any]:
    said = dict(config or {})
    configurable = {**said.get("configurable", {}), "thread_id": thread}
    return {**said, "configurable": configurable}
