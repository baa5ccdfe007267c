"""A gate for graphs: what a thread asks goes to people, and their word back into the thread."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import Any

from signoff_client import Signoff
from signoff_client.calls import Answer
from signoff_client.errors import SignoffError, StillWaiting
from signoff_client.langgraph.frameworks import Command
from signoff_client.langgraph.guards import Guard
from signoff_client.langgraph.requests import Pending, ask, wait_for_any

SLICE = 20.0
"""Seconds for which one request is waited for at a time."""
AWAITED_SLICE = 5.0
"""The same where a thread waits for an event loop: it outlives a cancellation so long."""
BETWEEN = 1.0
"""Seconds between looks at several requests."""


class Gate:
    """Runs threads of compiled graphs whose checkpointers keep them, and guards their tools.

    The checkpointer is all that is kept here: a process that dies is followed by another
    one's `resume`, which finds in it what the thread asks, and at the server what people said.
    """

    def __init__(self, signoff: Signoff) -> None:
        self._signoff = signoff

    def guard(self, tools: Mapping[str, bool | Sequence[Answer]]) -> Guard:
        """Return what suspends a thread before these tools run, and runs each call once.

            create_agent(model, tools, middleware=[gate.guard({"send_email": True})])
            ToolNode(tools, wrap_tool_call=gate.guard({"send_email": ["approve", "reject"]}))

        The names are those of tools; each says what people may do with its calls.
        """
        return Guard(self._signoff, tools)

    def run(
        self,
        graph: Any,
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
        graph.invoke(given, whole)
        return self._until_done(graph, whole, timeout)

    def resume(
        self,
        graph: Any,
        *,
        thread: str,
        config: Mapping[str, Any] | None = None,
        timeout: float | None = None,
    ) -> Any:
        """Go on with a thread wherever it was left: suspended, in the middle, or done."""
        whole = _config(config, thread)
        state = graph.get_state(whole)
        if state.next and not state.interrupts:
            graph.invoke(None, whole)
        return self._until_done(graph, whole, timeout)

    async def arun(
        self,
        graph: Any,
        given: Any,
        *,
        thread: str,
        config: Mapping[str, Any] | None = None,
        timeout: float | None = None,  # noqa: ASYNC109  raises StillWaiting
    ) -> Any:
        """Do as `run` does, for a graph with async nodes, tools or checkpointer."""
        whole = _config(config, thread)
        await graph.ainvoke(given, whole)
        return await self._adone(graph, whole, timeout)

    async def aresume(
        self,
        graph: Any,
        *,
        thread: str,
        config: Mapping[str, Any] | None = None,
        timeout: float | None = None,  # noqa: ASYNC109  raises StillWaiting
    ) -> Any:
        """Do as `resume` does, for a graph with async nodes, tools or checkpointer."""
        whole = _config(config, thread)
        state = await graph.aget_state(whole)
        if state.next and not state.interrupts:
            await graph.ainvoke(None, whole)
        return await self._adone(graph, whole, timeout)

    async def _adone(
        self,
        graph: Any,
        config: dict[str, Any],
        timeout: float | None,  # noqa: ASYNC109  raises StillWaiting
    ) -> Any:
        until = _until(timeout)
        while True:
            state = await graph.aget_state(config)
            if not state.interrupts:
                return state.values
            # People take their time: the event loop has other things to do meanwhile.
            asked = await asyncio.to_thread(self._asked, state.interrupts, config)
            answer = None
            while answer is None:
                answer = await asyncio.to_thread(_look, asked, AWAITED_SLICE, until)
                if answer is None and len(asked) > 1:
                    await asyncio.sleep(BETWEEN)
            await graph.ainvoke(Command(resume=answer), config)

    def _until_done(self, graph: Any, config: dict[str, Any], timeout: float | None) -> Any:
        until = _until(timeout)
        while True:
            state = graph.get_state(config)
            if not state.interrupts:
                return state.values
            asked = self._asked(state.interrupts, config)
            answer = None
            while answer is None:
                answer = _look(asked, SLICE, until)
                if answer is None and len(asked) > 1:
                    time.sleep(BETWEEN)
            # One at a time: an answer that is refused takes no other one down with it.
            graph.invoke(Command(resume=answer), config)

    def _asked(self, interrupts: Any, config: Mapping[str, Any]) -> dict[str, Pending]:
        """Put all that a thread asks in front of people, by the ids of its interrupts."""
        thread = config["configurable"]["thread_id"]
        asked = {each.id: ask(self._signoff, each, thread=thread) for each in interrupts}
        known = {name: each for name, each in asked.items() if each is not None}
        if not known:
            values = ", ".join(str(each.value)[:80] for each in interrupts)
            raise SignoffError(f"The thread asks for what is no request to people: {values}")
        return known


def _look(
    asked: Mapping[str, Pending], slice_: float, until: float | None
) -> dict[str, Any] | None:
    """Wait a while for an answer, by its interrupt; raise StillWaiting when time is over."""
    left = slice_ if until is None else until - time.monotonic()
    try:
        name, answer = wait_for_any(asked, max(0.0, min(left, slice_)))
    except StillWaiting:
        if until is not None and time.monotonic() >= until:
            raise
        return None
    return {name: answer}


def _until(timeout: float | None) -> float | None:
    return None if timeout is None else time.monotonic() + timeout


def _config(config: Mapping[str, Any] | None, thread: str) -> dict[str, Any]:
    said = dict(config or {})
    configurable = {**said.get("configurable", {}), "thread_id": thread}
    return {**said, "configurable": configurable}
