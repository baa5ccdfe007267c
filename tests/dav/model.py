"""A small model of RFC 4918: a tree, its locks, and what each request must be answered with.

It knows two folders and what may stand in them, files by their text and locks by who took
them. It is told what happened as the standard has it, not as the server does.
"""

from dataclasses import dataclass, field


@dataclass
class Lock:
    holder: str
    token: str
    root: str
    scope: str
    depth: str

    def covers(self, path: str) -> bool:
        below = path.startswith(f"{self.root}/")
        return path == self.root or (self.depth == "infinity" and below)


def parent(path: str) -> str:
    return path.rpartition("/")[0]


@dataclass
class Model:
    """What there is: each path's text, or None for a folder."""

    top: str
    nodes: dict[str, str | None] = field(default_factory=dict)
    locks: list[Lock] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.nodes[self.top] = None

    # Looking.

    def is_folder(self, path: str) -> bool:
        return path in self.nodes and self.nodes[path] is None

    def below(self, path: str) -> list[str]:
        return [each for each in self.nodes if each.startswith(f"{path}/")]

    def members(self, path: str) -> list[str]:
        return sorted(each for each in self.nodes if parent(each) == path)

    def covering(self, path: str) -> list[Lock]:
        return [lock for lock in self.locks if lock.covers(path)]

    def unmet(self, asked: list[Lock], who: str, tokens: set[str]) -> list[Lock]:
        """Locks that keep somebody out who sends these tokens (RFC 4918, 6.4 and 6.2)."""
        mine = [lock for lock in asked if lock.holder == who and lock.token in tokens]
        shared = {lock.root for lock in mine if lock.scope == "shared"}
        return [
            lock
            for lock in asked
            if lock not in mine and not (lock.scope == "shared" and lock.root in shared)
        ]

    # What a request must satisfy (RFC 4918, 7).

    def for_writing(self, path: str) -> list[Lock]:
        if path in self.nodes:
            return self.covering(path)
        folder = parent(path)
        return [lock for lock in self.locks if lock.covers(path) or lock.root == folder]

    def for_removing(self, path: str) -> list[Lock]:
        """It, what is above to infinity, its folder, and everything below."""
        return [
            lock
            for lock in self.locks
            if lock.covers(path)
            or lock.root == parent(path)
            or lock.root.startswith(f"{path}/")
        ]

    def against(self, path: str, *, scope: str, depth: str) -> list[Lock]:
        """Locks that a new one cannot stand beside (RFC 4918, 6.1)."""
        asking = Lock("", "", path, scope, depth)
        return [
            lock
            for lock in self.locks
            if (lock.covers(path) or asking.covers(lock.root))
            and not (lock.scope == "shared" and scope == "shared")
        ]

    # What happens.

    def remove(self, path: str) -> None:
        for each in [path, *self.below(path)]:
            del self.nodes[each]
        self.locks = [
            lock
            for lock in self.locks
            if lock.root != path and not lock.root.startswith(f"{path}/")
        ]

    def copy(self, path: str, to: str) -> None:
        for each in [path, *self.below(path)]:
            self.nodes[to + each.removeprefix(path)] = self.nodes[each]
