"""What the conformance suite wants a server to have, beside all that ours has anyway.

It is offered by a door that only tests build, and that asks nobody for a key.
"""

import asyncio
import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable
from typing import Any

from mcp.shared.inbound import validate_mcp_param_headers
from mcp_types.jsonrpc import MISSING_REQUIRED_CLIENT_CAPABILITY
from msgspec.structs import replace

from signoff.domain.actors import Caller
from signoff.mcp import resources
from signoff.mcp.lifecycle import CAPABILITIES
from signoff.mcp.messages import Fault
from signoff.mcp.offer import OLD, Method, Offer
from signoff.mcp.prompts import PROMPTS, Prompt, Prompts
from signoff.mcp.toolbox import TOOLS, offer
from signoff.mcp.tools import Tool, Toolbox
from signoff.mcp.visit import Admit, Visit
from tests.mcp.asking import Asking
from tests.mcp.jobs import Jobs
from tests.mcp.samples import IMAGE, OBJECT, READABLE, SCHEMAS, SIMPLE, content, resource, text

Json = dict[str, Any]


async def with_progress(visit: Visit, arguments: Json) -> Json:
    for done in (0, 50, 100):
        await visit.progress(done, 100, "")
        await asyncio.sleep(0.02)
    return content(text("It went on."))


async def with_logging(visit: Visit, arguments: Json) -> Json:
    for said in (
        "Tool execution started",
        "Tool processing data",
        "Tool execution completed",
    ):
        await visit.reply.notify("notifications/message", {"level": "info", "data": said})
        await asyncio.sleep(0.05)
    return content(text("It was logged."))


async def missing_capability(visit: Visit, arguments: Json) -> Json:
    if "sampling" not in visit.capabilities:
        raise Fault(
            MISSING_REQUIRED_CLIENT_CAPABILITY,
            "This needs sampling",
            {"requiredCapabilities": {"sampling": {}}},
        )
    return content(text("It could be sampled."))


def _form(message: str, name: str, kind: str = "string") -> Json:
    schema = {"type": "object", "properties": {name: {"type": kind}}, "required": [name]}
    params = {"message": message, "requestedSchema": schema}
    return {"method": "elicitation/create", "params": params}


def _sample(message: str, tokens: int) -> Json:
    said = [{"role": "user", "content": text(message)}]
    return {
        "method": "sampling/createMessage",
        "params": {"messages": said, "maxTokens": tokens},
    }


ROOTS: Json = {"method": "roots/list", "params": {}}
NAME = _form("What is your name?", "name")
SECRET = b"of the tests alone"


def signed(state: str) -> str:
    return f"{state}.{hmac.digest(SECRET, state.encode(), hashlib.sha256).hex()}"


def asking(*rounds: dict[str, Json], stateful: bool = False) -> Asking:
    return Asking(rounds, sign=signed if stateful else None)


ASKING: dict[str, Asking] = {
    "test_input_required_result_elicitation": asking({"user_name": NAME}),
    "test_input_required_result_sampling": asking(
        {"capital_question": _sample("What is the capital of France?", 100)}
    ),
    "test_input_required_result_list_roots": asking({"client_roots": ROOTS}),
    "test_input_required_result_request_state": asking(
        {"confirm": _form("Please confirm", "ok", "boolean")}, stateful=True
    ),
    "test_input_required_result_multiple_inputs": asking(
        {
            "user_name": NAME,
            "greeting": _sample("Generate a greeting", 50),
            "client_roots": ROOTS,
        },
        stateful=True,
    ),
    "test_input_required_result_multi_round": asking(
        {"step1": _form("Step 1: What is your name?", "name")},
        {"step2": _form("Step 2: What is your favorite color?", "color")},
        stateful=True,
    ),
    "test_input_required_result_tampered_state": asking(
        {"confirm": _form("Please confirm", "ok", "boolean")}, stateful=True
    ),
    "test_input_required_result_capabilities": asking(
        {"user_name": NAME, "greeting": _sample("Generate a greeting", 50)}
    ),
}


def _simple(name: str) -> Callable[[Visit, Json], Awaitable[Json]]:
    async def run(visit: Visit, arguments: Json) -> Json:
        return SIMPLE[name]

    return run


def _asking(name: str) -> Callable[[Visit, Json], Awaitable[Json]]:
    async def run(visit: Visit, arguments: Json) -> Json:
        answers = ASKING[name].ask(visit)
        if "resultType" in answers:
            return answers
        return content(text(f"state-ok: {json.dumps(answers)}"))

    return run


