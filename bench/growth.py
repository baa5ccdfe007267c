"""The same acts in a small workspace and in a large one, in turn.

The rows are copies: one file and one handoff are made through HTTP, the server is stopped, and
SQLite multiplies their rows under new ids and names. What a million uploads would also leave,
a log of a million entries, is not there; nothing measured here reads it. What was multiplied is
on the disk before anything is timed: an act's sync would wait for what is still to be written.
"""

import json
import os
import re
import statistics
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import apsw

from bench.load import Answer, Script, Tally, drive, request
from bench.server import Server
from signoff.domain.ids import ROOT

API = "/api/v1/workspaces/acme"
SMALL = {"files": 1_000, "queue": 1_000, "handoffs": 1_000}
LARGE = {"files": 1_000_000, "queue": 100_000, "handoffs": 100_000}
FOLDERS, IN_FOLDER = 6, 9_999
"""The model in each folder makes it 10,000, the most that a package may have."""
ROUNDS, AT_A_TIME = 5, 40
_ID = re.compile(rb'"id":"(\w+)"')
_TOKEN = re.compile(rb'"lock_token":"([^"]+)"')
_COUNT = "WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < :many)"
Figures = dict[str, float | str]


def growth(seconds: float) -> Figures:
    """Time a page, a claim, the inbox, a folder's move in both; a large folder's submission."""
    del seconds
    small, large = Server(), Server()
    try:
        _grow(small, **SMALL, folders=1)
        _grow(large, **LARGE, folders=FOLDERS)
        found: dict[str, list[float]] = {}
        cookies = {small.port: small.cookie(), large.port: large.cookie()}
        for number in range(ROUNDS + 1):
            for name, server in (("small", small), ("large", large)):
                for act, script in _acts(server, cookies[server.port]).items():
                    tally = drive(server.port, [script], seconds=60).tally
                    if number:  # the first warms up
                        found.setdefault(f"{act}_{name}", []).extend(tally.latencies[act])
        submitted = drive(large.port, [_submits(large)], seconds=120).tally
        return {**_figures(found), **_folder_figures(found, submitted)}
    finally:
        small.stop()
        large.stop()


def _figures(found: dict[str, list[float]]) -> Figures:
    row: Figures = {}
    for act in ("page", "page_deep", "claim", "inbox", "inbox_page", "move"):
        few, many = (statistics.median(found[f"{act}_{size}"]) for size in ("small", "large"))
        row |= {f"{act}_small_ms": few * 1e3, f"{act}_large_ms": many * 1e3}
        row[f"{act}_ratio"] = many / few
    return row


def _folder_figures(found: dict[str, list[float]], submitted: Tally) -> Figures:
    return {
        "move_10000_p50_ms": statistics.median(found["move_large"]) * 1e3,
        "submit_10000_p50_ms": submitted.percentile("submit", 0.5) * 1e3,
        "errors": str(submitted.errors or "none"),
    }


# What is timed.


def _acts(server: Server, cookie: str) -> dict[str, Callable[[Tally, float], Script]]:
    return {
        "page": _asks("page", f"{API}/tree/shared/many?limit=100", server.bearer),
        "page_deep": _pages(server),
        "claim": _claims(server),
        "inbox": _asks("inbox", f"{API}/handoffs?state=in_review&limit=50", cookie),
        "inbox_page": _asks("inbox_page", "/w/acme/inbox", cookie),
        "move": _moves(server),
    }


def _asks(name: str, path: str, auth: str) -> Callable[[Tally, float], Script]:
    def run(tally: Tally, _until: float) -> Script:
        for _ in range(AT_A_TIME):
            began = time.perf_counter()
            got: Answer = yield request("GET", path, auth=auth)
            tally.took(name, time.perf_counter() - began)
            _good(got, 200)

    return run


def _pages(server: Server) -> Callable[[Tally, float], Script]:
    """Leaf through the folder by its own cursors."""

    def run(tally: Tally, _until: float) -> Script:
        cursor = ""
        for _ in range(8):
            began = time.perf_counter()
            path = f"{API}/tree/shared/many?limit=100{cursor}"
            got: Answer = yield request("GET", path, auth=server.bearer)
            tally.took("page_deep", time.perf_counter() - began)
            _good(got, 200)
            cursor = f"&cursor={json.loads(got.body)['next']}"

    return run


def _claims(server: Server) -> Callable[[Tally, float], Script]:
    """Take the next piece of work, and give it back."""

    def run(tally: Tally, _until: float) -> Script:
        for _ in range(AT_A_TIME):
            began = time.perf_counter()
            made: Answer = yield request(
                "POST", f"{API}/claims", auth=server.bearer, kind="application/json",
                body=b'{"stage":"input"}',
            )  # fmt: skip
            tally.took("claim", time.perf_counter() - began)
            _good(made, 201)
            name, token = (_found(each, made.body) for each in (_ID, _TOKEN))
            ended: Answer = yield request(
                "DELETE", f"{API}/claims/{name}", auth=server.bearer,
                more=f"Lock-Token: {token}\r\n",
            )  # fmt: skip
            _good(ended, 204)

    return run


def _moves(server: Server) -> Callable[[Tally, float], Script]:
    """Move a folder of 10,000 files away, and back."""

    def run(tally: Tally, _until: float) -> Script:
        for index in range(AT_A_TIME):
            names = ("shared/f1", "elsewhere/f1")
            before, after = names if index % 2 == 0 else names[::-1]
            began = time.perf_counter()
            moved: Answer = yield _post(server, "moves", {"from": before, "to": after})
            tally.took("move", time.perf_counter() - began)
            _good(moved, 201)

    return run


