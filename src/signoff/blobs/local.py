"""Blobs as files: created exclusively, written once, synced, and so is their folder.

`blobs/acme/6f…c2` lies at `<root>/blobs/acme/c2/6f…c2`: the last two characters of an id
spread a workspace over 256 folders. No rename is needed, as no row names a blob before it is
finished (STORAGE 19); what a crash leaves is listed by `walk` and cannot be decrypted.
"""

import asyncio
import os
import shutil
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from signoff.blobs import disk
from signoff.blobs.stores import BlobInfo, Bytes, absent, check_name, clean_prefix, taken
from signoff.domain.ids import Instant

BATCH = 2 << 20
"""A piece of an upload, with its tags a little more than 1 MiB, is one step."""
_SYNC_EVERY = 16 << 20
_REMEMBERED = 10_000
_SCRATCH = ".new"
_T = TypeVar("_T")


class LocalStore:
    """A folder of blobs."""

    read_ahead = 1

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()
        # Threads wait for the disk, not for the processor: syncs of many writers overlap.
        self._pool = ThreadPoolExecutor(16, thread_name_prefix="blobs")
        self._durable: set[Path] = set()
        self._syncs = ThreadPoolExecutor(4, thread_name_prefix="blobs-sync")

    async def create(self, name: str, *, size_hint: int = 0) -> "LocalWriter":  # noqa: ARG002
        """Begin a file; the name is taken from this moment on."""
        loop = asyncio.get_running_loop()
        opening = loop.run_in_executor(self._pool, self._open, name, self._place(name))
        try:
            return await asyncio.shield(opening)
        except asyncio.CancelledError:
            # The thread opens the file all the same, and nobody is left to close it.
            opening.add_done_callback(self._discard)
            raise

    async def read(self, name: str, start: int, length: int) -> bytes:
        """Read a range from the file."""
        into = memoryview(bytearray(length))
        return bytes(into[: await self.read_into(name, start, into)])

    async def read_into(self, name: str, start: int, into: memoryview) -> int:
        """Read from the file into memory that is there already."""
        path = self._place(name)
        try:
            return await self._run(disk.read_into, path, start, into)
        except FileNotFoundError:
            raise absent(name) from None

    async def read_through(
        self, name: str, start: int, into: memoryview, use: Callable[[memoryview], _T]
    ) -> _T:
        """Read from the file, and use it on the thread that did: one journey, not two."""
        path = self._place(name)

        def work() -> _T:
            return use(into[: disk.read_into(path, start, into)])

        try:
            return await self._run(work)
        except FileNotFoundError:
            raise absent(name) from None

    async def size(self, name: str) -> int:
        """Return the file's length."""
        try:
            return (await self._run(self._place(name).stat)).st_size
        except FileNotFoundError:
            raise absent(name) from None

    async def remove(self, name: str) -> None:
        """Unlink the file. Folders stay: another writer may be about to use them."""
        await self._run(_unlink, self._place(name))

    async def walk(self, prefix: str = "") -> AsyncIterator[BlobInfo]:
        """List file by file, one folder in memory at a time."""
        bare = clean_prefix(prefix)
        folders = [self._root / bare]
        while folders:
            found, below = await self._run(self._list, folders.pop())
            folders.extend(below)
            for info in found:
                if not bare or info.name.startswith(f"{bare}/"):
                    yield info

    async def put(self, name: str, data: bytes, *, overwrite: bool = False) -> None:
        """Publish a small file whole."""
        path = self._place(name)
        try:
            await self._run(self._publish, path, data, overwrite)
        except FileExistsError:
            raise taken(name) from None

    async def free(self) -> int | None:
        """Return what the file system lets ordinary users fill."""
        found = await asyncio.to_thread(shutil.disk_usage, self._root)
        return found.free

    async def close(self) -> None:
        """End the threads when their work is done."""
        await asyncio.to_thread(self._pool.shutdown)
        await asyncio.to_thread(self._syncs.shutdown)

    def _place(self, name: str) -> Path:
        folder, _, last = check_name(name).rpartition("/")
        return self._root / folder / _shard(last) / last

    async def _run(self, work: Callable[..., _T], *values: object) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, work, *values)

    def _open(self, name: str, path: Path) -> "LocalWriter":
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        with disk.room():
            self._ready(path.parent)
            try:
                fd = os.open(path, flags, 0o600)
            except FileExistsError:
                raise taken(name) from None
        return LocalWriter(path, fd, self._pool, self._syncs)

    def _discard(self, opening: "asyncio.Future[LocalWriter]") -> None:
        if not opening.cancelled() and not opening.exception():
            opening.result().drop()

    def _ready(self, folder: Path) -> None:
        if folder in self._durable:
            return
        if len(self._durable) >= _REMEMBERED:
            self._durable.clear()
        self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
        disk.sync_folder(self._root.parent)
        disk.make_folders(folder, below=self._root)
        self._durable.add(folder)

    def _publish(self, path: Path, data: bytes, overwrite: bool) -> None:  # noqa: FBT001
        scratch = self._root / _SCRATCH
        self._ready(path.parent)
        self._ready(scratch)
        disk.sweep_drafts(scratch)
        disk.publish(path, data, overwrite=overwrite, scratch=scratch)

    def _list(self, folder: Path) -> tuple[list[BlobInfo], list[Path]]:
        found: list[BlobInfo] = []
        below: list[Path] = []
        with suppress(FileNotFoundError, NotADirectoryError), os.scandir(folder) as entries:
            for entry in entries:
                if entry.name == _SCRATCH:
                    continue
                if entry.is_dir(follow_symlinks=False):
                    below.append(Path(entry.path))
                    continue
                with suppress(FileNotFoundError):
                    found.append(self._info(entry))
        return found, below

    def _info(self, entry: "os.DirEntry[str]") -> BlobInfo:
        stat = entry.stat(follow_symlinks=False)
        # The folder above is the shard, which is no part of the name.
        folder = Path(entry.path).parent.parent.relative_to(self._root)
        return BlobInfo(
            name=(folder / entry.name).as_posix(),
            size=stat.st_size,
            modified_at=Instant(stat.st_mtime_ns // 1000),
        )


class LocalWriter:
    """A file that is being written, in threads, in steps of at most 2 MiB.

    Every step holds the lock, so that an abort after a cancelled `write` waits for the thread
    that is still at it instead of closing the file beneath it.
    """

    def __init__(
        self, path: Path, fd: int, pool: ThreadPoolExecutor, syncs: ThreadPoolExecutor
    ) -> None:
        self._path = path
        self._fd = fd
        self._pool = pool
        self._syncs = syncs
        self._lock = threading.Lock()
        self._syncing: Future[None] | None = None
        self._unsynced = 0
        self._kept = False

    async def write(self, data: Bytes) -> None:
        """Append; large data goes in steps, so that no thread is kept from others for long."""
        view = memoryview(data).cast("B")
        for at in range(0, len(view), BATCH):
            await self._run(self._append, view[at : at + BATCH])

    async def keep(self) -> bool:
        """Sync what there is."""
        await self._run(self._keep)
        return True

    async def finish(self) -> None:
        """Sync the bytes, then the name."""
        await self._run(self._finish)

    async def abort(self) -> None:
        """Remove the file, unless some of it was kept."""
        await self._run(self.drop)

    def drop(self) -> None:
        """Remove the file, unless some of it was kept, from any thread."""
        with self._lock:
            self._drop()

    async def _run(self, work: Callable[..., None], *values: object) -> None:
        await asyncio.get_running_loop().run_in_executor(self._pool, work, *values)

    def _append(self, data: memoryview) -> None:
        with self._lock, disk.room():
            try:
                self._unsynced += disk.write_all(self._fd, data)
                if self._unsynced >= _SYNC_EVERY:
                    self._settle()
                    # Begun early, so that the last sync of a large file has little left to do
                    # and a fast sender cannot fill the page cache.
                    self._syncing = self._syncs.submit(disk.sync_data, self._fd)
                    self._unsynced = 0
            except BaseException:
                self._drop()
                raise

    def _keep(self) -> None:
        with self._lock, disk.room():
            self._sync()
            self._kept = True
            self._unsynced = 0

    def _finish(self) -> None:
        with self._lock, disk.room():
            self._sync()
            os.close(self._fd)
            self._fd = -1

    def _sync(self) -> None:
        try:
            self._settle()
            disk.sync_data(self._fd)
            if not self._kept:
                disk.sync_folder(self._path.parent)
        except BaseException:
            self._drop()
            raise

    def _settle(self) -> None:
        syncing, self._syncing = self._syncing, None
        if syncing:
            syncing.result()

    def _drop(self) -> None:
        if self._fd < 0:
            return
        with suppress(OSError):
            self._settle()
        fd, self._fd = self._fd, -1
        os.close(fd)
        if not self._kept:
            self._path.unlink(missing_ok=True)


def _shard(last: str) -> str:
    # Lower case, so that the folders are the same on file systems that fold case.
    return f"{last[-2:].lower().replace('.', '_'):_>2}"


def _unlink(path: Path) -> None:
    with suppress(FileNotFoundError, NotADirectoryError):
        path.unlink()
