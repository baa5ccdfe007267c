"""The tree: its nodes, and the way from a path to a node.

The columns of a row have the names of a `Node`'s fields, and their order.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from msgspec.structs import asdict, astuple

from signoff.domain.files import Node, NodeKind, Version, join, name_key
from signoff.domain.ids import ROOT, NodeId, Path
from signoff.domain.stages import FIXED
from signoff.store.nodes import COLUMNS, N_COLUMNS, bring, children, to_node
from signoff.store.rows import Rows

TRASH = NodeId("@trash")
STAGING = NodeId("@staging")
"""Hidden roots, beside the workspace's root and out of reach of every path."""

_CHILD = f"""SELECT {COLUMNS} FROM nodes
    WHERE ws = :ws AND parent = :parent AND name_key = :key"""
_BY_ID = f"SELECT {COLUMNS} FROM nodes WHERE ws = :ws AND id = :id"
_BOTH = f"SELECT {COLUMNS} FROM nodes WHERE ws = :ws AND id IN (:id, :other)"
# LIMIT 1 has PostgreSQL look each step up by its index, however small the table seems.
_WALK_DOWN = f"""WITH RECURSIVE walk AS (
        SELECT {COLUMNS}, 1 AS depth FROM nodes WHERE ws = :ws AND id = :root
        UNION ALL
        SELECT n.*, w.depth + 1 FROM walk w CROSS JOIN LATERAL (
            SELECT {COLUMNS} FROM nodes WHERE ws = :ws AND parent = w.id
            AND name_key = (:keys::text[])[w.depth] LIMIT 1) AS n)
    SELECT {COLUMNS} FROM walk ORDER BY depth"""
_WALK_UP = f"""WITH RECURSIVE walk AS (
        SELECT {COLUMNS}, 1 AS depth FROM nodes WHERE ws = :ws AND id = :id
        UNION ALL
        SELECT n.*, w.depth + 1 FROM walk w CROSS JOIN LATERAL (
            SELECT {COLUMNS} FROM nodes WHERE ws = :ws AND id = w.parent LIMIT 1) AS n)
    SELECT {COLUMNS} FROM walk ORDER BY depth DESC"""
_BELOW = f"""WITH RECURSIVE walk AS (
        SELECT {COLUMNS}, substr(name, 1, 0) AS path FROM nodes WHERE ws = :ws AND id = :id
        UNION ALL
        SELECT {N_COLUMNS},
            CASE WHEN w.path = '' THEN n.name ELSE w.path || '/' || n.name END
            FROM walk w JOIN nodes n ON n.ws = :ws AND n.parent = w.id)
    SELECT {COLUMNS}, path FROM walk WHERE path <> '' LIMIT :limit"""


def _contents(children: str) -> str:
    folders, files = (children.format(kind=kind) for kind in ("folder", "file"))
    return f"""WITH RECURSIVE folders (id, path) AS (
        SELECT id, substr(name, 1, 0) FROM nodes WHERE ws = :ws AND id = :id
        UNION ALL
        SELECT n.id, f.path || n.name || '/' FROM folders f CROSS JOIN {folders})
    SELECT f.path || n.name, n.id, n.version, n.digest, n.size, n.media_type
        FROM folders f CROSS JOIN {files} AND n.digest IS NOT NULL LIMIT :limit"""


_CONTENTS = {
    "sqlite": _contents("nodes n WHERE n.ws = :ws AND n.parent = f.id AND n.kind = '{kind}'"),
    # OFFSET 0 keeps it folder by folder: it would rather read the whole table once.
    "postgres": _contents(
        "LATERAL (SELECT * FROM nodes WHERE ws = :ws AND parent = f.id AND kind = '{kind}'"
        " OFFSET 0) n WHERE true"
    ),
}
_PAGE = f"""SELECT {COLUMNS} FROM nodes
    WHERE ws = :ws AND parent = :parent AND name_key > :after
    ORDER BY name_key LIMIT :limit"""
_ADD = f"""INSERT INTO nodes (ws, {COLUMNS}, name_key) VALUES (:ws, :id,
    coalesce(:parent, ''), :name, :kind, :version, :digest, :size, :media_type, :blob,
    :created_at, :modified_at, :modified_by, :key)"""
