"""Where peers are installed, once."""

import subprocess
from pathlib import Path

BUILD = Path(__file__).resolve().parents[1] / "build" / "peers"


def python_with(name: str, *packages: str) -> str:
    """Return the interpreter of an environment that has these packages."""
    folder = BUILD / name
    python = folder / "bin" / "python"
    ready = folder / ".ready"
    if not ready.exists():
        BUILD.mkdir(parents=True, exist_ok=True)
        subprocess.run(["uv", "venv", "-q", "--clear", folder], check=True)
        subprocess.run(
            ["uv", "pip", "install", "-q", "--python", python, *packages], check=True
        )
        ready.touch()
    return str(python)
