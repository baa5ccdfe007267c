import asyncio
import errno
import os
import resource
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest

from signoff.blobs import BlobStore, open_store
from signoff.blobs.encrypted import Encrypted, open_blob
from signoff.blobs.keys import Keyring, RootKey, stored_keys
from signoff.blobs.local import LocalStore
from signoff.domain.errors import Damaged, NotFound, StorageFull
from tests.blobs.contract import (
    ACME,
    MIB,
    ONE,
    EncryptedContract,
    StoreContract,
    gather,
    names,
    write,
)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[BlobStore]:
    opened = open_store(f"file://{tmp_path}/blobs")
    yield opened
    await opened.close()


class TestLocal(StoreContract):
    pass


class TestEncryptedLocal(EncryptedContract):
    pass


async def test_a_finished_blob_and_every_name_above_it_were_synced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []
    _listen(monkeypatch, "fdatasync", synced)
    _listen(monkeypatch, "fsync", synced)
    store = LocalStore(tmp_path / "data")

    writer = await store.create("blobs/acme/0123")
    await writer.write(b"x")
    before = list(synced)
    await writer.finish()
    await store.close()

    top = str(tmp_path / "data")
    assert before == [str(tmp_path), top, f"{top}/blobs", f"{top}/blobs/acme"]
    assert synced[len(before) :] == [
        f"{top}/blobs/acme/23/0123",
        f"{top}/blobs/acme/23",
    ]


async def test_a_replaced_small_object_is_synced_before_it_takes_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = LocalStore(tmp_path)
    await store.put("keys/acme", b"old")
    seen: list[bytes] = []
    place = tmp_path / "keys" / "me" / "acme"
    real = os.fdatasync

    def fdatasync(fd: int) -> None:
        real(fd)
        seen.append(place.read_bytes())

    monkeypatch.setattr(os, "fdatasync", fdatasync)
    await store.put("keys/acme", b"new", overwrite=True)
    await store.close()

    assert seen == [b"old"]
    assert place.read_bytes() == b"new"


def test_a_killed_process_leaves_what_the_sweeper_sees_and_nobody_reads(
    tmp_path: Path, root: RootKey, acme: tuple[object, bytes]
) -> None:
    script = f"""
import asyncio, sys
from tests.blobs.test_local import half_an_upload
asyncio.run(half_an_upload({str(tmp_path)!r}, bytes.fromhex({acme[1].hex()!r})))
"""
    child = subprocess.Popen(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", script], stdout=subprocess.PIPE
    )
    assert child.stdout
    assert child.stdout.readline() == b"half\n"
    child.send_signal(signal.SIGKILL)
    child.wait(10)
    child.stdout.close()

    found, opened, left = asyncio.run(_after_the_crash(tmp_path, root))

    assert f"blobs/acme/{ONE}" in found
    assert opened == "damaged"
    assert left == ["keys/acme"]


def test_memory_does_not_grow_with_the_size_of_a_file(
    tmp_path: Path, acme: tuple[object, bytes]
) -> None:
    script = f"""
import asyncio
from tests.blobs.test_local import grow
print(asyncio.run(grow({str(tmp_path)!r}, bytes.fromhex({acme[1].hex()!r}))))
"""

    grown = subprocess.check_output([sys.executable, "-c", script])  # noqa: S603 - our own

    assert int(grown) < 24 * 1024


async def grow(folder: str, wrapped: bytes) -> int:
    """Return by how many KiB a large upload and its reading raise the process's peak."""
    store = LocalStore(Path(folder))
    await store.put("keys/acme", wrapped)
    blobs = Encrypted(store, Keyring(RootKey(bytes(range(32))), stored_keys(store)))
    chunk = bytes(1 << 16)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    async with await blobs.take_in(ACME, ONE) as intake:
        for _ in range(3000):
            await intake.write(chunk)
        await intake.finish()
    async for _ in blobs.read(ACME, ONE):
        pass
    await blobs.close()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before


async def half_an_upload(folder: str, wrapped: bytes) -> None:
    """Write some of a blob, say so, and wait to be killed."""
    store = LocalStore(Path(folder))
    await store.put("keys/acme", wrapped)
    blobs = Encrypted(store, Keyring(RootKey(bytes(range(32))), stored_keys(store)))
    intake = await blobs.take_in(ACME, ONE)
    await intake.write(bytes(3 * MIB))
    await intake.write(bytes(3 * MIB))
    sys.stdout.write("half\n")
    sys.stdout.flush()
    await asyncio.sleep(60)


async def _after_the_crash(folder: Path, root: RootKey) -> tuple[list[str], str, list[str]]:
    store = LocalStore(folder)
    found = await names(store)
    opened = "whole"
    try:
        await gather(open_blob(store, root, f"blobs/acme/{ONE}"))
    except Damaged:
        opened = "damaged"
    await store.remove(f"blobs/acme/{ONE}")
    left = await names(store)
    await store.close()
    return found, opened, left


LIMITED = """
import asyncio, resource, sys
from signoff.blobs import open_store
from signoff.blobs.encrypted import Encrypted
from signoff.blobs.keys import Keyring, parse_root_key, stored_keys
from signoff.domain.errors import StorageFull
from tests.blobs.contract import ACME, MIB, ONE

async def receive(url):
    store = open_store(url)
    blobs = Encrypted(store, Keyring(parse_root_key(bytes(range(32))), stored_keys(store)))
    resource.setrlimit(resource.RLIMIT_FSIZE, (2 * MIB + 500,) * 2)
    try:
        async with await blobs.take_in(ACME, ONE) as intake:
            await intake.write(bytes(5 * MIB))
            await intake.finish()
    except StorageFull as refusal:
        print(refusal.hint)
    finally:
        await store.close()

asyncio.run(receive(sys.argv[1]))
"""
"""The limit is a whole process's, so this one is its own: others write files meanwhile."""


