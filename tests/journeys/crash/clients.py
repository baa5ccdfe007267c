"""Clients that write, submit, decide, claim, move and lock, whatever befalls the server.

A request whose answer is lost is sent again, unchanged, once the server is back: an
Idempotency-Key or a precondition makes that one act.
"""

import asyncio
import hashlib
import random
from collections.abc import Awaitable, Callable
from typing import Any

import httpx

from tests.journeys.crash.ledger import Fact, Ledger
from tests.journeys.crash.node import WORKSPACE

PAUSE = 0.005
LARGE = 40_000
"""Bytes of a file that lies on the disk; small ones lie in the database."""


class Client:
    """One connection with one credential, and what it was told."""

    def __init__(self, number: int, url: str, header: dict[str, str], crowd: "Crowd") -> None:
        self.number = number
        self.crowd = crowd
        self.ledger = crowd.ledger
        self.chance = random.Random(crowd.seed * 100 + number)  # noqa: S311  can be repeated
        self._url = f"{url}/api/v1/workspaces/{WORKSPACE}/"
        self._header = header
        self._sent = 0
        self._http = httpx.AsyncClient()

    async def close(self) -> None:
        await self._http.aclose()

    async def send(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Send until there is an answer."""
        self._sent += 1
        key = {"Idempotency-Key": f"{self.number}-{self._sent}"} if method == "POST" else {}
        headers = {**self._header, **key, **options.pop("headers", {})}
        while True:
            await self.crowd.go.wait()
            try:
                answer = await self._http.request(
                    method, self._url + path, headers=headers, timeout=20, **options
                )
            except httpx.TransportError:
                self.crowd.lost += 1
                await asyncio.sleep(0.02)
                continue
            if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                return answer
            await asyncio.sleep(0.05)

    async def put(self, path: str, data: bytes) -> None:
        digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
        with self.ledger.turning({Fact("file", path): digest}):
            answer = await self.send(
                "PUT", f"files/{path}", content=data, headers={"If-None-Match": "*"}
            )
            # 412: it was done, and the answer was lost.
            assert answer.status_code in {201, 412}, answer.text

    def data(self) -> bytes:
        return self.chance.randbytes(self.chance.choice((200, 4_000, LARGE)))


class Crowd:
    """All the clients of a run; `go` is cleared while the server is down or looked at."""

    def __init__(self, *, seed: int) -> None:
        self.seed = seed
        self.ledger = Ledger()
        self.go = asyncio.Event()
        self.waiting: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.lost = 0

    def start(self, url: str, *, key: str, cookie: str) -> list[asyncio.Task[None]]:
        agent, person = {"Authorization": f"Bearer {key}"}, {"Cookie": cookie}
        lives: list[tuple[dict[str, str], Callable[[Client], Awaitable[None]]]] = [
            (agent, submits), (agent, submits), (person, decides), (agent, claims),
            (agent, moves), (agent, locks),
        ]  # fmt: skip
        tasks = []
        for number, (header, life) in enumerate(lives):
            client = Client(number, url, header, self)
            tasks.append(asyncio.create_task(_live(client, life)))
        return tasks


async def _live(client: Client, life: Callable[[Client], Awaitable[None]]) -> None:
    try:
        while True:
            await life(client)
            await asyncio.sleep(PAUSE)
    finally:
        await client.close()


async def submits(client: Client) -> None:
    """Write a file and hand it over."""
    path = f"input/w{client.number}/{client.chance.getrandbits(60):x}.bin"
    await client.put(path, client.data())
    with client.ledger.turning({Fact("file", path): None}):
        answer = await client.send("POST", "handoffs", json={"paths": [path]})
        assert answer.status_code == 201, answer.text
    handoff = answer.json()
    client.ledger.known(Fact("handoff", handoff["id"]), "in_review")
    client.ledger.known(Fact("package", handoff["id"]), handoff["digest"])
    await client.crowd.waiting.put(handoff)


async def decides(client: Client) -> None:
    """Take one handoff and give a verdict, sometimes twice."""
    handoff = await client.crowd.waiting.get()
    verdict, state = client.chance.choice(
        (
            ("approve", "approved"),
            ("reject", "rejected"),
            ("request_changes", "changes_requested"),
        )
    )
    said = {"verdict": verdict, "digest": handoff["digest"], "round": 1, "reason": "Because."}
    address = f"handoffs/{handoff['id']}/decision"
    with client.ledger.turning({Fact("handoff", handoff["id"]): state}):
        answer = await client.send("PUT", address, json=said)
        assert answer.status_code == 200, answer.text
    if client.chance.random() < 0.2:
        again = await client.send("PUT", address, json=said)
        assert again.status_code == 200, again.text
        assert again.json()["decision"] == answer.json()["decision"]


async def claims(client: Client) -> None:
    """Claim a file, and then submit it, give it back, or go on holding it."""
    name = f"{client.chance.getrandbits(60):x}.bin"
    path = f"input/c{client.number}/{name}"
    await client.put(path, client.data())
    digest = next(iter(client.ledger.may_be[Fact("file", path)]))
    with client.ledger.turning({Fact("file", path): None}):
        answer = await client.send("POST", "claims", json={"path": path})
        assert answer.status_code == 201, answer.text
    claim = answer.json()
    held, there = Fact("claim", claim["id"]), Fact("file", claim["path"])
    client.ledger.known(held, "live")
    client.ledger.known(there, digest)
    token = {"Lock-Token": claim["lock_token"]}
    end = client.chance.choice(("submit", "release", "hold"))
    if end == "submit":
        with client.ledger.turning({held: None, there: None}):
            body = {"paths": [claim["path"]]}
            answer = await client.send("POST", "handoffs", json=body, headers=token)
            assert answer.status_code == 201, answer.text
        client.ledger.known(Fact("handoff", answer.json()["id"]), "in_review")
        await client.crowd.waiting.put(answer.json())
    elif end == "release":
        with client.ledger.turning({held: None, there: None, Fact("file", path): digest}):
            answer = await client.send("DELETE", f"claims/{claim['id']}", headers=token)
            # 409: it was done, and the answer was lost.
            assert answer.status_code in {204, 404, 409}, answer.text


async def moves(client: Client) -> None:
    """Write a file into an ordinary folder and move it to another."""
    name = f"{client.chance.getrandbits(60):x}.bin"
    before, after = f"shared/from/{name}", f"shared/to/{name}"
    await client.put(before, client.data())
    digest = next(iter(client.ledger.may_be[Fact("file", before)]))
    with client.ledger.turning({Fact("file", before): None, Fact("file", after): digest}):
        answer = await client.send("POST", "moves", json={"from": before, "to": after})
        assert answer.status_code == 201, answer.text


async def locks(client: Client) -> None:
    """Lock a file of one's own; let go of every other one."""
    path = f"shared/locked/{client.chance.getrandbits(60):x}.bin"
    await client.put(path, client.data())
    answer = await client.send("POST", "locks", json={"path": path})
    assert answer.status_code == 201, answer.text
    token = answer.json()["token"]
    client.ledger.known(Fact("lock", path), "held")
    if client.chance.random() < 0.5:
        with client.ledger.turning({Fact("lock", path): None}):
            ended = await client.send("DELETE", f"locks/{token}")
            assert ended.status_code in {204, 404, 409, 412}, ended.text
