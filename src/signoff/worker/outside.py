"""Calls to servers that are not ours, and no way inside by them.

Every address that a name leads to is judged; the connection is made to the very address that
was judged, so that a name cannot lead elsewhere in between. Redirects are not followed, no
proxy is taken from the environment, certificates are verified.
"""

import asyncio
import socket
import ssl
import time
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cached_property, partial

from msgspec.structs import replace

from signoff import __version__
from signoff.domain.urls import NOTHING, Allowed, Target, refused, target_of
from signoff.worker.wires import (
    Answer,
    Broken,
    Failed,
    Forbidden,
    Garbled,
    Stale,
    TimedOut,
    Untrusted,
    Wire,
)

__all__ = [
    "Answer",
    "Broken",
    "Failed",
    "Forbidden",
    "Garbled",
    "Outside",
    "TimedOut",
    "Untrusted",
]

LIMIT = 64 * 1024
TIMEOUT = 15.0
CONNECT = 5.0
"""Seconds for each of a host's addresses, so that one that is dead leaves time for the next."""

IDLE_FOR = 30.0
IDLE_EACH = 64
IDLE_ALL = 256
RESOLVERS = 64
"""Threads that look names up: those that hang hold up none of the others."""

KNOWN_FOR = 10.0
"""Seconds for which a name's addresses, once judged, are not looked up again."""

Resolve = Callable[[str, int], Awaitable[tuple[str, ...]]]
Origin = tuple[bool, str, int]


