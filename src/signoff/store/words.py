"""The words of names, by which nodes are found."""

from collections.abc import Iterable, Mapping

from signoff.domain.files import Node
from signoff.domain.ids import NodeId
from signoff.store.nodes import N_COLUMNS, to_node
from signoff.store.rows import Rows


class Words(Rows):
    """Words of one workspace's names."""

    __slots__ = ()

    def found(self, words: tuple[str, ...], *, limit: int) -> list[Node]:
        """Return nodes whose names have words that begin with all of these."""
        first, *others = words
        wheres = "".join(
            f" AND EXISTS (SELECT 1 FROM words x WHERE x.ws = :ws AND x.node = w.node"
            f" AND x.word >= :a{i} AND x.word < :b{i})"
            for i in range(len(others))
        )
        bounds: dict[str, str] = {"a": first, "b": first + "\U0010ffff"}
        for i, word in enumerate(others):
            bounds |= {f"a{i}": word, f"b{i}": word + "\U0010ffff"}
        rows = self.tx.all(
            f"""SELECT DISTINCT {N_COLUMNS}
            FROM words w JOIN nodes n ON n.ws = :ws AND n.id = w.node
            WHERE w.ws = :ws AND w.word >= :a AND w.word < :b{wheres} LIMIT :limit""",
            ws=self.ws,
            limit=limit,
            **bounds,
        )
        return [to_node(row) for row in rows]

    def add(self, words: Mapping[NodeId, Iterable[str]]) -> None:
        """Give nodes that are new the words by which their names are found."""
        self.insert(
            "words",
            "word, node",
            [(word, node) for node, each in words.items() for word in sorted(set(each))],
        )

    def replace(self, node: NodeId, words: Iterable[str]) -> None:
        """Replace the words by which a node's name is found."""
        self.tx.run("DELETE FROM words WHERE ws = :ws AND node = :node", ws=self.ws, node=node)
        self.add({node: words})
