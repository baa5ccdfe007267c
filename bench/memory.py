"""Eight uploads of a gigabyte at once: what the server holds in memory meanwhile."""

import asyncio
import os
import time

from bench.server import Server

AT_ONCE = 8
SIZE = 1 << 30
PIECE = 1 << 20
Figures = dict[str, float | str]


def memory(seconds: float) -> Figures:
    """Send streams that are made as they go, and read the server's high-water mark."""
    del seconds
    server = Server()
    try:
        server.start()
        before = server.resident()
        began = time.perf_counter()
        statuses = asyncio.run(_all(server))
        took = time.perf_counter() - began
        return {
            "resident_at_start_MB": before / 1e6,
            "resident_MB": server.resident() / 1e6,
            "MB_per_s": AT_ONCE * SIZE / took / 1e6,
            "errors": str([each for each in statuses if each != 201] or "none"),
        }
    finally:
        server.stop()


async def _all(server: Server) -> list[int]:
    return await asyncio.gather(*(_one(server, number) for number in range(AT_ONCE)))


async def _one(server: Server, number: int) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    path = f"/api/v1/workspaces/acme/files/shared/large-{number}.bin"
    head = (
        f"PUT {path} HTTP/1.1\r\nHost: x\r\n{server.bearer}\r\nContent-Length: {SIZE}\r\n\r\n"
    )
    writer.write(head.encode())
    noise = os.urandom(PIECE - 8)
    for index in range(SIZE // PIECE):
        writer.write((number << 32 | index).to_bytes(8))
        writer.write(noise)
        await writer.drain()
    status = int((await reader.readline())[9:12])
    writer.close()
    return status
