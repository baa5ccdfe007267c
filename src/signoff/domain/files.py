"""Paths, files, folders and their immutable versions."""

import unicodedata
from enum import StrEnum
from functools import lru_cache
from hashlib import sha256

from msgspec import Struct

from signoff.domain.errors import Code, Forbidden, Invalid
from signoff.domain.ids import ActorId, BlobId, Digest, Instant, NodeId, Path

MAX_DEPTH = 32
MAX_NAME_BYTES = 255
MAX_PATH_BYTES = 4096


class NodeKind(StrEnum):
    """What a node of the tree is."""

    FILE = "file"
    FOLDER = "folder"


class Node(Struct, frozen=True, kw_only=True):
    """A node of the tree. What it says of a file is what its current version says.

    `version` is 0 for a folder and for a name that is reserved but has no contents yet.
    """

    id: NodeId
    parent: NodeId | None
    name: str
    kind: NodeKind
    version: int = 0
    digest: Digest | None = None
    size: int = 0
    media_type: str = ""
    blob: BlobId | None = None
    created_at: Instant = Instant(0)
    modified_at: Instant = Instant(0)
    modified_by: ActorId = ActorId("system")

    @property
    def is_folder(self) -> bool:
        """Say whether it can hold others."""
        return self.kind is NodeKind.FOLDER

    @property
    def etag(self) -> str:
        """Return the strong entity tag of its current version (RFC 9110, 8.8.3)."""
        return f'"{self.id}-{self.version}"'


class Version(Struct, frozen=True, kw_only=True):
    """A file's contents at a moment; never changed."""

    node: NodeId
    number: int
    blob: BlobId
    digest: Digest
    size: int
    media_type: str
    author: ActorId
    at: Instant


@lru_cache(maxsize=2048)
def clean_path(raw: str) -> Path:
    """Return the one form of a path that every door means by it.

    Slashes at either end and doubled ones are dropped; the root is the empty string.
    Refuses `.` and `..`, control characters, lone surrogates, and what is too long or deep.
    """
    if len(raw) > 4 * MAX_PATH_BYTES:  # NFC shortens at most threefold: too long, unread
        raise _too_long()
    path = Path("/".join([clean_name(part) for part in raw.split("/") if part]))
    check_length(path)
    return path


def check_length(path: Path) -> None:
    """Refuse a path that is too long or too deep, made of whatever names."""
    depth = path.count("/") + 1
    if depth > MAX_DEPTH:
        raise Invalid(
            f"The path is {depth} folders deep; {MAX_DEPTH} is the most",
            code=Code.INVALID_PATH,
            hint="Use fewer folders.",
        )
    if len(path.encode()) > MAX_PATH_BYTES:
        raise _too_long()


def _too_long() -> Invalid:
    return Invalid(
        f"The path is longer than {MAX_PATH_BYTES} bytes",
        code=Code.INVALID_PATH,
        hint="Use shorter names or fewer folders.",
    )


UNSEEN = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufffe\uffff")
"""Overrides of direction, which make `exe.pdf` of `fdp.exe`, and what no XML may hold."""


def clean_name(raw: str) -> str:
    """Return one name of a path in NFC, or refuse it."""
    name = raw if raw.isascii() and raw.isprintable() else _composed(raw)
    if name in {"", ".", ".."}:
        raise Invalid(
            f"A path cannot hold the name “{name}”",
            code=Code.INVALID_PATH,
            hint="Write the path from the workspace's root.",
        )
    if "/" in name:
        raise Invalid(
            "A name cannot hold a slash",
            code=Code.INVALID_PATH,
            hint="Write a dash instead, or make a folder of it.",
        )
    if name != name.strip(" "):
        raise Invalid(
            "A name cannot begin or end with a space",
            code=Code.INVALID_PATH,
            hint="Take the space away.",
        )
    if len(name.encode()) > MAX_NAME_BYTES:
        raise Invalid(
            f"A name is at most {MAX_NAME_BYTES} bytes",
            code=Code.INVALID_PATH,
            hint="Shorten the name.",
        )
    return name


def _composed(raw: str) -> str:
    """Return a name in NFC; refuse what is no character, or none that is seen."""
    try:
        raw.encode()
    except UnicodeEncodeError as broken:
        raise Invalid(
            "The name holds half of a surrogate pair, which is no character",
            code=Code.INVALID_PATH,
            hint="Send the path as UTF-8.",
        ) from broken
    name = unicodedata.normalize("NFC", raw)
    if any(is_control(character) for character in name):
        raise Invalid(
            "A name cannot hold control characters",
            code=Code.INVALID_PATH,
            hint="Take line breaks, tabs and marks of direction out of the name.",
        )
    return name