_WRITE = """UPDATE nodes SET version = :version, digest = :digest, size = :size,
    media_type = :media_type, blob = :blob, modified_at = :at, modified_by = :author
    WHERE ws = :ws AND id = :id"""
_MOVE = """UPDATE nodes SET parent = :parent, name = :name, name_key = :key
    WHERE ws = :ws AND id = :id"""


class Files(Rows):
    """Nodes and versions of one workspace."""

    __slots__ = ()

    def resolve(self, path: Path, *, as_place: bool = False) -> tuple[Node, ...]:
        """Return the nodes from the root down to `path`, as far as they exist.

        The last one is `path` itself only if there are as many as the path has names, and
        the root. Names are matched without regard to case; compare `name` for the exact one.
        A stage on the way, and with `as_place` at the end, comes without its times.
        """
        keys = name_key(path).split("/") if path else []
        if self.tx.dialect.name == "postgres":
            rows = self.tx.all(_WALK_DOWN, ws=self.ws, root=ROOT, keys=keys)
            return tuple(to_node(row) for row in rows)
        found = [_ROOT_NODE]
        if keys and keys[0] in _STANDING and (as_place or len(keys) > 1):
            found.append(_STANDING[keys.pop(0)])
        for key in keys:
            row = self.tx.one(_CHILD, ws=self.ws, parent=found[-1].id, key=key)
            if row is None:
                break
            found.append(to_node(row))
        return tuple(found)

    def child(self, parent: NodeId, name: str) -> Node | None:
        """Return the node of that name, by key, in a folder."""
        row = self.tx.one(_CHILD, ws=self.ws, parent=parent, key=name_key(name))
        return to_node(row) if row else None

    def children(
        self, parent: NodeId, keys: Iterable[str], *, stem: str | None = None
    ) -> list[Node]:
        """Return which of these names, by key, a folder has, in one look.

        With `stem` also the files that have it as their stem, two hundred at most.
        """
        marks = {f"k{n}": key for n, key in enumerate(keys)}
        sql = children(len(marks), stem=stem is not None)
        if stem is not None:  # "/" follows "." in the order of code points
            marks |= {"first": f"{stem}.", "last": f"{stem}/"}
        rows = self.tx.all(sql, ws=self.ws, parent=parent, **marks)
        return [to_node(row) for row in rows]

    def by_id(self, node: NodeId) -> Node | None:
        """Return a node wherever it stands."""
        row = self.tx.one(_BY_ID, ws=self.ws, id=node)
        return to_node(row) if row else None

    def chain(self, node: NodeId) -> tuple[Node, ...]:
        """Return the nodes from the top down to `node`; empty if it is gone."""
        if self.tx.dialect.name == "postgres":
            rows = self.tx.all(_WALK_UP, ws=self.ws, id=node)
            return tuple(to_node(row) for row in rows)
        return self._above(self._step(node)) if node != ROOT else (_ROOT_NODE,)

    def chain_and(
        self, node: NodeId, other: NodeId | None
    ) -> tuple[tuple[Node, ...], Node | None]:
        """Return the chain of a node, and another node, in one look."""
        if other is None:
            return self.chain(node), None
        if self.tx.dialect.name == "postgres":
            asked = self.tx.ask(_BY_ID, ws=self.ws, id=other)
            chain = self.chain(node)
            return chain, next((to_node(row) for row in asked()), None)
        rows = self.tx.all(_BOTH, ws=self.ws, id=node, other=other)
        found = {row[0]: to_node(row) for row in rows}
        return self._above(found.get(node)), found.get(other)

    def _above(self, last: Node | None) -> tuple[Node, ...]:
        found: list[Node] = []
        step = last
        while step is not None:
            found.append(step)
            step = None if step.parent is None else self._step(step.parent)
        return tuple(found[::-1])

    def _step(self, node: NodeId) -> Node | None:
        return _ROOT_NODE if node == ROOT else _STANDING.get(node) or self.by_id(node)

    def path_of(self, node: NodeId) -> Path | None:
        """Return where a node stands; None if it is gone or hidden (trash, staging)."""
        chain = self.chain(node)
        if not chain or chain[0].id != ROOT:
            return None
        return Path("/".join([step.name for step in chain[1:]]))

    def path_in(self, folder: NodeId, name: str) -> Path | None:
        """Return the path of a name in a folder; None as of `path_of`."""
        above = Path(folder) if folder in _STANDING else self.path_of(folder)
        return None if above is None else join(above, name)

    def below(self, node: NodeId, *, limit: int) -> list[tuple[Node, str]]:
        """Return up to `limit` nodes below one, each with its path from there."""
        rows = self.tx.all(_BELOW, ws=self.ws, id=node, limit=limit)
        return [(to_node(row), row[12]) for row in rows]

    def page(self, folder: NodeId, *, after: str, limit: int) -> list[Node]:
        """Return the next nodes of a folder, in the order of their keys."""
        rows = self.tx.all(_PAGE, ws=self.ws, parent=folder, after=after, limit=limit)
        return [to_node(row) for row in rows]

    def is_empty(self, folder: NodeId) -> bool:
        """Say whether a folder holds nothing."""
        return not self.page(folder, after="", limit=1)

    def taken(self, folder: NodeId, keys: Iterable[str]) -> set[str]:
        """Return which of these name keys a folder already has."""
        return {
            key
            for key in keys
            if self.tx.one(_CHILD, ws=self.ws, parent=folder, key=key) is not None
        }

    def add(self, node: Node) -> None:
        """Add a node; its name must be free."""
        self.tx.run(_ADD, ws=self.ws, key=name_key(node.name), **asdict(node))

    def point_to(self, version: Version) -> None:
        """Make a version the current one of its node."""
        self.tx.run(
            _WRITE,
            ws=self.ws,
            id=version.node,
            version=version.number,
            digest=version.digest,
            size=version.size,
            media_type=version.media_type,
            blob=version.blob,
            at=version.at,
            author=version.author,
        )

    def move(self, node: NodeId, *, parent: NodeId, name: str) -> None:
        """Give a node another folder, another name, or both: one row, however much is below."""
        self.tx.run(_MOVE, ws=self.ws, id=node, parent=parent, name=name, key=name_key(name))

    def bring(self, nodes: Sequence[Node], *, to: NodeId) -> bool:
        """Give nodes of one folder another one, all or none; False if it has such a name."""
        marks: dict[str, str] = {"to": to}
        for n, node in enumerate(nodes):
            marks[f"n{n}"] = node.id
            marks[f"k{n}"] = name_key(node.name)
        return self.tx.changed(bring(len(nodes)), ws=self.ws, **marks) > 0

    def remove(self, node: NodeId) -> None:
        """Forget a node and its properties; what is below it and its versions go first."""
        self.tx.run("DELETE FROM properties WHERE ws = :ws AND node = :id", ws=self.ws, id=node)
        self.tx.run("DELETE FROM nodes WHERE ws = :ws AND id = :id", ws=self.ws, id=node)

    def set_attempts(self, node: NodeId, attempts: int) -> None:
        """Remember how often work on a node lapsed."""
        sql = "UPDATE nodes SET attempts = :attempts WHERE ws = :ws AND id = :id"
        self.tx.run(sql, ws=self.ws, id=node, attempts=attempts)

    def attempts(self, node: NodeId) -> int:
        """Return how often work on a node lapsed."""
        row = self.tx.one(
            "SELECT attempts FROM nodes WHERE ws = :ws AND id = :id", ws=self.ws, id=node
        )
        return int(row[0]) if row else 0

    def add_many(self, nodes: Sequence[Node]) -> None:
        """Add nodes, parents first."""
        self.insert(
            "nodes",
            f"{COLUMNS}, name_key",
            [
                (each.id, each.parent or "", *astuple(each)[2:], name_key(each.name))
                for each in nodes
            ],
        )

    def contents_below(self, node: NodeId, *, limit: int) -> list[tuple[Any, ...]]:
        """Return path, node, version, digest, size and media type of each file below.

        Only folders are walked; their files are read once, and all in one statement.
        """
        return self.tx.all(_CONTENTS[self.tx.dialect.name], ws=self.ws, id=node, limit=limit)


_ROOT_NODE = Node(id=ROOT, parent=None, name="", kind=NodeKind.FOLDER)
_STANDING = {
    name: Node(id=NodeId(name), parent=ROOT, name=name, kind=NodeKind.FOLDER) for name in FIXED
}
"""The stages never move, and their ids are their names: they are known without looking."""
