"""`mcp`: messages of MCP from a desktop client's pipe to the server, and back.

Standard output has messages alone, one a line; what is for a person goes to standard error.
"""

import asyncio
import os
import sys
import threading
from base64 import b64encode
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import click
import httpx
import msgspec

from signoff.cli.remote import Refused, address, key_option, url_option
from signoff.domain.accounts import workspace_of_key

Json = dict[str, Any]

TIMEOUT = httpx.Timeout(90, connect=10)
"""Longer than the longest wait that the server takes part in; a stream says that it lives."""
AGAIN = 1.0
PATIENCE = 60.0
"""A server that is being restarted is waited for so long."""
FAREWELL = 5.0
"""So long is what was asked still answered once the input has ended, as that of a pipe does."""
AWAY = frozenset({502, 503, 504})
PARSE_ERROR, UNREACHABLE = -32700, -32000
VERSION = "io.modelcontextprotocol/protocolVersion"
NAMES = ("name", "uri", "taskId")
"""What `Mcp-Name` repeats of the params, for those methods that have it."""
NAMING = frozenset(
    {"tools/call", "prompts/get", "resources/read", "tasks/get", "tasks/update", "tasks/cancel"}
)
CHANGING = "tools/call"
"""The one method that may have changed something when its answer is lost."""

Write = Callable[[bytes], None]


class Bridge:
    """Forwards each message by itself, so that a long wait holds up no other."""

    def __init__(self, client: httpx.AsyncClient, url: str, write: Write) -> None:
        self._client = client
        self._url = url
        self._write = write
        self._version = ""
        self._tasks: dict[str | int, asyncio.Task[None]] = {}
        self._notes: set[asyncio.Task[None]] = set()

    def take(self, line: bytes) -> None:
        """Take one message of the client."""
        try:
            message = msgspec.json.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError) as broken:
            self._fail(None, PARSE_ERROR, f"This line is not JSON: {broken}")
            return
        if not isinstance(message, dict):
            self._fail(None, PARSE_ERROR, "A line is one message, an object")
            return
        name, method = message.get("id"), message.get("method")
        if method == "notifications/cancelled":
            self._cancel(message)
        elif isinstance(name, str | int):
            task = asyncio.create_task(self._ask(message, line))
            self._tasks[name] = task
            task.add_done_callback(lambda _: self._tasks.pop(name, None))
        else:
            self._keep(asyncio.create_task(self._note(message, line)))
            if method == "notifications/initialized":
                self._keep(asyncio.create_task(self._follow()))

    def _keep(self, task: asyncio.Task[None]) -> None:
        self._notes.add(task)
        task.add_done_callback(self._notes.discard)

    def _cancel(self, message: Json) -> None:
        """Close the stream of what is not wanted any more: that cancels it."""
        params = message.get("params")
        name = params.get("requestId") if isinstance(params, dict) else None
        task = self._tasks.get(name) if isinstance(name, str | int) else None
        if task is not None:
            task.cancel()

    async def close(self) -> None:
        """Let what was asked be answered for a moment, then let go of all that is under way."""
        if self._tasks:
            await asyncio.wait(list(self._tasks.values()), timeout=FAREWELL)
        under_way = [*self._tasks.values(), *self._notes]
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)

    # One message.

    async def _ask(self, message: Json, line: bytes) -> None:
        name = message["id"]
        try:
            answered = await self._send(message, line)
        except httpx.ConnectError:
            self._fail(name, UNREACHABLE, f"{self._url} does not answer; is it running?")
        except httpx.TransportError as lost:
            say(f"the answer to {message.get('method')} was lost: {lost!r}")
            hint = "It may have happened: look before you try again."
            self._fail(name, UNREACHABLE, f"The connection broke. {hint}")
        else:
            if not answered:
                self._fail(name, UNREACHABLE, "The stream ended without an answer; ask again.")

    async def _note(self, message: Json, line: bytes) -> None:
        with suppress(httpx.TransportError):
            await self._send(message, line)

    async def _send(self, message: Json, line: bytes) -> bool:
        """Send a message and write what comes; wait for a server that is away."""
        deadline = asyncio.get_running_loop().time() + PATIENCE
        while True:
            try:
                async with self._client.stream(
                    "POST", self._url, content=line, headers=self._headers(message)
                ) as answer:
                    if answer.status_code not in AWAY or _is_over(deadline):
                        return await self._read(answer, message)
            except httpx.ConnectError:
                if _is_over(deadline):
                    raise
            except httpx.TransportError:
                if message.get("method") == CHANGING or _is_over(deadline):
                    raise
            await asyncio.sleep(AGAIN)

    def _headers(self, message: Json) -> dict[str, str]:
        params = message.get("params")
        params = params if isinstance(params, dict) else {}
        meta = params.get("_meta")
        version = meta.get(VERSION) if isinstance(meta, dict) else None
        if not isinstance(version, str):
            return {"MCP-Protocol-Version": self._version} if self._version else {}
        method = str(message.get("method"))
        headers = {"MCP-Protocol-Version": version, "Mcp-Method": method}
        named = [params[key] for key in NAMES if isinstance(params.get(key), str)]
        if method in NAMING and named:
            headers["Mcp-Name"] = _header(named[0])
        return headers

    async def _read(self, answer: httpx.Response, message: Json) -> bool:
        """Write what an answer holds; say whether the request itself was answered."""
        if answer.headers.get("content-type", "").startswith("text/event-stream"):
            return await self._read_stream(answer)
        body = await answer.aread()
        if "id" not in message or not body:
            return True
        try:
            told = msgspec.json.decode(body)
        except msgspec.DecodeError:
            told = None
        if not isinstance(told, dict) or "jsonrpc" not in told:
            text = f"{self._url} answered {answer.status_code}, which no Signoff says"
            self._fail(message["id"], UNREACHABLE, text)
            return True
        if told.get("id") is None:  # what was refused before the message was read
            told["id"] = message["id"]
        if message.get("method") == "initialize" and isinstance(told.get("result"), dict):
            self._version = str(told["result"].get("protocolVersion", ""))
        self._write(msgspec.json.encode(told))
        return True

    async def _read_stream(self, answer: httpx.Response) -> bool:
        answered = False
        async for line in answer.aiter_lines():
            if line.startswith("data:"):
                data = line.removeprefix("data:").strip().encode()
                answered = answered or _is_answer(data)
                self._write(data)
        return answered

    async def _follow(self) -> None:
        """Tell an old client what changes, over as many connections as it takes."""
        while True:
            headers = {"Accept": "text/event-stream", "MCP-Protocol-Version": self._version}
            with suppress(httpx.TransportError):
                async with self._client.stream("GET", self._url, headers=headers) as answer:
                    if answer.status_code < 500 and answer.status_code != httpx.codes.OK:  # noqa: PLR2004
                        return
                    await self._read_stream(answer)
            await asyncio.sleep(AGAIN)

    def _fail(self, name: str | int | None, code: int, text: str) -> None:
        error = {"code": code, "message": text}
        self._write(msgspec.json.encode({"jsonrpc": "2.0", "id": name, "error": error}))


