"""What the tutorial and the how-to say is true: their code is run as it stands."""

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from signoff.actions import app_passwords
from tests.cli.terminals import Terminal, blocks
from tests.journeys.server import OPERATOR, PASSWORD, Server, running

DOCS = Path(__file__).parents[2] / "docs"
TUTORIAL = DOCS / "tutorials" / "your-first-handoff.md"
HOW_TO = DOCS / "how-to" / "connect-an-agent.md"
UPLOADS = DOCS / "how-to" / "upload-large-files.md"
HEARING = DOCS / "how-to" / "choose-what-you-hear.md"
DRIVE = DOCS / "how-to" / "mount-the-drive.md"
POLICY = DOCS / "how-to" / "write-a-policy.md"


@asynccontextmanager
async def terminals(folder: Path) -> AsyncIterator[dict[str, Terminal]]:
    opened = {
        name: await Terminal.open(folder, XDG_CONFIG_HOME=str(folder / name))
        for name in ("agent", "ada")
    }
    try:
        yield opened
    finally:
        for each in opened.values():
            await each.close()


async def decides(ben: httpx.AsyncClient, verdict: str, reason: str = "") -> None:
    """Give a verdict on the one handoff that waits, as soon as one does."""
    waiting: list[dict[str, Any]] = []
    for _ in range(300):
        waiting = (await ben.get("handoffs?state=in_review")).json()["items"]
        if waiting:
            break
        await asyncio.sleep(0.1)
    said = {"verdict": verdict, "digest": waiting[0]["digest"], "round": waiting[0]["round"]}
    address = f"handoffs/{waiting[0]['id']}/decision"
    (await ben.put(address, json={**said, "reason": reason})).raise_for_status()


async def waits(ben: httpx.AsyncClient) -> None:
    """Wait until a handoff does."""
    for _ in range(300):
        if (await ben.get("handoffs?state=in_review")).json()["items"]:
            return
        await asyncio.sleep(0.1)
    raise AssertionError("Nothing was handed over")


async def arrives(server: Server, path: str) -> None:
    async with server.agent() as agent:
        (await agent.put(f"files/{path}", content=b"some words\n")).raise_for_status()


async def test_the_tutorial_leads_to_an_approved_report(tmp_path: Path) -> None:
    async with running(tmp_path / "signoff-data") as server, terminals(tmp_path) as shells:
        for name, block in blocks(TUTORIAL):
            if name == "server":  # it runs already
                continue
            typed = block.replace("http://127.0.0.1:8484", server.url)
            if "signoff signin" in typed:
                typed = typed.replace(
                    server.url, f"{server.url} --password-stdin <<< '{PASSWORD}'"
                )
            before, wait, after = typed.partition("signoff wait")
            await shells[name].types(before)
            if wait:
                await shells[name].types(wait + after, stays=True)
        agent, ada = shells["agent"].said.decode(), shells["ada"].said.decode()

    assert "changes requested\n" in agent
    assert "  The sum is wrong.\n" in agent
    assert "  file line 3: Ada: It is 2000.\n" in agent
    assert "approved\n" in agent
    assert "handoff.approved" in agent
    assert ": sound" in agent
    assert "Both regions together sold for 2100." in ada
    assert re.search(r"report\.md$", ada, re.MULTILINE)


async def test_an_agent_is_connected_from_a_shell_and_with_curl(tmp_path: Path) -> None:
    async with running(tmp_path / "data") as server, terminals(tmp_path) as shells:
        await server.found()
        await arrives(server, "input/a.txt")
        await arrives(server, "input/b.md")
        agent = shells["agent"]

        async with server.signed_in("ben") as ben:
            for name, block in blocks(HOW_TO):
                if name != "agent":
                    continue
                typed = block.replace("http://127.0.0.1:8484", server.url)
                typed = typed.replace("so_acme_…", server.keys["scribe"])
                waits = "signoff wait" in typed or "wait=60" in typed
                await agent.types(typed, stays=waits)
                if waits:
                    await decides(ben, "approve")
            await agent.ends()
            capitals = await ben.get("files/approved/a.txt")
            mended = await ben.get("files/approved/b.md")

    assert capitals.text == "SOME WORDS\n"
    assert mended.text == "# Mended\n"
    assert agent.said.split()[-3:] == [b"approved", b"===", b"done"]


async def test_a_large_file_is_uploaded_with_curl_and_with_tuspy(tmp_path: Path) -> None:
    data = os.urandom(300_000)
    (tmp_path / "scan.tif").write_bytes(data)
    found = re.search(r"^```python\n(.*?)^```$", UPLOADS.read_text(), re.DOTALL | re.MULTILINE)
    assert found is not None
    async with running(tmp_path / "data") as server, terminals(tmp_path) as shells:
        await server.found()
        env = {"SIGNOFF_URL": server.url, "SIGNOFF_KEY": server.keys["scribe"]}
        await shells["agent"].types("".join(f"export {k}={v}\n" for k, v in env.items()))

        for _, block in blocks(UPLOADS):
            await shells["agent"].types(block)
        program = await asyncio.create_subprocess_exec(
            sys.executable, "-c", found[1], env={**os.environ, **env}, cwd=tmp_path
        )
        await asyncio.wait_for(program.wait(), 60)

        async with server.agent() as agent:
            for path in ("input/june/scan.tif", "input/july/scan.tif"):
                assert (await agent.get(f"files/{path}")).content == data


