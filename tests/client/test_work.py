"""Work is claimed, kept, handed over and given back."""

import asyncio
import os
import signal
import sys
from typing import Any

import pytest

from signoff_client import ClaimLapsed
from tests.client.faces import FACES, client
from tests.client.people import decide
from tests.hosts import Workspace


async def test_an_agent_takes_a_piece_of_work_to_its_approval(
    workspace: Workspace, signoff: Any
) -> None:
    await signoff.write("input/a.txt", b"hello")

    async for item in signoff.work("input/**/*.txt", once=True):
        await item.write((await item.read()).upper())
        handoff = await item.submit(title="In capitals", confidence=0.9)
        waiting = asyncio.create_task(handoff.wait())
        await decide(workspace, handoff.id, "approve")
        decision = await waiting

        assert decision.approved
        assert not decision.edited
        assert decision.by is not None
        assert decision.by.name == "Ben"
        assert await signoff.read(decision.path) == b"HELLO"


async def test_what_a_body_leaves_undone_is_given_back(signoff: Any) -> None:
    await signoff.write("input/a.txt", b"hello")

    work = signoff.work(once=True)
    item = await anext(work)
    assert len(await signoff.claims()) == 1
    await work.aclose()

    assert await signoff.claims() == ()
    assert await signoff.read("input/a.txt") == b"hello"
    with pytest.raises(ClaimLapsed):
        await item.read()


async def test_a_body_that_raises_gives_the_work_back(signoff: Any) -> None:
    await signoff.write("input/a.txt", b"hello")

    async def fail() -> None:
        async with await signoff.claim() as item:
            await item.write(b"half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()

    assert await signoff.claims() == ()


async def test_two_copies_of_an_agent_never_hold_the_same_item(signoff: Any) -> None:
    for name in "abcd":
        await signoff.write(f"input/{name}.txt", name.encode())

    items = await asyncio.gather(*(signoff.claim() for _ in range(6)))

    held = [item.path.rpartition("/")[2] for item in items if item is not None]
    assert sorted(held) == ["a.txt", "b.txt", "c.txt", "d.txt"]


async def test_work_that_was_taken_over_is_lost_at_the_next_act(signoff: Any) -> None:
    await signoff.write("input/a.txt", b"hello")
    item = await signoff.claim()

    again = await signoff.takeover(item.id)

    assert again.path == item.path
    with pytest.raises(Exception, match=r"\((claim_lapsed|claimed)\)"):
        await item.write(b"too late")
    await again.write(b"in time")


async def test_names_are_relative_to_the_work(workspace: Workspace, signoff: Any) -> None:
    await signoff.write("input/a.txt", b"hello")
    item = await signoff.claim()
    await item.write(b"notes", "notes/more.md")

    assert [one.path.removeprefix(item.folder) for one in await item.files()] == [
        "/a.txt",
        "/notes/more.md",
    ]
    handoff = await item.submit("a.txt", "notes", title="Both")
    assert sorted(one.path for one in await handoff.files()) == [
        "a.txt",
        "handoff.json",
        "notes/more.md",
    ]

    await decide(workspace, handoff.id, "request_changes", reason="More, please")
    async for again in signoff.work(once=True):
        assert again.round == 2
        assert again.feedback.reason == "More, please"
        assert await again.read("notes/more.md") == b"notes"
        await again.write(b"more notes", "notes/more.md")
        second = await again.submit()
        assert second.id == handoff.id
        assert second.round == 2


@pytest.mark.parametrize("face", FACES)
async def test_a_client_that_is_closed_gives_back_what_is_in_hand(
    workspace: Workspace, signoff: Any, face: str
) -> None:
    await signoff.write("input/a.txt", b"hello")

    async with client(face, workspace.url, workspace.keys["scribe"]) as other:
        work = other.work()
        await anext(work)
    async with asyncio.timeout(5):
        await work.aclose()

    assert await signoff.claims() == ()


@pytest.mark.parametrize("moment", ["in hand", "waiting"])
async def test_an_agent_that_is_interrupted_leaves_nothing_behind(
    workspace: Workspace, moment: str
) -> None:
    program = """
import time
from signoff_client import Signoff

with Signoff() as signoff:
    print("begun", flush=True)
    for item in signoff.work():
        print("in hand", flush=True)
        time.sleep(60)
"""
    async with client("awaited", workspace.url, workspace.keys["scribe"]) as signoff:
        if moment == "in hand":
            await signoff.write("input/a.txt", b"hello")
        key = {"SIGNOFF_URL": workspace.url, "SIGNOFF_KEY": workspace.keys["scribe"]}
        agent = await asyncio.create_subprocess_exec(
            sys.executable, "-c", program, env={**os.environ, **key},
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert agent.stdout is not None
        assert await agent.stdout.readline() == b"begun\n"
        if moment == "in hand":
            assert await agent.stdout.readline() == b"in hand\n"
        else:
            await asyncio.sleep(0.5)

        agent.send_signal(signal.SIGINT)
        async with asyncio.timeout(10):
            _, complaint = await agent.communicate()

        assert complaint.splitlines()[-1] == b"KeyboardInterrupt"
        assert await signoff.claims() == ()
