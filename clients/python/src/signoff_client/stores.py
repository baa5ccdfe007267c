"""Where an agent keeps the state of its runs while people decide: on its own side.

People see calls and files. What a run needs to go on is none of their business, and may hold
what they should not see.
"""

import hashlib
import os
import tempfile
from pathlib import Path
from typing import Protocol


class Store(Protocol):
    """Keeps a text under a key, durably. Any database will do."""

    def get(self, key: str) -> str | None:
        """Return what is kept under a key."""

    def put(self, key: str, text: str) -> None:
        """Keep a text in place of what is there; when it returns, it stays."""

    def drop(self, key: str) -> None:
        """Forget a key, also one that is not there."""


class FileStore:
    """Keeps each text as a file of a folder, for agents of one machine."""

    def __init__(self, folder: str | Path) -> None:
        self._folder = Path(folder)

    def get(self, key: str) -> str | None:
        """Return what is kept under a key."""
        try:
            return self._path(key).read_text(encoding="utf-8")
        except FileNotFoundError:
            return None

    def put(self, key: str, text: str) -> None:
        """Replace the file by one that was synced: it is whole, the old or the new."""
        self._folder.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self._folder)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(self._path(key))
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise

    def drop(self, key: str) -> None:
        """Remove the file."""
        self._path(key).unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        return self._folder / f"{hashlib.sha256(key.encode()).hexdigest()}.json"
