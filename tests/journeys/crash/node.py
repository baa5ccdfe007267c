"""A `signoff serve` in a process of its own, which can be killed and started again."""

import os
import subprocess
import sys
import time
from pathlib import Path

import httpx

from signoff.settings import Settings

WORKSPACE = "acme"
PASSWORD = "correct horse battery"
PATIENCE = 30.0


class Node:
    """One server on one data directory, whatever happens to its process."""

    def __init__(self, data: Path, *, port: int, database_url: str = "") -> None:
        self.data = data
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.process: subprocess.Popen[bytes] | None = None
        data.mkdir(exist_ok=True)
        key = data / "root.key"
        self.settings = Settings(
            data=data,
            port=port,
            database_url=database_url,
            blob_url=str(data / "blobs") if database_url else "",
            root_key_file=str(key) if database_url else "",
        )
        if database_url:
            key.write_text("ab" * 32)
            key.chmod(0o600)
        self._environment = {
            **os.environ,
            "SIGNOFF_DATA": str(data),
            "SIGNOFF_DATABASE_URL": database_url,
            "SIGNOFF_BLOB_URL": self.settings.blob_url,
            "SIGNOFF_ROOT_KEY_FILE": self.settings.root_key_file,
        }

    def command(self, *words: str, stdin: str = "", wrapped: tuple[str, ...] = ()) -> str:
        """Run a command of the operator to its end; return what it printed."""
        done = subprocess.run(  # noqa: S603  our own command
            [*wrapped, sys.executable, "-m", "signoff", *words],
            env=self._environment,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode == 0, f"signoff {' '.join(words)}: {done.stderr}"
        return done.stdout.strip()

    def found(self) -> str:
        """Make the workspace, Ada and an agent; return the agent's key."""
        self.command("workspace", "create", WORKSPACE)
        who = ("ada@example.org", "--name", "Ada", "--password-stdin")
        self.command("user", "create", *who, stdin=PASSWORD)
        self.command("member", "set", WORKSPACE, "ada@example.org", "owner")
        return self.command("agent", "create", WORKSPACE, "scribe")

    def start(self, *options: str, wrapped: tuple[str, ...] = ()) -> None:
        """Start the server and wait until it is ready."""
        serve = ("-m", "signoff", "serve", "--port", str(self.port), *options)
        self.process = subprocess.Popen(  # noqa: S603  our own command
            [*wrapped, sys.executable, *serve],
            env=self._environment,
            stdout=subprocess.DEVNULL,
        )
        until = time.monotonic() + PATIENCE
        while True:
            assert self.process.poll() is None, "the server did not start"
            try:
                if httpx.get(f"{self.url}/readyz", timeout=5).is_success:
                    return
            except httpx.TransportError:
                assert time.monotonic() < until, "the server did not answer"
            time.sleep(0.02)

    def work(self) -> subprocess.Popen[bytes]:
        """Start a worker beside the servers, and return it once it is at work."""
        worker = subprocess.Popen(
            [sys.executable, "-m", "signoff", "work"],
            env=self._environment,
            stdout=subprocess.PIPE,
        )
        assert worker.stdout is not None
        assert worker.stdout.readline() == b"Signoff is at work\n"
        return worker

    def kill(self) -> None:
        """End the process as the power switch would."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()
        self.process = None

    def sign_in(self) -> str:
        """Sign Ada in; return her cookie."""
        body = {"email": "ada@example.org", "password": PASSWORD}
        answer = httpx.post(f"{self.url}/api/v1/session", json=body, timeout=PATIENCE)
        assert answer.status_code == 201, answer.text
        return answer.headers["set-cookie"].partition(";")[0]
