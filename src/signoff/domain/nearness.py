"""Which known word was probably meant by one that is not known."""

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(word: str, known: Iterable[str]) -> str:
    """Return a hint that names the known word that is most like this one, or nothing."""
    found = get_close_matches(word[:80].casefold(), {each.casefold(): each for each in known})
    return f"Did you mean “{_spelt(found[0], known)}”?" if found else ""


def _spelt(folded: str, known: Iterable[str]) -> str:
    return next(each for each in known if each.casefold() == folded)
