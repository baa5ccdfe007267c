"""Ways of looking at what people are told, and a channel that keeps what it was given."""

from collections.abc import Callable
from typing import Any

from signoff.actions import followers, notifications, preferences
from signoff.actions.followers import FOLLOWERS, Follow
from signoff.actions.house import House
from signoff.actions.notifications import ListNotifications, NotificationView
from signoff.domain.actors import Caller, system
from signoff.domain.messages import ChannelKind, Message
from signoff.worker.sending import Sender
from tests.actions.cast import ACME, do

NOTIFICATIONS = Follow(follower=next(one for one in FOLLOWERS if one.name == "notifications"))


class Sink:
    """A channel at whose end somebody keeps every message; `fails` may refuse one."""

    def __init__(self, kind: ChannelKind = ChannelKind.EMAIL) -> None:
        self.kind = kind
        self.sent: list[tuple[str, Message, str | None]] = []
        self.fails: Callable[[str], None] = lambda _to: None

    async def send(self, to: str, message: Message, *, earlier: str | None) -> str | None:
        self.fails(to)
        self.sent.append((to, message, earlier))
        return f"<{message.id}>"

    async def close(self) -> None:
        return

    def to(self, name: str) -> list[Message]:
        return [message for to, message, _ in self.sent if to.startswith(name)]

    def headlines(self, name: str) -> list[str]:
        return [message.headline for message in self.to(name)]


async def follow(house: House) -> None:
    """Let people be told of all that the log has."""
    while True:
        done = await do(house, followers.follow, system(ACME), NOTIFICATIONS)
        if not done.more:
            return


async def send(house: House, *sinks: Sink) -> None:
    """Send what is due."""
    sender = Sender({sink.kind: sink for sink in sinks})
    await sender.send_due(house)
    await sender.settle()


async def told(house: House, who: Caller, **how: Any) -> list[NotificationView]:
    """Return what somebody was told."""
    page = await house.ask(notifications.list_, who, ListNotifications(**how))
    return list(page.items)


async def topics(house: House, who: Caller) -> list[str]:
    """Return the topics of what somebody was told, the newest first."""
    found = sorted(await told(house, who), key=lambda one: one.position, reverse=True)
    return [one.topic for one in found]


async def choose(house: House, who: Caller, **what: Any) -> None:
    """Choose what one wants to hear."""
    await do(house, preferences.set, who, preferences.Set(**what))
