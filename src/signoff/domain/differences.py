"""The shortest way from one sequence to another (E. W. Myers, 1986), within bounds."""

from collections.abc import Hashable, Sequence

MAX_EDITS = 600


def matching_pairs(
    old: Sequence[Hashable], new: Sequence[Hashable]
) -> tuple[tuple[tuple[int, int], ...], bool]:
    """Return the positions of what both have in common, in order, and whether all were found.

    After `MAX_EDITS` edits the search ends: what lies between the common beginning and end
    is then taken as replaced, which is true but not the shortest way.
    """
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    end = 0
    room = min(len(old), len(new)) - start
    while end < room and old[len(old) - 1 - end] == new[len(new) - 1 - end]:
        end += 1
    middle = _shortest(old[start : len(old) - end], new[start : len(new) - end])
    pairs = [(n, n) for n in range(start)]
    pairs += [(start + i, start + j) for i, j in middle or ()]
    pairs += [(len(old) - n, len(new) - n) for n in range(end, 0, -1)]
    return tuple(pairs), middle is not None


def _shortest(old: Sequence[Hashable], new: Sequence[Hashable]) -> list[tuple[int, int]] | None:
    """Walk the edit graph, furthest reaching paths first; None when it takes too many."""
    if not old or not new or not set(old) & set(new):
        return []
    reached = {1: 0}
    trace: list[dict[int, int]] = []
    for edits in range(min(len(old) + len(new), MAX_EDITS) + 1):
        trace.append(reached.copy())
        for k in range(-edits, edits + 1, 2):
            down = k == -edits or (
                k != edits and reached.get(k - 1, -1) < reached.get(k + 1, -1)
            )
            x = reached.get(k + 1, 0) if down else reached.get(k - 1, 0) + 1
            while x < len(old) and x - k < len(new) and old[x] == new[x - k]:
                x += 1
            reached[k] = x
            if x >= len(old) and x - k >= len(new):
                return _walked_back(trace, len(old), len(new))
    return None


def _walked_back(trace: list[dict[int, int]], x: int, y: int) -> list[tuple[int, int]]:
    pairs: list[tuple[int, int]] = []
    for edits in range(len(trace) - 1, -1, -1):
        reached, k = trace[edits], x - y
        down = k == -edits or (k != edits and reached.get(k - 1, -1) < reached.get(k + 1, -1))
        before = k + 1 if down else k - 1
        from_x = reached.get(before, 0)
        from_y = from_x - before
        while x > max(from_x, 0) and y > max(from_y, 0):
            x, y = x - 1, y - 1
            pairs.append((x, y))
        x, y = max(from_x, 0), max(from_y, 0)
    pairs.reverse()
    return pairs
