"""The OpenAI Agents SDK: what a run stops for goes to people, their word resumes it.

    gate = Gate(signoff, FileStore("runs"))
    agent = Agent(name="mailer", tools=[gate.guard(send_email)], …)
    result = await gate.run(agent, "Write to Mira.", run="mail-42")

The state of a named run is in the store, on the agent's side; people see the calls. A run
without a name carries its state with its handoffs, for this agent's eyes alone: then any
process goes on with it by a handoff's id, as `await gate.resume(agent, handoff="ho_…")`.

The SDK binds an approval to the arguments that the model gave and cannot change them. So a
call that people edited is refused with a message that tells the model to call again with their
arguments; that one call then runs on the approval that was given, without asking again, and
any other is asked about anew.
"""

import dataclasses
import json
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from msgspec import Raw

from signoff_client.aio.calls import AsyncRuling
from signoff_client.aio.client import AsyncSignoff
from signoff_client.aio.stops import rulings
from signoff_client.calls import fingerprint
from signoff_client.errors import ChangedSince, SignoffError
from signoff_client.plans.stops import HeldCall
from signoff_client.stores import Store
from signoff_client.waiting_runs import Carry, Runs, WaitingRun

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


class Gate:
    """Runs agents of the SDK, guards their tools, and brings what they stop for to people.

    Without a store all state goes with the handoffs, up to 64 KiB of it.
    """

    def __init__(self, signoff: AsyncSignoff, store: Store | None = None) -> None:
        self._signoff = signoff
        self._runs = Runs(signoff, store)

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
        run: str = "",
        timeout: float | None = None,
        **options: Any,
    ) -> RunResult:
        """Run an agent until it is done. `run` names the run, and finds it in the store again.

        A run that is kept under this name is resumed, and `given` is not looked at. A run
        without a name is found again by what it waits for, `StillWaiting.handoff`; TooLarge
        if its state is too long to go with it and there is no store.
        StillWaiting after `timeout` seconds: go on from here or another process.
        `options` go to the SDK's `Runner.run`.
        """
        begun = _Run(self._signoff, agent, timeout, options, given)
        return await self._runs.run(begun, run)

    async def resume(
        self,
        agent: Agent[Any],
        *,
        run: str = "",
        handoff: str = "",
        timeout: float | None = None,
        **options: Any,
    ) -> RunResult:
        """Go on with a run that waits: the one of this name, or the one behind a handoff.

        Raise SignoffError if none is kept under the name, or none is carried by the handoff.
        A run goes on from the handoff that is named. Name the last of it: the model is asked
        again for all that came after, while a call that ran is not run again.
        """
        going_on = _Run(self._signoff, agent, timeout, options)
        return await self._runs.resume(going_on, name=run, handoff=handoff)


@dataclass(frozen=True)
class _Run:
    """A run of the SDK, in steps; see `waiting_runs.Run`."""

    signoff: AsyncSignoff
    agent: Agent[Any]
    timeout: float | None
    options: Mapping[str, Any]
    given: Any = None

    async def begin(self) -> RunResult:
        return await Runner.run(self.agent, self.given, **self.options)

    def stopped(self, result: RunResult) -> Raw | None:
        if not result.interruptions:
            return None
        return Raw(result.to_state().to_string().encode())

    async def ask(self, waiting: WaitingRun, key: str, carry: Carry) -> RunState[Any]:
        text = bytes(waiting.state).decode()
        state: RunState[Any] = await RunState.from_string(self.agent, text)
        items = {_id(item): item for item in state.get_interruptions()}
        ruled: dict[str, AsyncRuling] = {}
        for name, item in items.items():
            if handoff := _taken(waiting, name, item):
                ruled[name] = await (await self.signoff.tool_call(handoff)).wait()
        new = [item for name, item in items.items() if name not in ruled]
        said = carry() if new else {}
        held = [_held(self.agent, key, item, said) for item in new]
        ruled |= await rulings(self.signoff, held, timeout=self.timeout)
        for name, item in items.items():
            _apply(state, item, ruled[name], waiting)
        _RULED.set(ruled)
        return state

    async def go_on(self, word: RunState[Any]) -> RunResult:
        return await Runner.run(self.agent, word, **self.options)


def _held(
    agent: Agent[Any], run: str, item: ToolApprovalItem, said: Mapping[str, Any]
) -> HeldCall:
    schemas = {
        tool.name: tool.params_json_schema
        for tool in agent.tools
        if isinstance(tool, FunctionTool)
    }
    return HeldCall(
        key=f"{run}:{_id(item)}",
        call_id=_id(item),
        name=_name(item),
        arguments=_object(item.arguments),
        schema=schemas.get(_name(item)),
        said=said,
    )


def _taken(kept: WaitingRun, name: str, item: ToolApprovalItem) -> str | None:
    """Return the approval on which a call runs that is what people made of another one."""
    if name not in kept.taken:
        offer = kept.offered.pop(fingerprint(_name(item), _object(item.arguments)), None)
        if offer is not None:
            kept.taken[name] = offer
    return kept.taken.get(name)


def _apply(
    state: RunState[Any], item: ToolApprovalItem, ruling: AsyncRuling, kept: WaitingRun
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
