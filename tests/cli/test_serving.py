import http.client
import os
import resource
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

PATIENCE = 30


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "signoff", *arguments]


def _start(data: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(  # noqa: S603  our own command
        _command("serve", "--port", "0", "--data", str(data)),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _url(server: subprocess.Popen[str]) -> str:
    assert server.stdout is not None
    line = server.stdout.readline()
    assert line.startswith("Signoff is at http://127.0.0.1:"), line
    return line.split()[3].rstrip(",")


def _get(url: str) -> tuple[int, bytes]:
    until = time.monotonic() + PATIENCE
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310
                return answer.status, answer.read()
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.02)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    process = _start(tmp_path / "data")
    yield process
    process.kill()
    process.communicate()


def test_a_server_is_ready_and_stops_in_peace(server, tmp_path):
    url = _url(server)

    assert _get(f"{url}/healthz") == (200, b"ok\n")
    assert _get(f"{url}/readyz") == (200, b"ready\n")
    server.send_signal(signal.SIGTERM)
    rest, _ = server.communicate(timeout=PATIENCE)
    assert (server.returncode, rest) == (0, "Signoff has stopped\n")


def test_two_servers_do_not_share_a_data_directory(server, tmp_path):
    _url(server)

    second = subprocess.run(  # noqa: S603
        _command("serve", "--port", "0", "--data", str(tmp_path / "data")),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )

    assert second.returncode == 1
    assert "(data_in_use)" in second.stderr


def test_commands_work_while_the_server_runs(server, tmp_path):
    url = _url(server)

    made = subprocess.run(  # noqa: S603
        _command("workspace", "create", "acme", "--data", str(tmp_path / "data")),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )

    assert made.returncode == 0
    assert _get(f"{url}/readyz") == (200, b"ready\n")


def _run(data: Path, *arguments: str) -> str:
    ran = subprocess.run(  # noqa: S603
        _command(*arguments, "--data", str(data)),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    )
    return ran.stdout.strip()


def test_open_streams_end_when_the_server_is_told_to_stop(server, tmp_path):
    address = _url(server).removeprefix("http://")
    _run(tmp_path / "data", "workspace", "create", "acme")
    key = _run(tmp_path / "data", "agent", "create", "acme", "scribe")
    stream = http.client.HTTPConnection(address, timeout=PATIENCE)
    headers = {"Authorization": f"Bearer {key}", "Accept": "text/event-stream"}
    stream.request("GET", "/api/v1/workspaces/acme/events", headers=headers)
    answer = stream.getresponse()
    assert answer.status == 200

    began = time.monotonic()
    server.send_signal(signal.SIGTERM)
    told = answer.read()
    answer.close()
    stream.close()
    server.communicate(timeout=PATIENCE)

    assert told.endswith(b"event: bye\ndata: closing\n\n")
    assert time.monotonic() - began < 5


def test_a_worker_is_refused_beside_a_server_on_sqlite(server, tmp_path):
    _url(server)

    ran = subprocess.run(  # noqa: S603
        _command("work", "--data", str(tmp_path / "data")),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )

    assert ran.returncode == 1
    assert "(data_in_use)" in ran.stderr


def test_a_worker_alone_stops_in_peace(tmp_path):
    worker = subprocess.Popen(  # noqa: S603
        _command("work", "--data", str(tmp_path / "data")),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert worker.stdout is not None
    assert worker.stdout.readline() == "Signoff is at work\n"

    worker.send_signal(signal.SIGTERM)
    rest, _ = worker.communicate(timeout=PATIENCE)

    assert (worker.returncode, rest) == (0, "Signoff has stopped working\n")


def test_a_port_that_is_in_use_is_refused(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ran = subprocess.run(  # noqa: S603
            _command("serve", "--port", str(port), "--data", str(tmp_path / "data")),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    assert ran.returncode == 1
    assert "(address_in_use)" in ran.stderr
    assert not (tmp_path / "data").exists()


def test_a_missing_root_key_beside_a_bucket_is_refused(tmp_path):
    ran = subprocess.run(  # noqa: S603
        _command(
            *("serve", "--port", "0", "--data", str(tmp_path / "data")),
            *("--blob-url", "s3://bucket/prefix"),
        ),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
        env={**os.environ, "SIGNOFF_ROOT_KEY_FILE": ""},
    )

    assert ran.returncode == 1
    assert "(root_key_missing)" in ran.stderr


def test_a_server_may_open_as_many_files_as_the_system_allows(tmp_path):
    limited = ("sh", "-c", 'ulimit -Sn 256; exec "$@"', "sh")
    process = subprocess.Popen(  # noqa: S603  our own command
        [*limited, *_command("serve", "--port", "0", "--data", str(tmp_path / "data"))],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        _get(f"{_url(process)}/healthz")
        soft, hard = resource.prlimit(process.pid, resource.RLIMIT_NOFILE)
    finally:
        process.kill()
        process.communicate()

    assert soft == hard > 256
