"""Where peers are installed, once."""

import subprocess
import sys
from pathlib import Path

BUILD = Path(__file__).resolve().parents[1] / "build" / "peers"
UV = Path(sys.executable).with_name("uv")
"""Ours: `make setup` brings it, and the shell need not know it."""


def python_with(name: str, *packages: str) -> str:
    """Return the interpreter of an environment that has these packages."""
    folder = BUILD / name
    python = folder / "bin" / "python"
    ready = folder / ".ready"
    if not ready.exists():
        BUILD.mkdir(parents=True, exist_ok=True)
        subprocess.run(
            [UV, "venv", "-q", "--clear", "--python", sys.executable, folder], check=True
        )
        subprocess.run([UV, "pip", "install", "-q", "--python", python, *packages], check=True)
        ready.touch()
    return str(python)
