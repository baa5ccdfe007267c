"""tus-js-client in Node, of the version that the lock names."""

import json
import subprocess
from pathlib import Path
from typing import Any

from tests import npm

LOCKED = Path(__file__).parent / "node"
PATIENCE = 60


def is_there() -> bool:
    """Say whether the client is installed, after having tried to install it."""
    return npm.install(LOCKED)


def start(told: dict[str, Any]) -> "subprocess.Popen[str]":
    """Begin an upload as it is told."""
    sending = subprocess.Popen(  # noqa: S603  our own command
        [npm.node(), npm.script(LOCKED, "send.mjs")],
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
