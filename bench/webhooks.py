"""Webhooks beside the work: how soon they arrive, how many, and what they cost at rest."""

import json
import os
import subprocess
import sys
import time
import urllib.request
from typing import Any

from bench.load import Script, Tally, drive, request
from bench.server import Server

API = "/api/v1/workspaces/acme"
WORKERS = 8
ENDPOINTS = 50
IDLE_ENDPOINTS = 20
IDLE = 20.0
Figures = dict[str, float | str]


class Receiver:
    """The other side, in a process of its own."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bench.receivers"], stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        self.port = int(self.process.stdout.readline())

    def url(self, path: str = "hook") -> str:
        return f"http://127.0.0.1:{self.port}/{path}"

    def take(self) -> dict[str, Any]:
        with urllib.request.urlopen(self.url(), timeout=10) as answer:
            return dict(json.loads(answer.read()))

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()


def webhooks(seconds: float) -> Figures:
    """Hand over as fast as it goes and have it told; then to fifty, of which one hangs."""
    return {**_soon(seconds), **_many(seconds), **_idle()}


def _soon(seconds: float) -> Figures:
    """Tell one endpoint of every handoff while handoffs are opened as fast as it goes."""
    server, receiver = _opened(), Receiver()
    try:
        drive(server.port, [lambda t, u: _hand_over(server, t, u)] * 2, seconds=1)
        subscribe(server, receiver.url(), "handoff.opened")
        _settled(receiver)
        before = server.cpu()
        run = drive(
            server.port, [lambda t, u: _hand_over(server, t, u)] * WORKERS, seconds=seconds
        )
        opened = run.tally.count("handoff")
        came = receiver.take()
        rest = _settled(receiver)
        assert came["count"] + rest["count"] == opened, (came, rest, opened)
        return {
            "handoffs_per_s": opened / run.seconds,
            "arrival_p50_ms": came["p50"] * 1e3,
            "arrival_p99_ms": max(came["p99"], rest["p99"]) * 1e3,
            "arrived_meanwhile": came["count"] / opened,
            "server_cpu_ms_per_handoff": (server.cpu() - before) / opened * 1e3,
        }
    finally:
        server.stop()
        receiver.stop()


def _many(seconds: float) -> Figures:
    """Tell fifty endpoints of each file that is written, while one of them never answers."""
    server, receiver = _opened(), Receiver()
    try:
        subscribe(server, receiver.url("hang"), "file.created")
        for _ in range(ENDPOINTS - 1):
            subscribe(server, receiver.url(), "file.created")
        before = server.cpu()
        steady = drive(
            server.port, [lambda t, u: _write(server, t, u, pause=0.1)], seconds=seconds
        )
        wanted = steady.tally.count("put") * (ENDPOINTS - 1)
        most = _all_came(receiver, wanted, within=60)
        used = server.cpu() - before
        began = time.perf_counter()
        burst = drive(server.port, [lambda t, u: _write(server, t, u, pause=0)], seconds=0.3)
        many = burst.tally.count("put") * (ENDPOINTS - 1)
        _all_came(receiver, many, within=120)
        return {
            "fifty_arrival_p99_ms": most * 1e3,
            "fifty_cpu_us_per_delivery": used / wanted * 1e6,
            "fifty_deliveries_per_min": many / (time.perf_counter() - began) * 60,
        }
    finally:
        server.stop()
        receiver.stop()


def _idle() -> Figures:
    """Let nothing happen, with twenty endpoints to be told of it."""
    server, receiver = _opened(), Receiver()
    try:
        for _ in range(IDLE_ENDPOINTS):
            subscribe(server, receiver.url(), "handoff.*")
        time.sleep(3)
        before, began = server.cpu(), time.perf_counter()
        time.sleep(IDLE)
        used = server.cpu() - before
        return {"idle_cpu_s_per_min": used / (time.perf_counter() - began) * 60}
    finally:
        server.stop()
        receiver.stop()


def _opened() -> Server:
    server = Server()
    server.environment |= {"SIGNOFF_ALLOW_INSIDE": "127.0.0.1"}
    server.start()
    return server


def _settled(receiver: Receiver) -> dict[str, Any]:
    """Return what came until nothing more does."""
    whole: dict[str, Any] = {"count": 0, "p99": 0.0}
    quiet = 0
    while quiet < 5:
        time.sleep(0.1)
        said = receiver.take()
        quiet = 0 if said["count"] else quiet + 1
        whole["count"] += said["count"]
        whole["p99"] = max(whole["p99"], said["p99"])
    return whole


def subscribe(server: Server, url: str, *events: str) -> None:
    body = json.dumps({"url": url, "events": events}).encode()
    asked = urllib.request.Request(
        f"http://127.0.0.1:{server.port}{API}/endpoints",
        data=body,
        headers={"Authorization": f"Bearer {server.key}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(asked, timeout=10) as answer:
        answer.read()


def _hand_over(server: Server, tally: Tally, until: float) -> Script:
    worker = os.urandom(6).hex()
    index = 0
    while time.perf_counter() < until:
        name = f"input/{worker}-{index}.txt"
        began = time.perf_counter()
        yield request("PUT", f"{API}/files/{name}", auth=server.bearer, body=b"x" * 400)
        yield request(
            "POST", f"{API}/handoffs", auth=server.bearer, kind="application/json",
            body=json.dumps({"paths": [name]}).encode(),
        )  # fmt: skip
        tally.took("handoff", time.perf_counter() - began)
        index += 1


def _write(server: Server, tally: Tally, until: float, *, pause: float) -> Script:
    worker = os.urandom(6).hex()
    index = 0
    while time.perf_counter() < until:
        path = f"{API}/files/shared/{worker}-{index}.txt"
        yield request("PUT", path, auth=server.bearer, body=b"x")
        tally.took("put", 0)
        index += 1
        time.sleep(pause)  # nothing else runs on this loop


def _all_came(receiver: Receiver, wanted: int, *, within: float) -> float:
    """Wait until so many came; return the latest of them, in seconds after it happened."""
    began = time.perf_counter()
    came, most = 0, 0.0
    while came < wanted:
        assert time.perf_counter() - began < within, f"{came} of {wanted} arrived"
        time.sleep(0.05)
        said = receiver.take()
        came, most = came + said["count"], max(most, said["p99"])
    return most
