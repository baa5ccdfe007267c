"""The entry of the log: a leaf that is sealed for ever, a private part that can be erased."""

import hashlib
import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

import msgspec
from msgspec import Struct

from signoff.domain.actors import Caller, CredentialKind, Door, Kind
from signoff.domain.errors import Code, Damaged, Invalid, Malformed
from signoff.domain.events import Event, Type
from signoff.domain.ids import (
    INSTANCE,
    ActorId,
    CredentialId,
    Digest,
    HandoffId,
    Instant,
    NodeId,
    Slug,
)

SALT_BYTES: Final = 32
MAX_LEAF_BYTES: Final = 8 * 1024
MAX_TEXT_BYTES: Final = 4 * 1024
_SURELY_SHORT: Final = MAX_TEXT_BYTES // 4
"""So many characters fit into the limit whatever they are, four bytes being the most."""

_PLAIN: Final = (
    b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789" + b"_-.:+" + b'{}",'
)
"""All that a leaf is written with: words, numbers, ids, and JSON's own marks."""


class Entry(
    Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True,
    tag_field="leaf", tag=1,
):  # fmt: skip
    """What the log says for ever. The order of the fields is that of the leaf's bytes.

    `position` counts from 1 in each workspace and is one more than the leaf's index in the
    tree. `commitment` stands for a `Private`; an entry that had none has no commitment.
    """

    position: int
    id: str
    at: Instant
    workspace: Slug
    type: Type
    actor: ActorId
    actor_kind: Kind
    credential: CredentialId
    credential_kind: CredentialKind
    door: Door
    node: NodeId | None = None
    version: int | None = None
    digest: Digest | None = None
    size: int | None = None
    handoff: HandoffId | None = None
    round: int | None = None
    subject: str | None = None
    codes: dict[str, str | int | bool] = {}
    request_id: str = ""
    commitment: str | None = None


class Private(
    Struct, frozen=True, kw_only=True, omit_defaults=True,
    rename={"from_path": "from", "to_path": "to"},
):  # fmt: skip
    """What may be personal: kept beside the leaf with its salt, until it is erased."""

    path: str | None = None
    from_path: str | None = None
    to_path: str | None = None
    reason: str | None = None
    private: dict[str, Any] = {}
    address: str = ""
    user_agent: str = ""


class Sealed(Struct, frozen=True):
    """An entry as it is stored. `private_json` is None when there was nothing private."""

    entry: Entry
    leaf: bytes
    leaf_hash: bytes
    private_json: bytes | None


_NUMBERED = re.compile(
    rb'(\{"leaf":1,"position":)\d+(,"id":"[^"]*","at":)\d+(,.*)', re.DOTALL
).fullmatch
_encode = msgspec.json.Encoder(order="deterministic").encode
_decode_leaf = msgspec.json.Decoder(Entry).decode
_decode_private = msgspec.json.Decoder(Private).decode


def seal(
    event: Event,
    *,
    caller: Caller,
    workspace: Slug,
    position: int,
    id: str,  # noqa: A002  the field's name at every door
    at: Instant,
    salt: bytes,
    address: str = "",
    user_agent: str = "",
) -> Sealed:
    """Write the entry of an event once and for all; its bytes are never made again.

    Refuses a text over 4 KiB, a leaf over 8 KiB, and whatever is no plain word or number
    outside the private part, so that no personal text gets into a leaf (RULES 33).
    """
    private_json = _private_json(event, address, user_agent)
    for value in event.codes.values():
        if not isinstance(value, str | int):
            raise Invalid("An entry's codes are words and whole numbers", hint="Round it.")
    entry = Entry(
        position=position,
        id=id,
        at=at,
        workspace=workspace,
        type=event.type,
        actor=caller.actor.id,
        actor_kind=caller.actor.kind,
        credential=caller.credential.id,
        credential_kind=caller.credential.kind,
        door=caller.door,
        node=event.node,
        version=event.version,
        digest=event.digest,
        size=event.size,
        handoff=event.handoff,
        round=event.round,
        subject=event.subject,
        codes=event.codes,
        request_id=caller.request_id,
        commitment=None if private_json is None else commitment(salt, private_json),
    )
    leaf = _leaf(entry)
    return Sealed(entry, leaf, hashlib.sha256(b"\x00" + leaf).digest(), private_json)


def _leaf(entry: Entry) -> bytes:
    leaf = _encode(entry)
    strange = leaf.translate(None, _PLAIN)
    if strange and not (strange == b"@" and entry.workspace == INSTANCE):
        raise Invalid(
            "An entry of the log names things by plain ids and codes only",
            hint="Ids, codes and request ids are letters, digits and _ - . : +",
        )
    if len(leaf) > MAX_LEAF_BYTES:
        raise Invalid(
            f"The entry of this act is {len(leaf)} bytes; {MAX_LEAF_BYTES} is the most",
            code=Code.TOO_LONG,
            hint="Act on fewer things at a time.",
        )
    return leaf


