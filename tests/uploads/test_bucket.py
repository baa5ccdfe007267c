"""Uploads whose bytes lie in a bucket, which keeps nothing but whole objects."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from signoff.actions.house import House
from signoff.actions.workspaces import keys_of
from signoff.blobs import open_store
from signoff.blobs.encrypted import Encrypted
from signoff.blobs.keys import Keyring, RootKey
from signoff.store.sqlite import Sqlite
from tests.actions.cast import move_in
from tests.actions.test_uploads import MIB, Door, _hanging, digest_of, noise
from tests.blobs.conftest import s3_server, s3_url

__all__ = ["s3_server", "s3_url"]


@pytest.fixture
async def door(tmp_path: Path, s3_url: str) -> AsyncIterator[Door]:
    engine = Sqlite(str(tmp_path / "signoff.db"))
    engine.open()
    store = open_store(s3_url)
    keyring = Keyring(RootKey(b"k" * 32), keys_of(engine, store))
    house = House(engine, Encrypted(store, keyring), keyring, base_url="http://signoff.example")
    await move_in(house)
    yield Door(house)
    await house.close()


async def test_an_upload_in_one_piece_is_stored_once(door: Door) -> None:
    data = noise(9 * MIB + 5)
    upload = await door.begin("input/a.bin", len(data))

    done = await door.send(upload, 0, data[: 5 * MIB], data[5 * MIB :])

    assert done.file is not None
    assert done.file.digest == digest_of(data)
    assert await door.contents("input/a.bin") == data
    assert len(await door.objects()) == 1


async def test_pieces_are_put_together_in_the_bucket(door: Door) -> None:
    data = noise(12 * MIB)
    upload = await door.begin("input/a.bin", len(data))

    await door.send(upload, 0, data[: 9 * MIB], broken=True)
    await door.send(upload, 9 * MIB, data[9 * MIB : 9 * MIB + 1])
    done = await door.send(upload, 9 * MIB + 1, data[9 * MIB + 1 :])

    assert done.file is not None
    assert done.file.digest == digest_of(data)
    assert await door.contents("input/a.bin") == data
    assert len(await door.objects()) == 1


async def test_what_a_crash_cuts_off_there_is_sent_again_and_acknowledged_was_none_of_it(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("signoff.actions.receiving.MARK_BYTES", MIB)
    data = noise(4 * MIB)
    upload = await door.begin("input/a.bin", len(data))
    await door.send(upload, 0, data[:MIB])
    upload = await door.look(upload)
    hanging = await _hanging(door, upload, data[MIB : 3 * MIB])

    hanging.cancel()
    await asyncio.gather(hanging, return_exceptions=True)

    after = Door(door.house)
    assert (await after.look(upload)).offset == MIB
    done = await after.send(upload, MIB, data[MIB:])
    assert done.file is not None
    assert await after.contents("input/a.bin") == data
