"""Pydantic AI: deferred tools go to people, and come back with what they decided.

    gate = Gate(signoff, FileStore("runs"))
    tools = gate.guard(FunctionToolset([send_email]))
    agent = Agent(model, output_type=[str, DeferredToolRequests], toolsets=[tools])
    result = await gate.run(agent, "Write to Mira.", run="mail-42")

A call that needs approval runs as people approved it, also with arguments that they changed. A
tool that raises `submitted(…)` or `escalated(…)` hands over files or a question, and its result
is the whole decision: verdict, reason, answers, what people changed.

The messages of a named run are in the store, on the agent's side. A run without a name is
carried by its handoffs, for this agent's eyes alone: then any process goes on with it by a
handoff's id, as `await gate.resume(agent, handoff="ho_…")`.
"""

from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from msgspec import Raw, Struct
from msgspec import json as msgjson

from signoff_client.aio.calls import AsyncRuling
from signoff_client.aio.client import AsyncSignoff
from signoff_client.aio.stops import rulings, submit, together
from signoff_client.calls import fingerprint
from signoff_client.decisions import Decision
from signoff_client.errors import ChangedSince
from signoff_client.plans.handoffs import Kind
from signoff_client.plans.stops import HeldCall, HeldWork
from signoff_client.stores import Store
from signoff_client.waiting_runs import Carry, Runs, WaitingRun

try:
    from pydantic import TypeAdapter
    from pydantic_ai import (
        AbstractToolset,
        Agent,
        ApprovalRequired,
        CallDeferred,
        DeferredToolRequests,
        DeferredToolResults,
        ModelMessagesTypeAdapter,
        RunContext,
        ToolApproved,
        ToolDenied,
        WrapperToolset,
    )
    from pydantic_ai.messages import ModelResponse, ToolCallPart
except ImportError as missing:
    raise ImportError(
        "signoff_client.pydantic_ai needs Pydantic AI:"
        " pip install 'signoff-client[pydantic-ai]'"
    ) from missing

HANDOFF = "signoff"
"""The key of a deferred call's metadata under which it says what it hands over."""
DENIED = "A person rejected this call; it did not run."

_REQUESTS = TypeAdapter(DeferredToolRequests)


_RULED: ContextVar[dict[str, tuple[AsyncRuling, str]]] = ContextVar("ruled")
"""What people ruled on the calls that are about to run, and the prints of these, by ids."""


def submitted(
    files: Mapping[str, str] | None = None,
    *,
    paths: Sequence[str] = (),
    kind: Kind = "approval",
    **said: Any,
) -> CallDeferred:
    """Return what a tool raises to hand over files: as text by name, or paths that are there.

    `said` is what `Signoff.submit` takes: `title`, `summary`, `confidence`, `reviewers`, ….
    """
    asked = {"kind": kind, "files": dict(files or {}), "paths": list(paths), "said": said}
    return CallDeferred(metadata={HANDOFF: asked})


def escalated(
    needs: str, *, questions: Sequence[Mapping[str, Any]] = (), **said: Any
) -> CallDeferred:
    """Return what a tool raises to ask a person what it cannot know."""
    several = list(questions) or [{"id": "answer", "text": needs, "schema": {"type": "string"}}]
    title = said.pop("title", needs[:300])
    more = {**said, "title": title, "needs": needs, "questions": several}
    return submitted(kind="escalation", **more)


class Stopped(Struct, frozen=True, kw_only=True):
    """The state of a run that waits: its messages, and what it waits for."""

    messages: Raw
    requests: Raw


class Gate:
    """Runs agents of Pydantic AI, guards their tools, and brings what they defer to people.

    Without a store all state goes with the handoffs, up to 64 KiB of it.
    """

    def __init__(self, signoff: AsyncSignoff, store: Store | None = None) -> None:
        self._signoff = signoff
        self._runs = Runs(signoff, store)

    def guard(self, toolset: AbstractToolset[Any]) -> AbstractToolset[Any]:
        """Return tools that run only as people approved it, and once."""
        return _Guarded(wrapped=toolset)

    async def run(
        self,
        agent: Agent[Any, Any],
        prompt: Any,
        *,
        run: str = "",
        timeout: float | None = None,
        **options: Any,
    ) -> Any:
        """Run an agent until its output is none of deferred tools; return the result.

        `run` names the run, and finds it in the store again: a run that is kept under this
        name is resumed, and `prompt` is not looked at. A run without a name is found again by
        what it waits for, `StillWaiting.handoff`; TooLarge if its state is too long for that
        and there is no store.
        StillWaiting after `timeout` seconds: go on from here or another process.
        Deferred calls that are not for people are returned as the agent returned them.
        """
        return await self._runs.run(_Run(self, agent, timeout, options, prompt), run)

    async def resume(
        self,
        agent: Agent[Any, Any],
        *,
        run: str = "",
        handoff: str = "",
        timeout: float | None = None,
        **options: Any,
    ) -> Any:
        """Go on with a run that waits: the one of this name, or the one behind a handoff.

        Raise SignoffError if none is kept under the name, or none is carried by the handoff.
        A run goes on from the handoff that is named. Name the last of it: the model is asked
        again for all that came after, while a call that ran is not run again.
        """
        going_on = _Run(self, agent, timeout, options)
        return await self._runs.resume(going_on, name=run, handoff=handoff)

    async def resolve(
        self,
        requests: DeferredToolRequests,
        *,
        run: str,
        timeout: float | None = None,
        **said: Any,
    ) -> DeferredToolResults:
        """Return what people decided on each deferred call; `said` goes with each handoff.

        Guarded tools then run on these approvals in the task that awaited this.
        """
        handoffs = {
            call.tool_call_id: await submit(self._signoff, _work(call, requests, run, said))
            for call in requests.calls
            if HANDOFF in requests.metadata.get(call.tool_call_id, {})
        }
        held = [_call(call, requests, run, said) for call in requests.approvals]
        ruled = await rulings(self._signoff, held, timeout=timeout)
        seen = {each.call_id: fingerprint(each.name, each.arguments) for each in held}
        _RULED.set({name: (each, seen[name]) for name, each in ruled.items()})
        decided = await together([each.wait(timeout) for each in handoffs.values()])
        return requests.build_results(
            approvals={name: _approval(ruling) for name, ruling in ruled.items()},
            calls={name: told(each) for name, each in zip(handoffs, decided, strict=True)},
        )