def around(leaf: bytes) -> tuple[bytes, bytes, bytes]:
    """Return what stands before a leaf's position, between it and its time, and behind.

    A leaf is these three with the two numbers between them, for a store that knows the
    numbers only when it writes.
    """
    found = _NUMBERED(leaf)
    if found is None:
        raise ValueError("this is no leaf")
    return found[1], found[2], found[3]


def _private_json(event: Event, address: str, user_agent: str) -> bytes | None:
    path, from_path, to_path = event.path, event.from_path, event.to_path
    reason = event.reason
    if not (path or reason or from_path or to_path or address or event.private or user_agent):
        return None
    try:
        for what, text in (
            ("path", path), ("path", from_path), ("path", to_path), ("reason", reason),
        ):  # fmt: skip
            if text and len(text) > _SURELY_SHORT and len(text.encode()) > MAX_TEXT_BYTES:
                raise Invalid(
                    f"The {what} is longer than {MAX_TEXT_BYTES} bytes",
                    code=Code.TOO_LONG,
                    hint="Put a long text into a file of the package.",
                )
        return _encode(
            Private(
                path=path,
                from_path=from_path,
                to_path=to_path,
                reason=reason,
                private=event.private,
                address=address,
                user_agent=user_agent,
            )
        )
    except UnicodeEncodeError as broken:
        raise Malformed(
            "A text holds half of a surrogate pair, which is no character"
        ) from broken


def commitment(salt: bytes, private_json: bytes) -> str:
    """Return what the leaf says of the private part: SHA-256 over salt and bytes, in hex.

    Without the salt nobody can find a short text again by guessing (STORAGE 14).
    """
    if len(salt) != SALT_BYTES:
        raise ValueError("a salt is 32 random bytes")
    return hashlib.sha256(salt + private_json).hexdigest()


def read_leaf(leaf: bytes) -> Entry:
    """Return what a leaf says; refuse what this log cannot have written."""
    try:
        return _decode_leaf(leaf)
    except (msgspec.MsgspecError, UnicodeDecodeError) as broken:
        raise Damaged("A leaf of the log cannot be read") from broken


def read_private(private_json: bytes) -> Private:
    """Return what a private part says."""
    try:
        return _decode_private(private_json)
    except (msgspec.MsgspecError, UnicodeDecodeError) as broken:
        raise Damaged("The private part of an entry cannot be read") from broken


class Finding(StrEnum):
    """What checking one entry found."""

    INTACT = "intact"
    ERASED = "erased"
    UNREADABLE = "unreadable"
    COLUMNS_DIFFER = "columns_differ"
    PRIVATE_DIFFERS = "private_differs"


class Check(Struct, frozen=True, kw_only=True):
    """A finding, and which columns say something else than the leaf."""

    finding: Finding
    columns: tuple[str, ...] = ()

    @property
    def sound(self) -> bool:
        """Say whether nobody tampered: whole, or whole but for what was erased by right."""
        return self.finding in {Finding.INTACT, Finding.ERASED}


def check(
    leaf: bytes, *, columns: Mapping[str, object], private: tuple[bytes, bytes] | None
) -> Check:
    """Compare what is kept for searching with what was sealed.

    `columns` are named as the fields of `Entry`; `private` is the salt and the private part
    as stored, None when there is no such row. The leaf itself is checked by the tree's head.
    """
    try:
        entry = read_leaf(leaf)
    except Damaged:
        return Check(finding=Finding.UNREADABLE)
    wrong = tuple(name for name, value in columns.items() if getattr(entry, name) != value)
    if wrong:
        return Check(finding=Finding.COLUMNS_DIFFER, columns=wrong)
    if private is None:
        return Check(finding=Finding.ERASED if entry.commitment else Finding.INTACT)
    salt, body = private
    if len(salt) != SALT_BYTES or commitment(salt, body) != entry.commitment:
        return Check(finding=Finding.PRIVATE_DIFFERS)
    return Check(finding=Finding.INTACT)


def follows(entry: Entry, previous: Entry | None) -> bool:
    """Say whether an entry may come right after another, or first: no gap, never back in time.

    See STORAGE 12 for the positions and RULES 34 for the times.
    """
    if previous is None:
        return entry.position == 1
    return (
        entry.workspace == previous.workspace
        and entry.position == previous.position + 1
        and entry.at >= previous.at
    )


def leaf_index(position: int) -> int:
    """Return the place of an entry in the tree, which counts from nought."""
    return position - 1
