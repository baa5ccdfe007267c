"""Pydantic AI: deferred tools go to people, and come back with what they decided.

    reviews = Reviews(signoff, FileStore("runs"))
    tools = reviews.guard(FunctionToolset([send_email]))
    agent = Agent(model, output_type=[str, DeferredToolRequests], toolsets=[tools])
    result = await reviews.run(agent, "Write to Mira.", run="mail-42")

A call that needs approval runs as people approved it, also with arguments that they changed. A
tool that raises `submitted(…)` or `asked(…)` hands over files or a question, and its result is
the whole decision: verdict, reason, answers, what people changed.
"""

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from msgspec import Raw, Struct, field
from msgspec import json as msgjson

from signoff_client.aio.calls import AsyncRuling
from signoff_client.aio.client import AsyncSignoff
from signoff_client.aio.handoffs import AsyncHandoff
from signoff_client.calls import fingerprint
from signoff_client.decisions import Decision
from signoff_client.errors import ChangedSince, SignoffError, Stale
from signoff_client.proposing import HeldBack, rulings
from signoff_client.stores import Store

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
FOLDER = "runs"
DENIED = "A person rejected this call; it did not run."

_REQUESTS = TypeAdapter(DeferredToolRequests)


@dataclass(frozen=True)
class Approved:
    """What people ruled on a call, and the print of what they saw."""

    ruling: AsyncRuling
    seen: str


_RULED: ContextVar[dict[str, Approved]] = ContextVar("ruled")
"""What people ruled on the calls that are about to run, by their ids."""


def submitted(
    files: Mapping[str, str] | None = None,
    *,
    paths: Sequence[str] = (),
    kind: str = "approval",
    **said: Any,
) -> CallDeferred:
    """Return what a tool raises to hand over files: as text by name, or paths that are there.

    `said` is what `Signoff.submit` takes: `title`, `summary`, `confidence`, `reviewers`, ….
    """
    asked = {"kind": kind, "files": dict(files or {}), "paths": list(paths), "said": said}
    return CallDeferred(metadata={HANDOFF: asked})


def asked(
    needs: str, *, questions: Sequence[Mapping[str, Any]] = (), **said: Any
) -> CallDeferred:
    """Return what a tool raises to ask a person what it cannot know."""
    several = list(questions) or [{"id": "answer", "text": needs, "schema": {"type": "string"}}]
    title = said.pop("title", needs[:300])
    more = {**said, "title": title, "needs": needs, "questions": several}
    return submitted({"question.md": f"# {title}\n\n{needs}\n"}, kind="escalation", **more)


class Kept(Struct, kw_only=True):
    """A run that waits: its messages, and what it waits for."""

    messages: Raw
    requests: Raw
    token: str = field(default_factory=lambda: uuid.uuid4().hex)
    """Part of what names its calls: another run of the same name asks anew."""


