"""Prompts that a person picks in their client: one teaches the protocol of handing over."""

from collections.abc import Awaitable, Callable, Iterable

from mcp_types.jsonrpc import INVALID_PARAMS
from msgspec import Struct

from signoff.mcp.lifecycle import INSTRUCTIONS
from signoff.mcp.messages import Fault, Json
from signoff.mcp.visit import Visit


class Prompt(Struct, frozen=True, kw_only=True):
    """A prompt as it is listed, and what writes its messages."""

    name: str
    title: str
    description: str
    write: Callable[[Visit, dict[str, str]], Awaitable[list[Json]]]
    arguments: tuple[Json, ...] = ()

    @property
    def listed(self) -> Json:
        """Return the prompt as a list shows it."""
        return {
            "name": self.name,
            "title": self.title,
            "description": self.description,
            "arguments": list(self.arguments),
        }


async def work(visit: Visit, said: dict[str, str]) -> list[Json]:
    """Write what tells a model to work off what waits."""
    glob, task = said.get("glob", ""), said.get("task", "")
    which = f" whose path fits {glob}" if glob else ""
    call = f'claim_work with glob="{glob}"' if glob else "claim_work"
    text = (
        f"{INSTRUCTIONS}\n\n"
        f"You work in the workspace “{visit.workspace}”. Take one piece of work{which}: call"
        f" {call}. When there is none, say so and stop.\n"
        f"What to do with it: {task or 'what the work itself, or its feedback, asks for'}.\n"
        "Look at my_work first: what you handed over before may be decided by now.\n"
        "When you are unsure, escalate; never guess, and never say that something is approved"
        " before wait_for_decision says so."
    )
    return [{"role": "user", "content": {"type": "text", "text": text}}]


PROMPTS: tuple[Prompt, ...] = (
    Prompt(
        name="work",
        title="Work off what waits",
        description="Claim one piece of work, do it, and hand it to people, step by step.",
        write=work,
        arguments=(
            {
                "name": "glob",
                "description": "Which paths, as input/invoices/*.pdf; any without.",
                "required": False,
            },
            {
                "name": "task",
                "description": "What to do with the work, in a sentence.",
                "required": False,
            },
        ),
    ),
)


class Prompts:
    """Every prompt by name: the two methods about them."""

    def __init__(self, prompts: Iterable[Prompt]) -> None:
        self._prompts = {each.name: each for each in prompts}

    async def list(self, visit: Visit, params: Json) -> Json:  # noqa: ARG002
        """List every prompt, on one page."""
        if params.get("cursor"):
            raise Fault(INVALID_PARAMS, "There is one page of prompts alone")
        return {"prompts": [each.listed for each in self._prompts.values()]}

    async def get(self, visit: Visit, params: Json) -> Json:
        """Write a prompt's messages."""
        name, arguments = params.get("name"), params.get("arguments") or {}
        prompt = self._prompts.get(name) if isinstance(name, str) else None
        if prompt is None:
            raise Fault(INVALID_PARAMS, f"There is no prompt “{str(name)[:80]}”")
        if not isinstance(arguments, dict):
            raise Fault(INVALID_PARAMS, "A prompt's arguments are an object")
        said = {k: v for k, v in arguments.items() if isinstance(v, str)}
        missing = [
            each["name"]
            for each in prompt.arguments
            if each.get("required") and each["name"] not in said
        ]
        if missing:
            raise Fault(INVALID_PARAMS, f"This prompt needs {', '.join(missing)}")
        messages = await prompt.write(visit, said)
        return {"description": prompt.description, "messages": messages}
