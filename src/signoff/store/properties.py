"""What clients note of nodes beside their bytes."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import Struct

from signoff.domain.ids import NodeId
from signoff.domain.properties import Key, Property
from signoff.store.rows import Rows

_COLUMNS = "namespace, name, value, lang, version"
_OF = f"""SELECT {_COLUMNS} FROM properties WHERE ws = :ws AND node = :node
    ORDER BY namespace, name"""
_OF_MANY = {
    dialect: f"""SELECT node, {_COLUMNS} FROM properties WHERE ws = :ws AND node {among}
        ORDER BY node, namespace, name"""
    for dialect, among in (
        ("sqlite", "IN (SELECT value FROM json_each(:nodes))"),
        ("postgres", "= ANY(:nodes)"),
    )
}
_REPLACE = """ON CONFLICT (ws, node, namespace, name) DO UPDATE SET
    version = excluded.version, lang = excluded.lang, value = excluded.value"""
_SET = f"""INSERT INTO properties (ws, node, {_COLUMNS})
    VALUES (:ws, :node, :namespace, :name, :value, :lang, :version) {_REPLACE}"""
_REMOVE = """DELETE FROM properties
    WHERE ws = :ws AND node = :node AND namespace = :namespace AND name = :name"""


class Twin(Struct, frozen=True, kw_only=True):
    """A node, in a version, and another that takes over what is noted of it."""

    source: NodeId
    source_version: int
    to: NodeId
    version: int


@lru_cache(maxsize=128)
def _copy(count: int) -> str:
    """Return the statement that copies to so many twins what is noted of their sources."""
    twins = ", ".join(f"(:s{i}, :w{i}, :t{i}, :v{i})" for i in range(count))
    return f"""WITH twins (source, was, node, version) AS (VALUES {twins})
        INSERT INTO properties (ws, node, {_COLUMNS})
        SELECT :ws, t.node, p.namespace, p.name, p.value, p.lang,
            CASE p.version WHEN 0 THEN 0 ELSE t.version END
        FROM twins t CROSS JOIN properties p
        WHERE p.ws = :ws AND p.node = t.source AND p.version IN (0, t.was) {_REPLACE}"""


def _property(row: tuple[Any, ...]) -> Property:
    return Property(namespace=row[0], name=row[1], value=row[2], lang=row[3], version=row[4])


class Properties(Rows):
    """What is noted of one workspace's nodes; `Files.remove` forgets it with its node."""

    __slots__ = ()

    def any(self) -> bool:
        """Say whether anything is noted of any node."""
        sql = "SELECT 1 FROM properties WHERE ws = :ws LIMIT 1"
        return self.tx.one(sql, ws=self.ws) is not None

    def of(self, node: NodeId) -> tuple[Property, ...]:
        """Return what is noted of a node, by namespace and name."""
        return tuple(_property(row) for row in self.tx.all(_OF, ws=self.ws, node=node))

    def of_many(self, nodes: Iterable[NodeId]) -> dict[NodeId, tuple[Property, ...]]:
        """Return what is noted of several nodes, in one look."""
        wanted: Any = list(nodes)
        dialect = self.tx.dialect.name
        if dialect == "sqlite":
            wanted = msgspec.json.encode(wanted).decode()
        found: dict[NodeId, list[Property]] = {}
        for row in self.tx.all(_OF_MANY[dialect], ws=self.ws, nodes=wanted):
            found.setdefault(NodeId(row[0]), []).append(_property(row[1:]))
        return {node: tuple(each) for node, each in found.items()}

    def set(self, node: NodeId, *properties: Property) -> None:
        """Note properties of a node, each in place of the one of its name."""
        for each in properties:
            self.tx.run(
                _SET,
                ws=self.ws,
                node=node,
                namespace=each.namespace,
                name=each.name,
                value=each.value,
                lang=each.lang,
                version=each.version,
            )

    def remove(self, node: NodeId, *keys: Key) -> None:
        """Forget some of a node's properties."""
        for namespace, name in keys:
            self.tx.run(_REMOVE, ws=self.ws, node=node, namespace=namespace, name=name)

    def remove_all(self, node: NodeId) -> None:
        """Forget all that is noted of a node."""
        sql = "DELETE FROM properties WHERE ws = :ws AND node = :node"
        self.tx.run(sql, ws=self.ws, node=node)

    def copy(self, *twins: Twin) -> None:
        """Note of nodes what is noted of others, over what they have: one statement.

        What holds of the source's version holds of the twin's.
        """
        if not twins:
            return
        bound: dict[str, str | int] = {}
        for i, twin in enumerate(twins):
            bound[f"s{i}"] = twin.source
            bound[f"w{i}"] = twin.source_version
            bound[f"t{i}"] = twin.to
            bound[f"v{i}"] = twin.version
        self.tx.run(_copy(len(twins)), ws=self.ws, **bound)
