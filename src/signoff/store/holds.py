"""An index over locks, claims and packages: what is held here, above, or anywhere below.

Every hold has a row for each ancestor of its node, so that "anything below?" is one indexed
look-up, whatever the size of the folder (RULES 14, STORAGE 23). The root is no ancestor here:
it cannot be locked, moved or handed over, so nobody asks what is held below it. Nor can a
stage, below which locks alone are looked for, to list them.
"""

from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from functools import lru_cache

from msgspec import Struct

from signoff.domain.ids import ROOT, NodeId
from signoff.domain.stages import FIXED
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


_AT_ONCE = 32
_PAGE = 200
_AFTER = " AND (node, ref) > (:last, :ref)"
_IN_THE_WAY = (HoldKind.PACKAGE, HoldKind.CLAIM, HoldKind.LOCK, HoldKind.ARRIVAL)
_STAGES = frozenset({ROOT, *FIXED})
_UNASKED: dict[str, frozenset[str]] = {
    kind: _STAGES if kind is not HoldKind.LOCK else frozenset({ROOT}) for kind in HoldKind
}
"""The folders of which nobody asks whether something of a kind is held below them."""


@lru_cache(maxsize=64)
def _insert(rows: int) -> str:
    values = ", ".join(f"(:ws, :node{i}, :ancestor{i}, :kind{i}, :ref{i})" for i in range(rows))
    return f"INSERT INTO holds (ws, node, ancestor, kind, ref) VALUES {values}"


@lru_cache(maxsize=256)
def _follow(nodes: int) -> str:
    return (
        "UPDATE holds SET ancestor = :come WHERE ws = :ws"
        f" AND node IN ({_marks('n', nodes)}) AND ancestor = :gone"
    )


@lru_cache(maxsize=256)
def _on(nodes: int) -> str:
    return (
        "SELECT node, kind, ref FROM holds WHERE ws = :ws"
        f" AND node IN ({_marks('n', nodes)}) AND ancestor = node"
    )


def _are_alike(one: str, other: str) -> bool:
    """Say whether the same kinds have rows for both as ancestors."""
    return (one in FIXED) == (other in FIXED)


class Holds(Rows):
    """The index, for one workspace."""

    __slots__ = ()

    def on(self, nodes: Iterable[NodeId]) -> list[Hold]:
        """Return what is held on exactly these nodes: a path's chain."""
        wanted = tuple(nodes)
        if self.tx.dialect.name == "postgres":
            rows = self.tx.all(
                "SELECT node, kind, ref FROM holds WHERE ws = :ws AND node = ANY(:nodes)"
                " AND ancestor = node",
                ws=self.ws,
                nodes=list(wanted),
            )
        else:
            rows = self.tx.all(_on(len(wanted)), ws=self.ws, **_bound("n", wanted))
        return [Hold(NodeId(row[0]), HoldKind(row[1]), row[2]) for row in rows]

    def below(self, node: NodeId, *kinds: HoldKind, limit: int) -> list[Hold]:
        """Return what is held on a node or anywhere below it, the first of each kind."""
        found: list[Hold] = []
        for kind in kinds or tuple(HoldKind):
            found += self._page(node, kind, after=None, limit=limit)
        return found

    def each_below(self, node: NodeId, *kinds: HoldKind) -> Iterator[Hold]:
        """Go through all that is held on a node or anywhere below it, reading as it is asked.

        What was gone through may be let go of meanwhile. Packages and claims come first: of
        them one is in the way of nearly everything.
        """
        for kind in kinds or _IN_THE_WAY:
            after = None
            while found := self._page(node, kind, after=after, limit=_PAGE):
                yield from found
                if len(found) < _PAGE:
                    break
                after = found[-1]

    def _page(
        self, node: NodeId, kind: HoldKind, *, after: Hold | None, limit: int
    ) -> list[Hold]:
        bound = {"last": after.node, "ref": after.ref} if after is not None else {}
        rows = self.tx.all(
            "SELECT node, ref FROM holds WHERE ws = :ws AND ancestor = :node"
            f" AND kind = :kind{_AFTER if bound else ''} ORDER BY node, ref LIMIT :limit",
            ws=self.ws,
            node=node,
            kind=kind.value,
            limit=limit,
            **bound,
        )
        return [Hold(NodeId(row[0]), kind, row[1]) for row in rows]

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

    def _add(self, every: list[tuple[str, str, str, str]]) -> None:
        rows = [row for row in every if row[1] not in _UNASKED[row[2]] or row[0] == row[1]]
        for start in range(0, len(rows), _AT_ONCE):
            part = rows[start : start + _AT_ONCE]
            bound: dict[str, str] = {}
            for i, (node, ancestor, kind, ref) in enumerate(part):
                bound[f"node{i}"] = node
                bound[f"ancestor{i}"] = ancestor
                bound[f"kind{i}"] = kind
                bound[f"ref{i}"] = ref
            self.tx.run(_insert(len(part)), ws=self.ws, **bound)

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

    def moved(
        self,
        *nodes: NodeId,
        old: Iterable[NodeId],
        new: Iterable[NodeId],
        alone: bool = False,
    ) -> None:
        """Follow nodes of one folder to another; `old` and `new` are the folders' chains.

        `alone` says that they are files, so that nothing is below them.
        """
        before, after = list(old), list(new)
        gone = [ancestor for ancestor in before if ancestor not in set(after)]
        come = [ancestor for ancestor in after if ancestor not in set(before)]
        if alone and len(gone) == len(come) == 1 and _are_alike(gone[0], come[0]):
            self.tx.run(
                _follow(len(nodes)),
                ws=self.ws,
                gone=gone[0],
                come=come[0],
                **_bound("n", nodes),
            )
            return
        held = self.tx.all(
            "SELECT DISTINCT node, kind, ref FROM holds WHERE ws = :ws"
            f" AND ancestor IN ({_marks('n', len(nodes))})",
            ws=self.ws,
            **_bound("n", nodes),
        )
        following = sorted({row[0] for row in held})
        for start in range(0, len(following) if gone else 0, _AT_ONCE):
            part = following[start : start + _AT_ONCE]
            self.tx.run(
                f"DELETE FROM holds WHERE ws = :ws AND node IN ({_marks('n', len(part))})"
                f" AND ancestor IN ({_marks('a', len(gone))})",
                ws=self.ws,
                **_bound("n", part),
                **_bound("a", gone),
            )
        self._add([(node, each, kind, ref) for node, kind, ref in held for each in come])


@lru_cache(maxsize=256)
def _marks(letter: str, count: int) -> str:
    return ", ".join(f":{name}" for name in _names(letter, count))


def _bound(letter: str, values: Sequence[str]) -> dict[str, str]:
    return dict(zip(_names(letter, len(values)), values, strict=True))


@lru_cache(maxsize=256)
def _names(letter: str, count: int) -> tuple[str, ...]:
    return tuple(f"{letter}{i}" for i in range(count))
