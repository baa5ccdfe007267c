"""Ten thousand clients that wait: what each commit costs the server with them there."""

import asyncio
import json
import os
import re
import resource
import time

from bench.load import Answer, Script, Tally, drive, request
from bench.server import Server

API = "/api/v1/workspaces/acme"
WAITERS = 10_000
COMMITS = 500
SPARE = 500
_ID = re.compile(rb'"id":"(ho_\w+)"')
Figures = dict[str, float | str]


def waiting(seconds: float) -> Figures:
    """Compare the server's CPU for each commit: with nobody waiting, with one, and with all.

    One who waits has the log read after each commit; all others should add nothing to that.
    """
    del seconds
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(limit[1], 65_536), limit[1]))
    waiters = min(WAITERS, min(limit[1], 65_536) - SPARE)
    server = Server()
    try:
        server.start()
        handoffs: list[bytes] = []
        drive(server.port, [lambda _t, _u: _hand_over(server, handoffs)], seconds=60)
        return asyncio.run(_measure(server, handoffs, waiters))
    finally:
        server.stop()


def _hand_over(server: Server, handoffs: list[bytes]) -> Script:
    for index in range(100):
        name = f"input/{index}.txt"
        yield request("PUT", f"{API}/files/{name}", auth=server.bearer, body=b"x")
        made: Answer = yield request(
            "POST", f"{API}/handoffs", auth=server.bearer, kind="application/json",
            body=json.dumps({"paths": [name]}).encode(),
        )  # fmt: skip
        found = _ID.search(made.body)
        assert found is not None, made.body
        handoffs.append(found[1])


async def _measure(server: Server, handoffs: list[bytes], waiters: int) -> Figures:
    quiet = await _cpu_per_commit(server)
    streams = [await _wait(server, handoffs[0])]
    await asyncio.sleep(0.5)
    one = await _cpu_per_commit(server)
    before = server.resident()
    for number in range(1, waiters):
        stream = await _wait(server, handoffs[number % len(handoffs)])
        streams.append(stream)
    while await _waits(server) > 0.1:  # noqa: ASYNC110  another process is looked at
        await asyncio.sleep(0.5)
    crowded = await _cpu_per_commit(server)
    idle = await _waits(server)
    answered = sum(1 for reader, _ in streams if reader._buffer)  # noqa: SLF001  no public look
    for _, writer in streams:
        writer.close()
    return {
        "waiters": float(waiters),
        "answered_early": float(answered),
        "cpu_us_per_commit_quiet": quiet * 1e6,
        "cpu_us_per_commit_one": one * 1e6,
        "cpu_us_per_commit_crowded": crowded * 1e6,
        "crowded_ratio": crowded / one,
        "idle_cores": idle,
        "resident_kB_per_waiter": (server.resident() - before) / 1e3 / waiters,
    }


async def _wait(
    server: Server, handoff: bytes
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Open a connection, and ask on it for a decision that does not come."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    path = f"{API}/handoffs/{handoff.decode()}?wait=60"
    writer.write(request("GET", path, auth=server.bearer))
    return reader, writer


async def _waits(server: Server) -> float:
    """Return the share of a core that the server uses while nobody asks anything new."""
    cpu, began = server.cpu(), time.perf_counter()
    await asyncio.sleep(1)
    return (server.cpu() - cpu) / (time.perf_counter() - began)


async def _cpu_per_commit(server: Server) -> float:
    """Write one file after the other, so that each is a batch of its own."""

    def run(_tally: Tally, _until: float) -> Script:
        start = time.time_ns()
        for index in range(COMMITS):
            path = f"{API}/files/shared/{start}-{index}.bin"
            yield request("PUT", path, auth=server.bearer, body=os.urandom(400))

    before = server.cpu()
    await asyncio.to_thread(drive, server.port, [run], seconds=60)
    return (server.cpu() - before) / COMMITS