def _tool(name: str, run: Callable[[Visit, Json], Awaitable[Json]]) -> Tool:
    schema = SCHEMAS.get(name, OBJECT)
    return Tool(name=name, title=name, description=f"{name}.", input=schema, run=run)


FIXTURES: tuple[Tool, ...] = (
    *(_tool(name, _simple(name)) for name in SIMPLE),
    *(_tool(name, _asking(name)) for name in ASKING),
    _tool("test_tool_with_progress", with_progress),
    _tool("test_tool_with_logging", with_logging),
    _tool("test_missing_capability", missing_capability),
)


async def read_resource(visit: Visit, params: Json) -> Json:
    found = READABLE.get(params.get("uri", ""))
    if found is None:
        return await resources.read(visit, params)
    return {"contents": [{"uri": params["uri"], **found}]}


def _prompt(name: str, *names: str, said: Callable[[dict[str, str]], list[Json]]) -> Prompt:
    async def write(visit: Visit, arguments: dict[str, str]) -> list[Json]:
        return [{"role": "user", "content": part} for part in said(arguments)]

    return Prompt(
        name=name,
        title=name,
        description=f"{name}.",
        write=write,
        arguments=tuple({"name": each, "required": True} for each in names),
    )


FIXTURE_PROMPTS: tuple[Prompt, ...] = (
    _prompt(
        "test_simple_prompt", said=lambda _: [text("This is a simple prompt for testing.")]
    ),
    _prompt(
        "test_prompt_with_arguments",
        "arg1",
        "arg2",
        said=lambda a: [text(f"Prompt with arguments: arg1='{a['arg1']}', arg2='{a['arg2']}'")],
    ),
    _prompt(
        "test_prompt_with_embedded_resource",
        "resourceUri",
        said=lambda a: [
            resource(a["resourceUri"], "text/plain", "Embedded resource content for testing."),
            text("Please process the embedded resource above."),
        ],
    ),
    _prompt(
        "test_prompt_with_image",
        said=lambda _: [IMAGE, text("Please analyze the image above.")],
    ),
)
ASKING_PROMPT = Asking(
    ({"user_context": _form("What context should the prompt use?", "context")},), sign=None
)


async def nothing(visit: Visit, params: Json) -> Json:
    return {}


def offer_of(caller: Callable[[], Awaitable[Caller]]) -> Offer:
    """Return all that is offered, fixtures too, to anybody who comes, as one caller."""
    prompts = Prompts((*PROMPTS, *FIXTURE_PROMPTS))

    async def admit(*_: object) -> Caller:
        return await caller()

    async def get_prompt(visit: Visit, params: Json) -> Json:
        if params.get("name") != "test_input_required_result_prompt":
            return await prompts.get(visit, params)
        answers = ASKING_PROMPT.ask(visit)
        if "resultType" in answers:
            return answers
        return {"messages": [{"role": "user", "content": text(json.dumps(answers))}]}

    let_in: Admit = admit
    jobs = Jobs()
    making_tasks = (_tool(name, run) for name, run in jobs.tools.items())
    toolbox = Toolbox((*TOOLS, *FIXTURES, *making_tasks))

    async def call(visit: Visit, params: Json) -> Json:
        wanted = toolbox.tools.get(params.get("name", ""))
        if wanted is not None and visit.is_modern:
            pairs = visit.request.scope["headers"]
            headers = {k.decode("latin-1"): v.decode("latin-1") for k, v in pairs}
            arguments = params.get("arguments") or {}
            wrong = validate_mcp_param_headers(wanted.input, arguments, headers)
            if wrong is not None:
                raise Fault(wrong.code, wrong.message, wrong.data)
        return await toolbox.call(visit, params)

    served = offer(
        admit=let_in,
        toolbox=toolbox,
        known_prompts=prompts,
        capabilities={**CAPABILITIES, "logging": {}},
    )
    known = served.methods
    return replace(
        served,
        methods={
            **known,
            "tools/call": replace(known["tools/call"], run=call),
            "tasks/get": replace(known["tasks/get"], run=jobs.get),
            "tasks/update": replace(known["tasks/update"], run=jobs.update),
            "tasks/cancel": replace(known["tasks/cancel"], run=jobs.cancel),
            "prompts/get": replace(known["prompts/get"], run=get_prompt),
            "resources/read": replace(known["resources/read"], run=read_resource),
            "logging/setLevel": Method(run=nothing, eras=frozenset({OLD})),
        },
    )
