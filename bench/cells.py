"""The measurements. Each runs once on a fresh server and returns its figures."""

import json
import os
import re
import time
from collections.abc import Callable

from bench.load import Answer, Script, Tally, drive, request, upload
from bench.server import Server, own_cpu

API = "/api/v1/workspaces/acme"
Figures = dict[str, float | str]
_ID = re.compile(rb'"id":"(ho_\w+)"')
_DIGEST = re.compile(rb'"digest":"(sha256:\w+)"')


def _upload(server: Server, name: str, data: bytes) -> bytes:
    return request("PUT", f"{API}/files/input/{name}", auth=server.bearer, body=data)


def handoffs(seconds: float, *, connections: int = 32, database_url: str = "") -> Figures:
    """Submit an uploaded file, approve it, let the agent see it: over and over."""
    server = Server(database_url=database_url)
    try:
        server.start()
        cookie = server.cookie()
        most = 400 if database_url else 2500
        files = int(seconds * most / connections) + 10
        _prepare(server, connections, files)

        def script(number: int) -> Callable[[Tally, float], Script]:
            def run(tally: Tally, until: float) -> Script:
                for index in range(files):
                    began = time.perf_counter()
                    if began > until:
                        return
                    body = json.dumps(
                        {
                            "paths": [f"input/{number}-{index}.txt"],
                            "title": f"Report {index}",
                            "summary": "Read, counted, compared.",
                            "confidence": 0.9,
                        }
                    ).encode()
                    made: Answer = yield request(
                        "POST", f"{API}/handoffs", auth=server.bearer, body=body,
                        kind="application/json",
                    )  # fmt: skip
                    submitted = time.perf_counter()
                    name = _ID.search(made.body)[1].decode()
                    digest = _DIGEST.search(made.body)[1].decode()
                    verdict = {"verdict": "approve", "digest": digest, "round": 1}
                    decided: Answer = yield request(
                        "PUT", f"{API}/handoffs/{name}/decision", auth=cookie,
                        body=json.dumps(verdict).encode(), kind="application/json",
                    )  # fmt: skip
                    approved = time.perf_counter()
                    seen: Answer = yield request(
                        "GET", f"{API}/handoffs/{name}?wait=10", auth=server.bearer
                    )
                    if b'"state":"approved"' not in seen.body or decided.status != 200:
                        raise RuntimeError(seen.body[:300])
                    now = time.perf_counter()
                    tally.took("submit", submitted - began)
                    tally.took("approve", approved - submitted)
                    tally.took("see", now - approved)
                    tally.took("handoff", now - began)

            return run

        before, mine = server.cpu(), own_cpu()
        run = drive(server.port, [script(n) for n in range(connections)], seconds=seconds)
        done = run.tally.count("handoff")
        return {
            "handoffs_per_s": done / run.seconds,
            "p50_ms": run.tally.percentile("handoff", 0.5) * 1e3,
            "p99_ms": run.tally.percentile("handoff", 0.99) * 1e3,
            "submit_p50_ms": run.tally.percentile("submit", 0.5) * 1e3,
            "approve_p50_ms": run.tally.percentile("approve", 0.5) * 1e3,
            "see_p50_ms": run.tally.percentile("see", 0.5) * 1e3,
            "server_cpu_us_per_handoff": (server.cpu() - before) / max(done, 1) * 1e6,
            "generator_cores": (own_cpu() - mine) / run.seconds,
            "errors": str(run.tally.errors or "none"),
        }
    finally:
        server.stop()


def _prepare(server: Server, connections: int, files: int) -> None:
    def script(number: int) -> Callable[[Tally, float], Script]:
        def run(tally: Tally, until: float) -> Script:
            del tally, until
            for index in range(files):
                yield _upload(server, f"{number}-{index}.txt", b"x" * 400)

        return run

    drive(server.port, [script(n) for n in range(connections)], seconds=600)


def uploads(seconds: float, *, connections: int = 8, database_url: str = "") -> Figures:
    """Write new files of 4 KiB, each audited and synced before its answer."""
    server = Server(database_url=database_url)
    try:
        server.start()

        def script(number: int) -> Callable[[Tally, float], Script]:
            def run(tally: Tally, until: float) -> Script:
                index = 0
                data = bytearray(os.urandom(4096))
                while (began := time.perf_counter()) < until:
                    data[:8] = os.urandom(8)
                    yield _upload(server, f"{number}/{index}.bin", bytes(data))
                    tally.took("put", time.perf_counter() - began)
                    index += 1

            return run

        before, mine = server.cpu(), own_cpu()
        run = drive(server.port, [script(n) for n in range(connections)], seconds=seconds)
        done = run.tally.count("put")
        return {
            "puts_per_s": done / run.seconds,
            "p50_ms": run.tally.percentile("put", 0.5) * 1e3,
            "p99_ms": run.tally.percentile("put", 0.99) * 1e3,
            "server_cpu_us_per_put": (server.cpu() - before) / max(done, 1) * 1e6,
            "generator_cores": (own_cpu() - mine) / run.seconds,
            "errors": str(run.tally.errors or "none"),
        }
    finally:
        server.stop()


def large(seconds: float) -> Figures:
    """Uploads of 100 MiB, one at a time, then downloads of 10 MiB, which come back whole."""
    del seconds
    server = Server()
    try:
        server.start()
        hundred = memoryview(os.urandom(1 << 20) * 100)
        ten = os.urandom(10 << 20)
        path = f"{API}/files/input/ten.bin"

        def up(tally: Tally, until: float) -> Script:
            del until
            for index in range(5):
                name = f"{API}/files/input/large-{index}.bin"
                parts = (b"%07d\n" % index, hundred[8:])
                began = time.perf_counter()
                yield upload(name, auth=server.bearer, parts=parts)
                tally.took("up", time.perf_counter() - began)
            yield upload(path, auth=server.bearer, parts=(ten,))

        def down(tally: Tally, until: float) -> Script:
            del until
            for _ in range(40):
                began = time.perf_counter()
                got: Answer = yield request("GET", path, auth=server.bearer)
                tally.took("down", time.perf_counter() - began)
                if got.length != len(ten):
                    raise RuntimeError("short")

        cpu, mine = server.cpu(), own_cpu()
        ups = drive(server.port, [up], seconds=60)
        cpu_up, mine_up = server.cpu(), own_cpu()
        downs = drive(server.port, [down], seconds=60)
        cpu_down, mine_down = server.cpu(), own_cpu()
        if server.read(path) != ten:
            raise RuntimeError("These are not the bytes that were sent")
        sent, got = 5.1 * 104.8576, 40 * 10.48576
        return {
            "upload_100MiB_MB_per_s": 104.8576 / ups.tally.percentile("up", 0.5),
            "download_10MiB_MB_per_s": 10.48576 / downs.tally.percentile("down", 0.5),
            "server_cpu_ms_per_MB_up": (cpu_up - cpu) / sent * 1e3,
            "server_cpu_ms_per_MB_down": (cpu_down - cpu_up) / got * 1e3,
            "generator_cpu_ms_per_MB_up": (mine_up - mine) / sent * 1e3,
            "generator_cpu_ms_per_MB_down": (mine_down - mine_up) / got * 1e3,
            "resident_MB": server.resident() / 1e6,
            "errors": str(ups.tally.errors or downs.tally.errors or "none"),
        }
    finally:
        server.stop()


def start(seconds: float) -> Figures:
    """From the command to the first answer."""
    del seconds
    server = Server()
    try:
        return {"first_answer_s": server.start()}
    finally:
        server.stop()
