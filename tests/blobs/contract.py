"""What every store of bytes promises, and what holds when it is wrapped in encryption."""

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator

import pytest

from signoff.blobs import BlobStore, store_now
from signoff.blobs.encrypted import Encrypted, open_blob
from signoff.blobs.keys import Keyring, RootKey, stored_keys
from signoff.blobs.stores import Bytes
from signoff.domain.errors import Code, Conflict, Damaged, Invalid, NotFound
from signoff.domain.ids import BlobId, Slug

MIB = 1 << 20
ACME = Slug("acme")
ONE = BlobId("0123456789abcdef0123456789abcdef")
TWO = BlobId("fedcba9876543210fedcba9876543210")


def noise(size: int) -> bytes:
    """Bytes that no two places share, the same each time."""
    return hashlib.shake_128(b"signoff").digest(size)


async def write(store: BlobStore, name: str, *pieces: bytes) -> None:
    writer = await store.create(name)
    for piece in pieces:
        await writer.write(piece)
    await writer.finish()


async def names(store: BlobStore, prefix: str = "") -> list[str]:
    return sorted([info.name async for info in store.walk(prefix)])


async def gather(pieces: AsyncIterator[Bytes]) -> bytes:
    return b"".join([piece async for piece in pieces])


class StoreContract:
    """Run by a class for each store, with a fixture `store`."""

    async def test_what_was_written_is_read(self, store: BlobStore) -> None:
        await write(store, "blobs/acme/one", b"first ", b"", b"second")

        assert await store.read("blobs/acme/one", 0, 100) == b"first second"
        assert await store.size("blobs/acme/one") == 12

    async def test_an_empty_object_exists(self, store: BlobStore) -> None:
        await write(store, "blobs/acme/one")

        assert await store.size("blobs/acme/one") == 0
        assert await store.read("blobs/acme/one", 0, 10) == b""

    async def test_an_object_of_many_parts_is_whole(self, store: BlobStore) -> None:
        data = noise(21 * MIB)

        await write(store, "blobs/acme/one", data[:MIB], data[MIB : 20 * MIB], data[20 * MIB :])

        assert await store.size("blobs/acme/one") == 21 * MIB
        assert await store.read("blobs/acme/one", 0, 22 * MIB) == data

    @pytest.mark.parametrize(
        ("start", "length", "expected"),
        [
            (0, 3, b"012"),
            (4, 3, b"456"),
            (8, 9, b"89"),
            (10, 1, b""),
            (99, 1, b""),
            (5, 0, b""),
        ],
    )
    async def test_a_range_is_what_there_is_of_it(
        self, store: BlobStore, start: int, length: int, expected: bytes
    ) -> None:
        await store.put("blobs/acme/one", b"0123456789")

        assert await store.read("blobs/acme/one", start, length) == expected

    @pytest.mark.parametrize(
        ("start", "expected"), [(0, b"01234"), (6, b"6789-"), (10, b"-----"), (99, b"-----")]
    )
    async def test_memory_is_filled_with_what_there_is(
        self, store: BlobStore, start: int, expected: bytes
    ) -> None:
        await write(store, "blobs/acme/one", b"0123456789")
        into = bytearray(b"-----")

        filled = await store.read_into("blobs/acme/one", start, memoryview(into))

        assert into == expected
        assert filled == len(expected.rstrip(b"-"))

    async def test_what_was_read_is_used_on_the_way(self, store: BlobStore) -> None:
        await write(store, "blobs/acme/one", b"0123456789")
        into = memoryview(bytearray(5))

        used = await store.read_through("blobs/acme/one", 8, into, bytes)

        assert used == b"89"
        with pytest.raises(NotFound):
            await store.read_through("blobs/acme/none", 0, into, bytes)

    async def test_nothing_is_filled_from_what_is_not_there(self, store: BlobStore) -> None:
        with pytest.raises(NotFound):
            await store.read_into("blobs/acme/none", 0, memoryview(bytearray(5)))

    async def test_what_is_not_there_is_not_found(self, store: BlobStore) -> None:
        with pytest.raises(NotFound):
            await store.read("blobs/acme/none", 0, 1)
        with pytest.raises(NotFound):
            await store.read("blobs/acme/none", 0, 0)
        with pytest.raises(NotFound):
            await store.size("blobs/acme/none")

    async def test_a_name_is_written_once(self, store: BlobStore) -> None:
        await write(store, "blobs/acme/one", b"first")

        with pytest.raises(Conflict) as refusal:
            await write(store, "blobs/acme/one", b"second")

        assert refusal.value.code is Code.EXISTS
        assert await store.read("blobs/acme/one", 0, 10) == b"first"

    async def test_a_large_object_does_not_replace_one_either(self, store: BlobStore) -> None:
        await write(store, "blobs/acme/one", b"first")

        with pytest.raises(Conflict):
            await write(store, "blobs/acme/one", bytes(9 * MIB), bytes(9 * MIB))

        assert await store.read("blobs/acme/one", 0, 10) == b"first"

    @pytest.mark.parametrize("size", [10, 20 * MIB])
    async def test_an_abandoned_object_leaves_nothing(
        self, store: BlobStore, size: int
    ) -> None:
        writer = await store.create("blobs/acme/one")
        await writer.write(bytes(size))

        await writer.abort()
        await writer.abort()

        assert await names(store) == []
        with pytest.raises(NotFound):
            await store.size("blobs/acme/one")

    async def test_its_name_is_free_again(self, store: BlobStore) -> None:
        writer = await store.create("blobs/acme/one")
        await writer.write(bytes(10 * MIB))
        await writer.abort()

        await write(store, "blobs/acme/one", b"second")

        assert await store.read("blobs/acme/one", 0, 10) == b"second"

    async def test_abandoning_what_is_finished_does_nothing(self, store: BlobStore) -> None:
        writer = await store.create("blobs/acme/one")
        await writer.write(b"kept")
        await writer.finish()

        await writer.abort()

        assert await store.read("blobs/acme/one", 0, 10) == b"kept"

    async def test_a_closed_writer_takes_no_more(self, store: BlobStore) -> None:
        writer = await store.create("blobs/acme/one")
        await writer.finish()

        with pytest.raises((ValueError, OSError)):
            await writer.write(b"late")

        assert await store.size("blobs/acme/one") == 0

    async def test_removing_twice_is_removing_once(self, store: BlobStore) -> None:
        await store.put("blobs/acme/one", b"1")

        await store.remove("blobs/acme/one")
        await store.remove("blobs/acme/one")

        assert await names(store) == []

    async def test_walking_a_folder_lists_what_lies_below_it(self, store: BlobStore) -> None:
        before = time.time()
        for name in ("blobs/acme/one", "blobs/acme/two", "blobs/acme-two/one", "keys/acme"):
            await store.put(name, b"1234")

        found = [info async for info in store.walk("blobs/acme/")]

        assert sorted(info.name for info in found) == ["blobs/acme/one", "blobs/acme/two"]
        assert {info.size for info in found} == {4}
        # Buckets tell whole seconds.
        assert all(before - 2 <= info.modified_at / 1e6 <= time.time() + 2 for info in found)
        assert await names(store, "blobs") == [
            "blobs/acme-two/one",
            "blobs/acme/one",
            "blobs/acme/two",
        ]
        assert len(await names(store)) == 4
        assert await names(store, "nowhere") == []

    async def test_the_store_tells_the_time_by_its_own_clock(self, store: BlobStore) -> None:
        await store.put("blobs/acme/one", b"1")

        now = await store_now(store)

        (one,) = [info async for info in store.walk("blobs")]
        assert 0 <= now - one.modified_at <= 60_000_000
        assert now <= await store_now(store)

    async def test_a_small_object_is_replaced_only_when_asked(self, store: BlobStore) -> None:
        await store.put("keys/acme", b"old")

        with pytest.raises(Conflict):
            await store.put("keys/acme", b"new")
        kept = await store.read("keys/acme", 0, 10)
        await store.put("keys/acme", b"new", overwrite=True)

        assert kept == b"old"
        assert await store.read("keys/acme", 0, 10) == b"new"
        assert await names(store) == ["keys/acme"]

    @pytest.mark.parametrize(
        "name",
        ["", "/etc/passwd", "../x", "a/../b", "a//b", "a/", ".new/x", "a/.b", "a\nb", "ä"],
    )
    async def test_a_name_cannot_leave_the_store(self, store: BlobStore, name: str) -> None:
        with pytest.raises(Invalid):
            await store.put(name, b"x")
        with pytest.raises(Invalid):
            await store.create(name)
        with pytest.raises(Invalid):
            await store.read(name, 0, 1)
        with pytest.raises(Invalid):
            await store.remove(name)


