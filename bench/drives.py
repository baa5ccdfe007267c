"""Drives: what a mounted folder asks, of us and of the file servers that are installed.

Each works on its own tree; the operations come in turn, so that all meet the same machine.
We write the log and sync before each answer; the peers do neither.
"""

import base64
import re
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import NamedTuple

from bench.load import Answer, Run, Script, Tally, drive, request
from bench.peers.file_servers import FILE_SERVERS, serving
from bench.server import Server

Figures = dict[str, float | str]

SECONDS = 1.5
CONNECTIONS = 8
FOLDERS = (1_000, 10_000)
LISTED = (
    b'<?xml version="1.0"?><D:propfind xmlns:D="DAV:"><D:prop><D:resourcetype/>'
    b"<D:getcontentlength/><D:getlastmodified/><D:getetag/></D:prop></D:propfind>"
)
LOCKINFO = (
    b'<?xml version="1.0"?><D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope>'
    b"<D:locktype><D:write/></D:locktype><D:owner>bench</D:owner></D:lockinfo>"
)
_TOKEN = re.compile(rb"(?i)\r\nlock-token: *<([^>]+)>")


class Drive(NamedTuple):
    """A server to ask: where its tree begins, and the header that opens it."""

    name: str
    port: int
    root: str
    auth: str

    def ask(
        self, method: str, path: str, *, body: bytes = b"", more: str = "", kind: str = ""
    ) -> bytes:
        return request(
            method, self.root + path, auth=self.auth, body=body, more=more, kind=kind
        )


Step = Callable[[Drive, int], Script]
"""One connection's work without end, by the number of the connection."""


def drives(seconds: float) -> Figures:
    """Measure each operation on us, then on each peer there is."""
    figures: Figures = {}
    with ExitStack() as stack:
        every = [stack.enter_context(_ours())]
        for name in FILE_SERVERS:
            found = stack.enter_context(serving(name))
            if found is not None:
                every.append(Drive(name, found, "/", "X-Peer: yes"))
            else:
                figures[f"{name}_absent"] = "not installed"
        for each in every:
            _seed(each)
        for measure in (_listings, _locks, _puts, _gets, _moves, _folder_moves):
            for each in every:
                prefix = "" if each.name == "signoff" else f"{each.name}_"
                try:
                    found_here = measure(each, min(seconds, SECONDS))
                except (RuntimeError, ConnectionError) as broken:
                    if not prefix:
                        raise
                    found_here = {f"{measure.__name__[1:]}_failed": str(broken)[:80]}
                figures |= {prefix + name: value for name, value in found_here.items()}
    return figures


@contextmanager
def _ours() -> Iterator[Drive]:
    server = Server()
    try:
        password = server.command("app-password", "create", "ada@example.org").strip()
        server.start()
        said = base64.b64encode(f"ada@example.org:{password}".encode()).decode()
        yield Drive("signoff", server.port, "/dav/acme/", f"Authorization: Basic {said}")
    finally:
        server.stop()


def _run(each: Drive, step: Step, seconds: float, *, connections: int = CONNECTIONS) -> Run:
    def script(number: int) -> Callable[[Tally, float], Script]:
        def run(tally: Tally, until: float) -> Script:
            work = step(each, number)
            asked = next(work)
            began = time.perf_counter()
            while began < until:
                answer = yield asked
                now = time.perf_counter()
                tally.took("step", now - began)
                began = now
                try:
                    asked = work.send(answer)
                except StopIteration:
                    return

        return run

    return drive(each.port, [script(n) for n in range(connections)], seconds=seconds)


def _seed(each: Drive) -> None:
    """Make the folders that are listed, moved and written to."""
    for path in ("bench/", *(f"bench/{size}/" for size in FOLDERS), "bench/big/", "bench/w/"):
        _once(each, "MKCOL", path)
    _fill(each, [f"bench/{size}/file-{n:05}.txt" for size in FOLDERS for n in range(size)])
    _fill(each, [f"bench/big/file-{n:05}.txt" for n in range(10_000)])
    names = [f"bench/w/{kind}{n}.bin" for kind in "mw" for n in range(CONNECTIONS)]
    _fill(each, names, size=4096)


