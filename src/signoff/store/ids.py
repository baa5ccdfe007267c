"""Fresh ids: a prefix and a ULID in lower case, so that rows of one time lie together."""

import os
from collections import deque
from functools import lru_cache

from signoff.domain.ids import Instant

_DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS = tuple(a + b for a in _DIGITS for b in _DIGITS)

_BY_BYTE = bytes(ord(_DIGITS[byte & 31]) for byte in range(256))

DRAWN = 256
_CHANCE: deque[str] = deque()
"""Random parts of ids to come: asking the system for each costs more than making the id."""
os.register_at_fork(after_in_child=_CHANCE.clear)


def new_id(prefix: str, now: Instant) -> str:
    """Return `<prefix>_<26 digits>`: 48 bits of milliseconds, 80 random (the ULID layout)."""
    try:
        chance = _CHANCE.pop()
    except IndexError:
        _draw()
        chance = _CHANCE.pop()
    return f"{prefix}_{_moment(now // 1000)}{chance}"


def _draw() -> None:
    """Draw sixteen digits for each of many ids, five bits of a random byte to a digit."""
    drawn = os.urandom(16 * DRAWN).translate(_BY_BYTE).decode()
    _CHANCE.extend([drawn[at : at + 16] for at in range(0, len(drawn), 16)])


@lru_cache(maxsize=8)
def _moment(milliseconds: int) -> str:
    return "".join([_PAIRS[(milliseconds >> shift) & 1023] for shift in range(40, -10, -10)])
