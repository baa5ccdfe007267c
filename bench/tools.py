"""What a model asks: tools called over MCP at 8 connections, in both eras."""

import json
import re
import time
from collections.abc import Callable
from typing import Any

from bench.load import Answer, Script, Tally, drive
from bench.server import Server, own_cpu

Figures = dict[str, float | str]
_LOCK = re.compile(rb'"lock_token":"([^"]+)"')
_PATH = re.compile(rb'"path":"(processing/[^"]+)"')
_ID = re.compile(rb'"handoff":"(ho_\w+)"')
META = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
}
CONNECTIONS = 8


def call(server: Server, tool: str, *, modern: bool = True, **arguments: Any) -> bytes:
    """Return a call of a tool as it is sent."""
    params: dict[str, Any] = {"name": tool, "arguments": arguments}
    version, routing = "2025-11-25", ""
    if modern:
        params["_meta"] = META
        version, routing = "2026-07-28", f"Mcp-Method: tools/call\r\nMcp-Name: {tool}\r\n"
    said = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    body = json.dumps(said).encode()
    head = (
        "POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        "Accept: application/json, text/event-stream\r\n"
        f"MCP-Protocol-Version: {version}\r\n{routing}"
        f"{server.bearer}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def checked(answer: Answer) -> bytes:
    if answer.status != 200 or b'"isError":false' not in answer.body:
        raise RuntimeError(answer.body[:500])
    return answer.body


Part = Callable[[Server, int], Callable[[Tally, float], Script]]


def reading(server: Server, number: int, *, modern: bool = True) -> Callable[..., Script]:
    def run(tally: Tally, until: float) -> Script:
        path = f"input/bench-{number}.md"
        sent = call(server, "read", modern=modern, path=path)
        while (began := time.perf_counter()) < until:
            checked((yield sent))
            tally.took("call", time.perf_counter() - began)

    return run


def old_reading(server: Server, number: int) -> Callable[..., Script]:
    return reading(server, number, modern=False)


def writing(server: Server, number: int) -> Callable[..., Script]:
    def run(tally: Tally, until: float) -> Script:
        index = 0
        while (began := time.perf_counter()) < until:
            path = f"written/{number}/{index}.md"
            checked((yield call(server, "write", path=path, text="word " * 80)))
            tally.took("call", time.perf_counter() - began)
            index += 1

    return run


def working(server: Server, number: int) -> Callable[..., Script]:
    """Claim, read, write, submit, look: what an agent does with each piece of work."""

    def run(tally: Tally, until: float) -> Script:
        index = 0
        while time.perf_counter() < until:
            path = f"input/work-{number}-{index}.md"
            began = time.perf_counter()

            def took(began: float) -> float:
                now = time.perf_counter()
                tally.took("call", now - began)
                return now

            checked((yield call(server, "write", path=path, text="word " * 80)))
            began = took(began)
            work = checked((yield call(server, "claim_work", path=path)))
            began = took(began)
            token, mine = _LOCK.search(work)[1].decode(), _PATH.search(work)[1].decode()
            checked((yield call(server, "read", path=mine)))
            began = took(began)
            checked(
                (yield call(server, "write", path=mine, text="done " * 80, lock_token=token))
            )
            began = took(began)
            handed = checked(
                (yield call(server, "submit_for_review", paths=mine, lock_token=token))
            )
            began = took(began)
            name = _ID.search(handed)[1].decode()
            checked((yield call(server, "wait_for_decision", handoff=name, wait_seconds=0)))
            took(began)
            index += 1

    return run


PARTS: dict[str, Part] = {
    "read": reading,
    "read_2025": old_reading,
    "write": writing,
    "work": working,
}


def mcp(seconds: float) -> Figures:
    """Call tools, a part at a time; the server's processor time for each call of it."""
    server = Server()
    try:
        server.start()

        def prepare(tally: Tally, until: float) -> Script:
            del tally, until
            for number in range(CONNECTIONS):
                path = f"input/bench-{number}.md"
                checked((yield call(server, "write", path=path, text="word " * 800)))

        drive(server.port, [prepare], seconds=60)
        figures: Figures = {}
        for name, part in PARTS.items():
            before, mine = server.cpu(), own_cpu()
            scripts = [part(server, number) for number in range(CONNECTIONS)]
            run = drive(server.port, scripts, seconds=seconds)
            done = run.tally.count("call")
            figures[f"{name}_calls_per_s"] = done / run.seconds
            figures[f"{name}_p99_ms"] = run.tally.percentile("call", 0.99) * 1e3
            figures[f"{name}_server_cpu_us_per_call"] = (server.cpu() - before) / done * 1e6
            figures[f"{name}_generator_cores"] = (own_cpu() - mine) / run.seconds
        return figures
    finally:
        server.stop()
