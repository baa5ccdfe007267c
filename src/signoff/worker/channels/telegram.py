"""Telegram, by a bot: a message with a button, which a decision changes where it stands."""

import re
from html import escape
from typing import Any
from urllib.parse import urlsplit

from signoff.domain.messages import Message
from signoff.worker.channels import Later
from signoff.worker.channels.posts import FULL, TOO_MANY, Post, Reply, check
from signoff.worker.channels.words import lines, one_line

API = "https://api.telegram.org"
MOST = 3500
"""Characters of a text; Telegram takes 4,096, once its marks are read."""
GONE = frozenset({401, 403, 404})
"""The token is no bot's, or the bot was blocked or put out of the chat."""

Body = dict[str, Any]


async def send(
    post: Post, address: str, message: Message, *, earlier: str | None, api: str = API
) -> str | None:
    """Send, as an answer to what was sent before; change that when the message closes."""
    found = re.fullmatch(r"tgram://([^/]+)/([^:]+)(?::(\d+))?", address)
    assert found is not None, "addresses.parse made it"
    token, chat, topic = found.groups()
    body = payload(message) | {"chat_id": chat}
    before = int(earlier) if earlier and earlier.isascii() and earlier.isdigit() else None
    if message.closes and before:
        changed = await post(
            "POST", f"{api}/bot{token}/editMessageText", body | {"message_id": before}
        )
        if changed.status != 400:  # noqa: PLR2004  it was deleted, or is too old
            _check(changed)
            return earlier
    if topic:
        body["message_thread_id"] = int(topic)
    if before:
        body["reply_parameters"] = {"message_id": before, "allow_sending_without_reply": True}
    answer = await post("POST", f"{api}/bot{token}/sendMessage", body)
    _check(answer)
    match answer.json():
        case {"result": {"message_id": int(number)}}:
            return str(number)
    return None


def payload(message: Message) -> Body:
    """Return the message as Telegram wants it, but for the chat."""
    body: Body = {
        "text": text(message),
        "parse_mode": "HTML",
        "link_preview_options": {"is_disabled": True},
    }
    if _is_known_outside(message.url):
        button = {"text": one_line(message.link_text, 60), "url": message.url}
        body["reply_markup"] = {"inline_keyboard": [[button]]}
    return body


def text(message: Message) -> str:
    """Return all that is said, of which the end is left out when it is too long."""
    parts = [f"<b>{escape(one_line(message.headline, 250))}</b>"]
    facts = [
        f"{escape(one_line(fact.label, 60))}: <b>{escape(one_line(fact.value, 150))}</b>"
        for fact in message.facts[:10]
    ]
    parts += ["\n".join(facts)] if facts else []
    body = escape(lines(message.body, 1000))
    parts += [f"<blockquote>{body}</blockquote>"] if body else []
    items = [
        f'• <a href="{escape(item.url)}">{escape(one_line(item.headline, 200))}</a>'
        for item in message.items
    ]
    parts += ["\n".join(_within(items, MOST - sum(map(len, parts))))] if items else []
    if not _is_known_outside(message.url):
        parts.append(f"{escape(one_line(message.link_text, 60))}: {escape(message.url)}")
    return "\n\n".join(parts)


def _within(texts: list[str], most: int) -> list[str]:
    """Return as many as fit; each is whole, so that no mark stays open."""
    kept: list[str] = []
    for one in texts:
        most -= len(one) + 1
        if most < 0:
            return [*kept, f"… and {len(texts) - len(kept)} more"]
        kept.append(one)
    return kept


def _is_known_outside(url: str) -> bool:
    """Say whether Telegram takes the URL for a button: a name without a dot is refused."""
    return "." in (urlsplit(url).hostname or "")


def _check(reply: Reply) -> None:
    """Raise what the answer means; how long to wait stands in its body."""
    if reply.status == TOO_MANY:
        match reply.json():
            case {"parameters": {"retry_after": int(seconds)}}:
                raise Later(float(seconds), "Telegram is told too much at once")
        raise Later(reply.wait or FULL, "Telegram is told too much at once")
    check(reply, "Telegram", gone=GONE)
