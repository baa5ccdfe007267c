"""A server under load, killed at random moments: what it answered is so, and nothing is half."""

import asyncio
import contextlib
import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import KINDS, new_database
from tests.journeys.crash.clients import Crowd
from tests.journeys.crash.laws import inspect
from tests.journeys.crash.node import PATIENCE, Node
from tests.ports import free_port

KILLS = {"sqlite": 6, "postgres": 4}


@pytest.fixture(params=KINDS)
def node(request: pytest.FixtureRequest, tmp_path: Path, postgres_url: str) -> Iterator[Node]:
    url = new_database(postgres_url) if request.param == "postgres" else ""
    made = Node(tmp_path / "data", port=free_port(), database_url=url)
    yield made
    if made.process is not None:
        made.kill()


async def test_a_server_killed_under_load_keeps_what_it_answered_and_half_of_nothing(
    node: Node,
) -> None:
    seed = 20260722
    chance = random.Random(seed)  # noqa: S311  kills that can be repeated
    crowd = Crowd(seed=seed)
    key = node.found()
    node.start()
    lives = crowd.start(node.url, key=key, cookie=node.sign_in())

    for _ in range(KILLS["postgres" if node.settings.database_url else "sqlite"]):
        crowd.go.set()
        await _until(crowd, lives, more=chance.randint(10, 80))
        await asyncio.sleep(chance.uniform(0, 0.05))
        crowd.go.clear()
        node.kill()
        await asyncio.sleep(0.1)  # what was under way learns that it is lost
        await inspect(node.settings, crowd.ledger)
        await asyncio.to_thread(node.start)
    await _finish(lives, crowd)
    await inspect(node.settings, crowd.ledger)

    assert crowd.lost > 0, "no kill came upon a request"
    assert "sound" in await asyncio.to_thread(node.command, "audit", "verify")


async def _until(crowd: Crowd, lives: list[asyncio.Task[None]], *, more: int) -> None:
    """Wait until so many more acts were answered."""
    wanted = crowd.ledger.acknowledged + more
    until = time.monotonic() + PATIENCE
    while crowd.ledger.acknowledged < wanted:
        assert time.monotonic() < until, "the server does too little"
        for life in lives:
            if life.done():
                life.result()
        await asyncio.sleep(0.002)


async def _finish(lives: list[asyncio.Task[None]], crowd: Crowd) -> None:
    """Let everybody send what they had no answer to again, and then stop."""
    crowd.go.set()
    done, _ = await asyncio.wait(lives, timeout=0.5, return_when=asyncio.FIRST_EXCEPTION)
    for life in done:
        life.result()
    for life in lives:
        life.cancel()
    for life in lives:
        with contextlib.suppress(asyncio.CancelledError):
            await life
