"""What the acting commands remember between two runs: sessions, lock tokens, what was shown.

One file below `$XDG_CONFIG_HOME/signoff`, readable by its owner alone. It is changed under a
lock and replaced as a whole, so that two shells lose nothing of each other's.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile

import msgspec
from msgspec import Struct, field

from signoff.domain.errors import Damaged

KEPT_AFTER = 24 * 3600.0
"""A claim is forgotten a day after its lease ended: until then its token is refused by name."""
MOST_SHOWN = 1000


class Signed(Struct, kw_only=True):
    """A person's session at a server, and the workspace that is meant unless told."""

    email: str
    secret: str
    workspace: str = ""


class Held(Struct, kw_only=True):
    """A claim with its lock token; `place` is the workspace's address."""

    place: str
    folder: str
    path: str
    token: str
    until: float
    handoff: str = ""


class Shown(Struct, kw_only=True):
    """What `show` rendered of a handoff: what a decision will name.

    `answers` are the types that the questions' schemas ask for, by question.
    """

    digest: str
    round: int
    answers: dict[str, str] = field(default_factory=dict)


class Notebook(Struct, kw_only=True):
    """All that is remembered."""

    url: str = ""
    sessions: dict[str, Signed] = field(default_factory=dict)
    claims: dict[str, Held] = field(default_factory=dict)
    shown: dict[str, Shown] = field(default_factory=dict)


def where() -> Path:
    """Return the file (XDG Base Directory Specification, section 3)."""
    config = os.environ.get("XDG_CONFIG_HOME", "")
    folder = Path(config) if config.startswith("/") else Path.home() / ".config"
    return folder / "signoff" / "notebook.json"


def read() -> Notebook:
    """Return what is remembered; nothing, if there is no file yet."""
    path = where()
    try:
        return msgspec.json.decode(path.read_bytes(), type=Notebook)
    except FileNotFoundError:
        return Notebook()
    except (msgspec.DecodeError, UnicodeDecodeError) as broken:
        raise Damaged(
            f"{path} cannot be read: {broken}",
            hint="Move it away and sign in again; claims can be taken over.",
        ) from None


@contextmanager
def changing() -> Iterator[Notebook]:
    """Change what is remembered; it is kept when the block ends well."""
    path = where()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with path.with_suffix(".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        notebook = read()
        yield notebook
        _tidy(notebook)
        _replace(path, msgspec.json.format(msgspec.json.encode(notebook)))


def _tidy(notebook: Notebook) -> None:
    ended = time.time() - KEPT_AFTER
    for claim in [name for name, held in notebook.claims.items() if held.until < ended]:
        del notebook.claims[claim]
    for name in list(notebook.shown)[:-MOST_SHOWN]:
        del notebook.shown[name]


def _replace(path: Path, data: bytes) -> None:
    # A temporary file is made with 0600, so that there is no moment in which others can read.
    with NamedTemporaryFile(dir=path.parent, prefix=".notebook-", delete=False) as new:
        try:
            new.write(data)
            new.flush()
            os.fsync(new.fileno())
            Path(new.name).replace(path)
        except BaseException:
            Path(new.name).unlink(missing_ok=True)
            raise
