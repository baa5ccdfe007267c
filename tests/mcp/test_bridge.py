import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from mcp import Client, StdioServerParameters
from tests.journeys.server import Server, running
from tests.mcp.wire import meta

pytestmark = pytest.mark.asyncio(loop_scope="module")


class Pipe:
    """`signoff mcp` as a desktop client runs it."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    async def say(self, **message: Any) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")
        await self.process.stdin.drain()

    async def hear(self, seconds: float = 30) -> dict[str, Any]:
        assert self.process.stdout is not None
        async with asyncio.timeout(seconds):
            told: dict[str, Any] = json.loads(await self.process.stdout.readline())
            return told

    async def close(self) -> None:
        """End its input, which ends it."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        try:
            async with asyncio.timeout(20):
                await self.process.wait()
        except TimeoutError:
            self.process.kill()
            await self.process.wait()


async def open_bridge(server: Server, key: str = "") -> Pipe:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "signoff",
        "mcp",
        env={
            **os.environ,
            "SIGNOFF_URL": server.url,
            "SIGNOFF_KEY": key or server.keys["scribe"],
        },
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    return Pipe(process)


@asynccontextmanager
async def bridge(server: Server, key: str = "") -> AsyncIterator[Pipe]:
    pipe = await open_bridge(server, key)
    try:
        yield pipe
    finally:
        await pipe.close()


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_a_desktop_client_works_over_the_pipe(server: Server, mode: str) -> None:
    environment = {"SIGNOFF_URL": server.url, "SIGNOFF_KEY": server.keys["scribe"]}
    program = StdioServerParameters(
        command=sys.executable, args=["-m", "signoff", "mcp"], env=environment
    )

    async with Client(program, mode=mode) as client:
        tools = (await client.list_tools()).tools
        result = await client.call_tool("write", {"path": f"input/{mode}.txt", "text": "hi"})

    assert len(tools) == 18
    assert not result.is_error


async def test_messages_go_on_by_themselves_and_the_output_is_clean(server: Server) -> None:
    async with bridge(server) as pipe:
        slow = {"name": "claim_work", "arguments": {"glob": "input/no/*", "wait_seconds": 20}}
        await pipe.say(id="slow", method="tools/call", params={**slow, "_meta": meta()})
        await pipe.say(id=2, method="tools/list", params={"_meta": meta()})
        first = await pipe.hear()
        await pipe.say(method="notifications/cancelled", params={"requestId": "slow"})
        await pipe.say(id=3, method="prompts/list", params={"_meta": meta()})
        second = await pipe.hear()
        assert pipe.process.stdin is not None
        pipe.process.stdin.write(b"nonsense\n")
        third = await pipe.hear()

    assert first["id"] == 2
    assert second["id"] == 3
    assert third["error"]["code"] == -32700
    assert pipe.process.returncode == 0


async def test_what_was_asked_before_the_input_ended_is_still_answered(
    server: Server,
) -> None:
    pipe = await open_bridge(server)

    await pipe.say(id=1, method="tools/list", params={"_meta": meta()})
    await pipe.close()
    assert pipe.process.stdout is not None
    out = await pipe.process.stdout.read()

    assert len(json.loads(out)["result"]["tools"]) == 18
    assert pipe.process.returncode == 0


async def test_names_that_a_header_cannot_hold_arrive(server: Server) -> None:
    async with bridge(server) as pipe:
        uri = "signoff://acme/input/ä.txt"
        await pipe.say(id=1, method="resources/read", params={"uri": uri, "_meta": meta()})
        told = await pipe.hear()

    assert told["error"]["data"]["code"] == "not_found"


async def test_a_key_that_is_not_known_is_told_with_the_requests_id(server: Server) -> None:
    key = server.keys["scribe"][:-4] + "AAAA"
    async with bridge(server, key) as pipe:
        await pipe.say(id=7, method="tools/list", params={"_meta": meta()})
        told = await pipe.hear()

    assert told["id"] == 7
    assert "message" in told["error"]


async def test_without_a_key_it_says_so_on_standard_error(server: Server) -> None:
    async with bridge(server, "nonsense") as pipe:
        out, err = await pipe.process.communicate()

    assert out == b""
    assert b"SIGNOFF_KEY is not a whole API key" in err
    assert pipe.process.returncode == 1


async def test_it_survives_a_restart_of_the_server(tmp_path: Path) -> None:
    async with running(tmp_path) as first:
        await first.found()
        port = int(first.url.rpartition(":")[2])
        pipe = await open_bridge(first)
        await pipe.say(id=1, method="tools/list", params={"_meta": meta()})
        before = await pipe.hear()

    await pipe.say(id=2, method="tools/list", params={"_meta": meta()})
    await asyncio.sleep(0.5)
    async with running(tmp_path, port=port):
        after = await pipe.hear()
        await pipe.close()

    assert before["id"] == 1
    assert after["id"] == 2
    assert after["result"]["tools"]
