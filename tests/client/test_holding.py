"""Leases and locks are renewed while they are used; a server that dies is waited for."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from signoff.actions import keys
from signoff_client import ClaimLapsed, Held, Unauthenticated
from signoff_client.plans import claims, locks
from tests.client.faces import FACES, client
from tests.journeys.crash.node import PASSWORD, WORKSPACE, Node
from tests.journeys.server import Server, in_workspace
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
    server: Server, signoff: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    quickly(monkeypatch)
    await signoff.write("input/a.txt", b"hello")
    async with server.agent() as agent:
        me = (await agent.get("me")).json()

    async with await signoff.claim() as item:
        revoke = keys.Revoke(key=me["credential"]["id"])
        await server.parts.house.do(keys.revoke, in_workspace(), revoke)
        await asyncio.sleep(1.0)

        with pytest.raises(Unauthenticated):
            await item.submit()


async def test_a_lock_is_held_renewed_and_ended(
    server: Server, signoff: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    quickly(monkeypatch)
    await signoff.write("shared/plan.md", b"one")
    key = await server.add_agent("other", owner="ada@example.org")

    async with client("awaited", server.url, key) as other:
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


@pytest.mark.parametrize("face", FACES)
async def test_a_wait_outlives_the_server(face: str, tmp_path: Path) -> None:
    node = Node(tmp_path / "data", port=free_port())
    key = await asyncio.to_thread(node.found)
    await asyncio.to_thread(node.start)
    try:
        async with client(face, node.url, key) as signoff:
            await signoff.write("shared/a.md", b"one")
            handoff = await signoff.submit("shared/a.md")
            waiting = asyncio.create_task(handoff.wait())
            await asyncio.sleep(0.5)

            await asyncio.to_thread(node.kill)
            await asyncio.sleep(1.0)
            assert not waiting.done()
            await asyncio.to_thread(node.start)
            await _approve(node, handoff.id)

            async with asyncio.timeout(PATIENCE):
                assert (await waiting).approved
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
