"""Signed notes, the log's checkpoints, and proofs to carry away (C2SP signed-note, tlog-*)."""

import base64
import binascii
import hashlib
import unicodedata

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from msgspec import Struct

from signoff.domain.errors import Damaged, Malformed
from signoff.domain.ids import Slug
from signoff.domain.merkle import HASH_BYTES, leaf_hash, verify_inclusion

ED25519 = b"\x01"
KEY_BYTES = 32
ID_BYTES = 4
MAX_NOTE_LENGTH = 64 * 1024
MAX_SIGNATURES = 100
MAX_PROOF_HASHES = 64
PROOF_HEADER = "c2sp.org/tlog-proof@v1"
_DASH = "— "


class VerifierKey(Struct, frozen=True, kw_only=True):
    """The public half of a note key: who is named, and the Ed25519 key that proves it."""

    name: str
    public: bytes

    @property
    def id(self) -> bytes:
        """Return the four bytes that a signature line names its key by."""
        named = self.name.encode() + b"\n" + ED25519 + self.public
        return hashlib.sha256(named).digest()[:ID_BYTES]

    @property
    def text(self) -> str:
        """Return the key as one line to publish: name, id and key, joined by `+`."""
        return f"{self.name}+{self.id.hex()}+{_base64(ED25519 + self.public)}"


class SignerKey(Struct, frozen=True, kw_only=True):
    """A note key whole; `seed` is the Ed25519 private key (RFC 8032) and stays secret."""

    name: str
    seed: bytes

    @property
    def verifier(self) -> VerifierKey:
        """Return the half that may be published."""
        public = Ed25519PrivateKey.from_private_bytes(self.seed).public_key()
        return VerifierKey(name=self.name, public=public.public_bytes_raw())

    def __repr__(self) -> str:
        return f"SignerKey(name={self.name!r})"


class Signature(Struct, frozen=True, kw_only=True):
    """One line below a note."""

    name: str
    key_id: bytes
    value: bytes


class Note(Struct, frozen=True, kw_only=True):
    """A text that ends with a newline, and who signed it."""

    text: str
    signatures: tuple[Signature, ...]


class Checkpoint(Struct, frozen=True, kw_only=True):
    """What a log says of itself at one moment: its name, its length, its head."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """Return the note's text (C2SP tlog-checkpoint)."""
        lines = (self.origin, str(self.size), _base64(self.root), *self.extensions)
        return "".join(f"{line}\n" for line in lines)


class Proof(Struct, frozen=True, kw_only=True):
    """That an entry is in the log, to be checked without the log (C2SP tlog-proof)."""

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: str
    extra: bytes = b""

    @property
    def text(self) -> str:
        """Return the contents of a `.tlog-proof` file."""
        extra = (f"extra {_base64(self.extra)}",) if self.extra else ()
        path = (_base64(node) for node in self.hashes)
        lines = (PROOF_HEADER, *extra, f"index {self.index}", *path, "", self.checkpoint)
        return "\n".join(lines)


def log_name(public_url: str, workspace: Slug) -> str:
    """Return the name by which a workspace's log signs: its URL without the scheme."""
    host = public_url.rpartition("://")[2].strip("/")
    return _key_name(f"{host}/log/{workspace}")


def parse_verifier_key(text: str) -> VerifierKey:
    """Return the key that a published line holds, or say why it is none."""
    name, _, rest = text.strip().partition("+")
    key_id, _, encoded = rest.partition("+")
    key = _decoded(encoded)
    if key[:1] != ED25519 or len(key) != len(ED25519) + KEY_BYTES:
        raise Malformed(
            "This is not an Ed25519 verifier key", hint="It reads name+8 hex digits+base64."
        )
    verifier = VerifierKey(name=_key_name(name), public=key[1:])
    if verifier.id.hex() != key_id:
        raise Malformed(
            "The key's id does not belong to its name and bytes",
            hint="Copy the whole line again from where it is published.",
        )
    return verifier


def sign(text: str, *keys: SignerKey) -> str:
    """Return the note: the text, and a line for each key below it."""
    _check_text(text)
    lines = [text, "\n"]
    for key in keys:
        value = Ed25519PrivateKey.from_private_bytes(key.seed).sign(text.encode())
        line = _base64(key.verifier.id + value)
        lines.append(f"{_DASH}{_key_name(key.name)} {line}\n")
    return "".join(lines)