@dataclass(frozen=True)
class _Run:
    """A run of an agent, in steps; see `waiting_runs.Run`."""

    gate: Gate
    agent: Agent[Any, Any]
    timeout: float | None
    options: Mapping[str, Any]
    prompt: Any = None

    async def begin(self) -> Any:
        return await self.agent.run(self.prompt, **self.options)

    def stopped(self, result: Any) -> Raw | None:
        if not (isinstance(result.output, DeferredToolRequests) and _is_ours(result.output)):
            return None
        stopped = Stopped(
            messages=Raw(result.all_messages_json()),
            requests=Raw(_REQUESTS.dump_json(result.output)),
        )
        return Raw(msgjson.encode(stopped))

    async def ask(self, waiting: WaitingRun, key: str, carry: Carry) -> dict[str, Any]:
        stopped = msgjson.decode(waiting.state, type=Stopped)
        requests = _REQUESTS.validate_json(bytes(stopped.requests))
        ruled = await self.gate.resolve(requests, run=key, timeout=self.timeout, **carry())
        history = ModelMessagesTypeAdapter.validate_json(bytes(stopped.messages))
        return {"message_history": history, "deferred_tool_results": ruled}

    async def go_on(self, word: dict[str, Any]) -> Any:
        return await self.agent.run(**word, **self.options)


def _work(
    call: ToolCallPart, requests: DeferredToolRequests, run: str, said: Mapping[str, Any]
) -> HeldWork:
    asked = requests.metadata[call.tool_call_id][HANDOFF]
    return HeldWork(
        key=f"{run}:{call.tool_call_id}",
        kind=asked["kind"],
        paths=asked["paths"],
        files=asked["files"],
        said={**asked["said"], **said, "correlation": call.tool_call_id},
    )


def _call(
    call: ToolCallPart, requests: DeferredToolRequests, run: str, said: Mapping[str, Any]
) -> HeldCall:
    known = requests.metadata.get(call.tool_call_id, {})
    return HeldCall(
        key=f"{run}:{call.tool_call_id}",
        call_id=call.tool_call_id,
        name=call.tool_name,
        arguments=call.args_as_dict(),
        schema=known.get("schema"),
        said={**said, **({"summary": str(known["summary"])} if "summary" in known else {})},
    )


def _is_ours(requests: DeferredToolRequests) -> bool:
    """Say whether every deferred call is for people: a run goes on with all of them at once."""
    return all(
        HANDOFF in requests.metadata.get(call.tool_call_id, {}) for call in requests.calls
    )


def _approval(ruling: AsyncRuling) -> ToolApproved | ToolDenied:
    match ruling.kind:
        case "approve":
            return ToolApproved()
        case "edit":
            return ToolApproved(override_args=dict(ruling.arguments))
        case "respond":
            return ToolDenied(ruling.message or DENIED)
        case "reject":
            return ToolDenied(f"{DENIED} {ruling.message}".strip())


def told(decision: Decision) -> dict[str, Any]:
    """Return a decision as a tool's result: only what says something."""
    said = {
        "verdict": decision.verdict,
        "feedback": decision.feedback,
        "answers": decision.answers,
        "files": {one.path: one.verdict for one in decision.files},
        "changed_by_people": decision.difference(),
        "path": decision.path,
        "handoff": decision.handoff,
    }
    return {name: value for name, value in said.items() if value}


@dataclass
class _Guarded(WrapperToolset[Any]):
    """Tools of which each call is held against its approval, and runs once."""

    async def call_tool(
        self, name: str, tool_args: dict[str, Any], ctx: RunContext[Any], tool: Any
    ) -> Any:
        """Run an approved call; ask for the approval of any other."""
        if not ctx.tool_call_approved:
            raise ApprovalRequired({"schema": tool.tool_def.parameters_json_schema})
        ruling, seen = _RULED.get({}).get(ctx.tool_call_id or "", (None, ""))
        if ruling is None or not ruling.may_run:
            raise ChangedSince(f"Nobody approved this call of “{name}”")
        part = _part(ctx)
        if fingerprint(part.tool_name, part.args_as_dict()) != seen:
            raise ChangedSince(f"This call of “{name}” is not what people saw")
        run = super().call_tool
        return await ruling.once(lambda **_: run(name, tool_args, ctx, tool))


def _part(ctx: RunContext[Any]) -> ToolCallPart:
    """Return the call as the model made it, which is what people saw."""
    for message in reversed(ctx.messages):
        for part in message.parts if isinstance(message, ModelResponse) else ():
            if isinstance(part, ToolCallPart) and part.tool_call_id == ctx.tool_call_id:
                return part
    raise ChangedSince("This call is not among the messages of its run")
