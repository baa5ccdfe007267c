"""All other services: those that are spoken to here, and the rest through apprise."""

from signoff.domain import addresses
from signoff.domain.addresses import Hosts
from signoff.domain.errors import Refusal
from signoff.domain.messages import ChannelKind, Message
from signoff.worker.channels import Undeliverable, discord, teams, telegram
from signoff.worker.channels.apprised import Apprised
from signoff.worker.channels.posts import Post


class Services:
    """Discord, Telegram and Teams, and what apprise knows besides."""

    kind = ChannelKind.APPRISE

    def __init__(self, post: Post, *, hosts: Hosts = frozenset()) -> None:
        self._post = post
        self._hosts = hosts
        self._apprised = Apprised()

    async def send(self, to: str, message: Message, *, earlier: str | None) -> str | None:
        """Send; what is returned is the service's own id of the message, if it tells it."""
        try:
            address = addresses.parse(to, kind=ChannelKind.APPRISE, hosts=self._hosts)
        except Refusal as refusal:
            raise Undeliverable(refusal.message, for_good=True) from refusal
        match address.service:
            case "discord":
                return await discord.send(self._post, address.text, message, earlier=earlier)
            case "telegram":
                return await telegram.send(self._post, address.text, message, earlier=earlier)
            case "teams":
                await teams.send(self._post, address.text, message)
            case _:
                await self._apprised.send(address, message)
        return None

    async def close(self) -> None:
        """End the threads; what is sent later gets new ones."""
        self._apprised.close()
        self._apprised = Apprised()
