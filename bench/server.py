"""A real `signoff serve` in a process of its own, set up by the commands of the README."""

import json
import os
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

SIGNOFF = str(Path(sys.executable).with_name("signoff"))
PASSWORD = "bench bench bench"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """Signoff on a fresh folder, with a workspace, an agent and a reviewer."""

    def __init__(self, *, database_url: str = "") -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="signoff-bench-"))
        self.port = free_port()
        self.environment = {**os.environ, "SIGNOFF_DATA": str(self.folder)}
        if database_url:
            key = self.folder / "root.key"
            key.write_text(os.urandom(32).hex())
            key.chmod(0o600)
            self.environment |= {
                "SIGNOFF_DATABASE_URL": database_url,
                "SIGNOFF_ROOT_KEY_FILE": str(key),
                "SIGNOFF_BLOB_URL": str(self.folder / "blobs"),
            }
        self.command("workspace", "create", "acme")
        self.command(
            "user", "create", "ada@example.org", "--name", "Ada", "--password-stdin",
            stdin=PASSWORD,
        )  # fmt: skip
        self.command("member", "set", "acme", "ada@example.org", "owner")
        self.key = self.command("agent", "create", "acme", "scribe").strip()
        self.bearer = f"Authorization: Bearer {self.key}"
        self.process: subprocess.Popen[bytes] | None = None

    def command(self, *words: str, stdin: str = "") -> str:
        done = subprocess.run(
            [SIGNOFF, *words], env=self.environment, input=stdin, text=True,
            capture_output=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"signoff {' '.join(words)}: {done.stderr}")
        return done.stdout

    def start(self) -> float:
        """Start it; return the seconds until its first answer."""
        began = time.perf_counter()
        self.process = subprocess.Popen(
            [SIGNOFF, "serve", "--port", str(self.port)], env=self.environment,
            stdout=subprocess.DEVNULL,
        )  # fmt: skip
        while True:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=1):
                    return time.perf_counter() - began
            except OSError:
                if time.perf_counter() - began > 20:
                    raise
                time.sleep(0.005)

    def cookie(self) -> str:
        """Sign the reviewer in; return the header that says so."""
        body = json.dumps({"email": "ada@example.org", "password": PASSWORD}).encode()
        asked = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/api/v1/session",
            data=body,
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(asked, timeout=10) as answer:
            cookie = answer.headers["Set-Cookie"].split(";")[0]
        return f"Cookie: {cookie}"

    def read(self, path: str) -> bytes:
        """Return what the agent gets from a path."""
        asked = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}",
            headers={"Authorization": f"Bearer {self.key}"},
        )
        with urllib.request.urlopen(asked, timeout=10) as answer:
            return bytes(answer.read())

    def cpu(self) -> float:
        """Return the CPU seconds that the server has used."""
        assert self.process is not None
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident(self) -> int:
        """Return the bytes that the server holds in memory, at most so far."""
        assert self.process is not None
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM"):
                return int(line.split()[1]) * 1024
        return 0

    def halt(self) -> None:
        """Stop it, and keep what it has."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(60)
            self.process = None

    def stop(self) -> None:
        self.halt()
        shutil.rmtree(self.folder, ignore_errors=True)


def own_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
