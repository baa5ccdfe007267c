"""A proposed tool call, and what people rule on it."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from signoff_client.aio.driver import AsyncDriver
from signoff_client.aio.handoffs import AsyncHandoff
from signoff_client.asking import Patience
from signoff_client.calls import Answer, Proposed, Ruled
from signoff_client.plans import calls, runs
from signoff_client.plans.runs import Turn
from signoff_client.seen import SeenRuling


class AsyncRuling(SeenRuling):
    """What people ruled on a call, and the way to run it once."""

    def __init__(self, ruled: Ruled, driver: AsyncDriver, patience: Patience) -> None:
        super().__init__(ruled)
        self._driver = driver
        self._patience = patience

    async def once(self, run: Callable[..., Any]) -> Any:
        """Run the approved call as `run(**arguments)`, awaited if need be: once, everywhere.

        A second caller gets the result, as JSON has it, or AlreadyRun where there is none
        (it is running, it raised, or its process died in the middle). Raise ChangedSince if
        the call was not approved.
        """
        turn = await self._driver.run(runs.begin(self.ruled, patience=self._patience))
        if not turn.ours:
            return turn.result
        try:
            result = run(**self.arguments)
            if inspect.isawaitable(result):
                result = await result
        except BaseException:
            await self._finish(turn, "failed", None)
            raise
        await self._finish(turn, "done", result)
        return result

    async def _finish(self, turn: Turn, state: str, result: Any) -> None:
        plan = runs.finish(
            self.ruled, turn, state=state, result=result, patience=self._patience
        )
        await self._driver.run(plan)


class AsyncToolCall:
    """A call that waits for people, or that they ruled on. `handoff.id` finds it again."""

    def __init__(self, call: Proposed, driver: AsyncDriver, patience: Patience) -> None:
        self.call = call
        self.handoff = AsyncHandoff(call.view, driver, patience)
        self._driver = driver
        self._patience = patience

    @property
    def name(self) -> str:
        """The tool's name."""
        return self.call.name

    @property
    def arguments(self) -> Mapping[str, Any]:
        """The arguments as they were proposed."""
        return self.call.arguments

    @property
    def allowed(self) -> tuple[Answer, ...]:
        """What people may do with it."""
        return self.call.allowed

    async def wait(self, timeout: float | None = None) -> AsyncRuling:
        """Wait until people rule, as `AsyncHandoff.wait`; StillWaiting after a `timeout`."""
        plan = calls.ruling(self.call, timeout=timeout, patience=self._patience)
        return AsyncRuling(await self._driver.run(plan), self._driver, self._patience)
