"""Both clients with one face, so that each test holds for the blocking and the awaited one."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, Self

from signoff_client import AsyncSignoff, Handoff, Item, Lock, Ruling, Signoff, ToolCall

FACES = ("blocking", "awaited")


class Awaited:
    """A blocking object whose methods are awaited: each runs in a thread."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    def __getattr__(self, name: str) -> Any:
        value = getattr(self.inner, name)
        return _awaited_call(value) if callable(value) else _wrapped(value)

    async def __aenter__(self) -> Self:
        await asyncio.to_thread(self.inner.__enter__)
        return self

    async def __aexit__(self, *raised: object) -> None:
        await asyncio.to_thread(self.inner.__exit__, *raised)


class Stream:
    """A blocking iterator that is iterated over in threads, and closed as an awaited one is."""

    def __init__(self, inner: Iterator[Any]) -> None:
        self._inner = inner

    def __aiter__(self) -> AsyncIterator[Any]:
        return self

    async def __anext__(self) -> Any:
        end = object()
        value = await asyncio.to_thread(next, self._inner, end)
        if value is end:
            raise StopAsyncIteration
        return _wrapped(value)

    async def aclose(self) -> None:
        await asyncio.to_thread(self._inner.close)  # type: ignore[attr-defined]


PLAIN = frozenset({"check", "difference"})
"""What asks no server, and is awaited in neither client."""

STREAMS = frozenset({"work", "handoffs", "follow", "stream", "list", "versions"})


def _awaited_call(call: Callable[..., Any]) -> Callable[..., Any]:
    if call.__name__ in PLAIN:
        return call
    if call.__name__ in STREAMS:
        return lambda *args, **said: Stream(call(*args, **said))

    async def awaited(*args: Any, **said: Any) -> Any:
        return _wrapped(await asyncio.to_thread(call, *args, **said))

    return awaited


def _wrapped(value: Any) -> Any:
    faces = (Handoff, Item, Lock, Ruling, ToolCall)
    return Awaited(value) if isinstance(value, faces) else value


def client(face: str, url: str, key: str, **said: Any) -> Any:
    """Return one of the two clients, to be used as the awaited one."""
    if face == "blocking":
        return Awaited(Signoff(url, key, **said))
    return AsyncSignoff(url, key, **said)
