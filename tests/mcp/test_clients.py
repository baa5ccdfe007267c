"""The official clients: Python's and TypeScript's in both eras, and the Inspector's command."""

import asyncio
import json
import os
import re
import sys
from pathlib import Path

import httpx2
import pytest
from mcp.client.streamable_http import streamable_http_client

from mcp import Client, StdioServerParameters
from tests import npm
from tests.journeys.server import Server
from tests.mcp.judges import LOCKED, judge, room

pytestmark = pytest.mark.asyncio(loop_scope="module")

INSPECTOR = "node_modules/@modelcontextprotocol/inspector/"


@pytest.mark.parametrize(
    ("mode", "version"), [("auto", "2026-07-28"), ("legacy", "2025-11-25")]
)
async def test_the_python_client_does_a_piece_of_work(
    server: Server, mode: str, version: str
) -> None:
    path = f"input/python-{mode}.txt"
    headers = {"Authorization": f"Bearer {server.keys['scribe']}"}

    async with (
        httpx2.AsyncClient(headers=headers, timeout=70) as http,
        Client(
            streamable_http_client(f"{server.url}/mcp", http_client=http),
            mode=mode,
        ) as client,
    ):
        spoken = client.protocol_version
        tools = (await client.list_tools()).tools
        await client.call_tool("write", {"path": path, "text": "one"})
        work = (await client.call_tool("claim_work", {"path": path})).structured_content
        assert work is not None
        handed = await client.call_tool(
            "submit_for_review", {"paths": work["path"], "lock_token": work["lock_token"]}
        )
        assert handed.structured_content is not None
        outcome = await client.call_tool(
            "wait_for_decision",
            {"handoff": handed.structured_content["handoff"], "wait_seconds": 0},
        )
        listed = (await client.list_resources()).resources
        read = await client.read_resource(f"signoff://acme/needs-review/python-{mode}.txt")
        prompt = await client.get_prompt("work", {"glob": "input/*"})
        forged = await client.call_tool("approve", {})

    assert spoken == version
    assert len(tools) == 18
    assert outcome.structured_content is not None
    assert outcome.structured_content["decided"] is False
    assert f"signoff://acme/needs-review/python-{mode}.txt" in {str(one.uri) for one in listed}
    assert read.contents[0].text == "one"  # type: ignore[union-attr]
    assert prompt.messages
    assert forged.is_error


@pytest.mark.needs("judges")
@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_the_typescript_client_does_a_piece_of_work(server: Server, mode: str) -> None:
    script = npm.script(LOCKED, "drive.mjs")

    code, said = await judge(str(script), f"{server.url}/mcp", server.keys["scribe"], mode)

    assert code == 0, said
    assert json.loads(said.splitlines()[-1]) == {
        "tools": 18,
        "state": "in_review",
        "text": "one",
        "forged": True,
    }


@pytest.mark.needs("judges")
async def test_the_inspectors_command_lists_and_calls(server: Server) -> None:
    package = json.loads((room() / INSPECTOR / "package.json").read_text())
    program = INSPECTOR + package["bin"]["mcp-inspector"]
    reach = (
        "--cli",
        f"{server.url}/mcp",
        "--transport",
        "http",
        "--header",
        f"Authorization: Bearer {server.keys['scribe']}",
    )

    listed, tools = await judge(program, *reach, "--method", "tools/list")
    called, written = await judge(
        program,
        *reach,
        "--method",
        "tools/call",
        "--tool-name",
        "write",
        "--tool-arg",
        "path=input/inspected.txt",
        "text=one",
    )

    assert listed == 0, tools
    assert '"claim_work"' in tools
    assert called == 0, written
    assert "Made input/inspected.txt" in written


# What the how-to says is tried as it stands.

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to" / "connect-over-mcp.md"


def blocks(kind: str, server: Server) -> list[str]:
    """Return the code of the page, with this server's address and key."""
    text = HOW_TO.read_text().replace("http://127.0.0.1:8484", server.url)
    text = re.sub(r"so_acme_…|\$\{SIGNOFF_KEY\}", server.keys["scribe"], text)
    return re.findall(rf"^```{kind}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


async def test_the_configurations_of_the_how_to_connect(server: Server) -> None:
    over_http, over_a_pipe = (
        json.loads(block)["mcpServers"]["signoff"] for block in blocks("json", server)
    )
    program = StdioServerParameters(
        command=f"{Path(sys.executable).parent}/{over_a_pipe['command']}",
        args=over_a_pipe["args"],
        env=over_a_pipe["env"],
    )

    async with (
        httpx2.AsyncClient(headers=over_http["headers"], timeout=70) as http,
        Client(streamable_http_client(over_http["url"], http_client=http)) as one,
        Client(program) as other,
    ):
        listed = [len((await each.list_tools()).tools) for each in (one, other)]

    assert listed == [18, 18]


async def test_the_program_of_the_how_to_claims_work(server: Server) -> None:
    (code,) = blocks("python", server)
    async with server.agent() as agent:
        await agent.put("files/input/how-to.txt", content=b"x")
    env = {"SIGNOFF_URL": server.url, "SIGNOFF_KEY": server.keys["scribe"]}

    program = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        code,
        env={**os.environ, **env},
        stdout=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(60):
        said, _ = await program.communicate()

    assert program.returncode == 0
    assert b"You hold processing/" in said
