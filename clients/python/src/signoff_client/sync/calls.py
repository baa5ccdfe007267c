"""A proposed tool call, and what people rule on it."""

from collections.abc import Callable, Mapping
from typing import Any

from signoff_client.asking import Patience
from signoff_client.calls import Answer, Proposed, Ruled
from signoff_client.plans import calls, runs
from signoff_client.plans.runs import Turn
from signoff_client.seen import SeenRuling
from signoff_client.sync.driver import Driver
from signoff_client.sync.handoffs import Handoff


class Ruling(SeenRuling):
    """What people ruled on a call, and the way to run it once."""

    def __init__(self, ruled: Ruled, driver: Driver, patience: Patience) -> None:
        super().__init__(ruled)
        self._driver = driver
        self._patience = patience

    def once(self, run: Callable[..., Any]) -> Any:
        """Run the approved call as `run(**arguments)`, once over all processes and times.

        A second caller gets the result, as JSON has it, or AlreadyRun where there is none
        (it is running, it raised, or its process died in the middle). Raise ChangedSince if
        the call was not approved.
        """
        turn = self._driver.run(runs.begin(self.ruled, patience=self._patience))
        if not turn.ours:
            return turn.result
        try:
            result = run(**self.arguments)
        except BaseException:
            self._finish(turn, "failed", None)
            raise
        self._finish(turn, "done", result)
        return result

    def _finish(self, turn: Turn, state: str, result: Any) -> None:
        plan = runs.finish(
            self.ruled, turn, state=state, result=result, patience=self._patience
        )
        self._driver.run(plan)


class ToolCall:
    """A call that waits for people, or that they ruled on. `handoff.id` finds it again."""

    def __init__(self, call: Proposed, driver: Driver, patience: Patience) -> None:
        self.call = call
        self.handoff = Handoff(call.view, driver, patience)
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

    def wait(self, timeout: float | None = None) -> Ruling:
        """Block until people rule; StillWaiting after `timeout` seconds, as `Handoff.wait`."""
        plan = calls.ruling(self.call, timeout=timeout, patience=self._patience)
        return Ruling(self._driver.run(plan), self._driver, self._patience)
