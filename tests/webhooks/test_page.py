"""What the how-to on webhooks says is true: its receivers run as they stand, and believe us."""

import asyncio
import base64
import json
import re
import runpy
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.cli.terminals import Terminal, blocks
from tests.journeys.server import Server, running
from tests.ports import free_port
from tests.webhooks import libraries
from tests.webhooks.receivers import Came, receiver

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "receive-webhooks.md"
NODE = "standardwebhooks of npm"


def programs(language: str) -> list[str]:
    pattern = rf"^```{language}\n(.*?)^```$"
    return re.findall(pattern, PAGE.read_text(), re.DOTALL | re.MULTILINE)


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    async with running(tmp_path / "data", allow_inside="127.0.0.1") as started:
        await started.found()
        yield started


async def endpoint(server: Server, url: str, **said: Any) -> dict[str, Any]:
    async with server.agent() as agent:
        answer = await agent.post("endpoints", json={"url": url, **said})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


@contextmanager
def started(language: str, port: int, secret: str) -> Iterator["subprocess.Popen[str]"]:
    """Run the page's receiver until the end of the block."""
    env = {"PORT": str(port), "SIGNOFF_WEBHOOK_SECRET": secret}
    program = programs(language)[0]
    if language == "ts":
        process = libraries.start(libraries.put(program, "receiver.mts"), **env)
    else:
        process = subprocess.Popen(  # noqa: S603  the page's own program
            [sys.executable, "-c", program],
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


async def listens(port: int) -> None:
    async with asyncio.timeout(20):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
                continue
            writer.close()
            return


@pytest.mark.parametrize(
    "language", ["python", pytest.param("ts", marks=pytest.mark.needs(NODE))]
)
async def test_a_receiver_believes_us_and_nobody_else_and_takes_nothing_twice(
    server: Server, language: str
) -> None:
    port = free_port()
    made = await endpoint(server, f"http://127.0.0.1:{port}/hook", events=["file.created"])
    with started(language, port, made["secret"]) as process:
        await listens(port)
        async with server.agent() as agent:
            first = await agent.put("files/shared/a.txt", content=b"x")
            event = first.headers["signoff-event"].partition(";")[0]
            assert process.stdout is not None
            said = await asyncio.to_thread(process.stdout.readline)
            forged = await agent.post(
                f"http://127.0.0.1:{port}/hook",
                json={"type": "file.created", "data": {"id": "ev_forged"}},
                headers={
                    "webhook-id": "ev_forged",
                    "webhook-timestamp": "1700000000",
                    "webhook-signature": "v1,AAAA",
                },
            )
            await delivered(agent, made["id"])
            await agent.post(f"endpoints/{made['id']}/replay", json={"after": 0})
            await delivered(agent, made["id"], tries=2)
            await agent.put("files/shared/b.txt", content=b"x")
            after = await asyncio.to_thread(process.stdout.readline)

    assert said.split() == ["file.created", event]
    assert forged.status_code == 401
    assert after.split()[1] != event, "a replay was taken for something new"


async def delivered(agent: httpx.AsyncClient, name: str, *, tries: int = 1) -> None:
    """Wait until the first event of an endpoint has arrived so many times."""
    async with asyncio.timeout(10):
        while True:
            items = (await agent.get(f"endpoints/{name}/deliveries")).json()["items"]
            if items and items[-1]["state"] == "delivered":
                path = f"endpoints/{name}/deliveries/{items[-1]['position']}"
                if len((await agent.get(path)).json()["attempts"]) >= tries:
                    return
            await asyncio.sleep(0.02)


async def called_back(server: Server) -> tuple[Came, str, str]:
    """Have a handoff decided that has a callback; return the call, the key and the secret."""
    async with server.agent() as agent, server.signed_in("ben") as ben, receiver() as there:
        secret = (await agent.post("callback/rotate")).json()["secret"]
        key = (await agent.get("callback")).json()["public_key"]
        await agent.put("files/input/a.txt", content=b"x")
        asked = {"paths": ["input/a.txt"], "callback_url": there.url}
        handoff = (await agent.post("handoffs", json=asked)).json()
        verdict = {"verdict": "approve", "digest": handoff["digest"], "round": 1}
        decided = await ben.put(f"handoffs/{handoff['id']}/decision", json=verdict)
        assert decided.status_code == 200, decided.text
        await there.until(1)
    return there.came[0], key, secret


async def test_a_callback_is_believed_by_the_pages_python(
    server: Server, tmp_path: Path
) -> None:
    came, key, secret = await called_back(server)
    program = tmp_path / "genuine.py"
    program.write_text(programs("python")[1])
    genuine = runpy.run_path(str(program))["genuine"]

    assert genuine(key, came.headers, came.body)
    assert not genuine(key, came.headers, came.body + b" ")
    assert not genuine(key, came.headers | {"webhook-timestamp": "1700000000"}, came.body)
    other = "whpk_" + base64.b64encode(b"\x01" * 32).decode()
    assert not genuine(other, came.headers, came.body)
    from standardwebhooks.webhooks import Webhook  # noqa: PLC0415

    assert Webhook(secret).verify(came.body, came.headers)["type"] == "handoff.approved"


@pytest.mark.needs(NODE)
async def test_a_callback_is_believed_by_the_pages_typescript(server: Server) -> None:
    came, key, secret = await called_back(server)
    asking = """
import { readFileSync } from "node:fs";
import { Webhook } from "standardwebhooks";
const { key, secret, headers, body } = JSON.parse(readFileSync(0, "utf8"));
const bytes = Buffer.from(body);
new Webhook(secret).verify(body, headers);
const late = { ...headers, "webhook-timestamp": "1700000000" };
console.log(JSON.stringify([
  genuine(key, headers, bytes),
  genuine(key, headers, Buffer.concat([bytes, Buffer.from(" ")])),
  genuine(key, late, bytes),
]));
"""
    process = libraries.start(libraries.put(programs("ts")[1] + asking, "genuine.mts"))
    said = {"key": key, "secret": secret, "headers": came.headers, "body": came.body.decode()}
    out, err = await asyncio.to_thread(process.communicate, json.dumps(said), 60)

    assert json.loads(out or "null") == [True, False, False], err


async def test_the_commands_of_the_page_do_what_it_says(server: Server, tmp_path: Path) -> None:
    async with receiver() as there:
        shell = await Terminal.open(
            tmp_path,
            SIGNOFF_URL=server.url,
            SIGNOFF_KEY=server.keys["scribe"],
            HOOK=there.url,
        )
        for _, block in blocks(PAGE):
            await shell.types(block)
        await shell.close()
        await there.until(1)

    made = json.loads((tmp_path / "endpoint.json").read_text())
    rotated = json.loads((tmp_path / "rotated.json").read_text())
    assert json.loads(there.came[0].body)["type"] == "endpoint.pinged"
    assert made["secret"] != rotated["secret"]
    assert json.loads((tmp_path / "callback.json").read_text())["public_key"].startswith(
        "whpk_"
    )
    assert json.loads((tmp_path / "secret.json").read_text())["secret"].startswith("whsec_")


async def test_what_comes_has_the_shape_that_the_page_shows(server: Server) -> None:
    shown = json.loads(programs("json")[0])
    came, _, _ = await called_back(server)

    assert _shape(json.loads(came.body)) == _shape(shown), came.body


def _shape(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _shape(each) for name, each in value.items()}
    return type(value).__name__
