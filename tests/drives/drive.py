"""A workspace as a drive: who may mount it with what, and what REST sees of it."""

import time
from pathlib import Path
from typing import Any

import httpx
from msgspec import Struct

from signoff.actions import app_passwords, policies
from tests.journeys.crash.node import PATIENCE, Node
from tests.journeys.server import OPERATOR, WORKSPACE, in_workspace, running

ADA = "ada@example.org"
SETTLE = 0.5


class Secrets(Struct, frozen=True, kw_only=True):
    """What programs show: an agent's key, and Ada's app passwords."""

    key: str
    password: str
    deciding: str


async def found(data: Path) -> Secrets:
    """Make the workspace in which the programs work; what is written into it settles soon."""
    async with running(data) as server:
        await server.found()
        house = server.parts.house
        policy = policies.Set(policy={"settle_seconds": SETTLE})
        await house.do(policies.set, in_workspace(), policy)
        passwords = []
        for decides in (False, True):
            asked = app_passwords.Create(person=ADA, decides=decides)
            made = (await house.do(app_passwords.create, OPERATOR, asked)).result
            assert made is not None
            passwords.append(made.secret or "")
        return Secrets(key=server.keys["scribe"], password=passwords[0], deciding=passwords[1])


class Drive:
    """A workspace as a drive, and the browsers of Ada and the agent beside it."""

    def __init__(self, node: Node, secrets: Secrets) -> None:
        self.key = secrets.key
        self.password = secrets.password
        self.deciding = secrets.deciding
        self.url = f"{node.url}/dav/{WORKSPACE}/"
        api = f"{node.url}/api/v1/workspaces/{WORKSPACE}/"
        self.ada = httpx.Client(
            base_url=api, headers={"Cookie": node.sign_in()}, timeout=PATIENCE
        )
        said = {"Authorization": f"Bearer {self.key}"}
        self.agent = httpx.Client(base_url=api, headers=said, timeout=PATIENCE)

    def close(self) -> None:
        """Close the browsers."""
        self.ada.close()
        self.agent.close()

    def read(self, path: str) -> bytes:
        """Return a file's bytes as REST gives them out."""
        answer = self.ada.get(f"files/{path}")
        assert answer.status_code == 200, answer.text
        return answer.content

    def write(self, path: str, data: bytes) -> None:
        """Write a file over REST."""
        answer = self.ada.put(f"files/{path}", content=data)
        assert answer.is_success, answer.text

    def names(self, path: str) -> list[str]:
        """Return the names in a folder as REST lists them."""
        answer = self.ada.get(f"tree/{path}")
        assert answer.status_code == 200, answer.text
        return [each["name"] for each in answer.json()["items"]]

    def handoff(self, path: str, *, round_: int = 1) -> dict[str, Any]:
        """Wait until what stands at a path is in front of people; return its handoff."""
        until = time.monotonic() + PATIENCE
        while True:
            for each in self.ada.get("handoffs?state=in_review").json()["items"]:
                if (each["path"], each["round"]) == (path, round_):
                    found: dict[str, Any] = self.ada.get(f"handoffs/{each['id']}").json()
                    return found
            assert time.monotonic() < until, f"{path} was never opened"
            time.sleep(0.1)

    def entries(self, **asked: str) -> list[dict[str, Any]]:
        """Return what the record says."""
        found: list[dict[str, Any]] = self.ada.get("audit", params=asked).json()["items"]
        return found
