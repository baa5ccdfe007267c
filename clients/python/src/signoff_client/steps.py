"""What a plan asks of the one who carries it out, and what it is given back.

A plan is a generator: it yields steps and is sent their results. It holds every rule of this
library; the two drivers (`sync.driver`, `aio.driver`) know how to send, pause and read, and
nothing else. So what is true of the one is true of the other.
"""

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeAlias, TypeVar

import httpx

from signoff_client.sources import Source

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, slots=True)
class Send:
    """A request. `path` is below the workspace's address unless it is a whole URL."""

    method: str
    path: str
    params: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    wait: float = 0.0
    """Seconds for which the server may keep the answer back."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Some seconds in which nothing is done."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Read:
    """The next bytes of an upload."""

    source: Source
    size: int


Step: TypeAlias = Send | Pause | Read


@dataclass(frozen=True, slots=True)
class Give(Generic[T]):
    """A value for whoever iterates over a flow."""

    value: T


@dataclass(frozen=True, slots=True)
class Reply:
    """The server's answer, or that of what stands before it."""

    status: int
    headers: httpx.Headers
    body: bytes


@dataclass(frozen=True, slots=True)
class Lost:
    """There was no answer; the request may have been taken all the same."""

    why: str


Plan: TypeAlias = Generator[Step, Any, T]
"""What ends in a value."""

Flow: TypeAlias = Generator[Step | Give[T], Any, None]
"""What gives values on its way."""
