"""What a tool is: a name, what it takes and answers, and how a model is told of its result."""

import inspect
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, TypeVar

import msgspec
from mcp_types.jsonrpc import INVALID_PARAMS
from msgspec import Struct

from signoff.domain.errors import Invalid, Refusal, Unauthenticated
from signoff.mcp import forgeries, problems, schemas
from signoff.mcp.messages import Fault, Json
from signoff.mcp.visit import Visit

T = TypeVar("T", bound=Struct)
MAX_NUMBER = 2**53 - 1


class Answer(Struct, frozen=True, kw_only=True):
    """What a tool has to say: `value` for programs, `text` for the model, `more` to look at.

    Many clients show a model the text alone, so it says all that the next step needs.
    """

    value: Struct
    text: str
    more: tuple[Json, ...] = ()


class Created(Struct, frozen=True, kw_only=True):
    """A task in place of an answer (extension `io.modelcontextprotocol/tasks`)."""

    task: Json


class Tool(Struct, frozen=True, kw_only=True):
    """A tool as it is listed, and what runs it.

    `acts` are the acts of the table that it does.
    """

    name: str
    title: str
    description: str
    input: Json
    run: Callable[[Visit, Json], Awaitable[Json]]
    output: Json | None = None
    annotations: Json = {}
    acts: tuple[str, ...] = ()

    @property
    def listed(self) -> Json:
        """Return the tool as a list shows it."""
        shown = {
            "name": self.name,
            "title": self.title,
            "description": self.description,
            "inputSchema": self.input,
            "outputSchema": self.output,
            "annotations": self.annotations,
        }
        return {name: value for name, value in shown.items() if value is not None}


def tool(
    run: Callable[[Visit, T], Awaitable[Answer | Created]],
    asked: type[T],
    answered: type[Struct],
    *,
    title: str,
    acts: tuple[str, ...],
    reads: bool = False,
    destroys: bool = False,
    repeats: bool = False,
) -> Tool:
    """Return the tool that a function is; its docstring is what a model is told.

    `reads` changes nothing, `destroys` may overwrite, `repeats` does nothing more when it is
    called again with the same arguments.
    """
    # Of what only reads the protocol has nothing more to say.
    hints = {"destructiveHint": destroys, "idempotentHint": repeats}

    async def called(visit: Visit, arguments: Json) -> Json:
        answer = await run(visit, convert(asked, arguments))
        if isinstance(answer, Created):
            return answer.task
        return shown(answer)

    return Tool(
        name=run.__name__.rstrip("_"),
        title=title,
        description=inspect.getdoc(run) or "",
        input=schemas.taken(asked),
        output=schemas.answered(answered),
        run=called,
        annotations={"readOnlyHint": reads, **({} if reads else hints), "openWorldHint": False},
        acts=acts,
    )


def convert(kind: type[T], arguments: Json) -> T:
    """Return the typed value of a call's arguments; what is null was not said."""
    said = {name: value for name, value in arguments.items() if value is not None}
    known = kind.__struct_encode_fields__
    unknown = sorted(said.keys() - set(known))
    if unknown:
        raise Invalid(
            f"“{unknown[0][:80]}” is no argument of this tool",
            hint=f"Its arguments are {', '.join(known)}.",
        )
    try:
        return _bounded(msgspec.convert(said, kind, strict=False))
    except msgspec.ValidationError as broken:
        raise Invalid(
            f"The arguments make no sense: {broken}",
            hint=f"Its arguments are {', '.join(known)}; look at the tool's input schema.",
        ) from None


def _bounded(asked: T) -> T:
    """Refuse numbers that JSON cannot say exactly, and that no database holds."""
    for name in asked.__struct_fields__:
        value = getattr(asked, name)
        if isinstance(value, int) and not -MAX_NUMBER <= value <= MAX_NUMBER:
            raise Invalid(f"“{name}” is too large a number", hint="Send a smaller one.")
    return asked


def shown(answer: Answer) -> Json:
    """Return a tool's answer as a result."""
    return {
        "content": [*answer.more, {"type": "text", "text": answer.text}],
        "structuredContent": answer.value,
        "isError": False,
    }


def line(*parts: Any) -> str:
    """Join what there is to say in one line."""
    return " · ".join(str(part) for part in parts if part)


class Toolbox:
    """Every tool by name: the two methods about them."""

    def __init__(self, tools: Iterable[Tool]) -> None:
        self.tools = {each.name: each for each in tools}
        self._listed = [each.listed for each in self.tools.values()]

    async def list(self, visit: Visit, params: Json) -> Json:  # noqa: ARG002
        """List every tool, on one page."""
        if params.get("cursor"):
            raise Fault(INVALID_PARAMS, "There is one page of tools alone")
        return {"tools": self._listed}

    async def call(self, visit: Visit, params: Json) -> Json:
        """Call a tool. What it refuses is a result, so that the model reads the way out."""
        name, arguments = params.get("name"), params.get("arguments")
        if not isinstance(name, str) or not isinstance(arguments, dict | None):
            raise Fault(INVALID_PARAMS, "A call has a name, and an object of arguments")
        found = self.tools.get(name)
        try:
            if found is None:
                await forgeries.check(visit, name)
                raise Fault(INVALID_PARAMS, f"There is no tool “{name[:80]}”")
            return await found.run(visit, arguments or {})
        except Unauthenticated:
            raise
        except Refusal as refusal:
            visit.parts.metrics.refused(refusal.code)
            return problems.result_of(refusal)
