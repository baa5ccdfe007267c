"""How sure the steward is, computed from what it had to guess and from nothing else.

    confidence = product over the kinds of guesses of (1 - weight x (0.2 + 0.8 x share))

A kind of guess costs a fifth of its weight for being made at all, and the rest by the share
of the cells (of a column, or of all rows) that rest on it. Guesses of one kind stand or fall
together, so only the widest of them counts. An answer from a person turns a guess into
knowledge and costs nothing. So each guess can only lower the figure, each answer only raise
it. The weights are judgement, not statistics; they are printed with every report.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import prod

WEIGHTS = {
    "encoding": 0.15,
    "delimiter": 0.10,
    "century": 0.15,
    "date order from the other cells": 0.15,
    "date order from the dots": 0.10,
    "decimal sign from the other cells": 0.10,
    "decimal sign from the other columns": 0.25,
    "missing words": 0.10,
    "gaps of a constant column": 0.30,
    "repeated rows, told by a key": 0.05,
    "repeated rows, without a key": 0.30,
    "cells that do not fit their column": 0.30,
    "repeated keys": 0.15,
    "letters that are lost": 0.40,
    "open question": 0.60,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Guess:
    """Something taken for true: its kind, what it is about, and the share that rests on it."""

    kind: str
    about: str
    share: float

    @property
    def factor(self) -> float:
        """By how much this guess alone scales the confidence."""
        share = min(1.0, max(0.0, self.share))
        return 1 - WEIGHTS[self.kind] * (0.2 + 0.8 * share)


def widest(guesses: Iterable[Guess]) -> tuple[Guess, ...]:
    """Return the guess with the widest share of each kind."""
    found: dict[str, Guess] = {}
    for guess in guesses:
        known = found.setdefault(guess.kind, guess)
        found[guess.kind] = max(known, guess, key=lambda each: each.share)
    return tuple(found.values())


def confidence(guesses: Iterable[Guess]) -> float:
    """Return the confidence from 0 to 1, rounded down to two places."""
    return int(prod(guess.factor for guess in widest(guesses)) * 100 + 1e-9) / 100
