"""A real S3 server on loopback, one for each test process, and the keys of two workspaces."""

import http.client
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from signoff.blobs.keys import RootKey, WorkspaceKeys, new_workspace_key, parse_root_key, unwrap
from signoff.domain.ids import Slug

BUCKET = "signoff-tests"


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    """Start moto's server; a server that does not start fails every test that needs it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    server = subprocess.Popen(  # noqa: S603 - our own interpreter
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        endpoint = f"http://127.0.0.1:{port}"
        _make_bucket(endpoint, server)
        yield endpoint
    finally:
        server.terminate()
        server.wait(10)


def ask(endpoint: str, method: str, path: str) -> str:
    """Ask the S3 server something that a store never asks."""
    connection = http.client.HTTPConnection(endpoint.removeprefix("http://"), timeout=10)
    try:
        connection.request(method, path)
        return connection.getresponse().read().decode()
    finally:
        connection.close()


def _make_bucket(endpoint: str, server: "subprocess.Popen[bytes]") -> None:
    for _ in range(300):
        if server.poll() is not None:
            break
        try:
            ask(endpoint, "PUT", f"/{BUCKET}")
        except OSError:
            time.sleep(0.1)
        else:
            return
    pytest.fail("moto's S3 server did not start")


@pytest.fixture
def s3_url(s3_server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A prefix of its own in the bucket for each test."""
    for name in list(os.environ):
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "tests")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "tests")
    prefix = secrets.token_hex(8)
    return f"s3://{BUCKET}/{prefix}?endpoint={s3_server}&region=us-east-1"


@pytest.fixture
def root() -> RootKey:
    return parse_root_key(bytes(range(32)))


@pytest.fixture
def acme(root: RootKey) -> tuple[WorkspaceKeys, bytes]:
    """The keys of a workspace, open and wrapped."""
    _, wrapped = new_workspace_key(root, Slug("acme"))
    return unwrap(root, Slug("acme"), wrapped), wrapped