def _fill(each: Drive, paths: list[str], *, size: int = 100) -> None:
    data = b"x" * size

    def step(at: Drive, number: int) -> Script:
        for path in paths[number::CONNECTIONS]:
            yield at.ask("PUT", path, body=data)

    _run(each, step, 600)


def _once(each: Drive, method: str, path: str) -> None:
    name, _, said = each.auth.partition(": ")
    asked = urllib.request.Request(
        f"http://127.0.0.1:{each.port}{each.root}{path}", method=method, headers={name: said}
    )
    with urllib.request.urlopen(asked, timeout=60):
        pass


def _listings(each: Drive, seconds: float) -> Figures:
    """PROPFIND with depth 1, and how long others wait meanwhile."""
    figures: Figures = {}
    for size in FOLDERS:

        def step(at: Drive, _: int, size: int = size) -> Script:
            while True:
                yield at.ask(
                    "PROPFIND", f"bench/{size}/", body=LISTED, more="Depth: 1\r\n",
                    kind="application/xml",
                )  # fmt: skip

        run = _run(each, step, seconds, connections=1)
        figures[f"propfind_{size}_ms"] = run.tally.percentile("step", 0.5) * 1e3
    return figures


def _locks(each: Drive, seconds: float) -> Figures:
    """LOCK, PUT with the token, UNLOCK: what Office does at each save."""

    def step(at: Drive, number: int) -> Script:
        path = f"bench/w/w{number}.bin"
        while True:
            locked: Answer = yield at.ask(
                "LOCK", path, body=LOCKINFO, more="Timeout: Second-600\r\nDepth: 0\r\n",
                kind="application/xml",
            )  # fmt: skip
            found = _TOKEN.search(locked.headers)
            token = found[1].decode() if found else "opaquelocktoken:none"
            yield at.ask("PUT", path, body=b"y" * 4096, more=f"If: (<{token}>)\r\n")
            yield at.ask("UNLOCK", path, more=f"Lock-Token: <{token}>\r\n")

    run = _run(each, step, seconds)
    errors = sum(run.tally.errors.values())
    return {
        "lock_put_unlock_per_s": run.tally.count("step") / 3 / run.seconds,
        "lock_put_unlock_errors": float(errors),
    }


def _puts(each: Drive, seconds: float) -> Figures:
    made = _unique()

    def step(at: Drive, _: int) -> Script:
        while True:
            yield at.ask("PUT", f"bench/w/p{next(made)}.bin", body=b"z" * 4096)

    return {"put_4KiB_per_s": _rate(_run(each, step, seconds))}


def _unique() -> Iterator[int]:
    begin = time.time_ns()
    while True:
        yield begin
        begin += 1


def _gets(each: Drive, seconds: float) -> Figures:
    def step(at: Drive, number: int) -> Script:
        while True:
            yield at.ask("GET", f"bench/w/m{number}.bin")

    return {"get_4KiB_per_s": _rate(_run(each, step, seconds))}


def _moves(each: Drive, seconds: float) -> Figures:
    """Rename a file to and fro."""

    def step(at: Drive, number: int) -> Script:
        here, there = f"bench/w/m{number}.bin", f"bench/w/m{number}.moved"
        while True:
            to = f"Destination: http://127.0.0.1:{at.port}{at.root}{there}\r\n"
            yield at.ask("MOVE", here, more=to)
            here, there = there, here

    return {"move_per_s": _rate(_run(each, step, seconds))}


def _folder_moves(each: Drive, seconds: float) -> Figures:
    """Rename a folder of 10,000 files to and fro."""

    def step(at: Drive, _: int) -> Script:
        here, there = "bench/big/", "bench/moved/"
        while True:
            to = f"Destination: http://127.0.0.1:{at.port}{at.root}{there}\r\n"
            yield at.ask("MOVE", here, more=to)
            here, there = there, here

    run = _run(each, step, seconds, connections=1)
    return {"move_10000_ms": run.tally.percentile("step", 0.5) * 1e3}


def _rate(run: Run) -> float:
    failed = sum(run.tally.errors.values())
    if failed:
        raise RuntimeError(run.tally.first_error[:300])
    return run.tally.count("step") / run.seconds
