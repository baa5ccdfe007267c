"""A blob as it is stored, in the database or beside it: a header, then one Cobblestone message.

    header (15 + length of the workspace's slug) ‖ salt (24) ‖ commitment (32) ‖ chunks

The message's context is the whole header followed by the blob's id. So a key belongs to one
blob of one workspace, and bytes put under another name cannot be read there; see `headers.py`,
`cobblestone.py` and docs/reference/blob-format.md.
"""

import os

from signoff.blobs.cobblestone import (
    CHUNK,
    PROLOGUE,
    SALT,
    SEALED,
    Cipher,
    damaged,
    encrypted_size,
    open_cipher,
    plain_size,
)
from signoff.blobs.headers import header_length, read_header
from signoff.blobs.keys import WorkspaceKey, WorkspaceKeys
from signoff.domain.ids import Slug

PIECE = 1 << 20
"""How much is worked on at a time: 64 chunks."""

ROOM = header_length(Slug("x" * 255)) + encrypted_size(PIECE)
"""The most that a stored piece is, with all that may stand before the first."""


def encrypt_small(key: WorkspaceKey, data: bytes, *, context: str) -> bytes:
    """Encrypt bytes that fit in memory; `context` is the blob's id."""
    bound = key.header + context.encode()
    cipher = Cipher(key.input, salt=os.urandom(SALT), context=bound)
    body = cipher.encrypt(0, data) if len(data) < CHUNK else _encrypt(cipher, data)
    return key.header + cipher.prologue + body


def decrypt_small(keys: WorkspaceKeys, data: bytes, *, context: str) -> bytes:
    """Return what was encrypted for this context; raise Damaged if it is not what it was."""
    key = keys.newest
    if not data.startswith(key.header):
        key = _writer(keys, data)
    begin = len(key.header)
    end = begin + PROLOGUE
    plain_size(len(data) - begin)
    bound = key.header + context.encode()
    return open_cipher(key.input, data[begin:end], context=bound).decrypt(data[end:])


class Encryptor:
    """Encrypt a stream piece by piece into two buffers, so that no memory is asked for anew.

    What a call returns is good until the next call but one: it can be written meanwhile.
    """

    def __init__(self, key: WorkspaceKey, *, context: str) -> None:
        bound = key.header + context.encode()
        self._cipher = Cipher(key.input, salt=os.urandom(SALT), context=bound)
        self._next = 0
        self._begin = key.header + self._cipher.prologue
        self._out = bytearray()
        self._other = bytearray()
        self.size = 0
        self.encrypted_size = 0

    def update(self, data: memoryview) -> memoryview:
        """Encrypt whole chunks: all pieces but the last are multiples of 16 KiB."""
        if len(data) % CHUNK:
            raise ValueError("A piece in the middle of a stream is a multiple of 16 KiB")
        return self._encrypt(data)

    def finish(self, data: memoryview) -> memoryview:
        """Encrypt the last piece, of any length, and the short chunk that ends the stream."""
        body = self._encrypt(data)
        if len(data) % CHUNK:
            return body
        end = self._cipher.encrypt(self._next, b"")
        self.encrypted_size += len(end)
        return memoryview(bytes(body) + end)

    def _encrypt(self, data: memoryview) -> memoryview:
        begin, self._begin = self._begin, b""
        self._out, self._other = self._other, self._out
        need = len(begin) + encrypted_size(len(data))
        if len(self._out) < need:
            self._out = bytearray(need)
        self._out[: len(begin)] = begin
        out = memoryview(self._out)
        end = len(begin) + self._cipher.encrypt_into(self._next, data, out[len(begin) :])
        self._next += -(-len(data) // CHUNK)
        self.size += len(data)
        self.encrypted_size += end
        return out[:end]


class Decryptor:
    """Decrypt any chunks of a blob, given its first bytes and its length."""

    def __init__(self, key: WorkspaceKey, head: bytes, *, context: str, length: int) -> None:
        self.begin = len(key.header) + PROLOGUE
        if not head.startswith(key.header):
            raise damaged("their header was changed")
        self._cipher = open_cipher(
            key.input,
            head[len(key.header) : self.begin],
            context=key.header + context.encode(),
        )
        self.length = length
        self.size = plain_size(length - len(key.header))
        """How long the plaintext claims to be; certain once the last chunk was decrypted."""

    def offset(self, chunk: int) -> int:
        """Return where a chunk begins in the blob."""
        return min(self.begin + chunk * SEALED, self.length)

    def decrypt(self, first: int, data: memoryview, *, into: memoryview) -> memoryview:
        """Decrypt consecutive chunks; raise Damaged unless all are what they were."""
        return into[: self._cipher.decrypt_into(first, data, into)]


def head_length(workspace: Slug) -> int:
    """Return how many of a blob's first bytes a Decryptor needs."""
    return header_length(workspace) + PROLOGUE


def stored_size(workspace: Slug, size: int) -> int:
    """Return how long a blob of so many bytes is when stored."""
    return header_length(workspace) + encrypted_size(size)


def _encrypt(cipher: Cipher, data: bytes) -> bytes:
    view = memoryview(data)
    pieces = range(0, len(data) + 1, CHUNK)
    return b"".join([cipher.encrypt(at // CHUNK, view[at : at + CHUNK]) for at in pieces])


def _writer(keys: WorkspaceKeys, data: bytes) -> WorkspaceKey:
    header = read_header(data)
    if header.workspace != keys.newest.workspace:
        raise damaged("they belong to another workspace")
    return keys.at(header.version)
