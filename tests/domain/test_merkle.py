import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signoff.domain.errors import Damaged, NotFound
from signoff.domain.merkle import (
    EMPTY_ROOT,
    Frontier,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root,
    split_hashes,
    subtrees_of,
    verify_consistency,
    verify_inclusion,
)

# The eight leaves and the heads over the first n of them that implementations of
# certificate transparency are tested with.
LEAVES = (
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
)
HEADS = (
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
HASHES = tuple(leaf_hash(bytes.fromhex(leaf)) for leaf in LEAVES)

sizes = st.integers(min_value=1, max_value=600)


def numbered(count: int) -> tuple[bytes, ...]:
    return tuple(leaf_hash(str(n).encode()) for n in range(count))


def recursive_head(hashes: tuple[bytes, ...]) -> bytes:
    """The definition of RFC 9162, section 2.1.1, word for word."""
    if not hashes:
        return hashlib.sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    k = 1
    while k * 2 < len(hashes):
        k *= 2
    left, right = recursive_head(hashes[:k]), recursive_head(hashes[k:])
    return hashlib.sha256(b"\x01" + left + right).digest()


def flipped(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def flipped_in(proof: tuple[bytes, ...], bit: int) -> tuple[bytes, ...]:
    which, bit = divmod(bit, 256)
    return (*proof[:which], flipped(proof[which], bit), *proof[which + 1 :])


def test_a_leaf_is_hashed_behind_a_zero_byte():
    hashed = leaf_hash(b"a")

    assert hashed.hex() == "022a6979e6dab7aa5ae4c3e5e45f7e977112a7e63593820dbec1ec738a24f93c"


def test_a_node_is_hashed_behind_a_one_byte():
    hashed = node_hash(HASHES[0], HASHES[1])

    assert hashed.hex() == HEADS[2]


def test_the_head_of_no_leaves_is_the_hash_of_nothing():
    head = root(())

    assert head.hex() == HEADS[0]
    assert head == EMPTY_ROOT


@pytest.mark.parametrize("size", range(9))
def test_heads_are_those_that_others_compute(size):
    head = root(HASHES[:size])

    assert head.hex() == HEADS[size]
    assert Frontier().extend(HASHES[:size]).root.hex() == HEADS[size]


def test_an_inclusion_proof_is_the_one_that_others_compute():
    proof = inclusion_proof(0, 8, subtrees_of(HASHES))

    assert [node.hex() for node in proof] == [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ]


def test_a_consistency_proof_is_the_one_that_others_compute():
    proof = consistency_proof(6, 8, subtrees_of(HASHES))

    assert [node.hex() for node in proof] == [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]


def test_the_only_leaf_needs_no_proof():
    proof = inclusion_proof(0, 1, subtrees_of(HASHES))

    assert proof == ()


@given(sizes)
def test_the_head_is_what_the_standard_defines(size):
    hashes = numbered(size)

    assert root(hashes) == recursive_head(hashes)


@given(st.lists(st.integers(min_value=0, max_value=90), max_size=8))
def test_the_right_edge_knows_the_head_however_it_grew(steps):
    hashes = numbered(sum(steps))
    frontier, done = Frontier(), 0

    for step in steps:
        frontier = Frontier.from_bytes(frontier.extend(hashes[done : done + step]).to_bytes())
        done += step

    assert frontier.size == len(hashes)
    assert frontier.root == recursive_head(hashes)
    assert len(frontier.edge) == len(hashes).bit_count()


def test_leaves_join_the_right_edge_one_by_one():
    frontier = Frontier().append(HASHES[0]).append(HASHES[1]).append(HASHES[2])

    assert frontier.root.hex() == HEADS[3]
    assert frontier.edge == (bytes.fromhex(HEADS[2]), HASHES[2])


def test_the_right_edge_is_written_as_its_size_and_its_hashes():
    written = Frontier().extend(HASHES[:3]).to_bytes()

    assert written.hex() == "0000000000000003" + HEADS[2] + HASHES[2].hex()


@pytest.mark.parametrize(
    "data", [b"", b"\x00" * 7, b"\x00" * 7 + b"\x01", b"\x00" * 40, b"\x00" * 7 + b"\x03" * 34]
)
def test_a_right_edge_of_the_wrong_length_is_damaged(data):
    with pytest.raises(Damaged, match="right edge"):
        Frontier.from_bytes(data)


def test_half_a_hash_is_damaged():
    with pytest.raises(Damaged, match="whole hash"):
        split_hashes(b"\x00" * 33)


@given(sizes, st.data())
def test_every_inclusion_proof_verifies(size, data):
    index = data.draw(st.integers(min_value=0, max_value=size - 1))
    hashes = numbered(size)

    proof = inclusion_proof(index, size, subtrees_of(hashes))

    assert verify_inclusion(
        hashes[index], index=index, size=size, proof=proof, head=root(hashes)
    )


@given(st.integers(min_value=2, max_value=300), st.data())
def test_an_inclusion_proof_with_any_bit_flipped_fails(size, data):
    index = data.draw(st.integers(min_value=0, max_value=size - 1))
    hashes = numbered(size)
    leaf, head = hashes[index], root(hashes)
    proof = inclusion_proof(index, size, subtrees_of(hashes))

    bit = data.draw(st.integers(min_value=0, max_value=256 * len(proof) - 1))
    forged = flipped_in(proof, bit)
    one = bit % 256

    assert not verify_inclusion(leaf, index=index, size=size, proof=forged, head=head)
    assert not verify_inclusion(
        flipped(leaf, one), index=index, size=size, proof=proof, head=head
    )
    assert not verify_inclusion(
        leaf, index=index, size=size, proof=proof, head=flipped(head, one)
    )


@given(st.integers(min_value=2, max_value=300), st.data())
def test_an_inclusion_proof_is_for_one_place_and_one_length_only(size, data):
    index = data.draw(st.integers(min_value=0, max_value=size - 1))
    other = data.draw(
        st.integers(min_value=-2, max_value=size + 2).filter(lambda n: n != index)
    )
    hashes = numbered(size)
    leaf, head = hashes[index], root(hashes)
    proof = inclusion_proof(index, size, subtrees_of(hashes))

    assert not verify_inclusion(leaf, index=other, size=size, proof=proof, head=head)
    assert not verify_inclusion(leaf, index=index, size=size, proof=proof[1:], head=head)
    assert not verify_inclusion(leaf, index=index, size=size, proof=(*proof, leaf), head=head)


@pytest.mark.parametrize(("index", "size"), [(3, 3), (0, 0), (-1, 3)])
def test_an_entry_outside_the_tree_has_no_proof(index, size):
    with pytest.raises(NotFound):
        inclusion_proof(index, size, subtrees_of(HASHES))


@given(sizes, st.data())
def test_every_consistency_proof_verifies(new, data):
    old = data.draw(st.integers(min_value=0, max_value=new))
    hashes = numbered(new)

    proof = consistency_proof(old, new, subtrees_of(hashes))

    assert verify_consistency(
        old=old, old_head=root(hashes[:old]), new=new, new_head=root(hashes), proof=proof
    )


@given(st.integers(min_value=2, max_value=300), st.data())
def test_a_consistency_proof_with_any_bit_flipped_fails(new, data):
    old = data.draw(st.integers(min_value=1, max_value=new - 1))
    hashes = numbered(new)
    before, after = root(hashes[:old]), root(hashes)
    proof = consistency_proof(old, new, subtrees_of(hashes))

    bit = data.draw(st.integers(min_value=0, max_value=256 * len(proof) - 1))
    forged = flipped_in(proof, bit)
    one = bit % 256

    def holds(old_head: bytes, new_head: bytes, path: tuple[bytes, ...]) -> bool:
        return verify_consistency(
            old=old, old_head=old_head, new=new, new_head=new_head, proof=path
        )

    assert not holds(before, after, forged)
    assert not holds(flipped(before, one), after, proof)
    assert not holds(before, flipped(after, one), proof)
    assert not holds(before, after, proof[:-1])
    assert not holds(before, after, (*proof, before))


@given(st.integers(min_value=2, max_value=200), st.data())
def test_a_log_that_rewrote_an_old_entry_cannot_prove_that_it_only_grew(new, data):
    old = data.draw(st.integers(min_value=1, max_value=new - 1))
    rewritten = data.draw(st.integers(min_value=0, max_value=old - 1))
    hashes = numbered(new)
    forged = (*hashes[:rewritten], leaf_hash(b"forged"), *hashes[rewritten + 1 :])

    proof = consistency_proof(old, new, subtrees_of(forged))

    assert not verify_consistency(
        old=old, old_head=root(hashes[:old]), new=new, new_head=root(forged), proof=proof
    )


def test_equal_sizes_must_have_equal_heads():
    head = bytes.fromhex(HEADS[3])
    other = bytes.fromhex(HEADS[4])

    assert verify_consistency(old=3, old_head=head, new=3, new_head=head, proof=())
    assert not verify_consistency(old=3, old_head=head, new=3, new_head=other, proof=())
    assert not verify_consistency(old=3, old_head=head, new=3, new_head=head, proof=(head,))


def test_from_nothing_the_old_head_must_be_that_of_nothing():
    head = bytes.fromhex(HEADS[3])

    assert verify_consistency(old=0, old_head=EMPTY_ROOT, new=3, new_head=head, proof=())
    assert not verify_consistency(old=0, old_head=head, new=3, new_head=head, proof=())


def test_a_log_does_not_shrink():
    with pytest.raises(NotFound):
        consistency_proof(4, 3, subtrees_of(HASHES))

    assert not verify_consistency(
        old=4, old_head=HASHES[0], new=3, new_head=HASHES[0], proof=()
    )


@pytest.mark.parametrize(
    ("leaf", "size", "proof", "head"),
    [
        (HASHES[0], 8, (HASHES[1],), root(HASHES[:2])),
        (HASHES[1], 1, (HASHES[0],), root(HASHES[:2])),
    ],
)
def test_a_path_to_a_tree_of_another_height_proves_nothing(leaf, size, proof, head):
    assert not verify_inclusion(leaf, index=0, size=size, proof=proof, head=head)


def test_consistency_with_a_tree_of_another_height_proves_nothing():
    extra = HASHES[7]

    assert not verify_consistency(
        old=1, old_head=HASHES[0], new=8, new_head=root(HASHES[:2]), proof=(HASHES[1],)
    )
    assert not verify_consistency(
        old=3,
        old_head=node_hash(extra, root(HASHES[:3])),
        new=4,
        new_head=node_hash(extra, root(HASHES[:4])),
        proof=(HASHES[2], HASHES[3], root(HASHES[:2]), extra),
    )
