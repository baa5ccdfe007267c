"""What every table's rows share: the transaction, and values kept as JSON beside indices.

A value with many fields is one `body` column; the columns beside it are indices, written
by the same statement. A new field of the value needs no migration.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

if TYPE_CHECKING:
    from signoff.store.transaction import Transaction

V = TypeVar("V")

_ENCODER = msgspec.json.Encoder()
_DECODERS: dict[Any, msgspec.json.Decoder[Any]] = {}


class Rows:
    """The rows of one noun, in one transaction and one workspace."""

    __slots__ = ("tx", "ws")

    def __init__(self, tx: Transaction) -> None:
        self.tx = tx
        self.ws = tx.workspace


def to_body(value: object) -> bytes:
    """Write a value as the bytes of its row."""
    return _ENCODER.encode(value)


def from_body(body: bytes | memoryview, kind: type[V]) -> V:
    """Read a value from the bytes of its row."""
    decoder = _DECODERS.get(kind)
    if decoder is None:
        decoder = _DECODERS[kind] = msgspec.json.Decoder(kind)
    value: V = decoder.decode(body)
    return value
