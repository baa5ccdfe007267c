"""The root key: 32 random bytes that wrap every workspace's keys, kept outside the data."""

import base64
import binascii
import hmac
import secrets
from contextlib import suppress
from pathlib import Path

from signoff.blobs import disk
from signoff.domain.errors import Code, Invalid

_LENGTH = 32
_HEX = 2 * _LENGTH


class RootKey:
    """The key above all keys; it is shown nowhere, not even in a traceback."""

    __slots__ = ("_secret", "id")

    def __init__(self, secret: bytes) -> None:
        if len(secret) != _LENGTH:
            raise ValueError("A root key is 32 bytes")
        self._secret = secret
        self.id = self.derive("id")[:8]
        """Tells one root key from another, and nothing about it."""

    def derive(self, purpose: str) -> bytes:
        """Return 32 bytes for one purpose; no two purposes can be told from each other's."""
        return hmac.digest(self._secret, b"signoff root key v1: " + purpose.encode(), "sha256")

    def __repr__(self) -> str:
        return f"RootKey({self.id.hex()})"


def load_root_key(
    *, path: Path | None = None, text: str | None = None, create: bool = False
) -> RootKey:
    """Return the root key from the environment's text or from a file, in this order.

    With `create` a missing file is made: once, readable by its owner only and synced before
    the key is used; of two processes that start together both get the same key.
    """
    if text is not None:
        return parse_root_key(text)
    if path is not None:
        with suppress(FileNotFoundError):
            return parse_root_key(path.read_bytes(), source=f"The root key in {path}")
        if create:
            return _create(path)
    raise Invalid(
        f"There is no root key at {path}" if path else "No root key was given",
        code=Code.ROOT_KEY_MISSING,
        hint="Point SIGNOFF_ROOT_KEY_FILE at the file that holds it; without it the stored "
        "bytes cannot be read, so restore it from where it was backed up.",
    )


def parse_root_key(text: bytes | str, *, source: str = "The root key") -> RootKey:
    """Read 32 bytes: as they are, in base64 (either alphabet) or in hexadecimal."""
    raw = text.encode() if isinstance(text, str) else text
    if len(raw) == _LENGTH and not isinstance(text, str):
        return RootKey(raw)
    word = raw.strip()
    with suppress(binascii.Error, ValueError):
        if len(word) == _HEX:
            return RootKey(binascii.unhexlify(word))
        standard = word.rstrip(b"=").replace(b"-", b"+").replace(b"_", b"/")
        return RootKey(base64.b64decode(standard + b"=" * (-len(standard) % 4), validate=True))
    raise _unreadable(source)


def _create(path: Path) -> RootKey:
    text = base64.b64encode(secrets.token_bytes(_LENGTH)) + b"\n"
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    disk.sync_folder(path.parent.parent)
    with suppress(FileExistsError):
        disk.publish(path, text, overwrite=False, scratch=path.parent)
    return parse_root_key(path.read_bytes(), source=f"The root key in {path}")


def _unreadable(source: str) -> Invalid:
    return Invalid(
        f"{source} is not 32 bytes",
        code=Code.ROOT_KEY_WRONG,
        hint="Give 32 random bytes, as base64 or as 64 hexadecimal digits: "
        "`openssl rand -base64 32` makes such a key.",
    )
