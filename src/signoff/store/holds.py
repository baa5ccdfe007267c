"""An index over locks, claims and packages: what is held here, above, or anywhere below.

Every hold has a row for each ancestor of its node, so that "anything below?" is one indexed
look-up, whatever the size of the folder (RULES 14, STORAGE 23).
"""

from collections.abc import Iterable, Sequence
from enum import StrEnum

from msgspec import Struct

from signoff.domain.ids import NodeId
from signoff.store.rows import Rows


class HoldKind(StrEnum):
    """What holds a node."""

    LOCK = "lock"
    CLAIM = "claim"
    PACKAGE = "package"
    ARRIVAL = "arrival"


class Hold(Struct, frozen=True):
    """A lock, claim, package or arrival, by its id, on a node."""

    node: NodeId
    kind: HoldKind
    ref: str


_NAMES = ("node", "ancestor", "kind", "ref")
_AT_ONCE = 32


class Holds(Rows):
    """The index, for one workspace."""

    __slots__ = ()

    def on(self, nodes: Iterable[NodeId]) -> list[Hold]:
        """Return what is held on exactly these nodes: a path's chain."""
        wanted = list(nodes)
        if self.tx.dialect.name == "postgres":
            rows = self.tx.all(
                "SELECT node, kind, ref FROM holds WHERE ws = :ws AND node = ANY(:nodes)"
                " AND ancestor = node",
                ws=self.ws,
                nodes=wanted,
            )
        else:
            marks = {f"n{i}": node for i, node in enumerate(wanted)}
            names = ", ".join(f":{mark}" for mark in marks)
            rows = self.tx.all(
                f"SELECT node, kind, ref FROM holds WHERE ws = :ws AND node IN ({names})"
                " AND ancestor = node",
                ws=self.ws,
                **marks,
            )
        return [Hold(NodeId(row[0]), HoldKind(row[1]), row[2]) for row in rows]

    def below(self, node: NodeId, *kinds: HoldKind, limit: int = 100) -> list[Hold]:
        """Return what is held on a node or anywhere below it."""
        found: list[Hold] = []
        for kind in kinds or tuple(HoldKind):
            rows = self.tx.all(
                "SELECT node, ref FROM holds WHERE ws = :ws AND ancestor = :node"
                " AND kind = :kind LIMIT :limit",
                ws=self.ws,
                node=node,
                kind=kind.value,
                limit=limit,
            )
            found += [Hold(NodeId(row[0]), kind, row[1]) for row in rows]
        return found

    def add(self, kind: HoldKind, ref: str, *, chain: Iterable[NodeId]) -> None:
        """Hold the last node of a chain of ancestors."""
        ancestors = list(chain)
        self._add([(ancestors[-1], ancestor, kind.value, ref) for ancestor in ancestors])

    def add_beside(
        self, kind: HoldKind, ref: str, *, folder: Iterable[NodeId], nodes: Iterable[NodeId]
    ) -> None:
        """Hold several nodes of one folder, whose chain is given."""
        above = list(folder)
        self._add(
            [(node, ancestor, kind.value, ref) for node in nodes for ancestor in (*above, node)]
        )

    def _add(self, rows: list[tuple[str, str, str, str]]) -> None:
        for start in range(0, len(rows), _AT_ONCE):
            part = rows[start : start + _AT_ONCE]
            values = ", ".join(
                f"(:ws, :node{i}, :ancestor{i}, :kind{i}, :ref{i})" for i in range(len(part))
            )
            bound = {
                f"{name}{i}": value
                for i, row in enumerate(part)
                for name, value in zip(_NAMES, row, strict=True)
            }
            self.tx.run(
                f"INSERT INTO holds (ws, node, ancestor, kind, ref) VALUES {values}",
                ws=self.ws,
                **bound,
            )

    def drop(self, ref: str) -> None:
        """Let go of whatever a lock, claim, package or arrival held."""
        self.tx.run("DELETE FROM holds WHERE ws = :ws AND ref = :ref", ws=self.ws, ref=ref)

    def let_go(self, node: NodeId, ref: str) -> None:
        """Let one node go of what goes on holding others."""
        self.tx.run(
            "DELETE FROM holds WHERE ws = :ws AND node = :node AND ref = :ref",
            ws=self.ws,
            node=node,
            ref=ref,
        )

    def moved(self, *nodes: NodeId, old: Iterable[NodeId], new: Iterable[NodeId]) -> None:
        """Follow nodes of one folder to another; `old` and `new` are the folders' chains."""
        held = self.tx.all(
            "SELECT DISTINCT node, kind, ref FROM holds WHERE ws = :ws"
            f" AND ancestor IN ({_marks('n', nodes)})",
            ws=self.ws,
            **_bound("n", nodes),
        )
        if not held:
            return
        before, after = list(old), list(new)
        gone = sorted(set(before) - set(after))
        come = [ancestor for ancestor in after if ancestor not in set(before)]
        following = sorted({row[0] for row in held})
        for start in range(0, len(following) if gone else 0, _AT_ONCE):
            part = following[start : start + _AT_ONCE]
            self.tx.run(
                f"DELETE FROM holds WHERE ws = :ws AND node IN ({_marks('n', part)})"
                f" AND ancestor IN ({_marks('a', gone)})",
                ws=self.ws,
                **_bound("n", part),
                **_bound("a", gone),
            )
        self._add([(node, each, kind, ref) for node, kind, ref in held for each in come])


def _marks(letter: str, values: Sequence[str]) -> str:
    return ", ".join(f":{letter}{i}" for i in range(len(values)))


def _bound(letter: str, values: Sequence[str]) -> dict[str, str]:
    return {f"{letter}{i}": value for i, value in enumerate(values)}
