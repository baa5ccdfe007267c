"""What was approved is run once, and the server says what came of it."""

import asyncio
from typing import Any

import httpx
import pytest

from tests.journeys.server import Server
from tests.rest.test_rows import ok, submitted

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def decide(ada: httpx.AsyncClient, handoff: str) -> dict[str, Any]:
    """Approve a handoff; return what names the decision."""
    view = ok(await ada.get(f"handoffs/{handoff}"))
    named = {"round": view["round"], "digest": view["digest"]}
    ok(await ada.put(f"handoffs/{handoff}/decision", json={"verdict": "approve", **named}))
    return named


async def approved(
    scribe: httpx.AsyncClient, ada: httpx.AsyncClient, path: str
) -> tuple[str, dict[str, Any]]:
    """Return the address of an approved handoff's runs, and what is asked to begin one."""
    handoff = (await submitted(scribe, path))["id"]
    return f"handoffs/{handoff}/runs", await decide(ada, handoff)


async def test_the_first_begins_and_the_second_is_told(
    scribe: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    runs, asked = await approved(scribe, ada, "shared/runs/first.json")

    begun = ok(await scribe.post(runs, json=asked), 201)
    early = ok(await scribe.post(runs, json=asked), 409)
    ended = ok(
        await scribe.put(
            f"{runs}/{begun['id']}", json={"outcome": "done", "result": {"paid": [12, None]}}
        )
    )
    late = ok(await scribe.post(runs, json=asked), 409)

    assert (early["code"], early["run"]) == ("already_run", begun["id"])
    assert early["begun_at"] == begun["begun_at"]
    assert early["begun_by"] == begun["credential"]
    assert "outcome" not in early
    assert ended["outcome"] == "done"
    assert (late["outcome"], late["result"]) == ("done", {"paid": [12, None]})
    assert late["ended_at"] == ended["ended_at"]


async def test_a_lost_answer_is_asked_for_again_under_its_key(
    scribe: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    runs, asked = await approved(scribe, ada, "shared/runs/lost.json")
    key = {"Idempotency-Key": "once"}

    first = ok(await scribe.post(runs, json=asked, headers=key), 201)
    again = ok(await scribe.post(runs, json=asked, headers=key), 201)

    assert again["id"] == first["id"]


async def test_of_many_at_once_one_begins(
    scribe: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    runs, asked = await approved(scribe, ada, "shared/runs/many.json")

    answers = await asyncio.gather(*(scribe.post(runs, json=asked) for _ in range(8)))

    assert sorted(each.status_code for each in answers) == [201] + [409] * 7


async def test_nobody_else_begins_or_ends_a_run_or_sees_what_it_left(
    server: Server, scribe: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    runs, asked = await approved(scribe, ada, "shared/runs/mine.json")
    await server.add_agent("clerk")
    async with server.agent("clerk") as clerk:
        begun_by_others = [await who.post(runs, json=asked) for who in (clerk, ada)]
        mine = ok(await scribe.post(runs, json=asked), 201)
        one = f"{runs}/{mine['id']}"
        ended_by_others = [await who.put(one, json={"outcome": "done"}) for who in (clerk, ada)]
        ok(await scribe.put(one, json={"outcome": "done", "result": "secret"}))
        seen_by_others = [ok(await who.get(runs))["items"][0] for who in (clerk, ada)]

    assert {each.status_code for each in (*begun_by_others, *ended_by_others)} == {403}
    assert all("result" not in each for each in seen_by_others)
    assert seen_by_others[0]["outcome"] == "done"
    assert ok(await scribe.get(runs))["items"][0]["result"] == "secret"


async def test_after_a_recall_the_next_approval_is_run_anew(
    scribe: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    runs, asked = await approved(scribe, ada, "shared/runs/again.json")
    handoff = runs.split("/")[1]
    first = ok(await scribe.post(runs, json=asked), 201)
    ok(await ada.post(f"handoffs/{handoff}/recall", json={"reason": "Not yet"}))
    waiting = ok(await scribe.post(runs, json={**asked, "round": 2}), 409)
    ok(await scribe.put(f"{runs}/{first['id']}", json={"outcome": "failed"}))
    again = await decide(ada, handoff)

    stale = ok(await scribe.post(runs, json=asked), 409)
    second = ok(await scribe.post(runs, json=again), 201)

    assert waiting["code"] == "wrong_state"
    assert (stale["code"], stale["run"]) == ("already_run", first["id"])
    assert (second["round"], second["id"] != first["id"]) == (2, True)
    listed = ok(await ada.get(runs))["items"]
    assert [(each["round"], each["outcome"]) for each in listed] == [(1, "failed"), (2, None)]


async def test_a_run_is_on_the_record_and_on_the_handoffs_page(
    server: Server, scribe: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    runs, asked = await approved(scribe, ada, "shared/runs/story.json")
    handoff = runs.split("/")[1]
    begun = ok(await scribe.post(runs, json=asked), 201)
    ended = ok(await scribe.put(f"{runs}/{begun['id']}", json={"outcome": "failed"}))

    story = ok(await ada.get("events/recent", params={"handoff": handoff, "limit": 2}))
    page = (await ada.get(f"{server.url}/w/acme/handoffs/{handoff}")).text

    told = [(each["type"], each["id"], each["subject"]) for each in story["items"]]
    assert told == [
        ("run.ended", ended["event"], begun["id"]),
        ("run.begun", begun["event"], begun["id"]),
    ]
    assert "Began to run it" in page
    assert "Ran it, which failed" in page


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"outcome": "perhaps"}, 422),
        ({}, 422),
        ({"outcome": "done", "result": "x" * 65536}, 422),
    ],
)
async def test_an_end_that_makes_no_sense_changes_nothing(
    scribe: httpx.AsyncClient, ada: httpx.AsyncClient, said: dict[str, Any], status: int
) -> None:
    runs, asked = await approved(scribe, ada, f"shared/runs/odd-{len(str(said))}.json")
    begun = ok(await scribe.post(runs, json=asked), 201)

    answer = await scribe.put(f"{runs}/{begun['id']}", json=said)

    assert answer.status_code == status
    assert ok(await scribe.get(runs))["items"][0]["outcome"] is None
    assert (await scribe.put(f"{runs}/ru_none", json={"outcome": "done"})).status_code == 404
