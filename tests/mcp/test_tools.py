import json
from typing import Any, Literal

import httpx
import jsonschema
import pytest
from msgspec import Struct

from signoff.actions.table import ACTS
from signoff.mcp import schemas
from signoff.mcp.problems import ALWAYS, INSTEAD
from signoff.mcp.toolbox import TOOLS
from signoff.mcp.tools import Tool
from tests.mcp.wire import Wire

pytestmark = pytest.mark.asyncio(loop_scope="module")

EACH = [pytest.param(tool, id=tool.name) for tool in TOOLS]
READING = {
    "find",
    "history",
    "list",
    "my_work",
    "read",
    "read_feedback",
    "wait_for_decision",
}


class Part(Struct, omit_defaults=True):
    name: str
    deeper: "Part | None" = None


class Whole(Struct, omit_defaults=True):
    parts: tuple[Part, ...]
    known: str | None
    first: Part | None = None
    kind: Literal["a", "b"] = "a"
    extra: dict[str, Any] | None = None


@pytest.mark.parametrize("tool", EACH)
async def test_a_tool_says_what_it_is_in_words_that_a_model_reads(tool: Tool) -> None:
    first = tool.description.partition("\n")[0]

    assert 20 < len(first) <= 100
    assert len(tool.description) < 600
    for name, said in tool.input["properties"].items():
        assert said.get("description"), f"{tool.name}: {name}"


@pytest.mark.parametrize("tool", EACH)
async def test_a_tools_schemas_are_schemas(tool: Tool) -> None:
    for schema in (tool.input, tool.output):
        assert schema is not None
        assert schema["type"] == "object"
        jsonschema.Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("tool", EACH)
async def test_a_tool_that_only_reads_does_acts_that_only_read(tool: Tool) -> None:
    by_name = {act.name: act for act in ACTS}

    writes = any(by_name[name].writes for name in tool.acts)

    assert tool.annotations["readOnlyHint"] is not writes
    assert tool.annotations["openWorldHint"] is False
    assert (tool.name in READING) is not writes


async def test_only_what_overwrites_is_called_destructive() -> None:
    destroying = {tool.name for tool in TOOLS if tool.annotations.get("destructiveHint")}

    assert destroying == {"move", "write"}


async def test_tools_are_listed_with_what_a_client_may_keep(modern: Wire) -> None:
    result = await modern.ask("tools/list")

    assert [each["name"] for each in result["tools"]] == [tool.name for tool in TOOLS]
    assert result["cacheScope"] == "public"
    assert result["ttlMs"] > 0


async def test_what_a_model_carries_of_the_tools_is_small(modern: Wire) -> None:
    listed = (await modern.ask("tools/list"))["tools"]

    size = len(json.dumps(listed, ensure_ascii=False, separators=(",", ":")).encode())
    assert size < 28_000
    for tool in listed:
        assert "$defs" not in tool["outputSchema"]
        assert "description" not in tool["inputSchema"]  # the tool has one
        assert "title" not in tool["annotations"]


async def test_an_answers_schema_tells_what_it_is_made_of() -> None:
    part = {
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "deeper": {"type": ["object", "null"]},
        },
    }

    assert schemas.answered(Whole) == {
        "type": "object",
        "properties": {
            "parts": {"type": "array", "items": part},
            "known": {"type": ["string", "null"]},
            "first": part,
            "kind": {"enum": ["a", "b"]},
            "extra": {"type": "object"},
        },
        "required": ["parts", "known"],
    }


async def test_a_tool_that_is_not_there_is_an_error_of_the_protocol(wire: Wire) -> None:
    fault = await wire.fault("tools/call", {"name": "format_disk", "arguments": {}})

    assert fault["code"] == -32602


async def test_arguments_that_make_no_sense_are_a_result_that_says_what_would(
    wire: Wire,
) -> None:
    said = await wire.refused("read", path="a.txt", offset=-1)
    endless = await wire.refused("read", path="a.txt", version=10**30)
    unknown = await wire.refused("read", file="a.txt")

    assert "offset" in said
    assert "“version” is too large a number" in endless
    assert "“file” is no argument" in unknown
    assert "path, offset, limit" in unknown


async def test_numbers_as_text_and_nulls_are_understood(wire: Wire) -> None:
    value = await wire.call("list", path=None, limit="3")

    assert len(value["items"]) <= 3


async def test_a_refusal_is_a_result_with_the_code_and_a_way_out_in_tools(wire: Wire) -> None:
    result = await wire.ask("tools/call", {"name": "read", "arguments": {"path": "no/such"}})

    assert result["isError"] is True
    assert result["_meta"]["signoff/problem"]["code"] == "not_found"
    assert "What to do:" in result["content"][0]["text"]


@pytest.mark.parametrize(
    "name",
    ["approve", "decide", "handoff.decide", "reject_handoff", "request-changes", "signOff_now"],
)
async def test_an_agent_that_forges_a_verdict_is_refused_and_recorded(
    wire: Wire, ada: httpx.AsyncClient, name: str
) -> None:
    said = await wire.refused(name, handoff="ho_1", verdict="approve")

    assert "agent_cannot_decide" in said
    assert "wait_for_decision" in said
    told = (await ada.get("events", params={"type": "access.denied", "limit": 1000})).json()
    denials = [each["codes"] for each in told["items"]]
    assert {(each["door"], each["actor"]["name"]) for each in told["items"]} == {
        ("mcp", "scribe")
    }
    assert {"action": "deciding.decide", "code": "agent_cannot_decide", "count": 1} in denials


async def test_a_tool_that_bears_our_name_decides_nothing(wire: Wire) -> None:
    error = await wire.fault("tools/call", {"name": "signoff_read", "arguments": {}})

    assert "There is no tool" in error["message"]


async def test_ways_out_speak_of_tools_alone() -> None:
    for hint in (*ALWAYS.values(), *INSTEAD.values()):
        assert "GET" not in hint
        assert "POST" not in hint
        assert "If-Match" not in hint
