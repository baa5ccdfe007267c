"""Terminals that run the code blocks of a page, one terminal for each word after ```sh."""

import asyncio
import os
import re
import sys
from pathlib import Path

BLOCK = re.compile(r"^```sh (\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
DONE = b"=== done"
WITHIN = 40


def blocks(page: Path) -> list[tuple[str, str]]:
    return BLOCK.findall(page.read_text())


class Terminal:
    """A shell that stops at the first command that fails."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._running = 0
        self.said = b""

    @classmethod
    async def open(cls, folder: Path, **env: str) -> "Terminal":
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("SIGNOFF_")}
        process = await asyncio.create_subprocess_exec(
            "bash",
            "-e",
            cwd=folder,
            env={**inherited, "PATH": path, **env},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        return cls(process)

    async def types(self, block: str, *, stays: bool = False) -> None:
        """Run a block, when the one before has ended; one that stays is not waited for."""
        await self.ends()
        assert self._process.stdin is not None
        self._process.stdin.write(
            block.encode() + f"\nprintf '\\n{DONE.decode()}\\n'\n".encode()
        )
        await self._process.stdin.drain()
        self._running = 1
        if not stays:
            await self.ends()

    async def ends(self) -> None:
        while self._running:
            assert self._process.stdout is not None
            try:
                line = await asyncio.wait_for(self._process.stdout.readline(), WITHIN)
            except TimeoutError:
                line = b""
            assert line, f"a command failed, or did not end:\n{self.said.decode()}"
            self.said += line
            self._running -= line.startswith(DONE)

    async def close(self) -> None:
        if self._process.returncode is None:
            self._process.kill()
        await self._process.communicate()