def _submits(server: Server) -> Callable[[Tally, float], Script]:
    def run(tally: Tally, _until: float) -> Script:
        for index in range(1, FOLDERS + 1):
            began = time.perf_counter()
            made: Answer = yield _post(server, "handoffs", {"paths": [f"shared/f{index}"]})
            tally.took("submit", time.perf_counter() - began)
            _good(made, 201)

    return run


def _post(server: Server, path: str, body: Any) -> bytes:
    return request(
        "POST", f"{API}/{path}", auth=server.bearer, kind="application/json",
        body=json.dumps(body).encode(),
    )  # fmt: skip


def _good(answer: Answer, status: int) -> None:
    if answer.status != status:
        raise RuntimeError(answer.body[:400])


def _found(pattern: re.Pattern[bytes], body: bytes) -> str:
    found = pattern.search(body)
    if found is None:
        raise RuntimeError(body[:400])
    return found[1].decode()


# What it is timed on.


def _grow(server: Server, *, files: int, queue: int, handoffs: int, folders: int) -> None:
    """Make one of each through HTTP, and multiply it while the server is down."""
    server.start()

    def models(_tally: Tally, _until: float) -> Script:
        for path in ("shared/many/m.txt", "input/m.txt", "needs/m.txt", "elsewhere/m.txt"):
            got: Answer = yield request(
                "PUT", f"{API}/files/{path}", auth=server.bearer, body=b"model"
            )
            _good(got, 201)
        for index in range(1, folders + 1):
            got = yield request(
                "PUT", f"{API}/files/shared/f{index}/m.txt", auth=server.bearer, body=b"model"
            )
            _good(got, 201)
        made: Answer = yield request(
            "POST", f"{API}/handoffs", auth=server.bearer, kind="application/json",
            body=b'{"paths":["needs/m.txt"],"title":"Model","summary":"One of many."}',
        )  # fmt: skip
        _good(made, 201)

    drive(server.port, [models], seconds=60)
    server.halt()
    database = apsw.Connection(str(server.folder / "signoff.db"))
    database.execute("PRAGMA synchronous=OFF; BEGIN")
    _multiply_files(database, "shared/many", files)
    _multiply_files(database, "input", queue, queued=True)
    for index in range(1, folders + 1):
        _multiply_files(database, f"shared/f{index}", IN_FOLDER)
    _multiply_handoffs(database, handoffs)
    database.execute("COMMIT; PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    _sync(server.folder / "signoff.db")
    server.start()


def _sync(path: Path) -> None:
    file = os.open(path, os.O_RDONLY)
    os.fsync(file)
    os.close(file)


def _multiply_files(
    database: apsw.Connection, folder: str, many: int, *, queued: bool = False
) -> None:
    node = _node_at(database, f"{folder}/m.txt")
    told = {"many": many, "node": node, "stem": _stem(node)}
    fresh = {"id": ":stem || '-' || printf('%08d', c.i)"}
    name = {"name": "printf('%08d.txt', c.i)", "name_key": "printf('%08d.txt', c.i)"}
    if queued:
        database.execute(_copies(database, "queue", {"node": fresh["id"]}, "node"), told)
    database.execute(_copies(database, "versions", {"node": fresh["id"]}, "node"), told)
    database.execute(_copies(database, "nodes", {**fresh, **name}, "id"), told)


def _multiply_handoffs(database: apsw.Connection, many: int) -> None:
    (handoff, node), *_ = database.execute("SELECT id, node FROM handoffs").fetchall()
    told = {"many": many, "node": node, "stem": _stem(node), "handoff": handoff}
    one, file = ":handoff || printf('%08d', c.i)", ":stem || '-' || printf('%08d', c.i)"
    body = (
        f"CAST(replace(replace(CAST(t.body AS TEXT), :handoff, {one}), :node, {file}) AS BLOB)"
    )
    names = {"name": "printf('h%08d.txt', c.i)", "name_key": "printf('h%08d.txt', c.i)"}
    for table, changed, key in (
        ("versions", {"node": file}, "node"),
        ("nodes", {"id": file, **names}, "id"),
        ("handoffs", {"id": one, "node": file, "body": body}, "node"),
        ("rounds", {"handoff": one}, "handoff"),
        ("reviewer_index", {"handoff": one}, "handoff"),
    ):
        copied = _copies(database, table, changed, key)
        wanted = {mark: told[mark] for mark in told if f":{mark}" in copied}
        database.execute(copied, wanted)
    for above in ("t.ancestor", file):
        same = "=" if above == file else "<>"
        database.execute(
            f"{_COUNT} INSERT INTO holds (ws, node, ancestor, kind, ref)"
            f" SELECT t.ws, {file}, {above}, t.kind, {one} FROM c, holds t"
            f" WHERE t.node = :node AND t.ancestor {same} t.node",
            told,
        )


def _copies(database: apsw.Connection, table: str, changed: dict[str, str], key: str) -> str:
    """Return the statement that copies a model's rows with some columns made anew."""
    columns = [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
    values = ", ".join(changed.get(column, f"t.{column}") for column in columns)
    model = ":handoff" if key == "handoff" else ":node"
    return (
        f"{_COUNT} INSERT INTO {table} ({', '.join(columns)})"
        f" SELECT {values} FROM c, {table} t WHERE t.{key} = {model}"
    )


def _stem(node: str) -> str:
    """Return what the ids of a model's copies begin with: as long as real ones, and its own."""
    return f"{node[:8]}{zlib.crc32(node.encode()):08x}"


def _node_at(database: apsw.Connection, path: str) -> str:
    node: str = ROOT
    sql = "SELECT id FROM nodes WHERE parent = :parent AND name = :name"
    for name in path.split("/"):
        node = database.execute(sql, {"parent": node, "name": name}).fetchall()[0][0]
    return node
