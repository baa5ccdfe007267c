"""How what is sent is signed: Standard Webhooks 1.0, symmetric (`v1`) and Ed25519 (`v1a`).

What is signed is `id.timestamp.body`. While a secret is rotated both sign, so that a receiver
may know either. Who receives holds the whole secret of `v1`, and of `v1a` the public key only.
"""

import base64
import binascii
import hmac
from collections.abc import Iterable
from enum import StrEnum
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from msgspec import Struct

from signoff.domain.errors import Malformed
from signoff.domain.ids import Instant

SECRET_BYTES = 32
TOLERANCE = 300
"""Seconds by which a receiver's clock may differ, and so how long a copy may be shown again."""

ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"


class Scheme(StrEnum):
    """By what a receiver tells that it was us."""

    HMAC = "v1"
    ED25519 = "v1a"


_PREFIX = {Scheme.HMAC: "whsec_", Scheme.ED25519: "whpk_"}


class SigningKey(Struct, frozen=True, kw_only=True):
    """A secret that signs; after `until`, which a rotation gives it, it does not any more."""

    scheme: Scheme
    secret: bytes
    until: Instant | None = None

    def __repr__(self) -> str:
        return f"SigningKey({self.scheme})"

    @property
    def shown(self) -> str:
        """Return what the receiver needs: the secret itself, or the public key."""
        return _PREFIX[self.scheme] + base64.b64encode(self._known).decode()

    @property
    def _known(self) -> bytes:
        match self.scheme:
            case Scheme.HMAC:
                return self.secret
            case Scheme.ED25519:
                return self._private.public_key().public_bytes_raw()

    @property
    def _private(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.secret)

    def sign(self, message: bytes) -> str:
        """Return one entry of the signature's header."""
        match self.scheme:
            case Scheme.HMAC:
                value = hmac.digest(self.secret, message, sha256)
            case Scheme.ED25519:
                value = self._private.sign(message)
        return f"{self.scheme},{base64.b64encode(value).decode()}"


def signed_headers(
    keys: Iterable[SigningKey], *, name: str, timestamp: int, body: bytes
) -> dict[str, str]:
    """Return the headers that go with a body; `timestamp` is in seconds since 1970."""
    message = signed_content(name, timestamp, body)
    return {
        ID: name,
        TIMESTAMP: str(timestamp),
        SIGNATURE: " ".join(key.sign(message) for key in keys),
    }


def signed_content(name: str, timestamp: int, body: bytes) -> bytes:
    """Return what is signed; neither an id nor a timestamp has a dot in it."""
    return f"{name}.{timestamp}.".encode() + body


def live(keys: Iterable[SigningKey], now: Instant) -> tuple[SigningKey, ...]:
    """Return the keys that sign now, the newest first."""
    return tuple(key for key in keys if key.until is None or key.until > now)


def rotated(
    keys: Iterable[SigningKey], fresh: SigningKey, *, now: Instant, until: Instant
) -> tuple[SigningKey, ...]:
    """Put a fresh key before the one that signs now, which ends with the overlap.

    What an earlier rotation left ends at once: never more than two sign.
    """
    newest = live(keys, now)[:1]
    old = (
        SigningKey(scheme=key.scheme, secret=key.secret, until=until)
        for key in newest
        if until > now
    )
    return (fresh, *old)


def genuine(
    shown: str, *, name: str, timestamp: int, body: bytes, signatures: str, now: int
) -> bool:
    """Say whether a receiver who knows a secret, or a public key, may believe what came.

    Entries of another version are passed over, as a rotation and its end need it.
    """
    if abs(now - timestamp) > TOLERANCE:
        return False
    scheme, key = parse_shown(shown)
    message = signed_content(name, timestamp, body)
    pairs = (entry.partition(",") for entry in signatures.split())
    return any(
        _fits(scheme, key, message, value) for version, _, value in pairs if version == scheme
    )


def parse_shown(shown: str) -> tuple[Scheme, bytes]:
    """Return the scheme and the bytes of a `whsec_` secret or a `whpk_` key."""
    for scheme, prefix in _PREFIX.items():
        if shown.startswith(prefix):
            return scheme, _decoded(shown.removeprefix(prefix))
    raise Malformed(
        "This is no secret of a webhook", hint="It begins with `whsec_` or `whpk_`."
    )


def _fits(scheme: Scheme, key: bytes, message: bytes, value: str) -> bool:
    given = _decoded(value)
    match scheme:
        case Scheme.HMAC:
            return hmac.compare_digest(hmac.digest(key, message, sha256), given)
        case Scheme.ED25519:
            try:
                Ed25519PublicKey.from_public_bytes(key).verify(given, message)
            except InvalidSignature:
                return False
            return True


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise Malformed("A signature or a secret is not base64") from None
