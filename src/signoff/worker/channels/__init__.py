"""The ways by which a message to a person goes out, each in a room of its own."""

from typing import Protocol

from signoff.domain.messages import ChannelKind, Message


class Channel(Protocol):
    """One way: it gives a message its form and brings it to one address."""

    kind: ChannelKind

    async def send(self, to: str, message: Message, *, earlier: str | None) -> str | None:
        """Send, and return what the next message of the same handoff to `to` is given.

        `earlier` is what was returned for the one before. Raise Undeliverable or Later.
        A message that closes may take the earlier one's place, quietly, where that can be.
        """

    async def close(self) -> None:
        """End what is open; a channel may be used again afterwards."""


class Undeliverable(Exception):
    """The message cannot be brought there; `for_good` if no other one can be, either.

    `reason` is a sentence for the person, without a secret.
    """

    def __init__(self, reason: str, *, for_good: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.for_good = for_good


class Later(Exception):
    """It did not work now; try again in so many seconds. `reason` has no secret."""

    def __init__(self, seconds: float, reason: str) -> None:
        super().__init__(reason)
        self.seconds = seconds
        self.reason = reason
