"""Which rows or lines of a long file are shown: its beginning, and what lies around flags."""

from collections.abc import Iterable

AROUND = 8
"""How many neighbours of a flagged row are shown on either side."""


class Window:
    """Keeps what is worth showing of a sequence whose length is not known beforehand.

    Rows are numbered from 1. At most `most` are kept from the beginning, and around flagged
    rows as many again.
    """

    def __init__(self, *, most: int, flagged: Iterable[int] = ()) -> None:
        self._most = most
        self._near: set[int] = set()
        for row in sorted({row for row in flagged if row > 0}):
            if len(self._near) >= most:
                break
            self._near.update(range(max(1, row - AROUND), row + AROUND + 1))
        self.total = 0

    def wants(self, row: int) -> bool:
        """Say whether a row is shown, and count it."""
        self.total = max(self.total, row)
        return row <= self._most or row in self._near


def gaps(shown: Iterable[int], total: int) -> dict[int, tuple[int, int]]:
    """Return what is left out, by the row before which it lies; the tail's key is total + 1."""
    left_out = {}
    expected = 1
    for row in shown:
        if row > expected:
            left_out[row] = (expected, row - 1)
        expected = row + 1
    if expected <= total:
        left_out[total + 1] = (expected, total)
    return left_out


def where(shown: Iterable[int], total: int, *, noun: str, complete: bool) -> str:
    """Say honestly how much is shown: `214 rows`, or `showing 200 of 1,204 rows`."""
    count = len(list(shown))
    whole = f"{total:,}" if complete else f"more than {total:,}"
    if count == total and complete:
        return f"{total:,} {noun if total == 1 else noun + 's'}"
    return f"showing {count:,} of {whole} {noun}s"
