"""Discord, by a channel's webhook: one card, which a decision changes where it stands."""

import re
from typing import Any
from urllib.parse import quote

from signoff.domain.messages import Fact, Message
from signoff.worker.channels.posts import Post, check
from signoff.worker.channels.words import cut, lines, one_line

TITLE, TEXT, NAME, VALUE, FIELDS, ALL = 256, 4096, 256, 1024, 25, 6000
"""What Discord takes: characters of a card's title, text, a field's name and value; fields;
characters of all of it."""
GONE = frozenset({401, 403, 404})
ASKS, CLOSED = 0x244AA2, 0x7B8189

Card = dict[str, Any]


async def send(post: Post, url: str, message: Message, *, earlier: str | None) -> str | None:
    """Send, or change what was sent before when the message closes; return the id."""
    base, _, query = url.partition("?")
    body = payload(message)
    if message.closes and earlier:
        said = f"{base}/messages/{quote(earlier, safe='')}{f'?{query}' if query else ''}"
        changed = await post("PATCH", said, body)
        if changed.status != 404:  # noqa: PLR2004  somebody deleted it
            check(changed, "Discord", gone=GONE)
            return earlier
    answer = await post("POST", f"{base}?wait=true{f'&{query}' if query else ''}", body)
    check(answer, "Discord", gone=GONE)
    found = answer.json()
    return str(found["id"]) if isinstance(found, dict) and "id" in found else None


def payload(message: Message) -> Card:
    """Return the message as Discord wants it; it calls nobody."""
    card: Card = {
        "title": one_line(message.headline, TITLE),
        "url": message.url,
        "color": CLOSED if message.closes else ASKS,
        "footer": {"text": f"Signoff · {one_line(message.workspace, 60)}"},
    }
    fields = [_field(fact) for fact in message.facts[:FIELDS]]
    left = ALL - len(card["title"]) - len(card["footer"]["text"])
    fields = list(_within(fields, left // 2))
    left -= sum(len(one["name"]) + len(one["value"]) for one in fields)
    card["description"] = _text(message, min(left, TEXT))
    return {"embeds": [card | {"fields": fields}], "allowed_mentions": {"parse": []}}


def _field(fact: Fact) -> Card:
    value = one_line(fact.value, 400)
    return {
        "name": one_line(fact.label, NAME),
        "value": escaped(value) or "–",  # noqa: RUF001  a field is never empty
        "inline": len(value) < 30,  # noqa: PLR2004
    }


def _within(fields: list[Card], most: int) -> list[Card]:
    kept: list[Card] = []
    for one in fields:
        most -= len(one["name"]) + len(one["value"])
        if most < 0:
            break
        kept.append(one)
    return kept


def _text(message: Message, most: int) -> str:
    """Return body, items and the link to the page, which always has room."""
    link = f"[{escaped(one_line(message.link_text, 60))}]({_link(message.url)})"
    said, most = "", most - len(link) - 4
    if message.body:
        said = cut(escaped(lines(message.body, 1500)), most)
    for item in message.items:
        line = f"\n• [{escaped(one_line(item.headline, 200))}]({_link(item.url)})"
        if len(said) + len(line) > most:
            said += "\n…"
            break
        said += line
    return f"{said}\n\n{link}".strip()


def _link(url: str) -> str:
    return url.replace("(", "%28").replace(")", "%29")


def escaped(text: str) -> str:
    """Return a text in which Discord finds no marks and links."""
    return re.sub(r"([\\*_~`|<>\[\]()#@-])", r"\\\1", text)
