"""Slack, by an incoming webhook: a message in blocks, with one button that is a link."""

from typing import Any

from signoff.domain import addresses
from signoff.domain.addresses import Hosts
from signoff.domain.errors import Refusal
from signoff.domain.messages import ChannelKind, Fact, Item, Message
from signoff.worker.channels import Undeliverable
from signoff.worker.channels.posts import Post, check
from signoff.worker.channels.words import cut, lines, one_line

HEADER, TEXT, FIELD, FIELDS, BUTTON, URL, BLOCKS = 150, 3000, 2000, 10, 75, 3000, 50
"""What Slack takes: characters of a header, a section, a field; fields of a section; characters
of a button and a link; blocks of a message."""
NOTICE = 300
"""Characters of what a phone shows before the message is opened."""
ITEMS = 40
LINK, ESCAPED = 1000, 5
"""Characters of a link in a text, and those that one character may become (`&amp;`): the
lengths below leave room for that."""
GONE = frozenset({403, 404, 410})
"""Posting is prohibited, the webhook or its channel is unknown, the channel is archived."""

Block = dict[str, Any]


class Slack:
    """Sends to incoming webhooks; what was sent so cannot be changed, so all is news."""

    kind = ChannelKind.SLACK

    def __init__(self, post: Post, *, hosts: Hosts = frozenset()) -> None:
        self._post = post
        self._hosts = hosts

    async def send(self, to: str, message: Message, *, earlier: str | None) -> str | None:  # noqa: ARG002
        """Send; nothing comes back by which to find the message again."""
        try:
            address = addresses.parse(to, kind=ChannelKind.SLACK, hosts=self._hosts)
        except Refusal as refusal:
            raise Undeliverable(refusal.message, for_good=True) from refusal
        check(await self._post("POST", address.text, payload(message)), "Slack", gone=GONE)
        return None

    async def close(self) -> None:
        """Nothing is kept open."""


def payload(message: Message) -> Block:
    """Return the message as Slack wants it."""
    return {
        "text": escaped(one_line(message.headline, NOTICE)),
        "blocks": closed(message) if message.closes else blocks(message),
        "unfurl_links": False,
        "unfurl_media": False,
    }


def blocks(message: Message) -> list[Block]:
    """Return a message that asks for something."""
    made: list[Block] = [{"type": "header", "text": _plain(one_line(message.headline, HEADER))}]
    made += _fields(message.facts)
    if message.body:
        made.append({"type": "section", "text": _plain(lines(message.body, TEXT))})
    made += [_item(item) for item in message.items[:ITEMS]]
    if more := len(message.items) - ITEMS:
        made += [_context(f"… and {more} more")] if more > 0 else []
    made.append({"type": "actions", "elements": [_button(message)]})
    made.append(_context(_foot(message)))
    return made[:BLOCKS]


def closed(message: Message) -> list[Block]:
    """Return a message of which nothing has to follow: small, with its link in the text."""
    made = [_section(f"*{_linked(message.headline, message.url)}*")]
    if message.body:
        made.append({"type": "section", "text": _plain(lines(message.body, TEXT // 3))})
    facts = escaped(cut(_in_a_row(message.facts), 300))
    return [*made, _context(" · ".join(filter(None, (facts, _foot(message)))))]


def _fields(facts: tuple[Fact, ...]) -> list[Block]:
    said = [
        _marked(f"*{escaped(one_line(fact.label, 60))}*\n{escaped(one_line(fact.value, 300))}")
        for fact in facts
    ]
    groups = [said[start : start + FIELDS] for start in range(0, len(said), FIELDS)]
    return [{"type": "section", "fields": group} for group in groups[:3]]


def _item(item: Item) -> Block:
    facts = escaped(cut(_in_a_row(item.facts), 140))
    return _section(f"{_linked(item.headline, item.url)}\n{facts}".strip())


def _in_a_row(facts: tuple[Fact, ...]) -> str:
    return " · ".join(f"{one_line(f.label, 60)}: {one_line(f.value, 200)}" for f in facts)


def _button(message: Message) -> Block:
    return {
        "type": "button",
        "text": _plain(one_line(message.link_text, BUTTON)),
        "url": cut(message.url, URL),
        "style": "primary",
    }


def _foot(message: Message) -> str:
    said = f"Signoff · {escaped(one_line(message.workspace, 60))}"
    if 0 < len(message.settings_url) <= LINK // ESCAPED:
        said += f" · <{escaped(message.settings_url)}|What you hear of>"
    return said


def _linked(headline: str, url: str) -> str:
    said, to = escaped(one_line(headline, 250)), escaped(url)
    return f"<{to}|{said}>" if len(to) <= LINK else said


def _section(text: str) -> Block:
    return {"type": "section", "text": _marked(text)}


def _context(text: str) -> Block:
    return {"type": "context", "elements": [_marked(text)]}


def _plain(text: str) -> Block:
    return {"type": "plain_text", "text": text, "emoji": False}


def _marked(text: str) -> Block:
    """Return marked text in which Slack finds no names and links of its own."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def escaped(text: str) -> str:
    """Return a text in which nothing is a link, a mention or a command to Slack."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
