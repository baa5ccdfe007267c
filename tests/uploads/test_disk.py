"""Uploads to a disk that fills up, or breaks, while they come."""

import errno
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from signoff.actions.house import House
from signoff.actions.workspaces import keys_of
from signoff.blobs import disk, open_store
from signoff.blobs.encrypted import Encrypted
from signoff.blobs.keys import Keyring, RootKey
from signoff.domain.errors import StorageFull
from signoff.store.sqlite import Sqlite
from signoff.worker import sweep
from tests.actions.cast import ACME, move_in
from tests.actions.test_uploads import MIB, Door, digest_of, noise

DATA = noise(5 * MIB)


@pytest.fixture
async def door(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Door]:
    """A house on local disk, in which what comes is marked every mebibyte."""
    monkeypatch.setattr("signoff.actions.receiving.MARK_BYTES", MIB)
    engine = Sqlite(str(tmp_path / "signoff.db"))
    engine.open()
    store = open_store(str(tmp_path / "blobs"))
    keyring = Keyring(RootKey(b"k" * 32), keys_of(engine, store))
    house = House(engine, Encrypted(store, keyring), keyring, base_url="http://signoff.example")
    await move_in(house)
    yield Door(house)
    await house.close()


def fills_up(monkeypatch: pytest.MonkeyPatch, *, after: int) -> Callable[[], None]:
    """Let the disk take so many bytes more; what is returned makes room."""
    left = [after]
    plain = disk.write_all

    def write_all(fd: int, data: memoryview) -> int:
        left[0] -= len(data)
        if left[0] < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return plain(fd, data)

    monkeypatch.setattr(disk, "write_all", write_all)
    return lambda: monkeypatch.setattr(disk, "write_all", plain)


async def test_a_full_disk_keeps_what_was_acknowledged(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = await door.begin("input/a.bin", len(DATA))
    make_room = fills_up(monkeypatch, after=3 * MIB + 9000)

    chunks = [DATA[at : at + 65536] for at in range(0, len(DATA), 65536)]
    with pytest.raises(StorageFull):
        await door.send(upload, 0, *chunks)
    at = (await door.look(upload)).offset
    with pytest.raises(StorageFull):
        await door.send(upload, at, DATA[at:])
    make_room()
    done = await door.send(upload, at, DATA[at:])

    assert MIB <= at <= 3 * MIB
    assert done.file is not None
    assert done.file.digest == digest_of(DATA)
    assert await door.contents("input/a.bin") == DATA


async def test_no_room_to_put_parts_together_loses_none_of_them(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = await door.begin("input/a.bin", len(DATA))
    await door.send(upload, 0, DATA[: 2 * MIB])
    make_room = fills_up(monkeypatch, after=4 * MIB)

    with pytest.raises(StorageFull):
        await door.send(upload, 2 * MIB, DATA[2 * MIB :])
    waiting = await door.look(upload)
    make_room()
    done = await door.send(upload, len(DATA))

    assert (waiting.offset, waiting.file) == (len(DATA) - 1, None)
    assert done.file is not None
    assert await door.contents("input/a.bin") == DATA


async def test_what_a_broken_off_upload_left_is_removed_when_it_is_given_up(door: Door) -> None:
    upload = await door.begin("input/a.bin", len(DATA))
    await door.send(upload, 0, DATA[: 2 * MIB], broken=True)
    await door.send(upload, 2 * MIB, DATA[2 * MIB : 3 * MIB], broken=True)
    assert len(await door.objects()) == 2

    await door.cancel(upload)
    await sweep.remove_doomed(door.house, ACME)

    assert await door.objects() == []
