"""A person hears of what they are asked, though the worker that told them was killed."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest

from tests.databases import new_database
from tests.journeys.crash.node import WORKSPACE, Node
from tests.ports import free_port

SOON = 60.0


class Post:
    """A server without a worker, and postmen beside it, each with what it wrote down."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self.url = url
        self.node = Node(folder / "data", port=free_port(), database_url=url)
        self.key = self.node.found()
        self.node.start("--no-worker")
        self._men: list[subprocess.Popen[bytes]] = []

    def postman(self, name: str, *how: str) -> subprocess.Popen[bytes]:
        words = ["-m", "tests.journeys.postman", str(self.folder / name), *how]
        man = subprocess.Popen(  # noqa: S603  our own script
            [sys.executable, *words],
            env=self.node._environment,
            cwd=Path(__file__).parents[2],
        )
        self._men.append(man)
        return man

    def lines(self, name: str) -> list[list[str]]:
        file = self.folder / name
        if not file.exists():
            return []
        return [line.split("\t") for line in file.read_text().splitlines()]

    def until_written(self, *names: str) -> list[list[str]]:
        """Return what was written down by any of these, as soon as there is something."""
        until = time.monotonic() + SOON
        while not (found := [line for name in names for line in self.lines(name)]):
            assert time.monotonic() < until, f"{names} wrote nothing"
            time.sleep(0.2)
        return found

    def hand_over(self, path: str) -> None:
        with httpx.Client(
            base_url=f"{self.node.url}/api/v1/workspaces/{WORKSPACE}/",
            headers={"Authorization": f"Bearer {self.key}"},
            timeout=SOON,
        ) as agent:
            assert agent.put(f"files/{path}", content=b"x").status_code == 201
            asked = {"paths": [path], "reviewers": ["ada@example.org"], "title": path}
            assert agent.post("handoffs", json=asked).status_code == 201

    def run(self, sql: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(sql.encode())

    def end(self) -> None:
        if self.node.process is not None:
            self.node.kill()
        for man in self._men:
            man.kill()
            man.communicate()


@pytest.fixture
def post(tmp_path: Path, postgres_url: str) -> Iterator[Post]:
    made = Post(tmp_path, new_database(postgres_url))
    try:
        yield made
    finally:
        made.end()


def test_what_a_killed_worker_was_sending_another_sends_once_under_the_same_id(
    post: Post,
) -> None:
    one = post.postman("one", "stuck")
    post.hand_over("input/a.txt")
    post.hand_over("input/b.txt")
    begun = post.until_written("one")
    one.kill()
    post.run("UPDATE outbox SET due_at = 1 WHERE state = 'sending'")  # its time is over
    post.postman("two")
    post.postman("three")

    post.until_written("two", "three")
    time.sleep(3)

    sent = post.lines("two") + post.lines("three")
    assert [line[0] for line in begun] == ["begun"]
    assert sent == [["sent", *begun[0][1:]]]
    assert begun[0][2:] == ["ada@example.org", "2 new from scribe"]
