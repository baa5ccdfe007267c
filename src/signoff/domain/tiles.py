"""The tree cut into files that anybody can keep and serve (C2SP tlog-tiles)."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from msgspec import Struct

from signoff.domain.errors import Code, Damaged, Malformed, NotFound
from signoff.domain.merkle import Subtrees, root, split_hashes

HEIGHT = 8
WIDTH = 1 << HEIGHT
ENTRIES = -1
"""The level of the tiles that hold the leaves themselves."""
MAX_LEVEL = 63
MAX_ENTRY_BYTES = 0xFFFF

ReadTile = Callable[[int, int, int], bytes]
"""`(level, index, width)` → that tile's bytes; a wider tile of the same index will do."""


class Tile(Struct, frozen=True, kw_only=True):
    """Up to 256 neighbours of one level; level `ENTRIES` holds the leaves (C2SP tlog-tiles)."""

    level: int
    index: int
    width: int = WIDTH


def tile_path(level: int, n: int, width: int = WIDTH) -> str:
    """Return where a tile is served, below the log's prefix."""
    groups = [f"{n % 1000:03d}"]
    while n >= 1000:  # noqa: PLR2004  groups of three digits
        n //= 1000
        groups.append(f"x{n % 1000:03d}")
    name = "entries" if level == ENTRIES else str(level)
    partial = "" if width == WIDTH else f".p/{width}"
    return f"tile/{name}/{'/'.join(reversed(groups))}{partial}"


_TILE_PATH = re.compile(
    r"tile/(entries|[0-9]{1,2})/((?:x[0-9]{3}/){0,5}[0-9]{3})(?:\.p/([0-9]{1,3}))?"
)


def parse_tile_path(path: str) -> Tile:
    """Return the tile that a path names; each tile has one path only."""
    if found := _TILE_PATH.fullmatch(path):
        name, groups, width = found.groups()
        tile = Tile(
            level=ENTRIES if name == "entries" else int(name),
            index=int(groups.replace("/", "").replace("x", "")),
            width=int(width or WIDTH),
        )
        if (
            tile.level <= MAX_LEVEL
            and 0 < tile.width <= WIDTH
            and tile_path(tile.level, tile.index, tile.width) == path
        ):
            return tile
    raise NotFound("No tile has this path", hint="tile/<level>/<index>, as in C2SP tlog-tiles.")


def tiles_for(old_size: int, new_size: int) -> tuple[Tile, ...]:
    """Return the tiles of hashes that a tree has at its new size and had not at its old."""
    tiles = []
    level, old, new = 0, old_size, new_size
    while new > old:
        first, full = old // WIDTH, new // WIDTH
        tiles += [Tile(level=level, index=index) for index in range(first, full)]
        if width := new % WIDTH:
            tiles.append(Tile(level=level, index=full, width=width))
        level, old, new = level + 1, first, full
    return tuple(tiles)


def grow_tiles(
    size: int, hashes: Sequence[bytes], read_tile: ReadTile
) -> Iterator[tuple[Tile, bytes]]:
    """Yield the tiles of `tiles_for` with their bytes, as these leaf hashes join `size` others.

    Only the old partial tile at the right end of a level is read.
    """
    level, start, row = 0, size, tuple(hashes)
    while row:
        first, width = divmod(start, WIDTH)
        if width:
            row = split_hashes(read_tile(level, first, width))[:width] + row
        above = []
        for begin in range(0, len(row), WIDTH):
            part = row[begin : begin + WIDTH]
            index = first + begin // WIDTH
            yield Tile(level=level, index=index, width=len(part)), b"".join(part)
            if len(part) == WIDTH:
                above.append(root(part))
        level, start, row = level + 1, first, tuple(above)


def subtrees_in(read_tile: ReadTile, size: int) -> Subtrees:
    """Return the subtrees of a tree of `size` leaves that lies in tiles.

    Each tile is read once; a proof reads about two for every factor of 256 in the size.
    """
    tiles: dict[tuple[int, int], tuple[bytes, ...]] = {}

    def subtree(height: int, index: int) -> bytes:
        level, rest = divmod(height, HEIGHT)
        number, offset = divmod(index << rest, WIDTH)
        row = tiles.get((level, number))
        if row is None:
            width = min(WIDTH, (size >> HEIGHT * level) - number * WIDTH)
            row = split_hashes(read_tile(level, number, width))
            if len(row) < width:
                raise Damaged(f"{tile_path(level, number, width)} is shorter than its width")
            tiles[level, number] = row
        return root(row[offset : offset + (1 << rest)])

    return subtree


def encode_bundle(leaves: Iterable[bytes]) -> bytes:
    """Return a tile of entries: each behind its length in two bytes, big-endian."""
    parts: list[bytes] = []
    for leaf in leaves:
        if len(leaf) > MAX_ENTRY_BYTES:
            raise Malformed("An entry of a tile is at most 65,535 bytes", code=Code.TOO_LONG)
        parts += (len(leaf).to_bytes(2, "big"), leaf)
    return b"".join(parts)


def decode_bundle(data: bytes) -> tuple[bytes, ...]:
    """Return the entries of a tile, or refuse one that ends early."""
    leaves, at = [], 0
    while at < len(data):
        begin = at + 2
        at = begin + int.from_bytes(data[at:begin], "big")
        if begin > len(data) or at > len(data):
            raise Damaged("A tile of entries ends in the middle of an entry")
        leaves.append(data[begin:at])
    return tuple(leaves)
