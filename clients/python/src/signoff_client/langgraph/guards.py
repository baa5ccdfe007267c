"""Guarded tools: a call suspends its thread, and runs once, as people approved it."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from signoff_client import Signoff, ToolCall
from signoff_client.calls import ALL_ANSWERS, Answer, fingerprint
from signoff_client.errors import AlreadyRun, ChangedSince
from signoff_client.langgraph.frameworks import (
    AgentMiddleware,
    ToolMessage,
    get_config,
    interrupt,
)
from signoff_client.langgraph.requests import CALL, THREAD

Handler = Callable[[Any], Any]
AsyncHandler = Callable[[Any], Awaitable[Any]]


class Guard(AgentMiddleware[Any, Any, Any]):
    """Suspends before the named tools run: `create_agent`'s middleware, a ToolNode's wrapper.

    The call that is about to run is held against what people saw, it runs with the arguments
    that they approved, and it runs once, however often the thread is resumed.
    """

    def __init__(self, signoff: Signoff, tools: Mapping[str, bool | Sequence[Answer]]) -> None:
        super().__init__()
        self._signoff = signoff
        self._allowed = {
            name: ALL_ANSWERS if answers is True else tuple(answers)
            for name, answers in tools.items()
            if answers
        }

    def __call__(self, request: Any, handler: Handler) -> Any:
        """Wrap a call, as `ToolNode(wrap_tool_call=…)` wants it."""
        return self.wrap_tool_call(request, handler)

    def wrap_tool_call(self, request: Any, handler: Handler) -> Any:
        """Let people decide on a call, then run it, or tell the model why not."""
        call = request.tool_call
        allowed = self._allowed.get(call["name"])
        if allowed is None:
            return handler(request)
        asked = {
            "type": CALL,
            "name": call["name"],
            "args": call["args"],
            "tool_call_id": call["id"],
            "allowed": list(allowed),
            "schema": _schema(request.tool),
        }
        resumed = interrupt(asked)
        proposed = self._proposed(resumed, call)
        ruling = proposed.wait()
        if not ruling.may_run:
            status = "success" if ruling.kind == "respond" else "error"
            return _message(call, _not_run(ruling.kind, ruling.message), status=status)
        note = _edited(ruling.arguments) if ruling.kind == "edit" else ""
        return self._once(ruling, request, handler, note)

    async def awrap_tool_call(self, request: Any, handler: AsyncHandler) -> Any:
        """Do the same in an event loop: the tool runs in it, what blocks in a thread."""
        loop = asyncio.get_running_loop()

        async def called(request: Any) -> Any:
            return await handler(request)

        def run(request: Any) -> Any:
            return asyncio.run_coroutine_threadsafe(called(request), loop).result()

        return await asyncio.to_thread(self.wrap_tool_call, request, run)

    def _proposed(self, resumed: Any, call: Mapping[str, Any]) -> ToolCall:
        """Return the call that people decided on, if it is this very one."""
        name = resumed.get("handoff") if isinstance(resumed, Mapping) else None
        if not isinstance(name, str):
            raise ChangedSince("The thread was resumed without a handoff")
        proposed = self._signoff.tool_call(name)
        thread = get_config()["configurable"]["thread_id"]
        asked = (fingerprint(call["name"], call["args"]), call["id"], thread)
        said = proposed.handoff
        about = (
            fingerprint(proposed.name, proposed.arguments),
            said.correlation,
            said.extra.get(THREAD),
        )
        if about != asked:
            raise ChangedSince(f"{name} was not about this call of “{call['name']}”")
        return proposed

    def _once(self, ruling: Any, request: Any, handler: Handler, note: str) -> Any:
        call, fresh = request.tool_call, []

        def run(**arguments: Any) -> Any:
            ran = handler(request.override(tool_call={**call, "args": arguments}))
            fresh.append(ran)
            return {"content": getattr(ran, "content", None), "status": _status(ran)}

        try:
            kept = ruling.once(run)
        except AlreadyRun as already:
            words = f"It was begun before, and nobody knows how it ended: {already}"
            return _message(call, words, status="error")
        if fresh and not isinstance(fresh[0], ToolMessage):
            return fresh[0]
        return _message(call, _joined(note, kept["content"]), status=kept["status"])


def _schema(tool: Any) -> Any:
    schema = getattr(tool, "tool_call_schema", None)
    if isinstance(schema, dict):
        return schema
    return schema.model_json_schema() if schema is not None else None


def _not_run(kind: str, message: str) -> str:
    if kind == "respond":
        return message
    return f"A person rejected this call; it did not run. {message}".strip()


def _edited(arguments: Mapping[str, Any]) -> str:
    return f"A person changed the arguments before it ran, to: {dict(arguments)}."


def _joined(note: str, content: Any) -> Any:
    if not note:
        return content
    return f"{note}\n\n{content}" if isinstance(content, str) else [note, *(content or [])]


def _status(ran: Any) -> str:
    return getattr(ran, "status", "success")


def _message(call: Mapping[str, Any], content: Any, *, status: str) -> ToolMessage:
    return ToolMessage(
        content=content, name=call["name"], tool_call_id=call["id"], status=status
    )
