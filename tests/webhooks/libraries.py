"""The reference library of Standard Webhooks for Node, of the version that the lock names."""

import os
import subprocess
from pathlib import Path

from tests import npm

LOCKED = Path(__file__).parent / "node"


def are_there() -> bool:
    """Say whether the library is installed, after having tried to install it."""
    return npm.install(LOCKED)


def put(program: str, name: str) -> Path:
    """Write a program where it finds the library."""
    path = npm.room(LOCKED) / name
    path.write_text(program)
    return path


def start(program: Path, **env: str) -> "subprocess.Popen[str]":
    """Run a program in Node."""
    return subprocess.Popen(  # noqa: S603  our own command
        [npm.node(), "--no-warnings", program],
        env={**npm.environment(), **env, "PATH": os.environ.get("PATH", "")},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
