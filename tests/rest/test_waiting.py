import asyncio
import json
import time
from collections.abc import AsyncIterator

import httpx
import pytest

from signoff.actions import keys
from tests.journeys.server import Server, in_workspace

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def submit(scribe: httpx.AsyncClient, path: str) -> dict[str, object]:
    await scribe.put(f"files/{path}", content=b"x" * 10)
    answer = await scribe.post("handoffs", json={"kind": "approval", "paths": [path]})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def verdict_on(handoff: dict[str, object], **more: object) -> dict[str, object]:
    return {"verdict": "approve", "digest": handoff["digest"], "round": 1, **more}


# Handoffs.


async def test_a_waiting_agent_is_told_as_soon_as_its_handoff_is_decided(
    scribe: httpx.AsyncClient, ben: httpx.AsyncClient
) -> None:
    handoff = await submit(scribe, "input/waited/report.txt")
    waiting = asyncio.create_task(scribe.get(f"handoffs/{handoff['id']}", params={"wait": 20}))
    await asyncio.sleep(0.1)
    began = time.monotonic()

    await ben.put(f"handoffs/{handoff['id']}/decision", json=verdict_on(handoff))
    answer = await waiting

    assert answer.json()["state"] == "approved"
    assert time.monotonic() - began < 2


async def test_waiting_for_a_round_that_does_not_come_ends_with_the_handoff_as_it_is(
    scribe: httpx.AsyncClient,
) -> None:
    handoff = await submit(scribe, "input/patience/report.txt")

    answer = await scribe.get(f"handoffs/{handoff['id']}", params={"wait": 1})

    assert answer.status_code == 200
    assert answer.json()["state"] == "in_review"


async def test_a_decided_round_does_not_answer_who_waits_for_the_one_after_it(
    scribe: httpx.AsyncClient, ben: httpx.AsyncClient
) -> None:
    handoff = await submit(scribe, "input/second/report.txt")
    await ben.put(f"handoffs/{handoff['id']}/decision", json=verdict_on(handoff))
    path = f"handoffs/{handoff['id']}"
    began = time.monotonic()

    at_once = await scribe.get(path, params={"wait": 5, "after_round": 0})
    took = time.monotonic() - began
    later = await scribe.get(path, params={"wait": 1, "after_round": 1})

    assert at_once.json()["state"] == "approved"
    assert took < 1
    assert later.json()["round"] == 1
    assert time.monotonic() - began >= 1


async def test_who_waits_for_a_verdict_by_moving_is_told_with_its_reason(
    scribe: httpx.AsyncClient, ben: httpx.AsyncClient
) -> None:
    handoff = await submit(scribe, "input/moved/report.txt")
    waiting = asyncio.create_task(scribe.get(f"handoffs/{handoff['id']}", params={"wait": 20}))
    moved = {"from": "needs-review/moved/report.txt", "to": "rejected/moved/report.txt"}

    await ben.post("moves", json=moved)
    silent = (await ben.get(f"handoffs/{handoff['id']}")).json()
    await asyncio.sleep(0.2)
    early = waiting.done()
    await ben.put("files/rejected/moved/report.txt.feedback.md", content=b"Wrong month.")
    answer = (await waiting).json()

    assert (early, silent["state"], "reason_due_at" in silent) == (False, "rejected", True)
    assert (answer["state"], answer["decision"]["reason"]) == ("rejected", "Wrong month.")
    assert "reason_due_at" not in answer


@pytest.mark.parametrize("wait", ["-1", "soon", "1.5"])
async def test_a_wait_that_is_no_whole_number_is_refused(
    scribe: httpx.AsyncClient, wait: str
) -> None:
    answer = await scribe.get("handoffs/ho_x", params={"wait": wait})

    assert answer.status_code == 422
    assert answer.json()["field"] == "wait"


async def test_fifty_waiters_for_one_handoff_cost_the_log_one_look_each_batch(
    server: Server, scribe: httpx.AsyncClient
) -> None:
    handoff = await submit(scribe, "input/crowd/report.txt")
    tail = server.parts.tail
    async with server.agent() as crowd:
        waiters = [
            asyncio.create_task(crowd.get(f"handoffs/{handoff['id']}", params={"wait": 2}))
            for _ in range(50)
        ]
        await asyncio.sleep(0.5)
        before = tail.reads

        await scribe.put("files/input/crowd/other.txt", content=b"y")
        await asyncio.sleep(0.2)

        assert tail.reads - before == 1
        await asyncio.gather(*waiters)


