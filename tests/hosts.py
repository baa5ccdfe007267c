"""One server for many tests, in a thread of its own, and a workspace of its own for each."""

import asyncio
import itertools
import threading
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Future
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.journeys.server import PASSWORD, Server, running

PEOPLE = ("ada", "ben")


class Host:
    """A running server on which Ada, its first person, opens workspaces."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.cookies = {name: self._signed_in(name) for name in PEOPLE}
        self._slugs = (f"place-{number}" for number in itertools.count())

    def _signed_in(self, name: str) -> httpx.Cookies:
        said = {"email": f"{name}@example.org", "password": PASSWORD}
        answer = httpx.post(f"{self.url}/api/v1/session", json=said)
        assert answer.status_code == 201, answer.text
        return answer.cookies

    def open(self) -> "Workspace":
        """Return a new workspace with Ada (owner), Ben (reviewer) and Scribe (agent)."""
        workspace = Workspace(self, next(self._slugs))
        with workspace.browser("ada") as ada:
            slug = {"slug": workspace.slug}
            _ok(ada.post(f"{self.url}/api/v1/workspaces", json=slug))
            _ok(ada.put("members/ben@example.org", json={"role": "reviewer"}))
            made = _ok(ada.post("agents", json={"name": "scribe"}))
        workspace.keys["scribe"] = made["key"]["secret"]
        return workspace


class Workspace:
    """A workspace that no other test writes to."""

    def __init__(self, host: Host, slug: str) -> None:
        self.url, self.slug = host.url, slug
        self.api = f"{host.url}/api/v1/workspaces/{slug}/"
        self.keys: dict[str, str] = {}
        self._cookies = host.cookies

    def browser(self, name: str) -> httpx.Client:
        """Return a person's browser, signed in."""
        return httpx.Client(base_url=self.api, cookies=self._cookies[name], timeout=70)

    @asynccontextmanager
    async def signed_in(self, name: str) -> AsyncIterator[httpx.AsyncClient]:
        """A person's browser, awaited, and closed at the end."""
        cookies = self._cookies[name]
        async with httpx.AsyncClient(base_url=self.api, cookies=cookies, timeout=70) as browser:
            yield browser

    def add_agent(self, name: str) -> str:
        """Return the key of another agent of Ada's."""
        with self.browser("ada") as ada:
            self.keys[name] = _ok(ada.post("agents", json={"name": name}))["key"]["secret"]
        return self.keys[name]

    async def revoke(self, name: str) -> None:
        """End every key of an agent."""
        async with self.signed_in("ada") as ada:
            for key in (await ada.get(f"agents/{name}/keys")).json()["items"]:
                _ok(await ada.delete(f"keys/{key['id']}"))


def _ok(answer: httpx.Response) -> dict[str, Any]:
    assert answer.is_success, answer.text
    return dict(answer.json())


@contextmanager
def hosted(folder: Path) -> Iterator[Host]:
    """Run a server in a thread while the block lasts, as tests may block theirs."""
    ready: Future[tuple[Server, asyncio.AbstractEventLoop, asyncio.Event]] = Future()

    async def serve() -> None:
        async with running(folder) as server:
            await server.found()
            stop = asyncio.Event()
            ready.set_result((server, asyncio.get_running_loop(), stop))
            await stop.wait()

    def run() -> None:
        try:
            asyncio.run(serve())
        except BaseException as error:
            if ready.done():
                raise
            ready.set_exception(error)

    thread = threading.Thread(target=run, name="host")
    thread.start()
    server, loop, stop = ready.result(timeout=60)
    try:
        yield Host(server.url)
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
