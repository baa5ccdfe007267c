"""Tools of the conformance suite that make tasks of their own, which ours never do."""

import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from itertools import count
from typing import Any

from mcp_types.jsonrpc import INTERNAL_ERROR, INVALID_PARAMS

from signoff.mcp import tasks
from signoff.mcp.messages import Fault
from signoff.mcp.visit import Visit

Json = dict[str, Any]


def _text(said: str, *, error: bool = False) -> Json:
    return {"content": [{"type": "text", "text": said}], "isError": error}


def _question(message: str) -> Json:
    schema = {"type": "object", "properties": {"answer": {"type": "string"}}}
    params = {"mode": "form", "message": message, "requestedSchema": schema}
    return {"method": "elicitation/create", "params": params}


class Job:
    """Work that takes its time, and may ask its client in the middle of it."""

    def __init__(
        self, name: str, *, seconds: float, result: Json | None, asks: dict[str, Json]
    ) -> None:
        self.name = name
        self.asks = asks
        self.is_cancelled = False
        self._result = result
        self._began = datetime.now(UTC)
        self._until = time.monotonic() + seconds

    @property
    def _status(self) -> str:
        if self.is_cancelled:
            return "cancelled"
        if self.asks:
            return "input_required"
        if time.monotonic() < self._until:
            return "working"
        return "failed" if self._result is None else "completed"

    @property
    def seed(self) -> Json:
        return {
            "taskId": self.name,
            "status": self._status,
            "createdAt": self._began,
            "lastUpdatedAt": datetime.now(UTC),
            "ttlMs": 60_000,
            "pollIntervalMs": 200,
        }

    @property
    def shown(self) -> Json:
        parts: dict[str, Json] = {
            "input_required": {"inputRequests": self.asks},
            "completed": {"result": self._result},
            "failed": {"error": {"code": INTERNAL_ERROR, "message": "It broke"}},
        }
        return {**self.seed, **parts.get(self._status, {})}


class Jobs:
    """Every job by its id, with the methods that look at one."""

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}
        self._ids = count(1)

    def begin(
        self, seconds: float, result: Json | None, *, asks: dict[str, Json] | None = None
    ) -> Json:
        job = Job(f"job-{next(self._ids)}", seconds=seconds, result=result, asks=asks or {})
        self._jobs[job.name] = job
        return {"resultType": "task", **job.seed}

    @property
    def tools(self) -> dict[str, Callable[[Visit, Json], Awaitable[Json]]]:
        return {
            "greet": self._greet,
            "slow_compute": self._slow,
            "failing_job": self._failing,
            "protocol_error_job": self._breaking,
            "confirm_delete": self._confirm,
            "multi_input": self._several,
            "test_tool_with_task": self._asking_first,
        }

    async def _greet(self, _visit: Visit, said: Json) -> Json:
        return _text(f"Hello, {said.get('name')}!")

    async def _slow(self, visit: Visit, said: Json) -> Json:
        done = _text(f"Computed {said.get('label')}")
        return self.begin(said.get("seconds", 0), done) if visit.takes_tasks else done

    async def _failing(self, visit: Visit, _said: Json) -> Json:
        tasks.check_declared(visit)
        return self.begin(0.5, _text("It failed", error=True))

    async def _breaking(self, visit: Visit, _said: Json) -> Json:
        tasks.check_declared(visit)
        return self.begin(0.2, None)

    async def _confirm(self, visit: Visit, _said: Json) -> Json:
        tasks.check_declared(visit)
        return self.begin(0, _text("Deleted"), asks={"sure": _question("Are you sure?")})

    async def _several(self, visit: Visit, _said: Json) -> Json:
        tasks.check_declared(visit)
        asks = {"one": _question("First?"), "two": _question("Second?")}
        return self.begin(0, _text("Both were answered"), asks=asks)

    async def _asking_first(self, visit: Visit, _said: Json) -> Json:
        tasks.check_declared(visit)
        answers = visit.message.params.get("inputResponses")
        if not answers:
            asked = {"user_name": _question("What is your name?")}
            return {"resultType": "input_required", "inputRequests": asked}
        return self.begin(0.2, _text(f"Done for {answers}"))

    # The methods.

    async def get(self, visit: Visit, params: Json) -> Json:
        job = self._of(visit, params)
        return await tasks.get(visit, params) if job is None else job.shown

    async def update(self, visit: Visit, params: Json) -> Json:
        job = self._of(visit, params)
        if job is None:
            return await tasks.update(visit, params)
        answers = params.get("inputResponses")
        if not isinstance(answers, dict):
            raise Fault(INVALID_PARAMS, "The responses are an object")
        job.asks = {name: each for name, each in job.asks.items() if name not in answers}
        return {}

    async def cancel(self, visit: Visit, params: Json) -> Json:
        job = self._of(visit, params)
        if job is None:
            return await tasks.cancel(visit, params)
        if job.shown["status"] in ("working", "input_required"):
            job.is_cancelled = True
        return {}

    def _of(self, visit: Visit, params: Json) -> Job | None:
        tasks.check_declared(visit)
        return self._jobs.get(str(params.get("taskId")))
