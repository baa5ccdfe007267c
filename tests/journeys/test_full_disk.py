"""A served house whose disk is full: it refuses with 507, goes on, and recovers with room.

The disk is a small memory filesystem in a mount namespace of the server's own, which needs no
root where user namespaces are allowed. Where neither is, the server may write no file above a
few megabytes instead, which fills the disk for large files alone.
"""

import asyncio
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.journeys.crash.node import WORKSPACE, Node
from tests.ports import free_port

ROOM = 12 * 1024 * 1024
MOUNT = 'mount -t tmpfs -o size="$1" tmpfs "$2" && mv "$3"/* "$2" && shift 3 && exec "$@"'
"""The filesystem, with what was founded moved into it, and the server on it."""


def _namespaces() -> bool:
    if shutil.which("unshare") is None:
        return False
    tried = subprocess.run(
        ["unshare", "-rm", "mount", "-t", "tmpfs", "tmpfs", "/mnt"],  # noqa: S607
        capture_output=True,
        check=False,
    )
    return tried.returncode == 0


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    made = Node(tmp_path / "data", port=free_port())
    yield made
    if made.process is not None:
        made.kill()


def _start(node: Node, aside: Path) -> Path | None:
    """Start the server on the small disk; return where its ballast lies, if it has any."""
    if not _namespaces():
        node.start(wrapped=("sh", "-c", f'ulimit -f {ROOM // 512}; exec "$@"', "sh"))
        return None
    aside.mkdir()
    for file in node.data.iterdir():
        shutil.move(file, aside)
    small = ("sh", "-c", MOUNT, "sh", str(ROOM), str(node.data), str(aside))
    node.start(wrapped=("unshare", "-rm", *small))
    assert node.process is not None
    inside = Path(f"/proc/{node.process.pid}/root{node.data}")
    ballast = inside / "ballast"
    ballast.write_bytes(b"")
    return ballast


def _fill(ballast: Path) -> None:
    with ballast.open("ab", buffering=0) as file:
        try:
            while True:
                file.write(os.urandom(4096))
        except OSError:
            return


async def test_a_full_disk_is_507_and_the_server_goes_on(node: Node, tmp_path: Path) -> None:
    key = node.found()
    ballast = _start(node, tmp_path / "aside")
    async with httpx.AsyncClient(
        base_url=f"{node.url}/api/v1/workspaces/{WORKSPACE}/",
        headers={"Authorization": f"Bearer {key}"},
        timeout=30,
    ) as agent:
        before = await agent.put("files/shared/before.txt", content=b"before")
        assert before.status_code == 201, before.text

        large = await agent.put("files/shared/large.bin", content=os.urandom(2 * ROOM))

        assert large.status_code == 507, large.text
        assert large.json()["code"] == "storage_full"
        assert (await agent.get("files/shared/large.bin")).status_code == 404
        after = await agent.put("files/shared/after.txt", content=b"after")
        assert after.status_code == 201, after.text
        if ballast is not None:
            await _refuses_even_small_ones_until_there_is_room(agent, ballast)
        assert (await agent.get("files/shared/before.txt")).content == b"before"


async def _refuses_even_small_ones_until_there_is_room(
    agent: httpx.AsyncClient, ballast: Path
) -> None:
    _fill(ballast)
    statuses = set()
    for number in range(400):
        answer = await agent.put(f"files/shared/s{number}.bin", content=os.urandom(8000))
        statuses.add(answer.status_code)
        if answer.status_code == 507:
            break
    assert statuses <= {201, 507}
    assert 507 in statuses
    assert (await agent.get("files/shared/after.txt")).content == b"after"
    assert (await agent.get(f"files/shared/s{number}.bin")).status_code == 404

    await asyncio.to_thread(ballast.unlink)
    again = await agent.put(f"files/shared/s{number}.bin", content=b"now")
    assert again.status_code == 201, again.text
