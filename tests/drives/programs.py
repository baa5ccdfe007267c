"""Programs of other people, run to their end and never longer than they may."""

import contextlib
import os
import signal
import subprocess
from pathlib import Path

from msgspec import Struct

PATIENCE = 30.0


class Ran(Struct, frozen=True, kw_only=True):
    """What became of a program: its exit code, and what it printed."""

    code: int
    out: bytes
    err: bytes

    @property
    def text(self) -> str:
        """Return what it printed where results go."""
        return self.out.decode()

    @property
    def lines(self) -> list[str]:
        """Return that in lines."""
        return self.text.splitlines()

    @property
    def all(self) -> str:
        """Return all that it printed, for who has to find out why."""
        return f"{self.text}\n{self.err.decode(errors='replace')}"


class Machine:
    """A place to run programs in: a home of their own, and nothing of whoever runs the tests."""

    def __init__(self, home: Path) -> None:
        self.home = home
        home.mkdir(exist_ok=True)
        self.environment = {
            "PATH": f"{os.environ['PATH']}:/usr/sbin:/sbin",
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "TZ": "UTC",
        }

    def write(self, name: str, data: str | bytes) -> Path:
        """Write a file of the home that nobody else reads; return its path."""
        path = self.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        path.chmod(0o600)
        return path

    def ran(self, *words: str, stdin: bytes = b"", patience: float = PATIENCE) -> Ran:
        """Run a program to its end; return what became of it, good or bad.

        With it end the programs that it started; one that takes too long is killed with them.
        """
        process = subprocess.Popen(  # noqa: S603  the tests' own words
            words,
            cwd=self.home,
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        try:
            out, err = process.communicate(stdin, timeout=patience)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        return Ran(code=process.returncode, out=out, err=err)

    def run(self, *words: str, stdin: bytes = b"", patience: float = PATIENCE) -> Ran:
        """Run a program that does what it is asked."""
        done = self.ran(*words, stdin=stdin, patience=patience)
        assert done.code == 0, f"{' '.join(words)} ended with {done.code}: {done.all}"
        return done
