"""Receivers on loopback, of every kind: those that answer, and those that misbehave."""

import asyncio
import datetime as dt
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from msgspec import Struct


class Came(Struct, frozen=True, kw_only=True):
    """A request as it came in; `at` is the loop's time."""

    line: str
    headers: dict[str, str]
    body: bytes
    at: float


Behave = Callable[[Came, asyncio.StreamWriter], Awaitable[bool | None]]
"""Answers one request; returning False ends the connection."""


class Receiver:
    """A server that remembers what came and behaves as it was told."""

    def __init__(self, behave: Behave) -> None:
        self.behave = behave
        self.came: list[Came] = []
        self.connections = 0
        self.port = 0
        self.scheme = "http"
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}/hook"

    def ids(self) -> list[str]:
        return [each.headers["webhook-id"] for each in self.came]

    async def until(self, count: int, seconds: float = 10) -> None:
        async with asyncio.timeout(seconds):
            while len(self.came) < count:  # noqa: ASYNC110  what came tells nobody
                await asyncio.sleep(0.005)

    async def until_different(self, count: int, seconds: float = 10) -> None:
        """Wait for so many ids; what is sent twice counts once."""
        async with asyncio.timeout(seconds):
            while len(set(self.ids())) < count:  # noqa: ASYNC110  what came tells nobody
                await asyncio.sleep(0.005)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.add(writer)
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while True:
                came = await _read(reader)
                self.came.append(came)
                if await self.behave(came, writer) is False:
                    break
                await writer.drain()
        writer.close()
        self._writers.discard(writer)
        self._tasks.discard(task)

    async def stop(self) -> None:
        for writer in tuple(self._writers):
            writer.transport.abort()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def _read(reader: asyncio.StreamReader) -> Came:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    line, *lines = head.rstrip("\r\n").split("\r\n")
    pairs = (each.partition(": ") for each in lines)
    headers = {name.lower(): value for name, _, value in pairs}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    now = asyncio.get_running_loop().time()
    return Came(line=line, headers=headers, body=body, at=now)


@asynccontextmanager
async def receiver(
    behave: Behave | None = None, *, tls: ssl.SSLContext | None = None, port: int = 0
) -> AsyncIterator[Receiver]:
    """Serve on loopback until the end of the block."""
    made = Receiver(behave or answering(204))
    server = await asyncio.start_server(made.serve, "127.0.0.1", port, ssl=tls)
    made.port = server.sockets[0].getsockname()[1]
    made.scheme = "http" if tls is None else "https"
    try:
        yield made
    finally:
        server.close()
        await made.stop()


# How they behave.


def answering(
    status: int = 204, headers: dict[str, str] | None = None, body: bytes = b""
) -> Behave:
    """Answer as one should, with this."""
    said = {"content-length": str(len(body))} | (headers or {})
    lines = "".join(f"{name}: {value}\r\n" for name, value in said.items())
    return raw(f"HTTP/1.1 {status} X\r\n{lines}\r\n".encode() + body)


def raw(data: bytes, *, and_end: bool = False) -> Behave:
    """Send just these bytes."""

    async def behave(_came: Came, writer: asyncio.StreamWriter) -> bool:
        writer.write(data)
        await writer.drain()
        return not and_end

    return behave


def in_turn(*behaves: Behave) -> Behave:
    """Behave differently each time; the last goes on."""
    left = list(behaves)

    async def behave(came: Came, writer: asyncio.StreamWriter) -> bool | None:
        return await (left.pop(0) if len(left) > 1 else left[0])(came, writer)

    return behave


async def hanging(_came: Came, _writer: asyncio.StreamWriter) -> None:
    """Never answer."""
    await asyncio.sleep(3600)


async def dropping(_came: Came, writer: asyncio.StreamWriter) -> bool:
    """Close without an answer."""
    writer.transport.abort()
    return False


async def dripping(_came: Came, writer: asyncio.StreamWriter) -> None:
    """Answer for ever, a byte at a time."""
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")
    while True:
        writer.write(b".")
        await writer.drain()
        await asyncio.sleep(0.02)


async def flooding(_came: Came, writer: asyncio.StreamWriter) -> bool:
    """Answer with more than anybody wants to read."""
    writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
    chunk = b"10000\r\n" + b"x" * 65_536 + b"\r\n"
    for _ in range(100_000):
        writer.write(chunk)
        await writer.drain()
    return False


async def boasting(_came: Came, writer: asyncio.StreamWriter) -> bool:
    """Send a head without an end."""
    writer.write(b"HTTP/1.1 200 OK\r\n")
    for number in range(100_000):
        writer.write(f"x-{number}: {'y' * 1000}\r\n".encode())
        await writer.drain()
    return False


# Certificates.


class Authority:
    """One who signs certificates, trusted by whoever has its file."""

    def __init__(self, folder: Path, *, days: int = 30) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test authority")])
        self._days = days
        made = self._certificate(self._name, self._key.public_key(), ca=True)
        self.file = folder / "authority.pem"
        self.file.write_bytes(made.public_bytes(serialization.Encoding.PEM))

    def context(self, host: str = "127.0.0.1", *, days: int = 30) -> ssl.SSLContext:
        """Return what a server of that name shows."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
        made = self._certificate(name, key.public_key(), host=host, days=days)
        file = self._folder / f"{host}.pem"
        file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            + made.public_bytes(serialization.Encoding.PEM)
        )
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(file)
        return context

    def _certificate(
        self,
        name: x509.Name,
        key: ec.EllipticCurvePublicKey,
        *,
        ca: bool = False,
        host: str = "",
        days: int = 30,
    ) -> x509.Certificate:
        now = dt.datetime.now(dt.UTC)
        until = now + dt.timedelta(days=days)
        built = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(min(now, until) - dt.timedelta(days=1))
            .not_valid_after(until)
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(
                x509.SubjectKeyIdentifier.from_public_key(self._key.public_key()),
                critical=False,
            )
        )
        if host:
            built = built.add_extension(
                x509.SubjectAlternativeName([_alternative(host)]), critical=False
            )
        return built.sign(self._key, hashes.SHA256())


def _alternative(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)