async def test_a_policy_is_checked_tried_set_and_set_again(tmp_path: Path) -> None:
    whole = re.search(
        r"^```yaml whole\n(.*?)^```$", POLICY.read_text(), re.DOTALL | re.MULTILINE
    )
    assert whole is not None
    (tmp_path / "policy.yaml").write_text(whole[1])
    async with running(tmp_path / "data") as server:
        await server.found()
        async with server.agent() as agent:
            await server.hand_over(agent, "input/a.txt", b"some words")
        shell = await Terminal.open(tmp_path, SIGNOFF_DATA=str(tmp_path / "data"))
        for _, block in blocks(POLICY):
            await shell.types(block)
        await shell.close()
        async with server.signed_in("ada") as ada:
            policy = (await ada.get("policy")).json()

    said = shell.said.decode()
    assert "It can be followed: 1 rule." in said
    assert "1 of 1 would have fared otherwise" in said
    assert policy["number"] == 2
    assert policy["policy"]["due_in"] == "2d"


async def test_what_one_hears_is_chosen_over_rest(tmp_path: Path) -> None:
    async with running(tmp_path / "data") as server, terminals(tmp_path) as shells:
        await server.found()
        async with server.signed_in("ben") as ben:
            (name,) = ben.cookies
            env = {
                "API": f"{server.url}/api/v1/workspaces/acme",
                "COOKIES": f"{name}={ben.cookies[name]}",
            }
            await shells["ada"].types("".join(f"export {k}={v}\n" for k, v in env.items()))

            for _, block in blocks(HEARING):
                await shells["ada"].types(block)

            await shells["ada"].ends()
            chosen = (await ben.get("preferences")).json()

    assert chosen["zone"] == "Europe/Berlin"
    assert chosen["quiet"] == {"from": "22:00", "to": "07:00"}


def programs() -> list[str]:
    return re.findall(r"^```python\n(.*?)^```$", HOW_TO.read_text(), re.DOTALL | re.MULTILINE)


async def starts(server: Server, program: str) -> asyncio.subprocess.Process:
    env = {"SIGNOFF_URL": server.url, "SIGNOFF_KEY": server.keys["scribe"]}
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        program,
        env={**os.environ, **env},
        stdout=asyncio.subprocess.PIPE,
    )


async def test_an_agent_in_python_takes_its_work_to_the_end(tmp_path: Path) -> None:
    async with running(tmp_path / "data") as server:
        await server.found()
        await arrives(server, "input/a.txt")
        program = await starts(server, programs()[0])

        async with server.signed_in("ben") as ben:
            await decides(ben, "request_changes", "Shorter, please.")
            await decides(ben, "approve")
            said, _ = await asyncio.wait_for(program.communicate(), 60)
            text = (await ben.get("files/approved/a.txt")).text

    assert program.returncode == 0
    assert said == b"changes_requested\napproved\n"
    assert text == "some words\nFirst attempt.\nShorter, please.\n"


async def test_a_tool_call_is_approved_and_runs(tmp_path: Path) -> None:
    async with running(tmp_path / "data") as server:
        await server.found()
        program = await starts(server, programs()[1])

        async with server.signed_in("ben") as ben:
            await decides(ben, "approve")
            said, _ = await asyncio.wait_for(program.communicate(), 60)

    assert program.returncode == 0
    assert said == b"1200 cents to c-17\n"


async def test_a_drive_hands_over_sends_back_and_says_why(tmp_path: Path) -> None:
    async with running(tmp_path / "data") as server, terminals(tmp_path) as shells:
        await server.found()
        asked = app_passwords.Create(person="ada@example.org", decides=True)
        made = await server.parts.house.do(app_passwords.create, OPERATOR, asked)
        assert made.result is not None
        assert made.result.secret is not None

        async with server.signed_in("ben") as ben:
            for name, block in blocks(DRIVE):
                if name == "ada":
                    await waits(ben)
                typed = block.replace("http://127.0.0.1:8484", server.url)
                typed = typed.replace("so_acme_…", server.keys["scribe"])
                await shells[name].types(typed.replace("sp_…", made.result.secret))
            decided = (await ben.get("handoffs?state=changes_requested")).json()["items"]

    assert "Row 7 is wrong." in shells["agent"].said.decode()
    assert [one["path"] for one in decided] == ["feedback/report.md"]
