"""What a regular expression may cost, so that a foreign one never stops the house.

Python's engine backtracks. For each choice that an expression leaves open the engine may try
every way, so the product of the ways bounds its steps. The estimate is on the safe side: it
refuses some harmless expressions, and lets no dangerous one pass.
"""

import re
from math import inf, log10

from signoff.domain.errors import Invalid

MAX_PATTERN = 300
MAX_STEPS = 20_000_000
MAX_POWER = 9

_REPEAT = re.compile(r"\{(?=[\d,])(\d*)(,?)(\d*)\}")


def search(pattern: str, text: str) -> bool:
    """Say whether the pattern is found in the text; refuse what could take too long."""
    if cost_of(pattern, len(text)) > MAX_STEPS:
        raise Invalid("The answer is too long to be compared with the question's pattern")
    return re.search(pattern, text) is not None


def cost_of(pattern: str, length: int) -> float:
    """Return the most steps that a search may take in a text of this length.

    Raise Invalid for a pattern that is none, or that no length of text is safe for.
    """
    if len(pattern) > MAX_PATTERN:
        raise Invalid(f"A pattern has {MAX_PATTERN} characters at most")
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError, FutureWarning) as broken:
        raise Invalid(f"“{pattern[:80]}” is no regular expression: {broken}") from broken
    ways = _Reading(pattern, length).alternatives()
    starts = 1 if pattern.startswith("^") and "|" not in pattern else length + 1
    if ways == inf:
        raise Invalid(
            f"“{pattern[:80]}” may take for ever: it repeats what can be read in many ways",
            hint="Use character classes like [a-z]+, and repeat no group that repeats.",
        )
    return ways * starts * (length + 1)


class _Reading:
    """One walk over a pattern that is known to compile."""

    def __init__(self, pattern: str, length: int) -> None:
        self._pattern = pattern
        self._length = length
        self._at = 0

    def alternatives(self) -> float:
        """Return the ways of one group's inside, up to its closing bracket or the end."""
        total, ways = 0.0, 1.0
        while self._at < len(self._pattern):
            character = self._pattern[self._at]
            if character == ")":
                break
            if character == "|":
                self._at += 1
                total, ways = total + ways, 1.0
                continue
            ways *= self._repeated(self._atom())
        return total + ways

    def _atom(self) -> float:
        character = self._pattern[self._at]
        self._at += 1
        if character == "\\":
            following = self._pattern[self._at]
            self._at += 1
            if following.isdigit() and following != "0":
                raise Invalid("A pattern cannot refer back to a group")
        elif character == "[":
            self._skip_class()
        elif character == "(":
            return self._group()
        return 1.0

    def _skip_class(self) -> None:
        if self._pattern.startswith("^", self._at):
            self._at += 1
        first = self._at
        while self._pattern[self._at] != "]" or self._at == first:
            self._at += 2 if self._pattern[self._at] == "\\" else 1
        self._at += 1

    def _group(self) -> float:
        if self._pattern.startswith("?", self._at):
            if self._pattern.startswith("?:", self._at):
                self._at += 2
            else:
                raise Invalid("A pattern may group with ( ) or (?: ) only")
        inside = self.alternatives()
        self._at += 1
        return inside

    def _repeated(self, inside: float) -> float:
        """Return the ways of an atom with the quantifier that follows it."""
        least, most = self._quantifier()
        if most == 1 and least == 1:
            return inside
        reach = self._length + 1
        if inside > 1:
            if most * log10(inside) > MAX_POWER:  # also without end
                return inf
            return float(inside**most) * (most - least + 1)
        return float(min(most, least + reach) - least + 1)

    def _quantifier(self) -> tuple[int, float]:
        rest = self._pattern[self._at : self._at + 1]
        found = _REPEAT.match(self._pattern, self._at)
        if found:
            least = int(found[1] or 0)
            most = least if not found[2] else int(found[3]) if found[3] else inf
            size = len(found[0])
        elif rest and rest in "*+?":
            least, most = (1 if rest == "+" else 0), (1 if rest == "?" else inf)
            size = 1
        else:
            return 1, 1
        self._at += size
        if self._pattern.startswith(("?", "+"), self._at):
            self._at += 1
        return least, most