def is_control(character: str) -> bool:
    """Say whether a character may not be in a name for what it does unseen."""
    return not character.isprintable() and (
        character in UNSEEN or unicodedata.category(character) in {"Cc", "Zl", "Zp"}
    )


def name_key(name: str) -> str:
    """Return what two names of one folder must not share: NFC(casefold(NFC))."""
    if name.isascii():
        return name.lower()
    folded = unicodedata.normalize("NFC", name).casefold()
    return unicodedata.normalize("NFC", folded)


def names(path: Path) -> tuple[str, ...]:
    """Return the path's names from the top; the root has none."""
    return tuple(path.split("/")) if path else ()


def parent_of(path: Path) -> Path:
    """Return the path of the folder that holds it; the root's is the root."""
    return Path(path.rpartition("/")[0])


def base_name(path: Path) -> str:
    """Return its last name."""
    return path.rpartition("/")[2]


def join(folder: Path, name: str) -> Path:
    """Return the path of `name` in `folder`."""
    return Path(f"{folder}/{name}" if folder else name)


MAX_EXTENSION_BYTES = 32


def stem_and_extension(name: str) -> tuple[str, str]:
    """Split `report.tar.gz` into `report.tar` and `.gz`.

    A leading dot begins no extension, nor does one before a space or a whole sentence.
    """
    stem, dot, extension = name.rpartition(".")
    if not stem or " " in extension or len(extension.encode()) >= MAX_EXTENSION_BYTES:
        return name, ""
    return stem, dot + extension


def numbered(name: str, n: int, *, is_folder: bool = False) -> str:
    """Return the name that gives way to a taken one: `report (2).pdf`, `v1.2 (2)`.

    A stem that would make it too long is cut.
    """
    stem, extension = (name, "") if is_folder else stem_and_extension(name)
    ending = f" ({n}){extension}"
    return cut(stem, MAX_NAME_BYTES - len(ending.encode())) + ending


def cut(text: str, size: int) -> str:
    """Return as many whole characters of the beginning as `size` bytes of UTF-8 hold."""
    encoded = text.encode()
    if len(encoded) <= size:
        return text
    return encoded[:size].decode(errors="ignore").rstrip(" ")


def note_name(package: str, ending: str) -> str:
    """Return the name of a note or sidecar beside a package: its name and the ending.

    If that would be too long, the name is cut and told apart by a part of its SHA-256.
    """
    whole = package + ending
    if len(whole.encode()) <= MAX_NAME_BYTES:
        return whole
    mark = f"~{sha256(package.encode()).hexdigest()[:8]}{ending}"
    return cut(package, MAX_NAME_BYTES - len(mark)) + mark


NOTE_ENDINGS = (".feedback.md", ".answers.json")


def is_note(name: str) -> bool:
    """Say whether the server writes files of this name beside a package (RULES 8)."""
    return name_key(name).endswith(NOTE_ENDINGS)


def check_not_note(name: str) -> None:
    """Refuse a name that only the server gives."""
    if is_note(name):
        raise Forbidden(
            f"“{name}” is a name that only Signoff writes",
            code=Code.RESERVED_NAME,
            hint="Give the file another name.",
        )


LITTER = frozenset(
    {
        ".ds_store",
        ".apdisk",
        ".fseventsd",
        ".metadata_never_index",
        ".metadata_never_index_unless_rootfs",
        ".ql_disablecache",
        ".ql_disablethumbnails",
        ".spotlight-v100",
        ".trashes",
        "desktop.ini",
        "ehthumbs.db",
        "thumbs.db",
    }
)
DESKTOP_BEGINNINGS = ("._", "~$", ".~lock.")
"""How the names of what desktops write for themselves begin: forks, and who has it open."""

LITTER_BEGINNINGS = (*DESKTOP_BEGINNINGS, ".fuse_hidden", ".nfs")
LITTER_ENDINGS = (".tmp~", ".crdownload")


def is_litter(name: str) -> bool:
    """Say whether desktops leave files of this name behind, which nobody hands over."""
    key = name_key(name)
    return key in LITTER or key.startswith(LITTER_BEGINNINGS) or key.endswith(LITTER_ENDINGS)
