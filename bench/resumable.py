"""100 MiB as a resumable upload, whole and in ten pieces, against the same by PUT."""

import base64
import os
import re
import time
from collections.abc import Iterator

from bench.load import Answer, Script, Sent, Tally, drive, request, upload
from bench.server import Server

API = "/api/v1/workspaces/acme"
MB = 104.8576
TUS = "Tus-Resumable: 1.0.0\r\n"
TYPE = "application/offset+octet-stream"
Figures = dict[str, float | str]
_LOCATION = re.compile(rb"(?i)\r\nlocation: ([^\r]+)\r\n")


def resumable(seconds: float) -> Figures:
    """Three of each in turn; the bytes of all are different."""
    del seconds
    server = Server()
    try:
        server.start()
        data = os.urandom(1 << 20) * 100
        figures: Figures = {}
        took: dict[str, list[float]] = {}
        spent: dict[str, list[float]] = {}
        for number in range(3):
            for name, pieces in (("put", 0), ("whole", 1), ("pieces", 10)):
                fresh = b"%08d" % (number * 10 + pieces) + data[8:]
                cpu, began = server.cpu(), time.perf_counter()
                sent = drive(
                    server.port, [_sending(server, name, number, fresh, pieces)], seconds=60
                )
                if sent.tally.errors:
                    raise RuntimeError(str(sent.tally.errors))
                took.setdefault(name, []).append(time.perf_counter() - began)
                spent.setdefault(name, []).append(server.cpu() - cpu)
                if server.read(f"{API}/files/input/{name}-{number}.bin") != fresh:
                    raise RuntimeError("These are not the bytes that were sent")
        for name, times in took.items():
            figures[f"{name}_MB_per_s"] = MB / sorted(times)[1]
            figures[f"{name}_cpu_ms_per_MB"] = sorted(spent[name])[1] / MB * 1e3
        for name in ("whole", "pieces"):
            figures[f"{name}_time_ratio"] = sorted(took[name])[1] / sorted(took["put"])[1]
            figures[f"{name}_cpu_ratio"] = sorted(spent[name])[1] / sorted(spent["put"])[1]
        figures["resident_MB"] = server.resident() / 1e6
        return figures
    finally:
        server.stop()


def _sending(server: Server, name: str, number: int, data: bytes, pieces: int):
    path = f"input/{name}-{number}.bin"

    def script(tally: Tally, until: float) -> Script:
        del tally, until
        if not pieces:
            yield upload(f"{API}/files/{path}", auth=server.bearer, parts=(memoryview(data),))
            return
        said = base64.b64encode(path.encode()).decode()
        more = f"{TUS}Upload-Length: {len(data)}\r\nUpload-Metadata: path {said}\r\n"
        begun: Answer = yield request("POST", f"{API}/uploads", auth=server.bearer, more=more)
        found = _LOCATION.search(begun.headers)
        if found is None:
            raise RuntimeError(f"{begun.status} {begun.body!r}")
        yield from _pieces(found[1].decode(), server.bearer, memoryview(data), pieces)

    return script


def _pieces(address: str, auth: str, data: memoryview, count: int) -> Iterator[Sent]:
    size = -(-len(data) // count)
    for at in range(0, len(data), size):
        piece = data[at : at + size]
        head = (
            f"PATCH {address} HTTP/1.1\r\nHost: 127.0.0.1\r\n{auth}\r\n{TUS}"
            f"Content-Type: {TYPE}\r\nUpload-Offset: {at}\r\n"
            f"Content-Length: {len(piece)}\r\n\r\n"
        )
        yield head.encode(), piece