def parse_note(note: str) -> Note:
    """Split a note into its text and its signatures; this verifies none of them."""
    text, found, below = note.rpartition("\n\n")
    text += "\n"
    if not found or not below.endswith("\n") or len(note) > MAX_NOTE_LENGTH:
        raise Malformed("This is not a signed note: there are no signatures below a blank line")
    _check_text(text)
    lines = below[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise Malformed(f"A note has at most {MAX_SIGNATURES} signatures")
    return Note(text=text, signatures=tuple(map(_parse_signature, lines)))


def _parse_signature(line: str) -> Signature:
    name, _, encoded = line.removeprefix(_DASH).partition(" ")
    value = _decoded(encoded)
    if not line.startswith(_DASH) or len(value) <= ID_BYTES:
        raise Malformed("A line below the note is no signature")
    return Signature(name=_key_name(name), key_id=value[:ID_BYTES], value=value[ID_BYTES:])


def open_note(note: str, *keys: VerifierKey) -> Note:
    """Return the note if at least one of these keys signed it, with only their signatures.

    Signatures by other keys are passed over; one by a known key that fails refuses the whole.
    """
    parsed = parse_note(note)
    known = {(key.name, key.id): key for key in keys}
    good: dict[tuple[str, bytes], Signature] = {}
    for signature in parsed.signatures:
        which = signature.name, signature.key_id
        if which in known:
            _check_signature(known[which], signature, parsed.text)
            good.setdefault(which, signature)
    if not good:
        raise Damaged(
            "No key that is trusted here signed this note",
            hint="Compare the name and the key with those that the log publishes.",
        )
    return Note(text=parsed.text, signatures=tuple(good.values()))


def _check_signature(key: VerifierKey, signature: Signature, text: str) -> None:
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(signature.value, text.encode())
    except InvalidSignature as broken:
        raise Damaged(f"The signature by {key.name} does not fit the note") from broken


def parse_checkpoint(text: str) -> Checkpoint:
    """Return what the text of a note says of a log."""
    lines = text.split("\n")
    if len(lines) < 4 or lines.pop() or not all(lines):  # noqa: PLR2004  three and a last newline
        raise Malformed("A checkpoint has a name, a size and a head, each on its line")
    origin, size, head, *extensions = lines
    root = _decoded(head)
    if len(root) != HASH_BYTES:
        raise Malformed("The head of a checkpoint is a SHA-256 hash in base64")
    return Checkpoint(
        origin=origin, size=_number(size), root=root, extensions=tuple(extensions)
    )


def open_checkpoint(note: str, key: VerifierKey) -> Checkpoint:
    """Return the checkpoint if the log itself signed it: the key must bear the log's name."""
    checkpoint = parse_checkpoint(open_note(note, key).text)
    if checkpoint.origin != key.name:
        raise Damaged(f"{key.name} signed a checkpoint of another log, {checkpoint.origin}")
    return checkpoint


def parse_proof(text: str) -> Proof:
    """Return what a `.tlog-proof` file says; this verifies nothing."""
    head, found, checkpoint = text.partition("\n\n")
    header, *lines = head.split("\n")
    extra = b""
    if lines and lines[0].startswith("extra "):
        extra = _decoded(lines.pop(0).removeprefix("extra "))
    if header != PROOF_HEADER or not found or not lines or not lines[0].startswith("index "):
        raise Malformed("This is not a proof", hint=f"It begins with {PROOF_HEADER}.")
    hashes = tuple(map(_decoded, lines[1:]))
    if len(hashes) > MAX_PROOF_HASHES or any(len(node) != HASH_BYTES for node in hashes):
        raise Malformed("A proof is made of at most 64 SHA-256 hashes in base64")
    index = _number(lines[0].removeprefix("index "))
    return Proof(index=index, hashes=hashes, checkpoint=checkpoint, extra=extra)


def verify_proof(text: str, *, leaf: bytes, key: VerifierKey) -> Checkpoint:
    """Return the checkpoint under which this very entry is in the log, or refuse.

    Nothing but the log's published key is trusted; `extra` is not covered.
    """
    proof = parse_proof(text)
    checkpoint = open_checkpoint(proof.checkpoint, key)
    if not verify_inclusion(
        leaf_hash(leaf),
        index=proof.index,
        size=checkpoint.size,
        proof=proof.hashes,
        head=checkpoint.root,
    ):
        raise Damaged(
            "The entry is not what stands at that place of the log",
            hint="Check that the proof and the entry belong together, byte for byte.",
        )
    return checkpoint


def _check_text(text: str) -> None:
    if not text.endswith("\n") or any(
        unicodedata.category(character) in {"Cc", "Cs"} and character != "\n"
        for character in text
    ):
        raise Malformed("A note ends with a newline and holds no other control characters")


def _key_name(name: str) -> str:
    if not name or "+" in name or any(c.isspace() or not c.isprintable() for c in name):
        raise Malformed("A key's name is not empty and holds neither spaces nor “+”")
    return name


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal()) or (text[0] == "0" and text != "0"):
        raise Malformed("A number is written in decimal, without leading zeros")
    if len(text) > 19:  # noqa: PLR2004  what is longer exceeds a tree of 64 levels
        raise Malformed("A number is too large for any log")
    return int(text)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _decoded(text: str) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as broken:
        raise Malformed("This is not base64") from broken
    if _base64(data) != text:
        raise Malformed("This is not base64 in its one canonical form")
    return data
