"""Memory for pieces, used again and again.

Memory that is new to the process costs more than decrypting into it: each of its pages is
cleared and mapped when it is first touched, and given back as soon as the piece is let go.
"""

_KEPT = 16


class Buffers:
    """Pieces of memory of one size, lent until nobody holds a view of them any more."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._known: list[bytearray] = []

    def take(self) -> memoryview:
        """Lend a piece of memory; it comes back when the last view of it is gone."""
        for buffer in self._known:
            if _is_free(buffer):
                return memoryview(buffer)
        buffer = bytearray(self._size)
        if len(self._known) < _KEPT:
            self._known.append(buffer)
        return memoryview(buffer)


def _is_free(buffer: bytearray) -> bool:
    """Say whether no view of it is left: one that is looked at refuses to change its size."""
    try:
        buffer.append(0)
    except BufferError:
        return False
    del buffer[-1]
    return True