async def test_a_file_that_may_not_grow_is_a_full_store_and_leaves_nothing(
    store: BlobStore, acme: tuple[object, bytes], tmp_path: Path
) -> None:
    await store.put("keys/acme", acme[1])
    python = (sys.executable, "-c", LIMITED, f"file://{tmp_path}/blobs")

    process = await asyncio.create_subprocess_exec(*python, stdout=asyncio.subprocess.PIPE)
    said, _ = await process.communicate()

    assert process.returncode == 0
    assert said.strip(), "the refusal has a hint"
    assert await names(store) == ["keys/acme"]


@pytest.mark.parametrize("call", ["write", "fdatasync", "fsync"])
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
async def test_a_full_disk_is_a_refusal_and_the_next_upload_works(
    store: BlobStore, monkeypatch: pytest.MonkeyPatch, call: str, number: int
) -> None:
    await write(store, "blobs/acme/zero", b"so that the folders are there")
    with monkeypatch.context() as full:

        def fails(*_: object) -> int:
            raise OSError(number, os.strerror(number))

        full.setattr(os, call, fails)
        with pytest.raises(StorageFull):
            await write(store, "blobs/acme/xxro", b"x" * 100)

    assert await names(store) == ["blobs/acme/zero"]
    await write(store, "blobs/acme/xxro", b"again")
    assert await store.read("blobs/acme/xxro", 0, 9) == b"again"


@pytest.mark.parametrize("call", ["write", "fdatasync", "link"])
async def test_a_small_object_on_a_full_disk_leaves_nothing(
    store: BlobStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    with monkeypatch.context() as full:

        def fails(*_: object) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

        full.setattr(os, call, fails)
        with pytest.raises(StorageFull):
            await store.put("keys/acme", b"key")

    assert _files(tmp_path) == []


async def test_a_broken_disk_is_not_called_full_and_leaves_nothing(
    store: BlobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = await store.create("blobs/acme/one")
    with monkeypatch.context() as broken:

        def fails(_: int) -> None:
            raise OSError(errno.EIO, "Input/output error")

        broken.setattr(os, "fdatasync", fails)
        with pytest.raises(OSError, match="Input/output error"):
            await writer.finish()

    assert await names(store) == []


async def test_a_disk_that_breaks_during_a_large_upload_stops_it(
    store: BlobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = await store.create("blobs/acme/one")
    with monkeypatch.context() as broken:

        def fails(_: int) -> None:
            raise OSError(errno.EIO, "Input/output error")

        broken.setattr(os, "fdatasync", fails)
        with pytest.raises(OSError, match="Input/output error"):
            await writer.write(bytes(40 * MIB))

    assert await names(store) == []


async def test_an_upload_cancelled_midway_leaves_nothing(
    store: BlobStore, root: RootKey, acme: tuple[object, bytes]
) -> None:
    await store.put("keys/acme", acme[1])
    blobs = Encrypted(store, Keyring(root, stored_keys(store)))

    async def endless() -> None:
        async with await blobs.take_in(ACME, ONE) as intake:
            for _ in range(100_000):
                await intake.write(bytes(300_000))

    task = asyncio.create_task(endless())
    await asyncio.sleep(0.1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert await names(store) == ["keys/acme"]


async def test_a_beginning_that_is_cancelled_leaves_no_file_and_no_descriptor(
    store: BlobStore, tmp_path: Path
) -> None:
    await write(store, "blobs/acme/one", b"x")
    before = _open_below(tmp_path)

    for number in range(20):
        beginning = asyncio.create_task(store.create(f"blobs/acme/{number}one"))
        await asyncio.sleep(0)
        beginning.cancel()
        await asyncio.gather(beginning, return_exceptions=True)
    await asyncio.sleep(0.05)
    await store.close()

    assert (before, _open_below(tmp_path)) == (0, 0)
    assert [path.name for path in _files(tmp_path)] == ["one"]


async def test_files_and_folders_are_for_their_owner_only(
    store: BlobStore, tmp_path: Path
) -> None:
    await write(store, "blobs/acme/0123", b"x")

    place = tmp_path / "blobs" / "blobs" / "acme" / "23"

    assert (place / "0123").stat().st_mode & 0o777 == 0o600
    assert place.stat().st_mode & 0o777 == 0o700


async def test_drafts_of_a_crash_are_removed_an_hour_later(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    scratch = tmp_path / ".new"
    scratch.mkdir()
    (scratch / ".old.new").write_bytes(b"x")
    os.utime(scratch / ".old.new", (1, 1))
    (scratch / ".young.new").write_bytes(b"x")

    await store.put("keys/acme", b"key")
    await store.close()

    assert [path.name for path in scratch.iterdir()] == [".young.new"]


async def test_reading_below_a_file_finds_nothing(store: BlobStore) -> None:
    await write(store, "blobs/acme", b"x")

    with pytest.raises(NotFound):
        await store.size("blobs/acme/one")


async def _receive(blobs: Encrypted, size: int) -> None:
    async with await blobs.take_in(ACME, ONE) as intake:
        await intake.write(bytes(size))
        await intake.finish()


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def _open_below(folder: Path) -> int:
    count = 0
    for fd in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):
            count += str(fd.readlink()).startswith(str(folder))
    return count


def _listen(monkeypatch: pytest.MonkeyPatch, call: str, heard: list[str]) -> None:
    real = getattr(os, call)

    def listener(fd: int) -> None:
        real(fd)
        heard.append(str(Path(f"/proc/self/fd/{fd}").readlink()))

    monkeypatch.setattr(os, call, listener)
