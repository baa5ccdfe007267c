"""The steward as a process of its own: it starts, waits, stops, and refuses to guess."""

import http.server
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import httpx
import pytest

from tests.examples.conftest import DATA
from tests.examples.contract import Contract

PATIENCE = 30


@pytest.fixture
def server() -> Iterator[tuple[Contract, str]]:
    contract = Contract()
    lock = threading.Lock()

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            request = httpx.Request(
                self.command,
                f"http://test{self.path}",
                headers=dict(self.headers),
                content=body,
            )
            with lock:
                answer = contract._arrive(request)
            if answer.status_code == 204 and b'"wait":30' in body.replace(b" ", b""):
                time.sleep(PATIENCE)  # a long-poll that nothing ends but the steward
            self.send_response(answer.status_code)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            if not answer.content and answer.status_code != 204:
                self.send_header("Content-Length", "0")
            self.end_headers()
            self.wfile.write(answer.content)

        do_GET = do_POST = do_PUT = do_DELETE = do  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    listening = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listening.daemon_threads = True
    listening.block_on_close = False
    thread = threading.Thread(target=listening.serve_forever, daemon=True)
    thread.start()
    yield contract, f"http://127.0.0.1:{listening.server_address[1]}"
    listening.shutdown()
    listening.server_close()
    thread.join()


def steward(url: str, *options: str, key: str = "so_acme_secret") -> "subprocess.Popen[str]":
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(DATA.parent),
        "SIGNOFF_URL": url,
        "SIGNOFF_KEY": key,
    }
    return subprocess.Popen(  # noqa: S603  # ourselves
        [sys.executable, "-m", "table_steward", *options],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_once_it_does_all_work_there_is_and_ends(server: tuple[Contract, str]) -> None:
    contract, url = server
    contract.put("input/t.csv", b"a,b\nx,y\nz,w\n")

    process = steward(url, "--once")
    said, complaint = process.communicate(timeout=PATIENCE)

    assert (process.returncode, complaint) == (0, "")
    assert said.endswith("t.csv: approval, round 1, at needs-review/t\n")


def test_told_to_stop_while_it_waits_it_ends_at_once(server: tuple[Contract, str]) -> None:
    contract, url = server
    process = steward(url)
    deadline = time.monotonic() + PATIENCE
    while contract.requests.count("POST claims") < 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(0.1)

    asked = time.monotonic()
    process.send_signal(signal.SIGTERM)
    _, complaint = process.communicate(timeout=PATIENCE)

    assert (process.returncode, complaint) == (0, "")
    assert time.monotonic() - asked < 5


def test_without_a_key_it_says_how_to_give_one() -> None:
    process = steward("http://127.0.0.1:1", key="")
    _, complaint = process.communicate(timeout=PATIENCE)

    assert process.returncode == 1
    assert "Set SIGNOFF_KEY" in complaint
