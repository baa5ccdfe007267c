"""Writers and readers at once: neither may starve the other."""

import os
import time
from collections.abc import Callable
from typing import Any

from bench.load import Script, Tally, drive, request
from bench.server import Server, own_cpu

API = "/api/v1/workspaces/acme"
WRITERS, READERS = 32, 4
"""Four readers without a pause fill a core: `reads_alone_server_cores` says whether."""
Figures = dict[str, float | str]


def mixed(seconds: float) -> Figures:
    """Write at 32 connections alone, read alone, then both; say what each keeps."""
    server = Server()
    try:
        server.start()
        drive(server.port, [_seed(server)], seconds=60)
        writers = [_writes(server, number) for number in range(WRITERS)]
        readers = [_reads(server) for _ in range(READERS)]
        alone = drive(server.port, writers, seconds=seconds)
        cpu = server.cpu()
        reads_alone = drive(server.port, readers, seconds=seconds)
        cores = (server.cpu() - cpu) / reads_alone.seconds
        mine = own_cpu()
        both = drive(server.port, [*writers, *readers], seconds=seconds)
        kept = (both.tally.count("write") / both.seconds) / (
            alone.tally.count("write") / alone.seconds
        )
        return {
            "writes_alone_per_s": alone.tally.count("write") / alone.seconds,
            "reads_alone_per_s": reads_alone.tally.count("read") / reads_alone.seconds,
            "reads_alone_server_cores": cores,
            "writes_per_s": both.tally.count("write") / both.seconds,
            "reads_per_s": both.tally.count("read") / both.seconds,
            "writes_kept": kept,
            "write_p99_ms": both.tally.percentile("write", 0.99) * 1e3,
            "read_p99_ms": both.tally.percentile("read", 0.99) * 1e3,
            "generator_cores": (own_cpu() - mine) / both.seconds,
            "errors": str(both.tally.errors or "none"),
        }
    finally:
        server.stop()


def _seed(server: Server) -> Callable[[Tally, float], Script]:
    def run(_tally: Tally, _until: float) -> Script:
        for index in range(200):
            path = f"{API}/files/shared/r{index}.bin"
            yield request("PUT", path, auth=server.bearer, body=os.urandom(4096))

    return run


def _writes(server: Server, number: int) -> Callable[[Tally, float], Script]:
    def run(tally: Tally, until: float) -> Script:
        start = time.time_ns()
        index = 0
        while (began := time.perf_counter()) < until:
            path = f"{API}/files/shared/w{number}/{start}-{index}.bin"
            yield request("PUT", path, auth=server.bearer, body=os.urandom(4096))
            tally.took("write", time.perf_counter() - began)
            index += 1

    return run


def _reads(server: Server) -> Callable[[Tally, float], Script]:
    def run(tally: Tally, until: float) -> Script:
        index = 0
        while (began := time.perf_counter()) < until:
            path = f"{API}/files/shared/r{index % 200}.bin"
            if index % 4 == 0:
                path = f"{API}/tree/shared?limit=20"
            got: Any = yield request("GET", path, auth=server.bearer)
            if got.status != 200:
                raise RuntimeError(got.body[:200])
            tally.took("read", time.perf_counter() - began)
            index += 1

    return run