class Outside:
    """An HTTP client for servers whose addresses were given by others."""

    def __init__(
        self,
        *,
        reach: Allowed = NOTHING,
        ca_bundle: str = "",
        resolve: Resolve | None = None,
    ) -> None:
        self._reach = reach
        self._ca_bundle = ca_bundle
        self._threads = ThreadPoolExecutor(RESOLVERS, thread_name_prefix="names")
        self._resolve = resolve or self._look_up
        self._idle: dict[Origin, list[tuple[float, Wire]]] = {}
        self._idle_count = 0
        self._known: dict[Origin, tuple[float, tuple[str, ...]]] = {}
        self._looking: dict[Origin, asyncio.Future[tuple[str, ...]]] = {}
        self._reaping: asyncio.TimerHandle | None = None

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        # Reading the system's authorities takes longer than the rest of a start.
        return ssl.create_default_context(cafile=self._ca_bundle or None)

    async def post(
        self,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes,
        limit: int = LIMIT,
        timeout: float = TIMEOUT,  # noqa: ASYNC109  it ends the call with a sentence of its own
    ) -> Answer:
        """Send a body and return the answer, whatever its status; raise Failed without one.

        `limit` bounds the body that is read, `timeout` the seconds for all of it. Raise
        Invalid for a URL that cannot be called by anybody.
        """
        target = target_of(url)
        request = _request(target, headers, body)
        began = time.perf_counter()
        try:
            async with asyncio.timeout(timeout):
                answer = await self._ask(target, request, limit)
        except TimeoutError:
            raise TimedOut(f"There was no answer within {timeout:g} seconds") from None
        return replace(answer, seconds=time.perf_counter() - began)

    async def close(self) -> None:
        """End every connection."""
        if self._reaping is not None:
            self._reaping.cancel()
        for wires in self._idle.values():
            for _, wire in wires:
                wire.close()
        self._idle.clear()
        self._idle_count = 0
        for looking in tuple(self._looking.values()):
            looking.cancel()
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _ask(self, target: Target, request: bytes, limit: int) -> Answer:
        origin = (target.secure, target.host, target.port)
        kept = self._take(origin)
        if kept is not None:
            with suppress(Stale):
                return await self._ask_on(kept, origin, request, limit)
        wire = await self._connect(target, origin)
        return await self._ask_on(wire, origin, request, limit)

    async def _ask_on(self, wire: Wire, origin: Origin, request: bytes, limit: int) -> Answer:
        answer = await wire.ask(request, limit=limit)
        self._keep(origin, wire)
        return answer

    # Connections.

    async def _connect(self, target: Target, origin: Origin) -> Wire:
        failed: Failed = Broken("The host has no address")
        for address in await self._addresses(target, origin):
            try:
                async with asyncio.timeout(CONNECT):
                    return await self._connect_to(target, address)
            except TimeoutError:
                failed = TimedOut("The connection could not be made in time")
            except ssl.SSLError as error:
                failed = Untrusted(f"The connection is not trusted: {_reason(error)}")
            except OSError as error:
                failed = Broken(f"The connection could not be made: {_words(error)}")
        raise failed

    async def _connect_to(self, target: Target, address: str) -> Wire:
        loop = asyncio.get_running_loop()
        transport, wire = await loop.create_connection(
            Wire,
            address,
            target.port,
            ssl=self._tls if target.secure else None,
            server_hostname=target.host if target.secure else None,
        )
        peer = transport.get_extra_info("peername")
        why = refused(target, (str(peer[0]) if peer else "",), self._reach)
        if why:
            wire.close()
            raise Forbidden(why)
        return wire

    async def _addresses(self, target: Target, origin: Origin) -> tuple[str, ...]:
        """Return a host's addresses once each of them was judged."""
        now = time.monotonic()
        known = self._known.get(origin)
        if known is not None and now < known[0]:
            return known[1]
        # Who asks for a name that is being looked up waits for the same answer: however
        # many they are, a name that hangs has one thread.
        looking = self._looking.get(origin)
        if looking is None:
            looking = asyncio.ensure_future(self._resolve(target.host, target.port))
            self._looking[origin] = looking
            looking.add_done_callback(lambda _: self._looking.pop(origin, None))
            looking.add_done_callback(_heard)
        try:
            found = await asyncio.shield(looking)
        except OSError as error:
            raise Broken(f"The host has no address: {_words(error)}") from None
        why = refused(target, found, self._reach)
        if why:
            raise Forbidden(why)
        if len(self._known) >= IDLE_ALL:
            self._known.clear()
        self._known[origin] = (now + KNOWN_FOR, found)
        return found

    async def _look_up(self, host: str, port: int) -> tuple[str, ...]:
        look = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
        found = await asyncio.get_running_loop().run_in_executor(self._threads, look)
        return tuple(dict.fromkeys(str(each[4][0]) for each in found))

    # Those that are kept open.

    def _take(self, origin: Origin) -> Wire | None:
        wires = self._idle.get(origin)
        while wires:
            _, wire = wires.pop()
            self._idle_count -= 1
            if wire.is_open:
                return wire
        return None

    def _keep(self, origin: Origin, wire: Wire) -> None:
        wires = self._idle.setdefault(origin, [])
        if not wire.is_open or len(wires) >= IDLE_EACH or self._idle_count >= IDLE_ALL:
            wire.close()
            return
        wires.append((time.monotonic() + IDLE_FOR, wire))
        self._idle_count += 1
        if self._reaping is None:
            self._reaping = asyncio.get_running_loop().call_later(IDLE_FOR, self._reap)

    def _reap(self) -> None:
        """Close what nobody used for a while; without any such, no timer is left."""
        self._reaping = None
        now = time.monotonic()
        for origin, wires in list(self._idle.items()):
            good = [(until, wire) for until, wire in wires if until > now and wire.is_open]
            for each in wires:
                if each not in good:
                    each[1].close()
            self._idle_count -= len(wires) - len(good)
            if good:
                self._idle[origin] = good
            else:
                del self._idle[origin]
        if self._idle:
            self._reaping = asyncio.get_running_loop().call_later(IDLE_FOR, self._reap)


def _heard(looking: asyncio.Future[tuple[str, ...]]) -> None:
    """Take note of how a look-up ended, though nobody may wait for it any more."""
    if not looking.cancelled():
        looking.exception()


def _request(target: Target, headers: Mapping[str, str], body: bytes) -> bytes:
    lines = [
        f"POST {target.path} HTTP/1.1",
        f"host: {target.authority}",
        f"user-agent: Signoff/{__version__}",
        "accept: */*",
        f"content-length: {len(body)}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    for line in lines:
        if "\r" in line or "\n" in line:
            raise ValueError("a header is one line")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def _words(error: OSError) -> str:
    """Return why, without the address: it is nobody's business who may be inside."""
    if isinstance(error, socket.gaierror):
        return "the name is not known"
    return (error.strerror or type(error).__name__).partition(" (")[0].lower()


def _reason(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message or "its certificate is not valid"
    return (error.reason or "it does not speak TLS").replace("_", " ").lower()
