"""The tree over the log: hashes, its right edge, proofs and their verification (RFC 9162)."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from typing import Self

from msgspec import Struct

from signoff.domain.errors import Damaged, NotFound

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()

Subtrees = Callable[[int, int], bytes]
"""`(height, index)` → the hash of the full subtree over the leaves from `index·2^height` on."""


def leaf_hash(leaf: bytes) -> bytes:
    """Return the hash of one entry (RFC 9162, 2.1.1)."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node (RFC 9162, 2.1.1)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root(hashes: Sequence[bytes]) -> bytes:
    """Return the head of the tree over these leaf hashes."""
    row = list(hashes)
    while len(row) > 1:
        above = [node_hash(row[i], row[i + 1]) for i in range(0, len(row) - 1, 2)]
        row = above + row[len(above) * 2 :]
    return row[0] if row else EMPTY_ROOT


class Frontier(Struct, frozen=True, kw_only=True):
    """The right edge: all that is needed of a tree to go on growing it.

    `edge` holds the root of one full subtree for each bit set in `size`, the largest first.
    """

    size: int = 0
    edge: tuple[bytes, ...] = ()

    def append(self, leaf: bytes) -> "Frontier":
        """Return the edge after one more leaf hash."""
        return self.extend((leaf,))

    def extend(self, hashes: Iterable[bytes]) -> "Frontier":
        """Return the edge after these leaf hashes; each costs one inner hash on average."""
        size, edge = self.size, list(self.edge)
        for leaf in hashes:
            node, bits = leaf, size
            while bits & 1:
                node = node_hash(edge.pop(), node)
                bits >>= 1
            edge.append(node)
            size += 1
        return Frontier(size=size, edge=tuple(edge))

    @property
    def root(self) -> bytes:
        """Return the head of the whole tree."""
        return _fold(self.edge) if self.edge else EMPTY_ROOT

    def to_bytes(self) -> bytes:
        """Return the size in eight bytes, then the edge."""
        return self.size.to_bytes(8, "big") + b"".join(self.edge)

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Return what `to_bytes` wrote, or refuse what it cannot have written."""
        size = int.from_bytes(data[:8], "big")
        if len(data) != 8 + HASH_BYTES * size.bit_count():
            raise Damaged("The right edge of the log's tree is not as long as its size says")
        return cls(size=size, edge=split_hashes(data[8:]))


def _fold(peaks: Sequence[bytes]) -> bytes:
    node = peaks[-1]
    for peak in reversed(peaks[:-1]):
        node = node_hash(peak, node)
    return node


def split_hashes(data: bytes) -> tuple[bytes, ...]:
    """Return the hashes that are written one behind the other."""
    if len(data) % HASH_BYTES:
        raise Damaged("A row of hashes does not end with a whole hash")
    return tuple(data[i : i + HASH_BYTES] for i in range(0, len(data), HASH_BYTES))


def inclusion_proof(index: int, size: int, subtrees: Subtrees) -> tuple[bytes, ...]:
    """Return the path from a leaf to the head of `size` leaves (RFC 9162, 2.1.3.1)."""
    if not 0 <= index < size:
        raise NotFound(
            f"Entry {index} is not among the first {size}",
            hint="Take a checkpoint that is younger than the entry; one follows in seconds.",
        )
    begin, end = 0, size
    proof = []
    while end - begin > 1:
        middle = begin + _left_width(end - begin)
        if index < middle:
            proof.append(range_hash(middle, end, subtrees))
            end = middle
        else:
            proof.append(range_hash(begin, middle, subtrees))
            begin = middle
    return tuple(reversed(proof))


def consistency_proof(old: int, new: int, subtrees: Subtrees) -> tuple[bytes, ...]:
    """Return what shows that the first `old` leaves are still the same (RFC 9162, 2.1.4.1).

    It is empty from nothing and between equal sizes.
    """
    if not 0 <= old <= new:
        raise NotFound(
            f"A log of {new} entries does not contain one of {old}",
            hint="Name the smaller size first.",
        )
    if old == 0:
        return ()
    begin, end = 0, new
    proof = []
    while old != end:
        middle = begin + _left_width(end - begin)
        if old <= middle:
            proof.append(range_hash(middle, end, subtrees))
            end = middle
        else:
            proof.append(range_hash(begin, middle, subtrees))
            begin = middle
    # A verifier who holds the old head already knows a subtree that begins at the first leaf.
    if begin:
        proof.append(range_hash(begin, end, subtrees))
    return tuple(reversed(proof))


def _left_width(width: int) -> int:
    return 1 << ((width - 1).bit_length() - 1)


def range_hash(begin: int, end: int, subtrees: Subtrees) -> bytes:
    """Return the hash over the leaves `begin … end-1`, a node of some tree of `end` leaves."""
    peaks = []
    while begin < end:
        height = (end - begin).bit_length() - 1
        peaks.append(subtrees(height, begin >> height))
        begin += 1 << height
    return _fold(peaks)


def subtrees_of(hashes: Sequence[bytes]) -> Subtrees:
    """Return the subtrees of leaf hashes that are all at hand."""
    return lambda height, index: root(hashes[index << height : (index + 1) << height])


def verify_inclusion(
    leaf: bytes, *, index: int, size: int, proof: Sequence[bytes], head: bytes
) -> bool:
    """Say whether this leaf hash is leaf `index` of the tree (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    first, last, node = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if first & 1 or first == last:
            node = node_hash(sibling, node)
            while first and not first & 1:
                first, last = first >> 1, last >> 1
        else:
            node = node_hash(node, sibling)
        first, last = first >> 1, last >> 1
    return last == 0 and node == head


def verify_consistency(
    *, old: int, old_head: bytes, new: int, new_head: bytes, proof: Sequence[bytes]
) -> bool:
    """Say whether the new tree only added to the old one (RFC 9162, 2.1.4.2)."""
    if not 0 <= old <= new:
        return False
    if old in {0, new}:
        return not proof and old_head == (new_head if old else EMPTY_ROOT)
    path = list(proof)
    if old & (old - 1) == 0:
        path.insert(0, old_head)
    if not path:
        return False
    first, last = old - 1, new - 1
    while first & 1:
        first, last = first >> 1, last >> 1
    before = after = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if first & 1 or first == last:
            before, after = node_hash(sibling, before), node_hash(sibling, after)
            while first and not first & 1:
                first, last = first >> 1, last >> 1
        else:
            after = node_hash(after, sibling)
        first, last = first >> 1, last >> 1
    return last == 0 and before == old_head and after == new_head
