"""Two servers and a worker on one PostgreSQL and one store of bytes: they act as one."""

import asyncio
import contextlib
import json
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from tests.databases import new_database
from tests.journeys.crash.node import PATIENCE, WORKSPACE, Node
from tests.ports import free_port

AT_ONCE = 1.0
"""What one node recorded is told on the other within so many seconds."""


class Nodes:
    """Two servers that share all they keep, with an agent and Ada, who owns the workspace."""

    def __init__(self, data: Path, url: str) -> None:
        self.url = url
        self.one, self.other = (
            Node(data, port=free_port(), database_url=url) for _ in range(2)
        )
        self.key = self.one.found()
        self.workers: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        for node in (self.one, self.other):
            node.start("--no-worker")
        self._cookie = self.one.sign_in()

    def agent(self, node: Node) -> httpx.AsyncClient:
        return self._client(node, {"Authorization": f"Bearer {self.key}"})

    def ada(self, node: Node) -> httpx.AsyncClient:
        return self._client(node, {"Cookie": self._cookie, "Origin": node.url})

    def _client(self, node: Node, headers: dict[str, str]) -> httpx.AsyncClient:
        base = f"{node.url}/api/v1/workspaces/{WORKSPACE}/"
        return httpx.AsyncClient(base_url=base, headers=headers, timeout=PATIENCE)

    def run(self, sql: str) -> list[tuple[Any, ...]]:
        """Ask the database itself."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            found = connection.execute(sql.encode())
            return found.fetchall() if found.description else []

    def work(self) -> subprocess.Popen[bytes]:
        """Start a worker."""
        self.workers.append(self.one.work())
        return self.workers[-1]

    def end(self) -> None:
        for node in (self.one, self.other):
            if node.process is not None:
                node.kill()
        for worker in self.workers:
            worker.kill()
            worker.communicate()


@pytest.fixture
def nodes(tmp_path: Path, postgres_url: str) -> Iterator[Nodes]:
    made = Nodes(tmp_path / "data", new_database(postgres_url))
    try:
        made.start()
        yield made
    finally:
        made.end()


async def submitted(agent: httpx.AsyncClient, path: str) -> dict[str, Any]:
    await agent.put(f"files/{path}", content=path.encode())
    answer = await agent.post("handoffs", json={"paths": [path]})
    assert answer.status_code == 201, answer.text
    handoff: dict[str, Any] = answer.json()
    return handoff


async def test_who_waits_on_one_node_hears_at_once_what_was_decided_on_another(
    nodes: Nodes,
) -> None:
    async with nodes.agent(nodes.one) as agent, nodes.ada(nodes.other) as ada:
        handoff = await submitted(agent, "input/report.md")
        waiting = asyncio.create_task(agent.get(f"handoffs/{handoff['id']}?wait=20"))
        await asyncio.sleep(0.3)
        verdict = {"verdict": "approve", "digest": handoff["digest"], "round": 1}
        decided = await ada.put(f"handoffs/{handoff['id']}/decision", json=verdict)
        began = time.monotonic()
        heard = await waiting

    assert decided.status_code == 200, decided.text
    assert heard.json()["state"] == "approved"
    assert time.monotonic() - began < AT_ONCE


async def test_a_stream_on_one_node_has_every_event_of_both_in_order(nodes: Nodes) -> None:
    async with (
        nodes.ada(nodes.one) as ada,
        nodes.agent(nodes.one) as here,
        nodes.agent(nodes.other) as there,
        ada.stream("GET", "events", headers={"Accept": "text/event-stream"}) as stream,
    ):
        positions = followed(stream)
        writes = [
            client.put(f"files/shared/{number}-{name}.txt", content=b"x")
            for number in range(20)
            for name, client in (("here", here), ("there", there))
        ]
        answers = await asyncio.gather(*writes)
        last = max(int(each.headers["signoff-event"].rpartition("=")[2]) for each in answers)
        began = time.monotonic()
        seen = []
        async for position in positions:
            seen.append(position)
            if position == last:
                break

    assert {each.status_code for each in answers} == {201}
    assert seen == list(range(1, last + 1))
    assert time.monotonic() - began < AT_ONCE


async def followed(stream: httpx.Response) -> AsyncIterator[int]:
    """Yield the positions of a stream's events."""
    async for line in stream.aiter_lines():
        if line.startswith("data: {"):
            yield json.loads(line.removeprefix("data: "))["position"]


async def test_a_key_revoked_on_one_node_opens_nothing_on_another(nodes: Nodes) -> None:
    async with nodes.agent(nodes.one) as agent, nodes.ada(nodes.other) as ada:
        before = await agent.get("tree/")
        (scribe,) = (await ada.get("agents")).json()["items"]
        (key,) = (await ada.get(f"agents/{scribe['id']}/keys")).json()["items"]
        revoked = await ada.delete(f"keys/{key['id']}")
        after = await agent.get("tree/")

    assert before.status_code == 200, before.text
    assert revoked.is_success, revoked.text
    assert after.status_code == 401, after.text


async def test_a_worker_that_was_killed_leaves_the_acts_of_time_to_another(
    nodes: Nodes,
) -> None:
    async with nodes.agent(nodes.one) as agent:
        epochs = []
        for path in ("input/first.txt", "input/second.txt"):
            await agent.put(f"files/{path}", content=b"x")
            claim = await agent.post("claims", json={"path": path})
            assert claim.status_code == 201, claim.text
            make_late(nodes)
            working = await asyncio.to_thread(nodes.work)
            await back(agent, path)
            working.kill()
            epochs += nodes.run("SELECT epoch FROM leases WHERE name = 'duty:claims'")
            nodes.run("UPDATE leases SET expires_at = 0")

    assert epochs == [(1,), (2,)]


def make_late(nodes: Nodes) -> None:
    """Let every claim's lease have run out a while ago."""
    nodes.run(
        "UPDATE claims SET expires_at = 1, body = convert_to(replace(convert_from(body,"
        " 'UTF8'), expires_at::text, '1'), 'UTF8')"
    )


async def back(agent: httpx.AsyncClient, path: str) -> None:
    """Wait until what was claimed is where it was."""
    until = time.monotonic() + PATIENCE
    while (await agent.get(f"files/{path}")).status_code != httpx.codes.OK:
        assert time.monotonic() < until, "nobody ends the claim"
        await asyncio.sleep(0.05)


async def test_a_node_killed_at_work_loses_nothing_that_it_answered(nodes: Nodes) -> None:
    kept: dict[str, str] = {}

    async def busy(number: int) -> None:
        async with nodes.agent(nodes.one) as agent:
            for index in range(10_000):
                handoff = await submitted(agent, f"input/{number}-{index}.txt")
                kept[handoff["id"]] = handoff["digest"]

    crowd = [asyncio.create_task(busy(number)) for number in range(4)]
    until = time.monotonic() + PATIENCE
    while len(kept) < 20:
        assert time.monotonic() < until, "the node does too little"
        await asyncio.sleep(0.01)
    nodes.one.kill()
    for each in crowd:
        with contextlib.suppress(httpx.TransportError):
            await each

    async with nodes.agent(nodes.other) as agent:
        found = {name: (await agent.get(f"handoffs/{name}")).json() for name in kept}
        files = [await agent.get(f"files/{each['path']}") for each in found.values()]
    assert {name: each["digest"] for name, each in found.items()} == kept
    assert {each.status_code for each in files} == {200}
    assert "sound" in await asyncio.to_thread(nodes.other.command, "audit", "verify")
