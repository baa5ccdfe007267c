"""Requests to services outside, which lead nowhere inside.

A name is resolved once; each address that it has must be a public one, and the connection is
made to that very address. Redirects are not followed.
"""

import asyncio
import http.client
import ipaddress
import socket
import ssl
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from signoff.domain.addresses import Hosts, is_named
from signoff.domain.services import PLAIN, SECURE
from signoff.worker.channels import Later, Undeliverable

TIMEOUT = 15.0
MOST_READ = 64 * 1024
AT_ONCE = 8
SOON, FULL = 60.0, 60.0
OK, REDIRECTED, TOO_MANY, FAILED = 200, 300, 429, 500
LONGEST_WAIT = 3600.0


class Reply(Struct, frozen=True, kw_only=True):
    """What a service answered; of a long body the beginning. `wait` is its Retry-After."""

    status: int
    body: bytes = b""
    wait: float | None = None

    def json(self) -> Any:
        """Return the body as JSON, or None."""
        try:
            return msgspec.json.decode(self.body)
        except msgspec.DecodeError:
            return None


class Post(Protocol):
    """Sends JSON to a URL by a method; raise Later if there is no answer."""

    async def __call__(self, method: str, url: str, body: object) -> Reply:
        """Return the answer, whatever its status."""


class Outside:
    """Posts to public addresses and to hosts that were named, in threads of its own."""

    def __init__(
        self, hosts: Hosts = frozenset(), *, tls: ssl.SSLContext | None = None
    ) -> None:
        self._hosts = hosts
        self._tls = tls or ssl.create_default_context()
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="post")

    async def __call__(self, method: str, url: str, body: object) -> Reply:
        """Send JSON; raise Later if nothing came back in time."""
        loop = asyncio.get_running_loop()
        data = msgspec.json.encode(body)
        try:
            async with asyncio.timeout(2 * TIMEOUT):
                return await loop.run_in_executor(self._threads, self._post, method, url, data)
        except (OSError, http.client.HTTPException, UnicodeError) as error:
            host = urlsplit(url).hostname or ""
            raise Later(SOON, f"{host} did not answer") from error

    def close(self) -> None:
        """Wait for nothing any more."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _post(self, method: str, url: str, data: bytes) -> Reply:
        parts = urlsplit(url)
        host, secure = parts.hostname or "", parts.scheme == "https"
        usual = SECURE if secure else PLAIN
        connection = http.client.HTTPConnection(host, parts.port or usual, timeout=TIMEOUT)
        connection.sock = self._connected(host, parts.port or usual, usual)
        try:
            if secure:
                connection.sock = self._tls.wrap_socket(connection.sock, server_hostname=host)
            path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
            headers = {"Content-Type": "application/json", "User-Agent": "Signoff"}
            connection.request(method, path, body=data, headers=headers)
            answer = connection.getresponse()
            wait = _seconds(answer.getheader("Retry-After"))
            return Reply(status=answer.status, body=answer.read(MOST_READ), wait=wait)
        finally:
            connection.close()

    def _connected(self, host: str, port: int, usual: int) -> socket.socket:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        if not is_named(host, port, usual, self._hosts):
            for *_, address in found:
                if not is_public(str(address[0])):
                    raise Undeliverable(f"{host} lies inside, not outside", for_good=True)
        failed: OSError | None = None
        for family, kind, protocol, _, address in found:
            made = socket.socket(family, kind, protocol)
            made.settimeout(TIMEOUT)
            try:
                made.connect(address)
            except OSError as error:
                made.close()
                failed = error
            else:
                return made
        raise failed or OSError(f"{host} has no address")


def is_public(address: str) -> bool:
    """Say whether an address is one of the internet's, also one written inside another."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        for inner in (found.ipv4_mapped, found.sixtofour, (found.teredo or (None, None))[1]):
            if inner is not None and not inner.is_global:
                return False
        if found in NAT64:
            return ipaddress.IPv4Address(int(found) & 0xFFFFFFFF).is_global
    return found.is_global and not found.is_multicast


NAT64 = ipaddress.ip_network("64:ff9b::/96")
"""IPv4 addresses as seen over IPv6 (RFC 6052)."""


def _seconds(header: str | None) -> float | None:
    """Return what Retry-After says; a date in it is not read."""
    text = (header or "").strip()
    try:
        return min(max(float(text), 0.0), LONGEST_WAIT) if text else None
    except ValueError:
        return None


def check(reply: Reply, name: str, *, gone: frozenset[int]) -> None:
    """Raise what a status means, unless it is good; `gone` are those of a wrong address."""
    match reply.status:
        case status if OK <= status < REDIRECTED:
            return
        case status if status == TOO_MANY:
            raise Later(reply.wait or FULL, f"{name} is told too much at once")
        case status if status >= FAILED:
            raise Later(reply.wait or SOON, f"{name} answered {status}")
        case status if status in gone:
            raise Undeliverable(f"{name} knows this address no more ({status})", for_good=True)
        case status:
            raise Undeliverable(f"{name} did not take the message ({status})", for_good=False)
