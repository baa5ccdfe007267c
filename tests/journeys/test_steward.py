"""The table steward as it is run: a process of its own, real files, killed when it likes."""

import asyncio
import contextlib
import csv
import io
import os
import random
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.journeys.server import Server

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
MESSY, TRUTH = EXAMPLES / "data" / "messy", EXAMPLES / "data" / "truth"
PATIENCE = 30.0
KILLS = 6


def _start(server: Server, *words: str) -> Any:
    environment = {
        **os.environ,
        "PYTHONPATH": str(EXAMPLES),
        "SIGNOFF_URL": server.url,
        "SIGNOFF_KEY": server.keys["scribe"],
    }
    return asyncio.create_subprocess_exec(
        sys.executable, "-m", "table_steward", *words, env=environment,
        stdout=asyncio.subprocess.DEVNULL,
    )  # fmt: skip


@asynccontextmanager
async def _at_work(server: Server) -> AsyncIterator[None]:
    """Let the steward work while the block lasts; it ends in peace when told to."""
    steward = await _start(server, "--wait", "1")
    try:
        yield
    finally:
        assert steward.returncode is None, "the steward ended by itself"
        steward.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(steward.wait(), PATIENCE) == 0


async def _deliver(agent: httpx.AsyncClient, *names: str) -> None:
    for name in names:
        put = await agent.put(f"files/input/{name}", content=(MESSY / name).read_bytes())
        assert put.status_code == 201, put.text


async def _in_review(person: httpx.AsyncClient, *, round_: int = 1) -> dict[str, Any]:
    """Wait for one handoff of that round in front of people, and return all of it."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        page = (await person.get("handoffs?state=in_review")).json()
        for item in page["items"]:
            if item["round"] == round_:
                whole: dict[str, Any] = (await person.get(f"handoffs/{item['id']}")).json()
                return whole
        await asyncio.sleep(0.05)
    raise AssertionError(f"nothing of round {round_} came into review")


async def _decide(person: httpx.AsyncClient, handoff: dict[str, Any], **said: Any) -> Any:
    answer = await person.put(
        f"handoffs/{handoff['id']}/decision",
        json={"digest": handoff["digest"], "round": handoff["round"], **said},
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


async def _table(person: httpx.AsyncClient, handoff: dict[str, Any], name: str) -> str:
    answer = await person.get(f"files/{handoff['path']}/{name}")
    assert answer.status_code == 200, answer.text
    return answer.text


async def _names(person: httpx.AsyncClient, folder: str) -> list[str]:
    answer = await person.get(f"tree/{folder}")
    return [item["name"] for item in answer.json()["items"]] if answer.is_success else []


async def test_a_messy_table_is_cleaned_handed_over_and_approved(server: Server) -> None:
    async with server.agent() as agent, server.signed_in("ben") as ben, _at_work(server):
        await _deliver(agent, "airports-semicolons.csv")

        handoff = await _in_review(ben)
        cleaned = await _table(ben, handoff, "airports-semicolons.csv")
        approved = await _decide(ben, handoff, verdict="approve")

        assert handoff["kind"] == "approval"
        assert cleaned == (TRUTH / "airports-semicolons.csv").read_text()
        assert approved["state"] == "approved"
        assert approved["path"] == "approved/airports-semicolons"
        assert await _names(ben, "input") == []


async def test_the_steward_asks_which_order_dates_have_and_does_as_it_is_told(
    server: Server,
) -> None:
    async with server.agent() as agent, server.signed_in("ben") as ben, _at_work(server):
        await _deliver(agent, "weather-ambiguous-dates.csv")

        asked = await _in_review(ben)
        question = asked["questions"][0]
        answers = {question["id"]: "day-first"}
        await _decide(ben, asked, verdict="answer", answers=answers)
        second = await _in_review(ben, round_=2)

        assert asked["kind"] == "escalation"
        assert question["id"].startswith("dates:")
        assert second["id"] == asked["id"]
        assert second["kind"] == "approval"
        cleaned = await _table(ben, second, "weather-ambiguous-dates.csv")
        assert cleaned == (TRUTH / "weather-ambiguous-dates.csv").read_text()


async def test_after_request_changes_the_second_round_is_done_differently(
    server: Server,
) -> None:
    async with server.agent() as agent, server.signed_in("ben") as ben, _at_work(server):
        await _deliver(agent, "airports-semicolons.csv")

        first = await _in_review(ben)
        await _decide(ben, first, verdict="request_changes", reason="Drop column country.")
        second = await _in_review(ben, round_=2)

        assert second["id"] == first["id"]
        assert second["digest"] != first["digest"]
        cleaned = await _table(ben, second, "airports-semicolons.csv")
        header = next(csv.reader(io.StringIO(cleaned)))
        assert header == ["iata", "name", "city", "state", "latitude", "longitude"]
        approved = await _decide(ben, second, verdict="approve")
        assert approved["state"] == "approved"


async def _claims(agent: httpx.AsyncClient, steward: asyncio.subprocess.Process) -> None:
    """Wait until the steward holds a claim, or has ended."""
    until = time.monotonic() + PATIENCE
    while steward.returncode is None and time.monotonic() < until:
        if (await agent.get("claims?mine=true")).json()["items"]:
            return
        await asyncio.sleep(0.01)


async def test_a_steward_killed_again_and_again_loses_no_work_and_doubles_none(
    server: Server,
) -> None:
    names = (
        "airports-semicolons.csv", "airports-ragged.csv", "employment-thousands.csv",
        "airports-truncated.csv", "weather-ambiguous-dates.csv", "weather-mixed-dates.csv",
    )  # fmt: skip
    chance = random.Random(20260722)  # noqa: S311  kills that can be repeated
    async with server.agent() as agent, server.signed_in("ben") as ben:
        await _deliver(agent, *names)

        killed = 0
        for _ in range(KILLS):
            steward = await _start(server, "--once")
            await _claims(agent, steward)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(steward.wait(), chance.uniform(0.0, 0.6))
            if steward.returncode is None:
                steward.kill()
                await steward.wait()
                killed += 1
        last = await _start(server, "--once")
        assert await asyncio.wait_for(last.wait(), PATIENCE) == 0

        assert killed > 0, "it was done before it could be killed"
        page = (await ben.get("handoffs?state=in_review&limit=100")).json()
        titles = sorted(Path(item["path"]).name for item in page["items"])
        assert titles == sorted(Path(name).stem for name in names)
        assert {item["round"] for item in page["items"]} == {1}
        assert await _names(ben, "input") == []
        assert await _names(ben, "processing") == []
        assert (await agent.get("claims?mine=true")).json()["items"] == []
        for item in page["items"]:
            name = f"{Path(item['path']).name}.csv"
            original = await ben.get(f"files/{item['path']}/original/{name}")
            assert original.content == (MESSY / name).read_bytes()
            if item["kind"] == "approval":
                assert await _table(ben, item, name) == (TRUTH / name).read_text()
