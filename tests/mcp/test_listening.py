import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from tests.journeys.server import Server
from tests.mcp.test_handoffs import decide
from tests.mcp.wire import Wire

pytestmark = pytest.mark.asyncio(loop_scope="module")

SUBSCRIPTION = "io.modelcontextprotocol/subscriptionId"


class Heard:
    """The messages of one stream, one after the other."""

    def __init__(self, wire: Wire, answer: httpx.Response, name: int) -> None:
        self.name = name
        self._wire = wire
        self._lines = answer.aiter_lines()

    async def next(self, seconds: float = 5) -> dict[str, Any]:
        async with asyncio.timeout(seconds):
            return await self._wire.next_frame(self._lines)


@asynccontextmanager
async def listening(wire: Wire, **wanted: Any) -> AsyncIterator[Heard]:
    body, headers = wire.message("subscriptions/listen", {"notifications": wanted})
    async with wire.client.stream("POST", "/mcp", json=body, headers=headers) as answer:
        assert answer.status_code == 200
        heard = Heard(wire, answer, body["id"])
        yield heard


@asynccontextmanager
async def fetching(wire: Wire) -> AsyncIterator[Heard]:
    headers = {"Accept": "text/event-stream", "MCP-Protocol-Version": "2025-11-25"}
    async with wire.client.stream("GET", "/mcp", headers=headers) as answer:
        assert answer.status_code == 200
        yield Heard(wire, answer, 0)


async def test_what_was_agreed_on_is_told_first(modern: Wire) -> None:
    uris = ["signoff://acme/shared/a.txt", "https://elsewhere.example/"]

    async with listening(modern, resourceSubscriptions=uris, toolsListChanged=True) as heard:
        first = await heard.next()

    assert first["method"] == "notifications/subscriptions/acknowledged"
    assert first["params"]["notifications"] == {
        "resourceSubscriptions": ["signoff://acme/shared/a.txt"]
    }
    assert first["params"]["_meta"] == {SUBSCRIPTION: heard.name}


async def test_a_changed_file_and_a_changed_folder_are_told(
    modern: Wire, ada: httpx.AsyncClient
) -> None:
    uris = ["signoff://acme/heard/", "signoff://acme/heard/one.txt", "signoff://acme/other/"]

    async with listening(modern, resourceSubscriptions=uris) as heard:
        await heard.next()
        await ada.put("files/heard/one.txt", content=b"1")
        told = [await heard.next(), await heard.next()]

    assert {one["params"]["uri"] for one in told} == set(uris[:2])
    assert {one["method"] for one in told} == {"notifications/resources/updated"}


async def test_what_comes_back_to_feedback_wakes_the_agent(
    modern: Wire, ben: httpx.AsyncClient
) -> None:
    await modern.call("write", path="input/woken.txt", text="x")
    handed = await modern.call("submit_for_review", paths="input/woken.txt")

    uri = "signoff://acme/feedback/"
    async with listening(
        modern, resourceSubscriptions=[uri], resourcesListChanged=True
    ) as heard:
        await heard.next()
        await decide(ben, handed["handoff"], verdict="request_changes", reason="No")
        told = [await heard.next(), await heard.next()]

    assert {one["method"] for one in told} == {
        "notifications/resources/updated",
        "notifications/resources/list_changed",
    }
    assert told[0]["params"]["uri"] == uri


async def test_what_a_key_may_not_see_is_not_told(
    server: Server, ada: httpx.AsyncClient
) -> None:
    secret = await server.add_agent("narrow")
    known = (await ada.get("agents")).json()["items"]
    narrow = next(each["id"] for each in known if each["name"] == "narrow")
    await ada.put("grants", json={"subject": narrow, "path": "hidden", "access": "none"})

    async with server.client(Authorization=f"Bearer {secret}") as client:
        wire = Wire(client)
        uris = ["signoff://acme/hidden/", "signoff://acme/open/"]
        async with listening(wire, resourceSubscriptions=uris) as heard:
            await heard.next()
            await ada.put("files/hidden/a.txt", content=b"1")
            await ada.put("files/open/a.txt", content=b"1")
            told = await heard.next()

    assert told["params"]["uri"] == "signoff://acme/open/"


