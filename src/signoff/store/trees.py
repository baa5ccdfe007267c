"""The tree over the log: its right edge, its tiles, its signed heads (STORAGE 13)."""

from typing import Any

from msgspec import Struct

from signoff.domain.ids import Instant, Slug
from signoff.store.rows import Rows


class Checkpoint(Struct, frozen=True, kw_only=True):
    """A signed tree head (C2SP tlog-checkpoint)."""

    size: int
    at: Instant
    root: bytes
    note: str
    handed_out: bool = False


_COLUMNS = "size, at, root, note, handed_out"


def _checkpoint(row: tuple[Any, ...]) -> Checkpoint:
    return Checkpoint(
        size=row[0],
        at=Instant(row[1]),
        root=bytes(row[2]),
        note=row[3],
        handed_out=bool(row[4]),
    )


class TreeRows(Rows):
    """The tree of the transaction's workspace; what is written together says so."""

    __slots__ = ()

    def behind(self, *, limit: int) -> list[Slug]:
        """Return the workspaces, and the instance, whose log has outgrown their tree."""
        rows = self.tx.all(
            "SELECT h.ws FROM heads h LEFT JOIN edges e ON e.ws = h.ws"
            " WHERE h.position > coalesce(e.size, 0) ORDER BY h.ws LIMIT :limit",
            limit=limit,
        )
        return [Slug(row[0]) for row in rows]

    def edge(self) -> tuple[int, bytes]:
        """Return how many leaves the tree has, and its right edge."""
        row = self.tx.one("SELECT size, edge FROM edges WHERE ws = :ws", ws=self.ws)
        return (row[0], bytes(row[1])) if row else (0, b"")

    def set_edge(self, size: int, edge: bytes) -> None:
        """Replace the right edge."""
        self.tx.run(
            "INSERT INTO edges (ws, size, edge) VALUES (:ws, :size, :edge) ON CONFLICT (ws)"
            " DO UPDATE SET size = excluded.size, edge = excluded.edge",
            ws=self.ws,
            size=size,
            edge=edge,
        )

    def add_tile(self, level: int, number: int, width: int, hashes: bytes) -> None:
        """Write a tile; the partial ones that it outgrew may go."""
        self.tx.run(
            "INSERT INTO tiles (ws, level, number, width, hashes)"
            " VALUES (:ws, :level, :number, :width, :hashes)"
            " ON CONFLICT (ws, level, number, width) DO NOTHING",
            ws=self.ws,
            level=level,
            number=number,
            width=width,
            hashes=hashes,
        )

    def tile(self, level: int, number: int, width: int) -> bytes | None:
        """Return a tile of exactly this width, or the start of a wider one."""
        row = self.tx.one(
            "SELECT hashes FROM tiles WHERE ws = :ws AND level = :level AND number = :number"
            " AND width >= :width ORDER BY width LIMIT 1",
            ws=self.ws,
            level=level,
            number=number,
            width=width,
        )
        return bytes(row[0])[: width * 32] if row else None

    def drop_partial_tiles(self, level: int, number: int, *, below: int) -> None:
        """Drop the narrower forms of a tile that no kept checkpoint needs any more."""
        self.tx.run(
            "DELETE FROM tiles WHERE ws = :ws AND level = :level AND number = :number"
            " AND width < :below",
            ws=self.ws,
            level=level,
            number=number,
            below=below,
        )

    def add_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Keep a signed tree head."""
        self.tx.run(
            "INSERT INTO checkpoints (ws, size, at, root, note, handed_out)"
            " VALUES (:ws, :size, :at, :root, :note, 0) ON CONFLICT (ws, size) DO NOTHING",
            ws=self.ws,
            size=checkpoint.size,
            at=checkpoint.at,
            root=checkpoint.root,
            note=checkpoint.note,
        )

    def checkpoint(self) -> Checkpoint | None:
        """Return the last signed tree head."""
        row = self.tx.one(
            f"SELECT {_COLUMNS} FROM checkpoints WHERE ws = :ws ORDER BY size DESC LIMIT 1",
            ws=self.ws,
        )
        return _checkpoint(row) if row else None

    def checkpoints(self, *, after: int, limit: int) -> list[Checkpoint]:
        """Return signed tree heads by size."""
        rows = self.tx.all(
            f"SELECT {_COLUMNS} FROM checkpoints WHERE ws = :ws"
            " AND size > :after ORDER BY size LIMIT :limit",
            ws=self.ws,
            after=after,
            limit=limit,
        )
        return [_checkpoint(row) for row in rows]

    def hand_out(self, size: int) -> None:
        """Remember that a checkpoint left the house, so that it is kept for ever."""
        self.tx.run(
            "UPDATE checkpoints SET handed_out = 1 WHERE ws = :ws AND size = :size",
            ws=self.ws,
            size=size,
        )

    def drop_checkpoint(self, size: int) -> None:
        """Forget a checkpoint that was neither handed out nor the last of its hour."""
        self.tx.run(
            "DELETE FROM checkpoints WHERE ws = :ws AND size = :size AND handed_out = 0",
            ws=self.ws,
            size=size,
        )
