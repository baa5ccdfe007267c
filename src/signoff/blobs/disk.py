"""What local disk must be told so that written means kept: every call that syncs is here."""

import errno
import os
import secrets
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from signoff.domain.errors import StorageFull

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_STALE_SECONDS = 3600

if sys.platform == "darwin":
    import fcntl

    def sync_data(fd: int) -> None:
        """Bring the file's bytes to the medium; on macOS fsync alone stops at the drive."""
        fcntl.fcntl(fd, fcntl.F_FULLFSYNC)

else:

    def sync_data(fd: int) -> None:
        """Bring the file's bytes, and what is needed to find them, to the medium."""
        os.fdatasync(fd)


@contextmanager
def room() -> Iterator[None]:
    """Turn a disk, a quota or a file-size limit that is full into a refusal."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise StorageFull(
                "There is no room left to store this",
                hint="Free space where the bytes are kept, then try again.",
            ) from error
        raise


def write_all(fd: int, data: bytes | memoryview) -> int:
    """Write every byte and return how many; the kernel may take fewer at a time."""
    view = memoryview(data).cast("B")
    done = 0
    while done < len(view):
        done += os.write(fd, view[done:])
    return done


def read_into(path: Path, start: int, into: memoryview) -> int:
    """Fill what is given from the file; return how much of it there was."""
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        done = 0
        while done < len(into) and (more := os.preadv(fd, [into[done:]], start + done)):
            done += more
        return done
    finally:
        os.close(fd)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable: a synced file without its name is lost."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def make_folders(folder: Path, *, below: Path) -> None:
    """Make a folder and its parents up to `below`, every name durable in the one above.

    Syncs also what exists: who made it may not have come to syncing it yet.
    """
    if folder != below:
        make_folders(folder.parent, below=below)
        with suppress(FileExistsError):
            folder.mkdir(mode=0o700)
        sync_folder(folder.parent)


def publish(path: Path, data: bytes, *, overwrite: bool, scratch: Path) -> None:
    """Put a whole file in place at once, durable; raise FileExistsError unless `overwrite`.

    It is written under a random name in `scratch` first, so that a crash leaves the old
    file, the new one, or none, and never a part of one.
    """
    draft = scratch / f".{secrets.token_hex(8)}.new"
    with room():
        try:
            fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            try:
                write_all(fd, data)
                sync_data(fd)
            finally:
                os.close(fd)
            if overwrite:
                draft.replace(path)
            else:
                # Unlike a rename, a link refuses a name that is taken.
                os.link(draft, path)
        finally:
            draft.unlink(missing_ok=True)
    sync_folder(path.parent)


def sweep_drafts(scratch: Path) -> None:
    """Remove what a crash inside `publish` left behind, once it is surely nobody's."""
    with suppress(FileNotFoundError):
        for draft in scratch.glob(".*.new"):
            with suppress(FileNotFoundError):
                if time.time() - draft.stat().st_mtime > _STALE_SECONDS:
                    draft.unlink()
