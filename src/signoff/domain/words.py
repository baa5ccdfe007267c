"""The words of a name, by which it is found."""

import re
import unicodedata

from signoff.domain.files import name_key

MAX_WORDS = 32
MAX_WORD = 64

_WORD = re.compile(r"[^\W_]+")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def words_of(name: str) -> tuple[str, ...]:
    """Return a name's words, casefolded.

    Split at all that is neither letter nor digit, and at the humps of camel case; a word with
    humps counts whole, too. Also what a person types is split so.
    """
    found: list[str] = []
    for word in _WORD.findall(unicodedata.normalize("NFC", name)):
        parts = _HUMP.split(word)
        found += [word, *parts] if len(parts) > 1 else [word]
    keys = (name_key(word)[:MAX_WORD] for word in found)
    return tuple(dict.fromkeys(keys))[:MAX_WORDS]


def asked_words(query: str) -> tuple[str, ...]:
    """Return the words of a query; each is the beginning of a word of what is found."""
    typed = (name_key(word)[:MAX_WORD] for word in _WORD.findall(query))
    return tuple(dict.fromkeys(typed))[:MAX_WORDS]
