"""Tiles of the log, as tools for transparency logs look for them (C2SP tlog-tiles)."""

from msgspec import Struct

from signoff.actions import entries
from signoff.actions.context import Context
from signoff.domain import tiles
from signoff.domain.errors import Forbidden, NotFound
from signoff.domain.permissions import Permission, narrowed


class TilePath(Struct, frozen=True, kw_only=True):
    """Which tile, by its path below the log's prefix: `tile/0/x001/234.p/5`."""

    path: str


def tile(ctx: Context, asked: TilePath) -> bytes:
    """Serve a tile of the tree, or of the entries (C2SP tlog-tiles).

    Entries come as they are, with the digests of all files, so they are for whom nothing is
    hidden from; hashes tell nobody anything.
    """
    entries.permit(ctx, Permission.AUDIT_READ)
    wanted = tiles.parse_tile_path(asked.path)
    if wanted.level == tiles.ENTRIES and narrowed(ctx.caller, ctx.grants):
        raise Forbidden(
            "These entries tell of places that you may not see",
            hint="GET audit shows those that you may.",
        )
    size, _ = ctx.tx.trees.edge()
    if wanted.level == tiles.ENTRIES:
        first = wanted.index * tiles.WIDTH
        if first + wanted.width > size:
            raise _no_tile(asked.path)
        rows = ctx.tx.audit.after(first, limit=wanted.width)
        return tiles.encode_bundle(row.leaf for row in rows)
    data = ctx.tx.trees.tile(wanted.level, wanted.index, wanted.width)
    if data is None:
        raise _no_tile(asked.path)
    return data


def _no_tile(path: str) -> NotFound:
    return NotFound(f"There is no {path} yet", hint="The checkpoint says how many there are.")
