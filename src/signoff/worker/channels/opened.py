"""All channels of one process, as its operator set them up."""

from signoff.domain import addresses
from signoff.domain.messages import ChannelKind
from signoff.worker.channels import Channel
from signoff.worker.channels.mail import Mail
from signoff.worker.channels.posts import Outside, Post
from signoff.worker.channels.servers import MailServer, parse
from signoff.worker.channels.services import Services
from signoff.worker.channels.slack import Slack


class Channels:
    """The channels by their kind; without a mail server there is none for e-mail.

    `post` sends to services outside, in the place of our own guard.
    """

    def __init__(
        self, *, smtp_url: str, notify_hosts: str, base_url: str, post: Post | None = None
    ) -> None:
        self.hosts = addresses.parse_hosts(notify_hosts)
        self.mail_server: MailServer | None = None
        self._outside = Outside(self.hosts) if post is None else None
        post = post or self._outside
        assert post is not None
        self._by_kind: dict[ChannelKind, Channel] = {
            ChannelKind.SLACK: Slack(post, hosts=self.hosts),
            ChannelKind.APPRISE: Services(post, hosts=self.hosts),
        }
        if smtp_url:
            self.mail_server = parse(smtp_url, base_url=base_url)
            self._by_kind[ChannelKind.EMAIL] = Mail(self.mail_server)

    def of(self, kind: ChannelKind) -> Channel | None:
        """Return the channel of a kind, if it was set up."""
        return self._by_kind.get(kind)

    async def close(self) -> None:
        """End what is open."""
        for channel in self._by_kind.values():
            await channel.close()
        if self._outside is not None:
            self._outside.close()
