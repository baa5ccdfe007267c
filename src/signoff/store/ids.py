"""Fresh ids: a prefix and a ULID in lower case, so that rows of one time lie together."""

import os

from signoff.domain.ids import Instant

_DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS = tuple(a + b for a in _DIGITS for b in _DIGITS)


def new_id(prefix: str, now: Instant) -> str:
    """Return `<prefix>_<26 digits>`: 48 bits of milliseconds, 80 random (the ULID layout)."""
    number = (now // 1000 << 80) | int.from_bytes(os.urandom(10), "big")
    return f"{prefix}_" + "".join(
        [_PAIRS[(number >> shift) & 1023] for shift in range(120, -10, -10)]
    )