# Events.


async def test_a_reader_of_events_waits_for_the_next_one(
    scribe: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    after = (await ada.get("events/head")).json()["position"]
    waiting = asyncio.create_task(ada.get("events", params={"after": after, "wait": 20}))
    await asyncio.sleep(0.1)

    await scribe.put("files/shared/news.txt", content=b"news")
    page = (await waiting).json()

    assert [item["type"] for item in page["items"]][-1] == "file.created"
    assert page["next"] > after


async def test_events_that_are_not_wanted_do_not_end_the_wait(
    scribe: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    after = (await ada.get("events/head")).json()["position"]
    params = {"after": after, "wait": 1, "type": "policy."}
    waiting = asyncio.create_task(ada.get("events", params=params))
    await asyncio.sleep(0.1)

    await scribe.put("files/shared/other-news.txt", content=b"news")
    page = (await waiting).json()

    assert page["items"] == []
    assert page["next"] > after


class Frames:
    """The frames of a stream, one by one."""

    def __init__(self, answer: httpx.Response) -> None:
        self._lines = answer.aiter_lines()

    def __aiter__(self) -> AsyncIterator[dict[str, str]]:
        return self._all()

    async def _all(self) -> AsyncIterator[dict[str, str]]:
        frame: dict[str, str] = {}
        async for line in self._lines:
            if not line:
                if frame:
                    yield frame
                frame = {}
                continue
            name, _, value = line.partition(":")
            frame[name or "comment"] = value.strip()

    async def first(self, event: str) -> dict[str, str]:
        async with asyncio.timeout(10):
            async for frame in self:
                if frame.get("event") == event:
                    return frame
        raise AssertionError(f"no {event} came")


STREAM = {"Accept": "text/event-stream"}


async def test_a_stream_tells_events_as_they_are_recorded(
    scribe: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    after = (await ada.get("events/head")).json()["position"]
    async with ada.stream("GET", "events", params={"after": after}, headers=STREAM) as answer:
        assert answer.headers["content-type"] == "text/event-stream"
        frames = Frames(answer)

        await scribe.put("files/shared/streamed.txt", content=b"now")
        frame = await frames.first("file.created")

    event = json.loads(frame["data"])
    assert event["path"] == "shared/streamed.txt"
    assert frame["id"] == str(event["position"])


async def test_a_stream_goes_on_after_the_last_event_that_was_seen(
    scribe: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    await scribe.put("files/shared/before.txt", content=b"1")
    seen = (await ada.get("events/head")).json()["position"]
    await scribe.put("files/shared/after.txt", content=b"2")
    headers = STREAM | {"Last-Event-ID": str(seen)}

    async with ada.stream("GET", "events", headers=headers) as answer:
        frame = await Frames(answer).first("file.created")

    assert json.loads(frame["data"])["path"] == "shared/after.txt"


async def test_a_stream_says_goodbye_when_its_key_is_revoked(
    server: Server, ada: httpx.AsyncClient
) -> None:
    key = await server.add_agent("listener", owner="ada@example.org")
    mine = {"Authorization": f"Bearer {key}"}
    async with server.agent("listener") as listener:
        me = (await listener.get("me")).json()
        after = (await listener.get("events/head")).json()["position"]
        async with listener.stream(
            "GET", "events", params={"after": after}, headers=STREAM | mine
        ) as answer:
            frames = Frames(answer)
            await asyncio.sleep(1.1)

            await server.parts.house.do(
                keys.revoke, in_workspace(), keys.Revoke(key=me["credential"]["id"])
            )
            frame = await frames.first("bye")

    assert frame["data"] == "credential_expired"


async def test_a_stream_that_may_not_be_read_is_refused_by_its_status(
    server: Server,
) -> None:
    async with server.client() as nobody:
        answer = await nobody.get("/api/v1/workspaces/acme/events", headers=STREAM)

    assert answer.status_code == 401


async def test_a_last_event_id_that_is_no_position_is_refused(
    ada: httpx.AsyncClient,
) -> None:
    answer = await ada.get("events", headers=STREAM | {"Last-Event-ID": "yesterday"})

    assert answer.status_code == 422


# Work.


async def test_there_is_nothing_to_claim(scribe: httpx.AsyncClient) -> None:
    answer = await scribe.post("claims", json={"glob": "input/void/*"})

    assert answer.status_code == 204
    assert answer.content == b""


async def test_an_agent_waits_for_work_and_gets_it_when_it_is_there(
    scribe: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    asked = {"glob": "input/awaited/*", "wait": 20}
    waiting = asyncio.create_task(scribe.post("claims", json=asked))
    await asyncio.sleep(0.1)

    await ada.put("files/input/awaited/job.csv", content=b"a,b\n")
    answer = await waiting

    assert answer.status_code == 201
    assert answer.json()["from_path"] == "input/awaited/job.csv"


async def test_waiting_for_work_in_vain_ends_without_any(scribe: httpx.AsyncClient) -> None:
    answer = await scribe.post("claims", json={"glob": "input/void/*", "wait": 1})

    assert answer.status_code == 204


async def test_an_agent_that_left_is_given_no_work(
    server: Server, ada: httpx.AsyncClient
) -> None:
    async with server.agent() as leaver:
        asked = {"glob": "input/left/*", "wait": 20}
        waiting = asyncio.create_task(leaver.post("claims", json=asked))
        await asyncio.sleep(0.2)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
    await asyncio.sleep(0.1)

    await ada.put("files/input/left/job.csv", content=b"a,b\n")
    await asyncio.sleep(0.2)

    assert (await ada.get("files/input/left/job.csv")).status_code == 200


async def test_a_claim_that_found_nothing_may_be_tried_again_under_its_key(
    scribe: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    headers = {"Idempotency-Key": "try-and-try"}
    asked = {"glob": "input/again/*"}
    first = await scribe.post("claims", json=asked, headers=headers)
    await ada.put("files/input/again/job.csv", content=b"a,b\n")

    second = await scribe.post("claims", json=asked, headers=headers)
    third = await scribe.post("claims", json=asked, headers=headers)

    assert first.status_code == 204
    assert second.status_code == third.status_code == 201
    assert second.content == third.content
    assert third.json()["lock_token"]


# Locks.


async def test_whoever_waits_for_a_lock_gets_it_when_it_is_released(
    scribe: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    await ada.put("files/shared/sheet.txt", content=b"1")
    held = (await ada.post("locks", json={"path": "shared/sheet.txt"})).json()
    asked = {"path": "shared/sheet.txt", "wait": 20}
    waiting = asyncio.create_task(scribe.post("locks", json=asked))
    await asyncio.sleep(0.2)

    released = await ada.delete(f"locks/{held['token']}")
    answer = await waiting

    assert released.status_code == 204
    assert answer.status_code == 201, answer.text
    assert answer.json()["token"] != held["token"]


async def test_a_lock_that_does_not_come_free_is_refused_with_its_holder_and_a_ticket(
    scribe: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    await ada.put("files/shared/held.txt", content=b"1")
    held = (await ada.post("locks", json={"path": "shared/held.txt"})).json()

    answer = await scribe.post("locks", json={"path": "shared/held.txt", "wait": 1})

    problem = answer.json()
    assert answer.status_code == 423
    assert problem["code"] == "locked"
    assert problem["holder_name"] == "Ada"
    assert problem["kind"] == "exclusive"
    assert 1700 < problem["seconds_left"] <= 1800
    assert problem["ticket"].startswith("ti_")
    assert held["token"] not in answer.text


async def test_open_waits_end_when_the_server_is_told_to_stop(
    scribe: httpx.AsyncClient, ada: httpx.AsyncClient, tmp_path_factory: pytest.TempPathFactory
) -> None:
    from tests.journeys.server import running  # noqa: PLC0415  a server of its own to stop

    async with running(tmp_path_factory.mktemp("stopping")) as short:
        await short.found()
        async with short.agent() as waiting, short.agent() as listening:
            poll = asyncio.create_task(waiting.get("events", params={"after": 999, "wait": 50}))
            async with listening.stream("GET", "events", headers=STREAM) as answer:
                frames = Frames(answer)
                await asyncio.sleep(0.2)
                began = time.monotonic()

                short.app.closing.set()
                bye = await frames.first("bye")
                page = await poll

    assert bye["data"] == "closing"
    assert page.status_code == 200
    assert time.monotonic() - began < 5