def _is_answer(data: bytes) -> bool:
    """Say whether a message is an answer: nothing else goes without a method (JSON-RPC 2.0)."""
    try:
        told = msgspec.json.decode(data)
    except msgspec.DecodeError:
        return False
    return isinstance(told, dict) and "method" not in told


def _is_over(deadline: float) -> bool:
    return asyncio.get_running_loop().time() >= deadline


def _header(text: str) -> str:
    """Write what a header cannot hold as it is (2026-07-28, Transports)."""
    if text.isascii() and text.isprintable() and text == text.strip():
        return text
    return f"=?base64?{b64encode(text.encode()).decode()}?="


async def bridge(url: str, key: str) -> None:
    """Forward until standard input ends."""
    loop = asyncio.get_running_loop()
    lines: asyncio.Queue[bytes] = asyncio.Queue()

    def read() -> None:
        for line in sys.stdin.buffer:
            loop.call_soon_threadsafe(lines.put_nowait, line)
        loop.call_soon_threadsafe(lines.put_nowait, b"")

    threading.Thread(target=read, daemon=True).start()
    headers = {
        "Authorization": f"Bearer {key}",
        "Content-Type": "application/json",
        "Accept": "application/json, text/event-stream",
    }
    async with httpx.AsyncClient(headers=headers, timeout=TIMEOUT) as client:
        forwarding = Bridge(client, url, write)
        while line := await lines.get():
            if line.strip():
                forwarding.take(line.strip())
        await forwarding.close()


def write(message: bytes) -> None:
    """Write one message to standard output."""
    sys.stdout.buffer.write(message + b"\n")
    sys.stdout.buffer.flush()


def say(text: str) -> None:
    """Tell the person who looks into the client's log."""
    click.echo(f"signoff mcp: {text}", err=True)


@click.command()
@url_option
@key_option
def mcp(*, url: str | None, key: str | None) -> None:
    """Speak MCP over standard input and output, for desktop clients."""
    secret = (key or os.environ.get("SIGNOFF_KEY", "")).strip()
    if workspace_of_key(secret) is None:
        raise Refused(
            "SIGNOFF_KEY is not a whole API key" if secret else "There is no API key",
            code="unauthenticated",
            hint="Set SIGNOFF_KEY; `signoff agent create` prints a key that begins with so_.",
        )
    place = f"{address(url)}/mcp"
    say(f"forwarding to {place}")
    asyncio.run(bridge(place, secret))
