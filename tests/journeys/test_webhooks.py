"""Webhooks of real processes, killed while they send: everything arrives, under one id each."""

import asyncio
import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from tests.databases import KINDS, new_database
from tests.journeys.crash.node import PATIENCE, WORKSPACE, Node
from tests.ports import free_port
from tests.webhooks.receivers import answering, hanging, in_turn, receiver

TAKEN_OVER = 40.0
"""A worker's lease is over fifteen seconds after it was killed; the rest is a busy machine."""


@pytest.fixture(params=KINDS)
def node(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    postgres_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Node]:
    monkeypatch.setenv("SIGNOFF_ALLOW_INSIDE", "127.0.0.1")
    url = new_database(postgres_url) if request.param == "postgres" else ""
    made = Node(tmp_path / "data", port=free_port(), database_url=url)
    yield made
    if made.process is not None:
        made.kill()


def agent_of(node: Node, key: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url=f"{node.url}/api/v1/workspaces/{WORKSPACE}/",
        headers={"Authorization": f"Bearer {key}"},
        timeout=PATIENCE,
    )


async def subscribed(agent: httpx.AsyncClient, url: str, *events: str) -> dict[str, Any]:
    answer = await agent.post("endpoints", json={"url": url, "events": events})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def written(agent: httpx.AsyncClient, count: int, name: str) -> set[str]:
    """Write files; return the ids of the events."""
    ids = set()
    for number in range(count):
        answer = await agent.put(f"files/shared/{name}-{number}.txt", content=b"x")
        assert answer.status_code == 201, answer.text
        ids.add(answer.headers["signoff-event"].partition(";")[0])
    return ids


async def test_a_server_killed_while_it_sends_sends_again_under_the_same_id(node: Node) -> None:
    key = node.found()
    node.start()
    async with receiver(in_turn(hanging, hanging, answering(204))) as there:
        async with agent_of(node, key) as agent:
            await subscribed(agent, there.url, "file.created")
            ids = await written(agent, 2, "before")
            await there.until(2)
        node.kill()
        cut_off = there.ids()
        await asyncio.to_thread(node.start)
        async with agent_of(node, key) as agent:
            ids |= await written(agent, 3, "after")
        await there.until(7, seconds=TAKEN_OVER)
        await asyncio.sleep(0.5)

    assert set(cut_off) < ids
    assert sorted(there.ids()) == sorted([*ids, *cut_off])


async def test_of_two_workers_the_one_that_is_left_goes_on(
    tmp_path: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIGNOFF_ALLOW_INSIDE", "127.0.0.1")
    url = new_database(postgres_url)
    node = Node(tmp_path / "data", port=free_port(), database_url=url)
    key = node.found()
    node.start("--no-worker")
    workers = [await asyncio.to_thread(node.work) for _ in range(2)]
    try:
        async with receiver() as there, agent_of(node, key) as agent:
            await subscribed(agent, there.url, "file.created")
            ids = await written(agent, 5, "before")
            await there.until(5, seconds=PATIENCE)
            os.kill(_at_work(url), signal.SIGKILL)
            ids |= await written(agent, 5, "after")
            await there.until_different(10, seconds=TAKEN_OVER)
            twice = len(there.came) - len(set(there.ids()))
    finally:
        for worker in workers:
            worker.kill()
            worker.communicate()
        node.kill()

    assert set(there.ids()) == ids
    assert twice <= 5, "only what was not kept yet is sent again"


def _at_work(url: str) -> int:
    """Return the process that tells endpoints."""
    with psycopg.connect(url, autocommit=True) as connection:
        sql = b"SELECT holder FROM leases WHERE name = 'follower:webhooks'"
        row = connection.execute(sql).fetchone()
    assert row is not None
    return int(str(row[0]).split("-")[-2])


async def test_a_decision_is_heard_by_the_run_that_waits_for_it(node: Node) -> None:
    key = node.found()
    node.start()
    async with receiver() as there, agent_of(node, key) as agent:
        await agent.put("files/input/report.md", content=b"# June")
        asked = {"paths": ["input/report.md"], "callback_url": there.url}
        handoff = (await agent.post("handoffs", json=asked)).json()
        verdict = {"verdict": "approve", "digest": handoff["digest"], "round": 1}
        headers = {"Cookie": node.sign_in(), "Origin": node.url}
        path = f"{agent.base_url}handoffs/{handoff['id']}/decision"
        async with httpx.AsyncClient(headers=headers, timeout=PATIENCE) as ada:
            decided = await ada.put(path, json=verdict)
        assert decided.status_code == 200, decided.text
        began = time.monotonic()
        await there.until(1)
        took = time.monotonic() - began

    sent = json.loads(there.came[0].body)
    assert (sent["type"], sent["data"]["handoff"]["id"]) == ("handoff.approved", handoff["id"])
    assert "v1a," in there.came[0].headers["webhook-signature"]
    assert took < 2
