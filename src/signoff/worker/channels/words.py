"""Texts as a channel takes them: on one line, without tricks, no longer than allowed."""

import re
import unicodedata
from collections.abc import Callable

from signoff.domain.messages import Message

ELLIPSIS = "…"
FORMATS = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
"""Categories of signs that are not seen: with them a text can look like another."""

JOINERS = "\u200c\u200d"
"""Persian, Hindi and emoji are not written without them."""


def one_line(text: str, most: int) -> str:
    """Return a text on one line of at most so many characters."""
    return cut(" ".join(_seen(text).split()), most)


def lines(text: str, most: int) -> str:
    """Return a text whose lines stay, of at most so many characters."""
    kept = "\n".join(_seen(line).rstrip() for line in text.splitlines())
    return cut(kept.strip("\n"), most)


def cut(text: str, most: int) -> str:
    """Return a text no longer than so many characters, and say where something is missing."""
    if most < 1:
        return ""
    return text if len(text) <= most else text[: most - 1].rstrip() + ELLIPSIS


def _seen(text: str) -> str:
    return "".join(
        sign if sign in JOINERS or unicodedata.category(sign) not in FORMATS else " "
        for sign in text
    )


def unmarked(text: str) -> str:
    """Return a text in which no dialect of Markdown finds a link, an image or a mention.

    Marks that only make letters bold or slanted stay: dialects do not agree on how to escape.
    """
    apart = re.sub(r"\](?=[\[(:])", "] ", text)
    return apart.translate(_TAMED)


_TAMED = str.maketrans({"<": "‹", ">": "›", "@": "@\u2060"})  # noqa: RUF001


def plain(message: Message, most: int, *, marks: bool = False) -> str:
    """Return all but the headline as text of so many characters; the link always has room.

    With `marks` what others wrote is `unmarked`.
    """
    tame = unmarked if marks else str
    link = f"{one_line(message.link_text, 60)}: {message.url}"
    facts = "\n".join(tame(f"{one_line(f.label, 60)}: {one_line(f.value, 250)}")
                      for f in message.facts)  # fmt: skip
    left = most - len(link) - 4
    said = [cut(facts, left)] if facts and left > SHORTEST else []
    left -= sum(map(len, said)) + 2
    if message.body and left > SHORTEST:
        said.append(cut(tame(lines(message.body, left)), left))
        left -= len(said[-1]) + 2
    if items := _listed(message, left, tame):
        said.append(items)
    return "\n\n".join([*said, link])


SHORTEST = 40
"""Fewer characters of a body say nothing."""


def _listed(message: Message, most: int, tame: Callable[[str], str]) -> str:
    kept: list[str] = []
    for item in message.items:
        line = f"• {tame(one_line(item.headline, 200))}\n  {item.url}"
        most -= len(line) + 1
        if most < SHORTEST:
            return "\n".join([*kept, f"… and {len(message.items) - len(kept)} more"])
        kept.append(line)
    return "\n".join(kept)
