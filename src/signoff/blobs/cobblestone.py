"""C2SP chunked-encryption, instance Cobblestone-256 (c2sp.org/chunked-encryption).

    salt (24) ‖ commitment (32) ‖ chunk 0 ‖ chunk 1 ‖ … ‖ last chunk

A chunk is 16 KiB of plaintext under AES-256-GCM, with its 16-byte tag behind it. The last is
always shorter than 16 KiB, if need be empty: that is how an end is told from a cut. The nonce
of chunk k is the base nonce XOR k. Key, base nonce and commitment come from HKDF-Expand with
SHA-512 over the input key, the salt and a *context* that both sides must know.

Here live the primitives; what Signoff puts before and into them is in `format.py`.
"""

import hashlib
import hmac

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from signoff.domain.errors import Damaged

CHUNK = 1 << 14
TAG = 16
SEALED = CHUNK + TAG
SALT = 24
PROLOGUE = SALT + 32

_LABEL = b"c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0"
_BLOCK = 128
_INNER = bytes(x ^ 0x36 for x in range(256))
_OUTER = bytes(x ^ 0x5C for x in range(256))


class InputKey:
    """A 32-byte key from which each message derives its own.

    Both halves of HMAC-SHA-512 (RFC 2104) are begun once and copied: half the time of
    starting them for every message.
    """

    __slots__ = ("_inner", "_outer")

    def __init__(self, secret: bytes) -> None:
        padded = secret.ljust(_BLOCK, b"\0")
        self._inner = hashlib.sha512(padded.translate(_INNER))
        self._outer = hashlib.sha512(padded.translate(_OUTER))

    def _hmac(self, message: bytes) -> bytes:
        inner = self._inner.copy()
        inner.update(message)
        outer = self._outer.copy()
        outer.update(inner.digest())
        return outer.digest()

    def derive(self, salt: bytes, context: bytes) -> tuple[bytes, int, bytes]:
        """Return a message's key, base nonce and commitment (RFC 5869, section 2.3)."""
        info = _LABEL + salt + context
        first = self._hmac(info + b"\1")
        rest = self._hmac(first + info + b"\2")
        return first[:32], int.from_bytes(first[32:44], "big"), first[44:] + rest[:12]


class Cipher:
    """The chunks of one message, by number."""

    __slots__ = ("_aead", "_nonce", "prologue")

    def __init__(self, key: InputKey, *, salt: bytes, context: bytes) -> None:
        secret, self._nonce, commitment = key.derive(salt, context)
        self._aead = AESGCM(secret)
        self.prologue = salt + commitment

    def encrypt(self, chunk: int, data: bytes | memoryview) -> bytes:
        """Encrypt one chunk."""
        return self._aead.encrypt(self._nonce_of(chunk), data, None)

    def encrypt_into(self, first: int, data: memoryview, out: memoryview) -> int:
        """Encrypt consecutive chunks into `out`; return how many of its bytes were written."""
        encrypt_into = self._aead.encrypt_into
        end = 0
        for k, at in enumerate(range(0, len(data), CHUNK), first):
            chunk = data[at : at + CHUNK]
            end += encrypt_into(
                self._nonce_of(k), chunk, None, out[end : end + len(chunk) + TAG]
            )
        return end

    def decrypt(self, data: bytes) -> bytes:
        """Decrypt all chunks; raise Damaged unless every one is what it was."""
        if len(data) < SEALED:
            try:
                return self._aead.decrypt(self._nonce_of(0), data, None)
            except InvalidTag:
                raise _not_authentic() from None
        out = memoryview(bytearray(len(data)))
        return bytes(out[: self.decrypt_into(0, memoryview(data), out)])

    def decrypt_into(self, first: int, data: memoryview, out: memoryview) -> int:
        """Decrypt consecutive chunks into `out`; return how many of its bytes are plaintext.

        Raise Damaged unless every one is what it was; `out` is worth nothing then.
        """
        decrypt_into = self._aead.decrypt_into
        end = 0
        try:
            for k, at in enumerate(range(0, len(data), SEALED), first):
                chunk = data[at : at + SEALED]
                room = out[end : end + len(chunk) - TAG]
                end += decrypt_into(self._nonce_of(k), chunk, None, room)
        except InvalidTag:
            raise _not_authentic() from None
        return end

    def _nonce_of(self, chunk: int) -> bytes:
        return (self._nonce ^ chunk).to_bytes(12, "big")


def _not_authentic() -> Damaged:
    return damaged("a piece of it was changed, cut off or exchanged")


def open_cipher(key: InputKey, prologue: bytes, *, context: bytes) -> Cipher:
    """Begin to read a message; raise Damaged when it was not made with this key and context."""
    cipher = Cipher(key, salt=prologue[:SALT], context=context)
    if not hmac.compare_digest(cipher.prologue, prologue):
        raise damaged("it was not written under this name with this key")
    return cipher


def encrypted_size(size: int) -> int:
    """Return how long a message of so many bytes becomes."""
    return PROLOGUE + size + (size // CHUNK + 1) * TAG


def plain_size(length: int) -> int:
    """Return how many bytes a message of that length holds; raise Damaged if none has it."""
    whole, rest = divmod(length - PROLOGUE, SEALED)
    if whole < 0 or rest < TAG:
        raise damaged("its end is missing")
    return whole * CHUNK + rest - TAG


def damaged(how: str) -> Damaged:
    """Say what is wrong with stored bytes."""
    return Damaged(
        f"These bytes are not what was stored: {how}",
        hint="Restore them from a backup, or upload the same file again.",
    )
