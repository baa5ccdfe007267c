"""What a transport is handed: small writes together, in order, and nothing kept back."""

import asyncio
from typing import Any

import pytest

from signoff.asgi.wire import SMALL, Together


class Transport:
    """A transport that notes what it was told."""

    def __init__(self) -> None:
        self.told: list[Any] = []

    def write(self, data: bytes) -> None:
        self.told.append(bytes(data))

    def writelines(self, parts: tuple[bytes, ...]) -> None:
        self.told.append(tuple(parts))

    def close(self) -> None:
        self.told.append("closed")

    def is_closing(self) -> bool:
        return "closed" in self.told


@pytest.fixture
async def wire() -> tuple[Any, Transport]:
    below = Transport()
    return Together(below, asyncio.get_running_loop()), below  # type: ignore[arg-type]


LARGE = b"x" * (SMALL + 1)


async def test_a_head_leaves_with_the_body_that_follows_it(wire: tuple[Any, Transport]) -> None:
    together, below = wire

    together.write(b"head")
    together.write(b"body")

    assert below.told == [b"headbody"]


async def test_what_nothing_follows_leaves_when_the_turn_is_over(
    wire: tuple[Any, Transport],
) -> None:
    together, below = wire

    together.write(b"alone")
    before = list(below.told)
    await asyncio.sleep(0)

    assert before == []
    assert below.told == [b"alone"]


async def test_what_is_long_is_not_copied(wire: tuple[Any, Transport]) -> None:
    together, below = wire

    together.write(b"head")
    together.write(LARGE)
    together.write(LARGE)

    assert below.told == [(b"head", LARGE), LARGE]


async def test_closing_sends_what_was_held_first(wire: tuple[Any, Transport]) -> None:
    together, below = wire

    together.write(b"last")
    together.close()
    await asyncio.sleep(0)

    assert below.told == [b"last", "closed"]
    assert together.is_closing()


async def test_what_was_held_is_a_copy(wire: tuple[Any, Transport]) -> None:
    together, below = wire
    reused = bytearray(b"mine")

    together.write(reused)
    reused[:] = b"gone"
    await asyncio.sleep(0)

    assert below.told == [b"mine"]


async def test_what_was_held_for_a_connection_that_is_lost_goes_nowhere(
    wire: tuple[Any, Transport],
) -> None:
    together, below = wire

    together.write(b"late")
    below.close()  # the client went away in the same turn
    await asyncio.sleep(0)

    assert below.told == ["closed"]
