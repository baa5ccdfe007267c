"""How many event streams a credential holds open: each costs every act of its workspace a bit.

Whatever happens is told on each of them, so without a bound one key could slow all others.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from signoff.domain.errors import Busy, Code
from signoff.domain.ids import CredentialId

MOST = 200
"""So many streams of one credential are open at a time, on each node."""


class Streams:
    """The open streams of this node, by whose they are."""

    def __init__(self) -> None:
        self._open: Counter[CredentialId] = Counter()

    @contextmanager
    def hold(self, credential: CredentialId) -> Iterator[None]:
        """Count a stream while the block lasts; refuse one more than a credential may have."""
        if self._open[credential] >= MOST:
            raise Busy(
                f"{MOST} event streams are open under this credential already",
                code=Code.RATE_LIMITED,
                hint="Share one stream among those who listen, or close others.",
                retry_after=5,
            )
        self._open[credential] += 1
        try:
            yield
        finally:
            self._open[credential] -= 1
            if not self._open[credential]:
                del self._open[credential]
