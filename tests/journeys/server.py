"""A real server on loopback, and clients of it, for tests that go through HTTP."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from signoff.actions import agents, members, workspaces
from signoff.actions.passwords import NewPerson
from signoff.asgi.parts import Parts
from signoff.asgi.wire import Wire
from signoff.domain.actors import Actor, Caller, Credential, CredentialKind, Door, Kind, Role
from signoff.domain.ids import INSTANCE, ActorId, CredentialId, Slug
from signoff.server import Application, build
from signoff.settings import Settings
from tests.databases import new_database

WORKSPACE = "acme"
PASSWORD = "correct horse battery"

OPERATOR = Caller(
    actor=Actor(id=ActorId("operator"), kind=Kind.SYSTEM, name="Operator"),
    role=Role.SYSTEM,
    credential=Credential(id=CredentialId("operator"), kind=CredentialKind.OPERATOR),
    door=Door.CLI,
    workspace=INSTANCE,
)


class Server:
    """A running server with a workspace, two people who review, and an agent."""

    def __init__(self, url: str, app: Application) -> None:
        self.url = url
        self.app = app
        self.keys: dict[str, str] = {}

    @property
    def parts(self) -> Parts:
        assert self.app.parts is not None
        return self.app.parts

    async def found(self) -> None:
        house = self.parts.house
        for name in ("ada", "ben"):
            person = NewPerson(
                email=f"{name}@example.org", name=name.title(), password=PASSWORD
            )
            await self.parts.passwords.create_person(OPERATOR, person)
        await house.do(workspaces.create, OPERATOR, workspaces.Create(slug=WORKSPACE))
        inside = in_workspace()
        for name, role in (("ada", Role.OWNER), ("ben", Role.REVIEWER)):
            member = members.Set(person=f"{name}@example.org", role=role)
            await house.do(members.set, inside, member)
        await self.add_agent("scribe", owner="ada@example.org")

    async def add_agent(self, name: str, *, owner: str | None = None) -> str:
        done = await self.parts.house.do(
            agents.create, in_workspace(), agents.Create(name=name, owner=owner)
        )
        assert done.result is not None
        self.keys[name] = done.result.key.secret or ""
        return self.keys[name]

    def client(self, **headers: str) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=self.url, headers=headers, timeout=70)

    def agent(self, name: str = "scribe") -> httpx.AsyncClient:
        return httpx.AsyncClient(
            base_url=f"{self.url}/api/v1/workspaces/{WORKSPACE}/",
            headers={"Authorization": f"Bearer {self.keys[name]}"},
            timeout=70,
        )

    async def hand_over(
        self, agent: httpx.AsyncClient, path: str, data: bytes
    ) -> dict[str, Any]:
        """Write a file and submit it; return the handoff."""
        return await _handed_over(agent, path, data)

    @asynccontextmanager
    async def signed_in(self, name: str) -> AsyncIterator[httpx.AsyncClient]:
        """A person's browser, closed at the end."""
        client = await self.person(name)
        try:
            yield client
        finally:
            await client.aclose()

    async def person(self, name: str = "ada") -> httpx.AsyncClient:
        client = httpx.AsyncClient(
            base_url=f"{self.url}/api/v1/workspaces/{WORKSPACE}/", timeout=70
        )
        answer = await client.post(
            f"{self.url}/api/v1/session",
            json={"email": f"{name}@example.org", "password": PASSWORD},
        )
        assert answer.status_code == 201, answer.text
        return client


async def _handed_over(agent: httpx.AsyncClient, path: str, data: bytes) -> dict[str, Any]:
    put = await agent.put(f"files/{path}", content=data)
    assert put.status_code == 201, put.text
    answer = await agent.post("handoffs", json={"paths": [path]})
    assert answer.status_code == 201, answer.text
    handoff: dict[str, Any] = answer.json()
    return handoff


def in_workspace(workspace: str = WORKSPACE) -> Caller:
    """Return the operator as the workspace sees them."""
    return Caller(
        actor=OPERATOR.actor,
        role=Role.SYSTEM,
        credential=OPERATOR.credential,
        door=Door.CLI,
        workspace=Slug(workspace),
    )


@asynccontextmanager
async def running(
    folder: Path,
    *,
    database_url: str = "",
    root_key_file: str = "",
    port: int = 0,
    allow_inside: str = "",
) -> AsyncIterator[Server]:
    """Run a server while the block lasts, on a free port unless one is named."""
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind(("127.0.0.1", port))
    port = listening.getsockname()[1]
    settings = Settings(
        data=folder,
        port=port,
        database_url=database_url,
        root_key_file=root_key_file,
        allow_inside=allow_inside,
    )
    app = build(settings)
    config = uvicorn.Config(
        app, http=Wire, log_level="warning", access_log=False, lifespan="on"
    )
    server = uvicorn.Server(config)
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    task = asyncio.create_task(server.serve(sockets=[listening]))
    while not server.started:
        if task.done():
            task.result()
            raise RuntimeError("the server did not start")
        await asyncio.sleep(0.01)
    try:
        yield Server(f"http://127.0.0.1:{port}", app)
    finally:
        app.closing.set()
        server.should_exit = True
        await task
        listening.close()


@asynccontextmanager
async def running_on(kind: str, folder: Path, *, postgres_url: str) -> AsyncIterator[Server]:
    """Run a founded server while the block lasts, on SQLite or on a database of its own."""
    database_url, key = "", ""
    if kind == "postgres":
        database_url = new_database(postgres_url)
        file = folder / "root.key"
        file.write_text("ab" * 32)
        key = str(file)
    async with running(folder, database_url=database_url, root_key_file=key) as started:
        await started.found()
        yield started
