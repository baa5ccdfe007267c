"""A model that knows nothing but the tools goes through all three patterns.

The model is scripted: it picks each call from what the last one said, as a model would read it,
and holds nothing else in mind.
"""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import httpx2
from mcp.client.streamable_http import streamable_http_client

from mcp import Client
from tests.journeys.server import Server, running


class Model:
    """What it was told last, and its one way to act: to call a tool."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.heard = ""

    async def call(self, tool: str, **arguments: Any) -> str:
        result = await self._client.call_tool(tool, arguments)
        self.heard = "\n".join(part.text for part in result.content if part.type == "text")
        return self.heard

    def told(self, pattern: str) -> str:
        """Return what the last answer said of something."""
        found = re.search(pattern, self.heard)
        assert found is not None, self.heard
        return found[1]

    async def claims(self, name: str) -> tuple[str, str]:
        await self.call("claim_work", glob=f"**/{name}")
        return self.told(r"You hold (\S+)"), self.told(r"lock_token: (\S+)")

    async def hands(self, tool: str, path: str, token: str, **said: Any) -> str:
        await self.call(tool, paths=path, lock_token=token, **said)
        return self.told(r"handoff: (\S+)")


@asynccontextmanager
async def modelling(server: Server) -> AsyncIterator[Model]:
    headers = {"Authorization": f"Bearer {server.keys['scribe']}"}
    async with (
        httpx2.AsyncClient(headers=headers, timeout=70) as http,
        Client(streamable_http_client(f"{server.url}/mcp", http_client=http)) as client,
    ):
        yield Model(client)


async def decides(person: httpx.AsyncClient, handoff: str, **said: Any) -> None:
    view = (await person.get(f"handoffs/{handoff}")).json()
    verdict = {"digest": view["digest"], "round": view["round"], **said}
    answer = await person.put(f"handoffs/{handoff}/decision", json=verdict)
    assert answer.status_code == 200, answer.text


async def test_a_model_gets_its_work_approved_after_a_second_round(tmp_path: Path) -> None:
    async with (
        running(tmp_path) as server,
        _furnished(server, "report.md"),
        server.signed_in("ben") as ben,
        modelling(server) as model,
    ):
        path, token = await model.claims("report.md")
        await model.call("read", path=path)
        await model.call("write", path=path, text="Short.", lock_token=token)
        handoff = await model.hands("submit_for_review", path, token, title="The report")
        await model.call("wait_for_decision", handoff=handoff, wait_seconds=0)
        assert model.heard.startswith("Still waiting")
        await model.call("approve", handoff=handoff)
        assert "agent_cannot_decide" in model.heard

        await decides(ben, handoff, verdict="request_changes", reason="Say more.")
        await model.call("wait_for_decision", handoff=handoff)
        assert "They said: Say more." in model.heard
        await model.call("read_feedback", handoff=handoff)
        path, token = await model.claims("report.md")
        assert "Ben sent it back: Say more." in model.heard
        await model.call("write", path=path, text="Much longer.", lock_token=token)
        assert await model.hands("submit_for_review", path, token) == handoff
        assert "round 2" in model.heard
        await decides(ben, handoff, verdict="approve")
        await model.call("wait_for_decision", handoff=handoff, after_round=1)

        assert "approved by Ben" in model.heard
        approved = model.told(r"path: (\S+)")
        assert (await model.call("read", path=approved)).startswith("Much longer.")


async def test_a_model_that_is_stuck_asks_and_goes_on_with_the_answer(tmp_path: Path) -> None:
    async with (
        running(tmp_path) as server,
        _furnished(server, "invoice.txt"),
        server.signed_in("ben") as ben,
        modelling(server) as model,
    ):
        path, token = await model.claims("invoice.txt")
        handoff = await model.hands(
            "escalate",
            path,
            token,
            needs="Which rate?",
            questions=[{"id": "rate", "text": "Which?", "schema": {"enum": [7, 19]}}],
        )
        await decides(ben, handoff, verdict="answer", answers={"rate": 19})
        await model.call("wait_for_decision", handoff=handoff)
        assert "- rate: 19" in model.heard
        path, token = await model.claims("invoice.txt")
        await model.call("write", path=path, text="With 19 per cent.", lock_token=token)
        again = await model.hands("submit_for_review", path, token)
        await decides(ben, again, verdict="approve")
        await model.call("wait_for_decision", handoff=again)

        assert "approved by Ben" in model.heard


async def test_a_person_finishes_what_a_model_began(tmp_path: Path) -> None:
    async with (
        running(tmp_path) as server,
        _furnished(server, "letter.md"),
        server.signed_in("ben") as ben,
        modelling(server) as model,
    ):
        path, token = await model.claims("letter.md")
        await model.call("write", path=path, text="Dear …,", lock_token=token)
        handoff = await model.hands("hand_over", path, token, summary="The name is missing.")
        await ben.put("files/needs-review/letter.md", content=b"Dear Ada,")
        await decides(ben, handoff, verdict="approve")
        await model.call("wait_for_decision", handoff=handoff)

        assert "They changed the files first" in model.heard
        approved = model.told(r"path: (\S+)")
        assert (await model.call("read", path=approved)).startswith("Dear Ada,")
        await model.call("read_feedback", handoff=handoff)
        assert "changed by a person: " in model.heard


@asynccontextmanager
async def _furnished(server: Server, name: str) -> AsyncIterator[None]:
    """Found the workspace, with a piece of work in it."""
    await server.found()
    async with server.agent() as agent:
        answer = await agent.put(f"files/input/{name}", content=b"to do")
        assert answer.status_code == 201, answer.text
    yield
