"""Whether a log is what it was: entries, tree and signed heads held against one another.

Nothing here is trusted but arithmetic. Whoever rewrites everything, key included, is caught
only by a checkpoint that was kept elsewhere (STORAGE 15).
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence

from msgspec import Struct

from signoff.domain import audit, tiles
from signoff.domain.audit import Entry, Finding
from signoff.domain.errors import Damaged, Refusal
from signoff.domain.ids import Slug
from signoff.domain.merkle import Frontier, leaf_hash
from signoff.domain.notes import VerifierKey, open_checkpoint, parse_checkpoint, parse_note
from signoff.domain.tiles import Tile

MOST_FAULTS = 100

StoredTile = Callable[[Tile], bytes | None]
"""What is stored of a tile; None when it is missing."""


class Line(Struct, frozen=True, kw_only=True):
    """An entry as it is kept. What an export leaves out is None."""

    leaf: bytes
    leaf_hash: bytes | None = None
    columns: Mapping[str, object] | None = None
    private: tuple[bytes, bytes] | None = None
    """Salt and body."""


class Head(Struct, frozen=True, kw_only=True):
    """A signed tree head that was kept."""

    size: int
    root: bytes
    note: str


class Fault(Struct, frozen=True, kw_only=True):
    """Something that is not what it was. `position` is 0 where no entry can be named."""

    position: int
    code: str
    detail: str


class Report(Struct, frozen=True, kw_only=True):
    """What was checked, and what was found. `faults` are the first hundred of `fault_count`."""

    workspace: str
    entries: int
    erased: int
    checkpoints: int
    root: str
    fault_count: int
    faults: tuple[Fault, ...]
    signed_size: int = 0
    """So many entries stand under a signature; the youngest follow within seconds."""

    @property
    def sound(self) -> bool:
        """Say whether nobody tampered with it."""
        return self.fault_count == 0


class Verifier:
    """Takes the entries in order, page by page, and says at the end whether all fits."""

    def __init__(
        self,
        workspace: Slug,
        *,
        heads: Sequence[Head] = (),
        public_key: bytes = b"",
        edge: tuple[int, bytes] = (0, b""),
        stored_tile: StoredTile | None = None,
    ) -> None:
        self._workspace = workspace
        self._public_key = public_key
        self._heads: dict[int, list[Head]] = {}
        for head in heads:
            self._heads.setdefault(head.size, []).append(head)
        self._edge_size, self._edge = edge
        self._stops = sorted({*self._heads, self._edge_size})
        self._tiled = 0
        self._partial: dict[tuple[int, int], bytes] = {}
        self.stored_tile = stored_tile
        self._frontier = Frontier()
        self._previous: Entry | None = None
        self._erased = 0
        self._signed = 0
        self._faults: list[Fault] = []
        self._fault_count = 0

    @property
    def position(self) -> int:
        """Return how many entries have been taken."""
        return self._frontier.size

    # Entries.

    def add(self, lines: Iterable[Line]) -> None:
        """Take the next entries."""
        hashes: list[bytes] = []
        for line in lines:
            self._check_line(line, self._frontier.size + len(hashes) + 1)
            hashes.append(leaf_hash(line.leaf))
        while hashes:
            stop = self._next_stop()
            room = len(hashes) if stop is None else stop - self._frontier.size
            self._grow(hashes[:room])
            hashes = hashes[room:]

    def _check_line(self, line: Line, place: int) -> None:
        if line.leaf_hash is not None and leaf_hash(line.leaf) != line.leaf_hash:
            self._fault(place, "leaf_hash", "The stored hash is not that of the leaf")
        found = audit.check(line.leaf, columns=line.columns or {}, private=line.private)
        if found.finding is Finding.UNREADABLE:
            self._fault(place, "unreadable", "The leaf cannot be read")
            return
        if found.finding is Finding.COLUMNS_DIFFER:
            detail = f"What is kept for searching differs: {', '.join(found.columns)}"
            self._fault(place, "columns_differ", detail)
        if found.finding is Finding.PRIVATE_DIFFERS:
            self._fault(place, "private_differs", "The private part is not what was sealed")
        self._erased += found.finding is Finding.ERASED
        entry = audit.read_leaf(line.leaf)
        if entry.position != place or entry.workspace != self._workspace:
            detail = f"Entry {entry.position} of {entry.workspace} stands at {place}"
            self._fault(place, "misplaced", detail)
        elif self._previous is not None and entry.at < self._previous.at:
            self._fault(place, "time_back", "It is older than the entry before it")
        self._previous = entry

    # The tree.

    def _next_stop(self) -> int | None:
        """Return the next size at which something must be compared."""
        at = bisect_right(self._stops, self.position)
        return self._stops[at] if at < len(self._stops) else None

    def _grow(self, hashes: list[bytes]) -> None:
        begin = self._frontier.size
        self._frontier = self._frontier.extend(hashes)
        if self.stored_tile is not None and begin < self._edge_size:
            self._compare_tiles(begin, hashes, self.stored_tile)
        for head in self._heads.get(self.position, ()):
            self._check_head(head)
        if self.position == self._edge_size and self._edge != b"".join(self._frontier.edge):
            self._fault(
                0, "edge_differs", "The right edge of the tree does not fit the entries"
            )

    def _compare_tiles(self, size: int, hashes: list[bytes], stored: StoredTile) -> None:
        def read(level: int, index: int, _width: int) -> bytes:
            return self._partial[level, index]

        grown = tuple(tiles.grow_tiles(size, hashes, read))
        for tile, data in grown:
            self._partial[tile.level, tile.index] = data
        last = self.position == self._edge_size
        for tile, data in grown:
            if tile.width == tiles.WIDTH:
                del self._partial[tile.level, tile.index]
                self._compare_tile(tile, data, stored)
        if last:
            for (level, index), data in self._partial.items():
                tile = Tile(level=level, index=index, width=len(data) // 32)
                self._compare_tile(tile, data, stored)

    def _compare_tile(self, tile: Tile, data: bytes, stored: StoredTile) -> None:
        if stored(tile) != data:
            path = tiles.tile_path(tile.level, tile.index, tile.width)
            self._fault(0, "tile_differs", f"{path} is missing or not what the entries give")

    def _check_head(self, head: Head) -> None:
        if head.root != self._frontier.root:
            detail = "The entries up to here are not those of the checkpoint"
            self._fault(head.size, "checkpoint_differs", detail)
        try:
            signed = open_head(head.note, self._public_key)
        except Refusal as refusal:
            self._fault(head.size, "signature", refusal.message)
            return
        if signed.size != head.size or signed.root != head.root:
            self._fault(head.size, "signature", "The note signs another head than is stored")
        self._signed = max(self._signed, head.size)

    # The end.

    def finish(self, *, length: int) -> Report:
        """Say what was found; `length` is how many entries the log says it has."""
        if length != self.position:
            detail = f"The log says {length} entries, and has {self.position}"
            self._fault(self.position + 1, "length", detail)
        if self._edge_size > self.position:
            self._fault(0, "edge_differs", "The tree has more leaves than the log entries")
        for size in sorted(size for size in self._heads if size > self.position):
            detail = f"A checkpoint of {size} entries was signed, and there are fewer now"
            self._fault(size, "shorter", detail)
        return Report(
            workspace=self._workspace,
            entries=self.position,
            erased=self._erased,
            checkpoints=sum(map(len, self._heads.values())),
            root=self._frontier.root.hex(),
            fault_count=self._fault_count,
            faults=tuple(self._faults),
            signed_size=self._signed,
        )

    def _fault(self, position: int, code: str, detail: str) -> None:
        self._fault_count += 1
        if len(self._faults) < MOST_FAULTS:
            self._faults.append(Fault(position=position, code=code, detail=detail))


class SignedHead(Struct, frozen=True, kw_only=True):
    """What a note says, its signature having been checked."""

    origin: str
    size: int
    root: bytes


def open_head(note: str, public_key: bytes) -> SignedHead:
    """Return what a checkpoint says, or refuse one that this key did not sign.

    The name is the note's own: an instance that moved to another host keeps its key.
    """
    named = parse_checkpoint(parse_note(note).text)
    checkpoint = open_checkpoint(note, VerifierKey(name=named.origin, public=public_key))
    return SignedHead(origin=checkpoint.origin, size=checkpoint.size, root=checkpoint.root)


def kept_elsewhere(note: str, public_key: bytes, workspace: Slug) -> Head:
    """Return a checkpoint that somebody kept, for a verifier to hold the log against."""
    signed = open_head(note, public_key)
    if not signed.origin.endswith(f"/log/{workspace}"):
        raise Damaged(
            f"This is a checkpoint of {signed.origin}, not of {workspace}",
            hint="Give the checkpoint of this workspace's log.",
        )
    return Head(size=signed.size, root=signed.root, note=note)
