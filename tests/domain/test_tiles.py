import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signoff.domain.errors import Damaged, Malformed, NotFound
from signoff.domain.merkle import (
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    root,
    subtrees_of,
)
from signoff.domain.tiles import (
    ENTRIES,
    Tile,
    decode_bundle,
    encode_bundle,
    grow_tiles,
    parse_tile_path,
    subtrees_in,
    tile_path,
    tiles_for,
)

MANY = tuple(leaf_hash(str(n).encode()) for n in range(70_000))

Shelf = dict[str, bytes]


def shelve(shelf: Shelf, old: int, new: int) -> list[Tile]:
    """Grow the tree of MANY from one size to the next, as the sealing of the log does."""

    def read(level: int, index: int, width: int) -> bytes:
        return shelf[tile_path(level, index, width)]

    grown = list(grow_tiles(old, MANY[old:new], read))
    shelf.update({tile_path(tile.level, tile.index, tile.width): data for tile, data in grown})
    return [tile for tile, _ in grown]


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(level=0, index=0), "tile/0/000"),
        (Tile(level=0, index=999), "tile/0/999"),
        (Tile(level=0, index=1000), "tile/0/x001/000"),
        (Tile(level=0, index=1_234_067), "tile/0/x001/x234/067"),
        (Tile(level=2, index=5, width=17), "tile/2/005.p/17"),
        (Tile(level=ENTRIES, index=273, width=112), "tile/entries/273.p/112"),
        (Tile(level=63, index=1), "tile/63/001"),
    ],
)
def test_a_tile_and_its_path_name_each_other(tile, path):
    assert tile_path(tile.level, tile.index, tile.width) == path
    assert parse_tile_path(path) == tile


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/0",
        "tile/00/000",
        "tile/64/000",
        "tile/-1/000",
        "tile/0/x000/000",
        "tile/0/001/000",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/05",
        "tile/0/000/",
        "tile/data/000",
        "tile/0/\u0660\u0660\u0660",
        "checkpoint",
        "",
    ],
)
def test_a_tile_has_no_second_path(path):
    with pytest.raises(NotFound):
        parse_tile_path(path)


def test_a_tree_of_seventy_thousand_has_the_tiles_of_the_standard_example():
    tiles = tiles_for(0, 70_000)

    assert [tile for tile in tiles if tile.level == 0] == [
        *(Tile(level=0, index=index) for index in range(273)),
        Tile(level=0, index=273, width=112),
    ]
    assert [tile for tile in tiles if tile.level > 0] == [
        Tile(level=1, index=0),
        Tile(level=1, index=1, width=17),
        Tile(level=2, index=0, width=1),
    ]


def test_a_tree_that_did_not_grow_has_no_new_tiles():
    assert tiles_for(300, 300) == ()


def test_a_full_tile_has_no_empty_neighbour():
    tiles = tiles_for(255, 256)

    assert tiles == (Tile(level=0, index=0), Tile(level=1, index=0, width=1))


@settings(max_examples=30)
@given(st.lists(st.integers(min_value=1, max_value=900), min_size=1, max_size=5))
def test_tiles_cover_every_tree_however_it_grew(steps):
    shelf: Shelf = {}
    size = 0

    for step in steps:
        grown = shelve(shelf, size, size + step)
        assert grown == list(tiles_for(size, size + step))
        size += step

    for tile in tiles_for(0, size):
        span = 256**tile.level
        first = tile.index * 256
        assert shelf[tile_path(tile.level, tile.index, tile.width)] == b"".join(
            root(MANY[n * span : (n + 1) * span]) for n in range(first, first + tile.width)
        )


@pytest.fixture(scope="module")
def shelf() -> Shelf:
    tiles: Shelf = {}
    shelve(tiles, 0, 66_000)
    shelve(tiles, 66_000, 70_000)
    return tiles


@pytest.mark.parametrize("size", [66_000, 70_000])
@pytest.mark.parametrize("index", [0, 255, 256, 65_535, 65_536, 65_999])
def test_proofs_from_tiles_are_those_from_all_leaves(shelf: Shelf, size, index):
    read: list[tuple[int, int, int]] = []

    def read_tile(level: int, n: int, width: int) -> bytes:
        read.append((level, n, width))
        return shelf[tile_path(level, n, width)]

    proof = inclusion_proof(index, size, subtrees_in(read_tile, size))

    assert proof == inclusion_proof(index, size, subtrees_of(MANY))
    assert len(read) == len(set(read))
    assert len(read) <= 6


@pytest.mark.parametrize("old", [1, 256, 300, 65_536, 66_000, 69_999])
def test_consistency_from_tiles_is_that_from_all_leaves(shelf: Shelf, old):
    subtrees = subtrees_in(lambda *tile: shelf[tile_path(*tile)], 70_000)

    proof = consistency_proof(old, 70_000, subtrees)

    assert proof == consistency_proof(old, 70_000, subtrees_of(MANY))


def test_a_wider_tile_serves_an_older_size(shelf: Shelf):
    widest: Shelf = {}
    for path, data in shelf.items():
        name = path.partition(".p/")[0]
        widest[name] = max(widest.get(name, b""), data, key=len)

    proof = inclusion_proof(
        65_999, 66_000, subtrees_in(lambda level, n, _: widest[tile_path(level, n)], 66_000)
    )

    assert proof == inclusion_proof(65_999, 66_000, subtrees_of(MANY))


def test_a_tree_grows_from_its_size_though_a_wider_tile_was_left_behind():
    left_behind = b"".join(MANY[:9])

    grown = list(grow_tiles(4, MANY[4:6], lambda *_: left_behind))

    assert grown == [(Tile(level=0, index=0, width=6), b"".join(MANY[:6]))]


def test_a_tile_that_lost_its_end_is_damaged(shelf: Shelf):
    short = subtrees_in(lambda *tile: shelf[tile_path(*tile)][:32], 70_000)

    with pytest.raises(Damaged, match="shorter than its width"):
        inclusion_proof(5, 70_000, short)


def test_entries_stand_behind_their_lengths():
    bundle = encode_bundle((b"abc", b"", b"x" * 258))

    assert bundle == b"\x00\x03abc\x00\x00\x01\x02" + b"x" * 258


@given(st.lists(st.binary(max_size=400), max_size=20))
def test_a_tile_of_entries_gives_back_what_was_put(leaves):
    assert decode_bundle(encode_bundle(leaves)) == tuple(leaves)


@pytest.mark.parametrize("data", [b"\x00", b"\x00\x03ab", b"\x00\x01a\x00"])
def test_a_tile_of_entries_that_ends_early_is_damaged(data):
    with pytest.raises(Damaged, match="middle of an entry"):
        decode_bundle(data)


def test_an_entry_that_no_tile_can_hold_is_refused():
    assert len(encode_bundle((b"x" * 65_535,))) == 65_537

    with pytest.raises(Malformed, match="65,535"):
        encode_bundle((b"x" * 65_536,))
