"""A running server in a thread of its own, an agent's key, and a person who decides."""

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.journeys.server import PASSWORD, Server, running

Answer = Callable[[dict[str, Any]], dict[str, Any]]


class Place:
    """Where agents under test hand over, and Ben decides."""

    def __init__(self, url: str, key: str) -> None:
        self.url, self.key = url, key
        self.seen: list[str] = []
        """The handoffs that Ben was asked about, in order."""
        self._ben = httpx.Client(base_url=f"{url}/api/v1/workspaces/acme/", timeout=70)
        said = {"email": "ben@example.org", "password": PASSWORD}
        assert self._ben.post(f"{url}/api/v1/session", json=said).status_code == 201

    def waiting(self) -> list[dict[str, Any]]:
        items = self._ben.get("handoffs", params={"state": "in_review"}).json()["items"]
        return [self.look(item["id"]) for item in items]

    def look(self, handoff: str) -> dict[str, Any]:
        return dict(self._ben.get(f"handoffs/{handoff}").json())

    def call(self, handoff: dict[str, Any]) -> dict[str, Any]:
        """Return the tool call that a handoff proposes, as it stands."""
        answer = self._ben.get(f"files/{handoff['path']}/call.json")
        return dict(answer.json())

    def edit(self, handoff: dict[str, Any], arguments: dict[str, Any]) -> None:
        """Save Ben's own version of the arguments."""
        call = self.call(handoff) | {"arguments": arguments}
        path = f"files/{handoff['path']}/call.json"
        answer = self._ben.put(path, content=json.dumps(call))
        assert answer.status_code == 200, answer.text

    def decide(self, handoff: str, verdict: str = "approve", **said: Any) -> dict[str, Any]:
        seen = self.look(handoff)
        body = {"verdict": verdict, "digest": seen["digest"], "round": seen["round"], **said}
        answer = self._ben.put(f"handoffs/{handoff}/decision", json=body)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    @contextmanager
    def reviewed(self, answer: Answer | None = None) -> Iterator[None]:
        """Have Ben decide on all that comes while the block lasts: approve, or as told."""
        over = threading.Event()

        def decide_all() -> None:
            while not over.is_set():
                for handoff in self.waiting():
                    self.seen.append(handoff["id"])
                    said = answer(handoff) if answer else {}
                    self.decide(handoff["id"], **said)
                time.sleep(0.05)

        deciding = threading.Thread(target=decide_all)
        deciding.start()
        try:
            yield
        finally:
            over.set()
            deciding.join()

    def close(self) -> None:
        self._ben.close()


@contextmanager
def served(folder: Path) -> Iterator[Place]:
    """Run a server in a thread while the block lasts, as adapters may block theirs."""
    ready: Future[Server] = Future()
    over: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = Future()

    async def run() -> None:
        async with running(folder) as server:
            await server.found()
            stop = asyncio.Event()
            over.set_result((asyncio.get_running_loop(), stop))
            ready.set_result(server)
            await stop.wait()

    thread = threading.Thread(target=lambda: asyncio.run(run()))
    thread.start()
    server = ready.result(timeout=60)
    place = Place(server.url, server.keys["scribe"])
    try:
        yield place
    finally:
        place.close()
        loop, stop = over.result()
        loop.call_soon_threadsafe(stop.set)
        thread.join()
