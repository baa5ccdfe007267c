"""What clients were told is so, and what may be so because an answer is still out."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

Value = str | None


class Fact(NamedTuple):
    """A thing that can be looked up: a file by its path, a handoff, a lock or a claim."""

    kind: str
    name: str


class Ledger:
    """For each fact the values that it may have; one only, once the answer has come."""

    def __init__(self) -> None:
        self.may_be: dict[Fact, set[Value]] = {}
        self.acknowledged = 0

    @contextmanager
    def turning(self, changes: dict[Fact, Value]) -> Iterator[None]:
        """While the block lasts the old values and the new are possible; then the new alone."""
        for fact, value in changes.items():
            self.may_be.setdefault(fact, {None}).add(value)
        yield
        for fact, value in changes.items():
            self.may_be[fact] = {value}
        self.acknowledged += 1

    def known(self, fact: Fact, value: Value) -> None:
        """Take down what an answer said that nobody could know before it."""
        self.may_be[fact] = {value}
