"""What desktops leave behind in a mounted drive: where it lies, how much of it, how long.

It is nobody's work, and no work has such a name: it lies beside the tree, in a space of its
own for each credential, and comes into no log and no digest. What real contents pass through
on their way to their name (a download, a file deleted while it is open) is in the tree.
"""

from functools import lru_cache

from msgspec import Struct
from msgspec.structs import replace

from signoff.domain.errors import Code, Conflict, Held, Stale, TooLarge
from signoff.domain.files import DESKTOP_BEGINNINGS, LITTER, name_key, names
from signoff.domain.ids import (
    DAY,
    SECOND,
    ActorId,
    CredentialId,
    Instant,
    LockToken,
    Micros,
    NodeId,
    Path,
)
from signoff.domain.locks import clamp_timeout

MAX_FILE_BYTES = 1 << 20
MAX_BYTES = 16 << 20
"""So much a credential keeps in a workspace; beyond that its oldest make room."""
MAX_ENTRIES = 2_000
MAX_COPIED = 100
"""So many files and folders are copied at a time."""
KEPT_FOR = Micros(7 * DAY)
"""So long after it was written last something is kept."""


class Litter(Struct, frozen=True, kw_only=True):
    """A file or folder that a desktop made for itself.

    `parent` is the folder of the tree that it lies in, so that it goes where that goes, or a
    folder that is litter itself. `version` counts the writes.
    """

    id: NodeId
    credential: CredentialId
    parent: NodeId
    name: str
    is_folder: bool = False
    version: int = 1
    size: int = 0
    media_type: str = ""
    created_at: Instant
    modified_at: Instant
    token: LockToken | None = None
    locked_until: Instant | None = None

    @property
    def etag(self) -> str:
        """Return the strong entity tag of what it holds (RFC 9110, 8.8.3)."""
        return f'"{self.id}-{self.version}"'

    @property
    def context(self) -> str:
        """Return what its bytes are bound to: they can be read as these, and no others."""
        return f"{self.credential}/{self.id}/{self.version}"


@lru_cache(maxsize=2048)
def is_litter(path: Path) -> bool:
    """Say whether a path lies beside the tree: by its own name, or by a folder's above it."""
    return any(map(_is_desktops, names(path)))


def _is_desktops(name: str) -> bool:
    key = name_key(name)
    return key in LITTER or key.startswith(DESKTOP_BEGINNINGS)


def split(path: Path) -> tuple[Path, tuple[str, ...]]:
    """Return the folder of the tree that litter lies in, and its names from there down."""
    every = names(path)
    for at, name in enumerate(every):
        if _is_desktops(name):
            return Path("/".join(every[:at])), every[at:]
    raise Conflict(
        f"“{path}” is the name of work, which does not lie beside the tree",
        hint="Write it as a file, or choose a name that only desktops give.",
    )


# How much, and how long.


def check_size(size: int) -> None:
    """Refuse a file that is too large to be a desktop's own notes."""
    if size > MAX_FILE_BYTES:
        raise TooLarge(
            f"A file of this name is at most {MAX_FILE_BYTES:,} bytes",
            hint="What is work has a name that no desktop gives.",
        )


def check_copied(entries: int, size: int) -> None:
    """Refuse to copy more at a time than one act may take."""
    if entries > MAX_COPIED or size > MAX_FILE_BYTES:
        raise TooLarge(
            f"At most {MAX_COPIED} files and {MAX_FILE_BYTES:,} bytes are copied at a time",
            hint="Copy them one by one.",
        )


def fits(entries: int, size: int) -> bool:
    """Say whether a credential's litter is within its bounds."""
    return entries <= MAX_ENTRIES and size <= MAX_BYTES


# Writing.


def written(entry: Litter, *, size: int, media_type: str, now: Instant) -> Litter:
    """Return a file with its next contents; whoever holds its lock holds it still."""
    return replace(
        entry, version=entry.version + 1, size=size, media_type=media_type, modified_at=now
    )


def moved(entry: Litter, *, parent: NodeId, name: str) -> Litter:
    """Return it in another place; a lock stays behind (RFC 4918, section 7.6)."""
    return replace(entry, parent=parent, name=name, token=None, locked_until=None)


# Locks, which clients ask for before they write: nothing but another lock ever meets one.


def is_locked(entry: Litter, now: Instant) -> bool:
    """Say whether a lock on it lives."""
    return entry.locked_until is not None and now < entry.locked_until


def lock(
    entry: Litter,
    *,
    path: Path,
    token: LockToken,
    holder: ActorId,
    timeout: Micros | None,
    now: Instant,
) -> Litter:
    """Lock it, unless a lock on it lives."""
    until = entry.locked_until
    if until is not None and is_locked(entry, now):
        raise Held(
            f"“{path}” is locked",
            hint="Wait until the lock ends.",
            holder=holder,
            kind="exclusive",
            paths=[path],
            expires_at=until,
            seconds_left=(until - now) // SECOND,
        )
    return replace(entry, token=token, locked_until=Instant(now + clamp_timeout(timeout)))


def refresh(entry: Litter, *, token: LockToken, timeout: Micros | None, now: Instant) -> Litter:
    """Begin the time of its lock anew."""
    _check_token(entry, token, now)
    return replace(entry, locked_until=Instant(now + clamp_timeout(timeout)))


def unlock(entry: Litter, *, token: LockToken, now: Instant) -> Litter:
    """End its lock."""
    _check_token(entry, token, now)
    return replace(entry, token=None, locked_until=None)


def _check_token(entry: Litter, token: LockToken, now: Instant) -> None:
    if entry.token != token or not is_locked(entry, now):
        raise Stale("The lock has ended", hint="Lock it again.")


# Moving.


def check_free(taken: Litter | None, *, path: Path, overwrite: bool) -> None:
    """Refuse to take the place of something unless that is wanted."""
    if taken is not None and not overwrite:
        raise Conflict(
            f"“{path}” exists already",
            code=Code.EXISTS,
            hint="Choose another name, or send overwrite.",
            path=path,
        )
