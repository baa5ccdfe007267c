"""Leases and locks are renewed while they are used; a server that dies is waited for."""

import asyncio
import threading
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from signoff_client import ClaimLapsed, Held, Signoff, Unauthenticated
from signoff_client.plans import claims, locks
from signoff_client.sync import renewing
from tests.client.faces import client
from tests.hosts import Workspace
from tests.journeys.crash.node import PASSWORD, WORKSPACE, Node
from tests.ports import free_port

PATIENCE = 40.0


def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a lease be renewed each third of a second, whatever its length is at the server."""
    monkeypatch.setattr(claims.InHand, "pause", lambda _: 0.3)
    monkeypatch.setattr(locks.Locked, "pause", lambda _: 0.3)


async def test_a_lease_is_renewed_while_the_work_is_in_hand(
    signoff: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    quickly(monkeypatch)
    await signoff.write("input/a.txt", b"hello")

    async with await signoff.claim(lease_seconds=60) as item:
        first = item.expires_at
        await asyncio.sleep(1.0)
        assert item.expires_at > first
        await item.submit()
        last = item.expires_at
        await asyncio.sleep(0.5)

    assert item.expires_at == last


async def test_the_end_of_the_work_is_the_end_of_its_renewal(signoff: Any) -> None:
    await signoff.write("input/a.txt", b"hello")

    async with await signoff.claim():
        assert "signoff-renewal" in _names()
    async with await signoff.lock("shared"):
        assert "signoff-renewal" in _names()

    assert "signoff-renewal" not in _names()


def _names() -> set[str]:
    """Return the names of all threads and tasks."""
    tasks = {task.get_name() for task in asyncio.all_tasks()}
    return tasks | {thread.name for thread in threading.enumerate()}


def test_the_end_of_the_work_does_not_wait_for_an_answer_that_never_comes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    quickly(monkeypatch)
    monkeypatch.setattr(renewing, "LONGEST_END", 0.2)
    asked, over = threading.Event(), threading.Event()

    def answered(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/renew"):
            asked.set()
            over.wait(20)
            return httpx.Response(404)
        claim = {"id": "cl_1", "folder": "processing/cl_1", "path": "processing/cl_1/a"}
        more = {"from_path": "input/a", "lock_token": "t", "expires_at": "2040-01-01T00:00:00Z"}
        return httpx.Response(201, json=claim | more)

    http = httpx.Client(transport=httpx.MockTransport(answered))
    with Signoff("http://there", "so_acme_secret", http=http).claim() as item:  # type: ignore[union-attr]
        assert asked.wait(10)
        began = time.monotonic()

    assert time.monotonic() - began < 5
    assert item.held.ended
    over.set()
    for thread in threading.enumerate():
        if thread.name == "signoff-renewal":
            thread.join(20)


async def test_a_lease_that_was_lost_is_told_at_the_next_act(
    signoff: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    quickly(monkeypatch)
    await signoff.write("input/a.txt", b"hello")

    async with await signoff.claim() as item:
        again = await signoff.takeover(item.id)
        await asyncio.sleep(1.0)
        with pytest.raises(ClaimLapsed):
            await item.read()
    await again.write(b"still in hand")


async def test_a_key_that_was_revoked_is_what_the_next_act_says(
    workspace: Workspace, signoff: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    quickly(monkeypatch)
    await signoff.write("input/a.txt", b"hello")

    async with await signoff.claim() as item:
        await workspace.revoke("scribe")
        await asyncio.sleep(1.0)

        with pytest.raises(Unauthenticated):
            await item.submit()


async def test_a_lock_is_held_renewed_and_ended(
    workspace: Workspace, signoff: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    quickly(monkeypatch)
    await signoff.write("shared/plan.md", b"one")
    key = workspace.add_agent("other")

    async with client("awaited", workspace.url, key) as other:
        async with await signoff.lock("shared/plan.md", timeout_seconds=180) as lock:
            first = lock.expires_at
            await signoff.write("shared/plan.md", b"two", lock=lock.token)
            with pytest.raises(Held) as held:
                await other.lock("shared/plan.md")
            assert held.value.facts["holder"].startswith("ag_")
            await asyncio.sleep(1.0)
            assert lock.expires_at > first
            waiting = asyncio.create_task(other.lock("shared/plan.md", wait=30))
            await asyncio.sleep(0.3)
        async with asyncio.timeout(PATIENCE):
            mine = await waiting

        assert mine.token != lock.token
        await mine.release()


async def test_events_are_followed_from_where_one_was(signoff: Any) -> None:
    for name in "abc":
        await signoff.write(f"shared/{name}.txt", b"one")
    seen = [event async for event in _first(signoff.follow(0, types=["file.", "folder."]), 3)]

    going_on = signoff.follow(seen[1].position, types=["file.created"])
    last = await anext(going_on)
    coming = asyncio.create_task(anext(going_on))
    await signoff.write("shared/d.txt", b"one")

    assert last.position > seen[1].position
    paths = [last.path, (await coming).path]
    assert paths[-1] in ("shared/c.txt", "shared/d.txt")
    assert len({event.position for event in seen}) == 3


async def _first(events: Any, count: int) -> Any:
    for _ in range(count):
        yield await anext(events)


async def test_a_wait_outlives_the_server(tmp_path: Path) -> None:
    node = Node(tmp_path / "data", port=free_port())
    key = await asyncio.to_thread(node.found)
    await asyncio.to_thread(node.start)
    try:
        async with (
            client("blocking", node.url, key) as blocking,
            client("awaited", node.url, key) as awaited,
        ):
            await awaited.write("shared/a.md", b"one")
            handoff = await awaited.submit("shared/a.md")
            looked = [await each.handoff(handoff.id) for each in (blocking, awaited)]
            waiting = [asyncio.create_task(each.wait()) for each in looked]
            await asyncio.sleep(0.5)

            await asyncio.to_thread(node.kill)
            await asyncio.sleep(1.0)
            assert not any(each.done() for each in waiting)
            await asyncio.to_thread(node.start)
            await _approve(node, handoff.id)

            async with asyncio.timeout(PATIENCE):
                assert [(await each).approved for each in waiting] == [True, True]
    finally:
        await asyncio.to_thread(node.kill)


async def _approve(node: Node, handoff: str) -> None:
    base = f"{node.url}/api/v1/workspaces/{WORKSPACE}/"
    async with httpx.AsyncClient(base_url=base) as ada:
        signing = {"email": "ada@example.org", "password": PASSWORD}
        assert (await ada.post(f"{node.url}/api/v1/session", json=signing)).is_success
        seen = (await ada.get(f"handoffs/{handoff}")).json()
        body = {"verdict": "approve", "digest": seen["digest"], "round": 1}
        decided = await ada.put(f"handoffs/{handoff}/decision", json=body)
        assert decided.is_success, decided.text