async def test_who_may_not_listen_any_more_is_told_so(server: Server) -> None:
    secret = await server.add_agent("leaving")
    async with (
        server.client(Authorization=f"Bearer {secret}") as client,
        server.signed_in("ada") as ada,
        listening(Wire(client), resourcesListChanged=True) as heard,
    ):
        await heard.next()
        known = (await ada.get("agents")).json()["items"]
        gone = next(each["id"] for each in known if each["name"] == "leaving")
        await asyncio.sleep(1.1)
        await ada.delete(f"agents/{gone}")
        told = await heard.next(20)

    assert told["id"] == heard.name
    assert told["error"]["data"]["code"] in {"credential_expired", "unauthenticated"}


async def test_many_who_listen_cost_one_reading_of_the_log(
    server: Server, modern: Wire, ada: httpx.AsyncClient
) -> None:
    async with (
        listening(modern, resourceSubscriptions=["signoff://acme/many/"]) as one,
        listening(modern, resourceSubscriptions=["signoff://acme/many/"]) as two,
        listening(modern, resourceSubscriptions=["signoff://acme/many/"]) as three,
    ):
        for heard in (one, two, three):
            await heard.next()
        before = server.parts.tail.reads
        await ada.put("files/many/a.txt", content=b"1")
        for heard in (one, two, three):
            await heard.next()
        after = server.parts.tail.reads

    assert after - before <= 2


@pytest.mark.parametrize("wanted", [None, [], {"resourceSubscriptions": 7}, {"taskIds": {}}])
async def test_what_cannot_be_listened_to_is_an_error(modern: Wire, wanted: Any) -> None:
    fault = await modern.fault("subscriptions/listen", {"notifications": wanted})

    assert fault["code"] == -32602


# The era of the handshake: asked for one by one, told on a stream that is fetched.


async def test_an_address_that_no_path_has_is_not_remembered(modern: Wire) -> None:
    endless = "signoff://acme/" + "/" * 1_000_000 + "a"

    async with listening(modern, resourceSubscriptions=[endless]) as heard:
        first = await heard.next()

    assert first["params"]["notifications"] == {}


async def test_an_old_client_subscribes_and_is_told_on_its_stream(
    server: Server, ada: httpx.AsyncClient
) -> None:
    secret = await server.add_agent("old")
    async with server.client(Authorization=f"Bearer {secret}") as client:
        wire = Wire(client, modern=False)
        await wire.ask("resources/subscribe", {"uri": "signoff://acme/olden/"})
        await wire.ask("resources/subscribe", {"uri": "signoff://acme/unwanted/"})
        await wire.ask("resources/unsubscribe", {"uri": "signoff://acme/unwanted/"})

        async with fetching(wire) as heard:
            await ada.put("files/unwanted/a.txt", content=b"1")
            await ada.put("files/olden/a.txt", content=b"1")
            told = [await heard.next() for _ in range(3)]

    assert told == [
        {"jsonrpc": "2.0", "method": "notifications/resources/list_changed", "params": {}},
        {
            "jsonrpc": "2.0",
            "method": "notifications/resources/updated",
            "params": {"uri": "signoff://acme/olden/"},
        },
        {"jsonrpc": "2.0", "method": "notifications/resources/list_changed", "params": {}},
    ]


# Waiting as a task.


