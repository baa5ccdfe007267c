"""The judges of MCP that run on Node: the official clients and the conformance suite."""

import asyncio
from pathlib import Path

from tests import npm

LOCKED = Path(__file__).parent / "node"


def are_there() -> bool:
    """Say whether the judges are installed."""
    return npm.are_there(LOCKED)


def install() -> None:
    """Install the judges if they are not there; where they cannot be had they stay absent."""
    npm.install(LOCKED)


def room() -> Path:
    """Return where the judges lie."""
    return npm.room(LOCKED)


async def judge(program: str, *arguments: str, seconds: float = 60) -> tuple[int, str]:
    """Run a program of the judges; return its code and all that it said."""
    running = await asyncio.create_subprocess_exec(
        str(npm.node()),
        program,
        *arguments,
        cwd=room(),
        env=npm.environment(),
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