class Reviews:
    """Runs agents of Pydantic AI, and brings their deferred tools to people."""

    def __init__(self, signoff: AsyncSignoff, store: Store) -> None:
        self._signoff = signoff
        self._store = store

    def guard(self, toolset: AbstractToolset[Any]) -> AbstractToolset[Any]:
        """Return tools that run only as people approved it, and once."""
        return _Guarded(wrapped=toolset)

    async def run(
        self,
        agent: Agent[Any, Any],
        prompt: Any,
        *,
        run: str,
        timeout: float | None = None,
        **options: Any,
    ) -> Any:
        """Run an agent until its output is none of deferred tools; return the result.

        A run that is kept under this name is resumed, and `prompt` is not looked at.
        StillWaiting after `timeout` seconds: call it again, from here or another process.
        Deferred calls that are not for people are returned as the agent returned them.
        """
        kept = self._kept(run)
        if kept is None:
            result = await agent.run(prompt, **options)
        else:
            result = await self._go_on(agent, kept, run, timeout, options)
        while isinstance(result.output, DeferredToolRequests) and _is_ours(result.output):
            kept = Kept(
                messages=Raw(result.all_messages_json()),
                requests=Raw(_REQUESTS.dump_json(result.output)),
                **({"token": kept.token} if kept is not None else {}),
            )
            self._store.put(run, msgjson.encode(kept).decode())
            result = await self._go_on(agent, kept, run, timeout, options)
        self._store.drop(run)
        return result

    async def resume(
        self, agent: Agent[Any, Any], *, run: str, timeout: float | None = None, **options: Any
    ) -> Any:
        """Go on with a run that waits; raise SignoffError if none is kept under this name."""
        if self._kept(run) is None:
            raise SignoffError(f"No run is kept as “{run}”: it is done, or was never begun")
        return await self.run(agent, None, run=run, timeout=timeout, **options)

    def _kept(self, run: str) -> Kept | None:
        text = self._store.get(run)
        return None if text is None else msgjson.decode(text, type=Kept)

    async def _go_on(
        self,
        agent: Agent[Any, Any],
        kept: Kept,
        run: str,
        timeout: float | None,
        options: Mapping[str, Any],
    ) -> Any:
        requests = _REQUESTS.validate_json(bytes(kept.requests))
        named = f"{run}:{kept.token}"
        results = await self.resolve(requests, run=named, timeout=timeout)
        history = ModelMessagesTypeAdapter.validate_json(bytes(kept.messages))
        return await agent.run(
            message_history=history, deferred_tool_results=results, **options
        )

    async def resolve(
        self, requests: DeferredToolRequests, *, run: str, timeout: float | None = None
    ) -> DeferredToolResults:
        """Return what people decided on each deferred call.

        Guarded tools then run on these approvals in the task that awaited this.
        """
        handoffs = {
            call.tool_call_id: await self._handed_over(call, requests, run)
            for call in requests.calls
            if HANDOFF in requests.metadata.get(call.tool_call_id, {})
        }
        held = [
            HeldBack(
                run=run,
                call_id=call.tool_call_id,
                name=call.tool_name,
                arguments=call.args_as_dict(),
                summary=str(requests.metadata.get(call.tool_call_id, {}).get("summary", "")),
            )
            for call in requests.approvals
        ]
        ruled = await rulings(self._signoff, held, timeout=timeout)
        seen = {each.call_id: fingerprint(each.name, each.arguments) for each in held}
        _RULED.set({name: Approved(each, seen[name]) for name, each in ruled.items()})
        decided = {name: await each.wait(timeout) for name, each in handoffs.items()}
        return requests.build_results(
            approvals={name: _approval(ruling) for name, ruling in ruled.items()},
            calls={name: told(decision) for name, decision in decided.items()},
        )

    async def _handed_over(
        self, call: ToolCallPart, requests: DeferredToolRequests, run: str
    ) -> AsyncHandoff:
        """Hand over what a call says; the same again is the same handoff."""
        asked_ = requests.metadata[call.tool_call_id][HANDOFF]
        key = f"{run}:{call.tool_call_id}"[-255:]
        async for known in self._signoff.handoffs(dedupe_key=key):
            if known.state != "withdrawn":
                return known
        paths = asked_["paths"] or [await self._written(asked_["files"], key)]
        said = {**asked_["said"], "dedupe_key": key, "correlation": call.tool_call_id}
        match asked_["kind"]:
            case "escalation":
                return await self._signoff.escalate(paths, **said)
            case "relay":
                return await self._signoff.hand_over(paths, **said)
            case _:
                return await self._signoff.submit(paths, **said)

    async def _written(self, files: Mapping[str, str], key: str) -> str:
        folder = f"{FOLDER}/{hashlib.sha256(key.encode()).hexdigest()[:24]}"
        for name, text in files.items():
            try:
                await self._signoff.write(f"{folder}/{name}", text.encode(), if_none_match="*")
            except Stale:
                continue  # written before, by this very call
        return folder


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
            raise ApprovalRequired
        approved = _RULED.get({}).get(ctx.tool_call_id or "")
        if approved is None or not approved.ruling.may_run:
            raise ChangedSince(f"Nobody approved this call of “{name}”")
        part = _part(ctx)
        if fingerprint(part.tool_name, part.args_as_dict()) != approved.seen:
            raise ChangedSince(f"This call of “{name}” is not what people saw")
        run = super().call_tool
        return await approved.ruling.once(lambda **_: run(name, tool_args, ctx, tool))


def _part(ctx: RunContext[Any]) -> ToolCallPart:
    """Return the call as the model made it, which is what people saw."""
    for message in reversed(ctx.messages):
        for part in message.parts if isinstance(message, ModelResponse) else ():
            if isinstance(part, ToolCallPart) and part.tool_call_id == ctx.tool_call_id:
                return part
    raise ChangedSince("This call is not among the messages of its run")
