"""Teams, by a workflow's webhook: a card of plain runs of text, which nothing can mark up."""

from typing import Any

from signoff.domain.messages import Fact, Message
from signoff.worker.channels.posts import Post, check
from signoff.worker.channels.words import lines, one_line

ITEMS = 25
"""A card of more than 28 KB is not shown; an item is 600 bytes at most."""
GONE = frozenset({401, 403, 404, 410})
SCHEMA = "http://adaptivecards.io/schemas/adaptive-card.json"

Element = dict[str, Any]


async def send(post: Post, url: str, message: Message) -> None:
    """Send; a workflow says nothing by which to find the message again."""
    check(await post("POST", url, payload(message)), "Teams", gone=GONE)


def payload(message: Message) -> Element:
    """Return the message as a workflow wants it."""
    card = {
        "$schema": SCHEMA,
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": _body(message),
        "actions": [
            {
                "type": "Action.OpenUrl",
                "title": one_line(message.link_text, 60),
                "url": message.url,
            }
        ],
        "msteams": {"width": "Full"},
    }
    held = {"contentType": "application/vnd.microsoft.card.adaptive", "content": card}
    return {"type": "message", "attachments": [held | {"contentUrl": None}]}


def _body(message: Message) -> list[Element]:
    head = _run(one_line(message.headline, 250), weight="Bolder", size="Large")
    made = [_block([head])]
    made += [_block(_fact(fact), spacing="Small") for fact in message.facts[:12]]
    said = [line for line in lines(message.body, 1500).splitlines() if line]
    made += [_block([_run(line)], spacing="Medium" if not n else "Small")
             for n, line in enumerate(said[:40])]  # fmt: skip
    for item in message.items[:ITEMS]:
        link = {"type": "Action.OpenUrl", "url": item.url}
        made.append(_block([_run(one_line(item.headline, 120), selectAction=link)]))
    if (more := len(message.items) - ITEMS) > 0:
        made.append(_block([_run(f"… and {more} more", isSubtle=True)]))
    foot = _run(f"Signoff · {one_line(message.workspace, 60)}", isSubtle=True, size="Small")
    return [*made, _block([foot])]


def _fact(fact: Fact) -> list[Element]:
    label = _run(f"{one_line(fact.label, 60)}: ", isSubtle=True)
    return [label, _run(one_line(fact.value, 250))]


def _block(runs: list[Element], **more: str) -> Element:
    return {"type": "RichTextBlock", "inlines": runs, **more}


def _run(text: str, **more: object) -> Element:
    return {"type": "TextRun", "text": text, **more}