async def test_waiting_is_a_task_for_who_declares_it(
    line: httpx.AsyncClient, ben: httpx.AsyncClient
) -> None:
    wire = Wire(line, tasks=True)
    await wire.call("write", path="input/task.txt", text="x")
    handed = await wire.call("submit_for_review", paths="input/task.txt", title="Task")
    name = handed["handoff"]

    created = await wire.ask(
        "tools/call", {"name": "wait_for_decision", "arguments": {"handoff": name}}
    )
    working = await wire.ask("tasks/get", {"taskId": name})
    await wire.ask("tasks/cancel", {"taskId": name})
    still = (await ben.get(f"handoffs/{name}")).json()
    async with listening(wire, taskIds=[name]) as heard:
        await heard.next()
        await decide(ben, name, verdict="approve")
        told = await heard.next()
    completed = await wire.ask("tasks/get", {"taskId": name})

    assert created["resultType"] == "task"
    assert created["taskId"] == name
    assert created["status"] == "working"
    assert created["statusMessage"] == "awaiting review by a person"
    assert created["ttlMs"] is None
    assert working["resultType"] == "complete"
    assert working["status"] == "working"
    assert still["state"] == "in_review"
    assert told["method"] == "notifications/tasks"
    assert told["params"]["status"] == "completed"
    assert completed["result"]["structuredContent"]["verdict"] == "approve"


async def test_what_is_decided_already_needs_no_task(
    line: httpx.AsyncClient, ben: httpx.AsyncClient
) -> None:
    wire = Wire(line, tasks=True)
    await wire.call("write", path="input/no-task.txt", text="x")
    handed = await wire.call("submit_for_review", paths="input/no-task.txt")
    await decide(ben, handed["handoff"], verdict="approve")

    outcome = await wire.call("wait_for_decision", handoff=handed["handoff"])

    assert outcome["decided"] is True


async def test_tasks_are_for_who_declares_them(modern: Wire) -> None:
    for method in ("tasks/get", "tasks/update", "tasks/cancel"):
        fault = await modern.fault(method, {"taskId": "ho_1"})
        assert fault["code"] == -32021
        assert "requiredCapabilities" in fault["data"]
    listening_too = await modern.fault(
        "subscriptions/listen", {"notifications": {"taskIds": ["ho_1"]}}
    )
    assert listening_too["code"] == -32021


async def test_a_task_that_is_not_there_is_an_error(line: httpx.AsyncClient) -> None:
    wire = Wire(line, tasks=True)

    for method in ("tasks/get", "tasks/update", "tasks/cancel"):
        assert (await wire.fault(method, {"taskId": "ho_none"}))["code"] == -32602


async def test_a_tasks_header_names_the_task(line: httpx.AsyncClient) -> None:
    wire = Wire(line, tasks=True)
    body, headers = wire.message("tasks/get", {"taskId": "ho_1"})

    answer = await line.post("/mcp", json=body, headers={**headers, "Mcp-Name": "ho_2"})

    assert answer.json()["error"]["code"] == -32020


async def test_who_asks_for_progress_is_told_that_it_goes_on(
    modern: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("signoff.mcp.decisions.TELL_EVERY", 0.2)
    await modern.call("write", path="input/progress.txt", text="x")
    handed = await modern.call("submit_for_review", paths="input/progress.txt")
    said = {
        "name": "wait_for_decision",
        "arguments": {"handoff": handed["handoff"], "wait_seconds": 1},
        "_meta": {"progressToken": "p"},
    }
    body, headers = modern.message("tools/call", said)

    async with modern.client.stream("POST", "/mcp", json=body, headers=headers) as answer:
        heard = Heard(modern, answer, body["id"])
        told = [await heard.next(), await heard.next()]
        while "result" not in told[-1]:
            told.append(await heard.next())

    assert answer.headers["content-type"] == "text/event-stream"
    assert told[0]["method"] == "notifications/progress"
    assert told[0]["params"]["progressToken"] == "p"
    assert 0 < told[0]["params"]["progress"] < told[1]["params"]["progress"]
    assert told[-1]["result"]["structuredContent"]["decided"] is False
