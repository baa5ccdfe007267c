"""`signoff notify …`: whether messages reach the people that they are for."""

import asyncio
import time
from uuid import uuid4

import click

from signoff.domain import addresses
from signoff.domain.errors import Busy, Invalid
from signoff.domain.ids import Instant, Slug
from signoff.domain.messages import ChannelKind, Fact, Message
from signoff.settings import Settings, from_environment
from signoff.worker.channels import Later, Undeliverable
from signoff.worker.channels.opened import Channels


@click.group()
def command() -> None:
    """Try the ways by which people are told."""


@command.command(
    epilog="ADDRESS is ada@example.org, a webhook's URL of Slack, Discord or Teams, "
    "tgram://BOT-TOKEN/CHAT, ntfys://ntfy.sh/TOPIC, or one that the how-to lists."
)
@click.option("--to", "to", metavar="ADDRESS", required=True, help="Where to send it.")
@click.option("--smtp-url", help="Where mail goes out.")
@click.option("--notify-hosts", help="Hosts of your own that messages may go to.")
@click.option("--public-url", help="What links begin with.")
def test(to: str, **given: str | None) -> None:
    """Send an example message to ADDRESS, and say what became of it."""
    settings = from_environment(**given)
    click.echo(asyncio.run(send_example(settings, to)))


async def send_example(settings: Settings, to: str) -> str:
    """Send, and return a sentence that says by which way; refuse what did not work."""
    channels = Channels(
        smtp_url=settings.smtp_url,
        notify_hosts=settings.notify_hosts,
        base_url=settings.base_url,
    )
    try:
        address = addresses.parse(to, hosts=channels.hosts)
        channel = channels.of(address.kind)
        if channel is None:
            raise Invalid(
                "There is no mail server to send by", hint="Set SIGNOFF_SMTP_URL or --smtp-url."
            )
        await channel.send(address.text, example(settings), earlier=None)
        way = ""
        if address.kind is ChannelKind.EMAIL and channels.mail_server is not None:
            way = f" by {channels.mail_server.shown}"
    except Undeliverable as failed:
        hint = "Look at the address." if failed.for_good else "Look at what was answered."
        raise Invalid(failed.reason, hint=hint) from failed
    except Later as failed:
        raise Busy(failed.reason, hint="Try again shortly, or mend what is said.") from failed
    finally:
        await channels.close()
    return f"Sent to {address.shown}{way}"


def example(settings: Settings) -> Message:
    """Return a message like those that will come, which says that it is none of them."""
    return Message(
        id=f"test-{uuid4().hex}",
        workspace=Slug("test"),
        at=Instant(time.time_ns() // 1000),
        headline="This is how Signoff will tell you of things",
        facts=(
            Fact(label="How sure", value="82 %"),
            Fact(label="By when", value="Whenever you like"),
        ),
        body="Somebody who runs your Signoff sent this to see whether it arrives. "
        "Nothing waits for you.",
        url=settings.base_url,
        link_text="Open Signoff",
    )