class EncryptedContract:
    """Run by a class for each store, wrapped in `Encrypted`, with a fixture `store`."""

    keeps = True
    """Whether the store can keep some of an object that is not finished."""

    @pytest.fixture
    async def blobs(
        self, store: BlobStore, root: RootKey, acme: tuple[object, bytes]
    ) -> Encrypted:
        await store.put("keys/acme", acme[1])
        return Encrypted(store, Keyring(root, stored_keys(store)))

    @pytest.mark.parametrize(
        ("size", "expected"),
        [
            (0, 91),
            (1, 92),
            (16383, 16474),
            (16384, 16491),
            (16385, 16492),
            (MIB, 1_049_691),
            (3 * MIB + 5, 3_148_896),
        ],
    )
    async def test_plaintext_goes_in_and_comes_out(
        self, blobs: Encrypted, store: BlobStore, size: int, expected: int
    ) -> None:
        data = noise(size)

        async with await blobs.take_in(ACME, ONE) as intake:
            await intake.write(data)
            stored = await intake.finish()

        assert stored.digest == f"sha256:{hashlib.sha256(data).hexdigest()}"
        assert (stored.size, stored.encrypted_size) == (size, expected)
        assert await store.size(f"blobs/acme/{ONE}") == expected
        assert await gather(blobs.read(ACME, ONE)) == data

    async def test_pieces_of_any_size_make_the_same_blob(self, blobs: Encrypted) -> None:
        data = noise(2 * MIB + 77)
        intake = await blobs.take_in(ACME, ONE)
        at = 0

        for size in (0, 1, 16384, 70_000, MIB, 3, len(data)):
            await intake.write(bytearray(data[at : at + size]))
            at += size
        stored = await intake.finish()

        assert stored.digest == f"sha256:{hashlib.sha256(data).hexdigest()}"
        assert await gather(blobs.read(ACME, ONE)) == data

    @pytest.mark.parametrize(
        ("start", "end"),
        [
            (0, 1),
            (16383, 16385),
            (MIB - 1, MIB + 1),
            (5, 2 * MIB + 9),
            (2 * MIB, None),
            (2 * MIB + 9, None),
            (3 * MIB, 4 * MIB),
            (7, 7),
        ],
    )
    async def test_a_range_is_the_plaintext_of_that_range(
        self, blobs: Encrypted, start: int, end: int | None
    ) -> None:
        data = noise(2 * MIB + 10)
        async with await blobs.take_in(ACME, ONE) as intake:
            await intake.write(data)
            await intake.finish()

        assert await gather(blobs.read(ACME, ONE, start=start, end=end)) == data[start:end]

    async def test_nothing_of_the_plaintext_is_stored(
        self, blobs: Encrypted, store: BlobStore
    ) -> None:
        async with await blobs.take_in(ACME, ONE) as intake:
            await intake.write(b"confidential " * 1000)
            await intake.finish()

        raw = await store.read(f"blobs/acme/{ONE}", 0, MIB)

        assert b"confidential" not in raw
        assert raw.startswith(b"SOFFBLOB\x01\x01\x00\x00\x00\x01\x04acme")

    async def test_an_upload_that_ends_early_leaves_nothing(
        self, blobs: Encrypted, store: BlobStore
    ) -> None:
        async def receive() -> None:
            async with await blobs.take_in(ACME, ONE) as intake:
                await intake.write(bytes(20 * MIB))
                raise ConnectionError

        with pytest.raises(ConnectionError):
            await receive()

        assert await names(store) == ["keys/acme"]

    async def test_an_upload_that_was_interrupted_cannot_be_finished_with_a_hole(
        self, blobs: Encrypted, store: BlobStore
    ) -> None:
        intake = await blobs.take_in(ACME, ONE)
        await intake.write(noise(MIB))
        interrupted = asyncio.create_task(intake.write(noise(3 * MIB)))
        await asyncio.sleep(0)
        interrupted.cancel()
        await asyncio.gather(interrupted, return_exceptions=True)

        with pytest.raises(ValueError, match="has ended"):
            await intake.write(noise(MIB))
        with pytest.raises(ValueError, match="has ended"):
            await intake.finish()
        await intake.abort()

        assert await names(store) == ["keys/acme"]

    async def test_what_was_kept_of_an_upload_stays_whatever_follows(
        self, blobs: Encrypted, store: BlobStore
    ) -> None:
        data = noise(5 * MIB)
        intake = await blobs.take_in(ACME, ONE)
        await intake.write(data[: MIB + 7])
        first = await intake.keep()
        await intake.write(data[MIB + 7 : 3 * MIB + 7])
        second = await intake.keep()
        await intake.write(data[3 * MIB + 7 :])
        await intake.abort()

        if not self.keeps:
            assert (first, second) == (None, None)
            assert await names(store) == ["keys/acme"]
            return
        assert (first, second) == (MIB, 3 * MIB)
        for end in (MIB, 3 * MIB):
            assert await gather(blobs.read(ACME, ONE, end=end, cut=True)) == data[:end]
        tail = blobs.read(ACME, ONE, start=MIB - 1, end=3 * MIB, cut=True)
        assert await gather(tail) == data[MIB - 1 : 3 * MIB]

    async def test_what_was_kept_is_part_of_what_is_finished(self, blobs: Encrypted) -> None:
        data = noise(3 * MIB)
        async with await blobs.take_in(ACME, ONE) as intake:
            await intake.write(data[: MIB + 7])
            await intake.keep()
            await intake.write(data[MIB + 7 :])
            stored = await intake.finish()

        assert stored.digest == "sha256:" + hashlib.sha256(data).hexdigest()
        assert await gather(blobs.read(ACME, ONE)) == data

    async def test_of_less_than_a_piece_nothing_is_kept(
        self, blobs: Encrypted, store: BlobStore
    ) -> None:
        async with await blobs.take_in(ACME, ONE) as intake:
            await intake.write(b"x" * (MIB - 1))
            kept = await intake.keep()

        assert kept == 0
        assert await names(store) == ["keys/acme"]

    async def test_an_upload_ends_once(self, blobs: Encrypted) -> None:
        intake = await blobs.take_in(ACME, ONE)
        await intake.write(b"whole")
        await intake.finish()

        with pytest.raises(ValueError, match="has ended"):
            await intake.write(b"more")
        with pytest.raises(ValueError, match="has ended"):
            await intake.finish()

        assert await gather(blobs.read(ACME, ONE)) == b"whole"

    async def test_the_root_key_alone_opens_a_stored_blob(
        self, blobs: Encrypted, store: BlobStore, root: RootKey
    ) -> None:
        async with await blobs.take_in(ACME, ONE) as intake:
            await intake.write(b"the report")
            await intake.finish()

        assert await gather(open_blob(store, root, f"blobs/acme/{ONE}")) == b"the report"

    async def test_a_blob_in_anothers_place_is_damage(
        self, blobs: Encrypted, store: BlobStore
    ) -> None:
        async with await blobs.take_in(ACME, ONE) as intake:
            await intake.write(b"one")
            await intake.finish()
        raw = await store.read(f"blobs/acme/{ONE}", 0, MIB)
        await store.put(f"blobs/acme/{TWO}", raw)

        with pytest.raises(Damaged):
            await gather(blobs.read(ACME, TWO))

    async def test_what_was_read_before_a_bad_chunk_is_right_and_nothing_follows(
        self, blobs: Encrypted, store: BlobStore
    ) -> None:
        data = noise(3 * MIB)
        async with await blobs.take_in(ACME, ONE) as intake:
            await intake.write(data)
            await intake.finish()
        raw = bytearray(await store.read(f"blobs/acme/{ONE}", 0, 4 * MIB))
        raw[2 * MIB + 500_000] ^= 1
        await store.put(f"blobs/acme/{ONE}", bytes(raw), overwrite=True)
        pieces = blobs.read(ACME, ONE)

        got = [await anext(pieces), await anext(pieces)]
        with pytest.raises(Damaged):
            await anext(pieces)

        assert b"".join(got) == data[: 2 * MIB]
        assert [piece async for piece in pieces] == []

    async def test_a_piece_stays_as_it_was_while_others_are_read(
        self, blobs: Encrypted
    ) -> None:
        data = noise(5 * MIB + 3)
        intake = await blobs.take_in(ACME, ONE)
        await intake.write(data)
        await intake.finish()

        kept = [piece async for piece in blobs.read(ACME, ONE)]
        again = [piece async for piece in blobs.read(ACME, ONE, start=MIB // 2)]

        assert b"".join(kept) == data
        assert b"".join(again) == data[MIB // 2 :]

    async def test_a_blob_that_is_not_there_is_not_found(self, blobs: Encrypted) -> None:
        with pytest.raises(NotFound):
            await gather(blobs.read(ACME, ONE))
        with pytest.raises(NotFound):
            await gather(blobs.read(Slug("nobody"), ONE))

    async def test_a_removed_blob_is_gone(self, blobs: Encrypted, store: BlobStore) -> None:
        async with await blobs.take_in(ACME, ONE) as intake:
            await intake.write(b"x")
            await intake.finish()

        await blobs.remove(ACME, ONE)

        assert await names(store) == ["keys/acme"]
