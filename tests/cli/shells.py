"""A shell of somebody's own, in which the real commands run against a real server."""

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from click.testing import CliRunner
from msgspec import Struct

from signoff.cli import root
from tests.journeys.server import PASSWORD, Server


class Ran(Struct, frozen=True):
    """How a command ended, and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Shell:
    """Somebody's shell: their environment and their home."""

    def __init__(self, home: Path, env: Mapping[str, str]) -> None:
        self.home = home
        self.env = {"XDG_CONFIG_HOME": str(home / "config"), "SIGNOFF_KEY": "", **env}
        home.mkdir(parents=True, exist_ok=True)

    @property
    def notebook(self) -> Path:
        return self.home / "config" / "signoff" / "notebook.json"

    def file(self, name: str, data: bytes) -> str:
        path = self.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return str(path)

    async def tries(self, *arguments: str, stdin: str = "") -> Ran:
        """Run a command, whatever its end, while the server goes on in this process."""
        runner = CliRunner(env=self.env)
        result = await asyncio.to_thread(
            runner.invoke, root, list(arguments), input=stdin, prog_name="signoff"
        )
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Ran(result.exit_code, result.stdout, result.stderr)

    async def runs(self, *arguments: str, stdin: str = "") -> Ran:
        """Run a command that does what it is asked."""
        ran = await self.tries(*arguments, stdin=stdin)
        assert ran.code == 0, f"{arguments}: {ran.err}"
        return ran

    async def starts(
        self, *arguments: str, stdin: int | None = None
    ) -> asyncio.subprocess.Process:
        """Start a command in a process of its own."""
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "signoff",
            *arguments,
            env={**os.environ, **self.env},
            stdin=stdin,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )


def agents_shell(server: Server, home: Path, name: str = "scribe") -> Shell:
    env = {"SIGNOFF_URL": server.url, "SIGNOFF_KEY": server.keys[name]}
    return Shell(home / name, env)


async def persons_shell(server: Server, home: Path, name: str = "ben") -> Shell:
    shell = Shell(home / name, {})
    email = f"{name}@example.org"
    await shell.runs(
        "signin", email, "--url", server.url, "--password-stdin", stdin=f"{PASSWORD}\n"
    )
    return shell
