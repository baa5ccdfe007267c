"""A client without a library: every answer is held against the protocol's own types."""

import itertools
import json
from typing import Any

import httpx
import jsonschema
from mcp_types import methods
from mcp_types.version import LATEST_HANDSHAKE_VERSION, LATEST_MODERN_VERSION

from signoff.mcp.toolbox import TOOLS
from signoff.mcp.visit import TASKS

Json = dict[str, Any]
OF_THE_CORE = methods.SPEC_CLIENT_METHODS
BY_NAME = {tool.name: tool for tool in TOOLS}


def meta(*, able: Json | None = None) -> Json:
    return {
        "io.modelcontextprotocol/protocolVersion": LATEST_MODERN_VERSION,
        "io.modelcontextprotocol/clientCapabilities": able or {},
        "io.modelcontextprotocol/clientInfo": {"name": "tests", "version": "1"},
    }


class Wire:
    """Messages of one era to `/mcp`, with one key."""

    def __init__(
        self, client: httpx.AsyncClient, *, modern: bool = True, tasks: bool = False
    ) -> None:
        self.client = client
        self.modern = modern
        self.able: Json = {"extensions": {TASKS: {}}} if tasks else {}
        self._ids = itertools.count(1)

    @property
    def version(self) -> str:
        return LATEST_MODERN_VERSION if self.modern else LATEST_HANDSHAKE_VERSION

    def message(self, method: str, params: Json | None = None) -> tuple[Json, dict[str, str]]:
        """Return a message and the headers that go with it."""
        said = dict(params or {})
        headers = {
            "Accept": "application/json, text/event-stream",
            "MCP-Protocol-Version": self.version,
        }
        if self.modern:
            said["_meta"] = {**meta(able=self.able), **said.get("_meta", {})}
            headers["Mcp-Method"] = method
            name = said.get("name") or said.get("uri") or said.get("taskId")
            if name:
                headers["Mcp-Name"] = str(name)
        body = {"jsonrpc": "2.0", "id": next(self._ids), "method": method, "params": said}
        return body, headers

    async def send(self, method: str, params: Json | None = None) -> httpx.Response:
        body, headers = self.message(method, params)
        return await self.client.post("/mcp", json=body, headers=headers)

    async def ask(self, method: str, params: Json | None = None) -> Json:
        """Return a result that the protocol's types accept."""
        answer = await self.send(method, params)
        told = answer.json()
        assert "result" in told, told
        result: Json = told["result"]
        if method in OF_THE_CORE and result.get("resultType", "complete") == "complete":
            methods.serialize_server_result(method, self.version, result)
        return result

    async def fault(self, method: str, params: Json | None = None) -> Json:
        """Return an error of the protocol."""
        told = (await self.send(method, params)).json()
        assert "error" in told, told
        error: Json = told["error"]
        return error

    async def call(self, tool: str, **arguments: Any) -> Json:
        """Call a tool that does what it is asked; return what it answers to programs."""
        result = await self.ask("tools/call", {"name": tool, "arguments": arguments})
        assert not result["isError"], result["content"][0]["text"]
        value: Json = result["structuredContent"]
        jsonschema.validate(value, BY_NAME[tool].output)  # type: ignore[arg-type]
        assert result["content"][-1]["text"].strip()
        return value

    async def text(self, tool: str, **arguments: Any) -> str:
        """Call a tool; return what a model is told, and nothing else."""
        result = await self.ask("tools/call", {"name": tool, "arguments": arguments})
        return "\n".join(part["text"] for part in result["content"] if part["type"] == "text")

    async def refused(self, tool: str, **arguments: Any) -> str:
        """Call a tool that refuses; return the words for the model."""
        result = await self.ask("tools/call", {"name": tool, "arguments": arguments})
        assert result["isError"] is True, result
        said: str = result["content"][0]["text"]
        return said

    async def next_frame(self, lines: Any) -> Json:
        """Return the next message of a stream."""
        async for line in lines:
            if line.startswith("data: "):
                frame: Json = json.loads(line.removeprefix("data: "))
                return frame
        raise AssertionError("the stream ended")
