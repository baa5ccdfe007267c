"""The OpenAI Agents SDK: what a run stops for goes to people, their word resumes it.

    approvals = Approvals(signoff, FileStore("runs"))
    agent = Agent(name="mailer", tools=[approvals.guard(send_email)], …)
    result = await approvals.run(agent, "Write to Mira.", run="mail-42")

The state of a run stays in the store, on the agent's side; people see the calls.

The SDK binds an approval to the arguments that the model gave and cannot change them. So a
call that people edited is refused with a message that tells the model to call again with their
arguments; that one call then runs on the approval that was given, without asking again, and
any other is asked about anew.
"""

import dataclasses
import json
import uuid
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

from msgspec import Struct, field
from msgspec import json as msgjson

from signoff_client.aio.calls import AsyncRuling
from signoff_client.aio.client import AsyncSignoff
from signoff_client.calls import fingerprint
from signoff_client.errors import ChangedSince, SignoffError
from signoff_client.proposing import HeldBack, rulings
from signoff_client.stores import Store

try:
    from agents import Agent, FunctionTool, Runner, RunResult, RunState, ToolApprovalItem
except ImportError as missing:
    raise ImportError(
        "signoff_client.openai_agents needs the OpenAI Agents SDK:"
        " pip install 'signoff-client[openai-agents]'"
    ) from missing

REJECTED = "A person rejected this call; it did not run."


_RULED: ContextVar[dict[str, AsyncRuling]] = ContextVar("ruled")
"""What people ruled on the calls that are about to run, by their ids."""


class Kept(Struct, kw_only=True):
    """A run that waits, and the handoffs of approvals that calls of it run on."""

    state: str
    token: str = field(default_factory=lambda: uuid.uuid4().hex)
    """Part of what names its calls: another run of the same name asks anew."""
    offered: dict[str, str] = {}
    """By the fingerprint of what people made of a call: the model is told to call that."""
    taken: dict[str, str] = {}
    """By the id of the call that took the offer up."""


class Approvals:
    """Runs agents of the SDK, and brings what they stop for to people."""

    def __init__(self, signoff: AsyncSignoff, store: Store) -> None:
        self._signoff = signoff
        self._store = store

    def guard(self, tool: FunctionTool) -> FunctionTool:
        """Return a tool that runs only as people approved it, and once.

        What is about to run is held against the approval; without one it is refused, whatever
        the state of the run says.
        """
        invoke = tool.on_invoke_tool

        async def checked(context: Any, raw: str) -> Any:
            ruling = _RULED.get({}).get(context.tool_call_id)
            if ruling is None:
                raise ChangedSince(f"Nobody approved this call of “{tool.name}”")
            ruling.check(tool.name, _object(raw))
            return await ruling.once(lambda **_: invoke(context, raw))

        return dataclasses.replace(tool, on_invoke_tool=checked, needs_approval=True)

    async def run(
        self,
        agent: Agent[Any],
        given: Any,
        *,
        run: str,
        timeout: float | None = None,
        **options: Any,
    ) -> RunResult:
        """Run an agent until it is done. `run` names the run, and finds it again.

        A run that is kept under this name is resumed, and `given` is not looked at.
        StillWaiting after `timeout` seconds: call it again, from here or another process.
        `options` go to the SDK's `Runner.run`.
        """
        kept = self._kept(run)
        if kept is None:
            result = await Runner.run(agent, given, **options)
        else:
            result = await self._go_on(agent, kept, run, timeout, options)
        while result.interruptions:
            kept = kept or Kept(state="")
            kept.state = result.to_state().to_string()
            self._keep(run, kept)
            result = await self._go_on(agent, kept, run, timeout, options)
        self._store.drop(run)
        return result

    async def resume(
        self, agent: Agent[Any], *, run: str, timeout: float | None = None, **options: Any
    ) -> RunResult:
        """Go on with a run that waits; raise SignoffError if none is kept under this name."""
        if self._kept(run) is None:
            raise SignoffError(f"No run is kept as “{run}”: it is done, or was never begun")
        return await self.run(agent, None, run=run, timeout=timeout, **options)

    async def _go_on(
        self,
        agent: Agent[Any],
        kept: Kept,
        run: str,
        timeout: float | None,
        options: Mapping[str, Any],
    ) -> RunResult:
        state: RunState[Any] = await RunState.from_string(agent, kept.state)
        items = {_id(item): item for item in state.get_interruptions()}
        ruled: dict[str, AsyncRuling] = {}
        for name, item in items.items():
            if handoff := _taken(kept, name, item):
                ruled[name] = await (await self._signoff.tool_call(handoff)).wait()
        named = f"{run}:{kept.token}"
        held = [_held(agent, named, item) for id_, item in items.items() if id_ not in ruled]
        ruled |= await rulings(self._signoff, held, timeout=timeout)
        for name, item in items.items():
            _apply(state, item, ruled[name], kept)
        self._keep(run, kept)
        _RULED.set(ruled)
        return await Runner.run(agent, state, **options)

    def _kept(self, run: str) -> Kept | None:
        text = self._store.get(run)
        return None if text is None else msgjson.decode(text, type=Kept)

    def _keep(self, run: str, kept: Kept) -> None:
        self._store.put(run, msgjson.encode(kept).decode())


def _held(agent: Agent[Any], run: str, item: ToolApprovalItem) -> HeldBack:
    schemas = {
        tool.name: tool.params_json_schema
        for tool in agent.tools
        if isinstance(tool, FunctionTool)
    }
    return HeldBack(
        run=run,
        call_id=_id(item),
        name=_name(item),
        arguments=_object(item.arguments),
        schema=schemas.get(_name(item)),
    )


def _taken(kept: Kept, name: str, item: ToolApprovalItem) -> str | None:
    """Return the approval on which a call runs that is what people made of another one."""
    if name not in kept.taken:
        offer = kept.offered.pop(fingerprint(_name(item), _object(item.arguments)), None)
        if offer is not None:
            kept.taken[name] = offer
    return kept.taken.get(name)


def _apply(
    state: RunState[Any], item: ToolApprovalItem, ruling: AsyncRuling, kept: Kept
) -> None:
    """Say in a run's state what people ruled on a call."""
    match ruling.kind:
        case "edit" if _id(item) not in kept.taken:
            made = fingerprint(ruling.name, ruling.arguments)
            kept.offered[made] = ruling.decision.handoff
            state.reject(item, rejection_message=_again(ruling))
        case "approve" | "edit":
            state.approve(item)
        case "respond":
            state.reject(item, rejection_message=ruling.message or REJECTED)
        case "reject":
            words = f"{REJECTED} {ruling.message}".strip()
            state.reject(item, rejection_message=words)


def _again(ruling: AsyncRuling) -> str:
    arguments = json.dumps(dict(ruling.arguments), ensure_ascii=False)
    return (
        "This call did not run. A person approved it with other arguments. Call"
        f" {ruling.name} again with exactly these: {arguments}"
    )


def _name(item: ToolApprovalItem) -> str:
    return item.name or "tool"


def _id(item: ToolApprovalItem) -> str:
    if item.call_id is None:
        raise SignoffError(f"A call of “{_name(item)}” has no id, so no answer finds it again")
    return item.call_id


def _object(raw: str | None) -> dict[str, Any]:
    """Return arguments as people see them; what is no object is shown under one name."""
    try:
        value = json.loads(raw or "{}", parse_constant=_no_number)
    except ValueError:
        value = raw
    return value if isinstance(value, dict) else {"input": value}


def _no_number(name: str) -> Any:
    """Refuse what JSON has no word for: it would be shown as null, and run as it is."""
    raise ValueError(name)
