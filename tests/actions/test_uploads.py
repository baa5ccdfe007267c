"""Uploads through the house: what came is kept, the last of it names the file, once."""

import asyncio
import hashlib
import itertools
from collections.abc import AsyncIterator
from typing import Any

import pytest

from signoff.actions import claims, files, locks
from signoff.actions.claims import TakeClaim
from signoff.actions.house import House
from signoff.actions.lock_views import LockView
from signoff.actions.receiving import Receiving, Sender, Sent
from signoff.actions.turns import BrokenOff
from signoff.actions.uploads import CreateUpload, OneUpload, UploadView
from signoff.domain.actors import Caller
from signoff.domain.errors import (
    Busy,
    Code,
    Conflict,
    Forbidden,
    Gone,
    Held,
    Invalid,
    NotFound,
    Refusal,
    Stale,
    StorageFull,
    TooLarge,
    Unauthenticated,
    Unconditional,
)
from signoff.domain.ids import HOUR, SECOND, LockToken
from signoff.domain.uploads import MOST_OPEN
from signoff.worker import duties, sweep
from tests.actions.cast import ACME, ADA, CLERK, DAN, RITA, SCRIBE, do, log
from tests.actions.works import handoffs, later, names_in, put

MIB = 1 << 20


def noise(size: int) -> bytes:
    return hashlib.shake_128(b"uploads").digest(size)


def digest_of(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def sender(caller: Caller, *tokens: str) -> Sender:
    async def again() -> Caller:
        return caller

    return Sender(caller, frozenset(map(LockToken, tokens)), again)


async def body(*chunks: bytes, broken: bool = False) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk
    if broken:
        raise BrokenOff


class Door:
    """A door over the house, as clients of it see it."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.closing = asyncio.Event()
        self.receiving = Receiving(house, closing=self.closing)

    async def begin(
        self, path: str, length: int | None, *, by: Caller = SCRIBE, **said: Any
    ) -> UploadView:
        asked = CreateUpload(path=path, length=length, **said)
        done = await self.receiving.create(sender(by), asked)
        assert done.result is not None
        return done.result

    async def send(
        self,
        upload: UploadView,
        offset: int,
        *chunks: bytes,
        by: Caller = SCRIBE,
        broken: bool = False,
        tokens: tuple[str, ...] = (),
        **said: Any,
    ) -> UploadView:
        sent = Sent(upload=upload.id, offset=offset, **said)
        received = await self.receiving.append(
            sender(by, *tokens), sent, body(*chunks, broken=broken)
        )
        return received.view

    async def look(self, upload: UploadView, *, by: Caller = SCRIBE) -> UploadView:
        return await self.receiving.look(sender(by), upload.id)

    async def cancel(self, upload: UploadView, *, by: Caller = SCRIBE) -> None:
        await self.receiving.cancel(sender(by), OneUpload(upload=upload.id))

    async def contents(self, path: str, *, by: Caller = DAN) -> bytes:
        opened = await self.house.ask(files.open_, by, files.ReadFile(path=path))
        parts = [bytes(p) async for p in self.house.bytes.give_out(ACME, opened.blob)]
        return b"".join(parts)

    async def objects(self) -> list[str]:
        return [info.name async for info in self.house.blobs.store.walk("blobs")]


@pytest.fixture
def door(acme: House) -> Door:
    return Door(acme)


@pytest.fixture
def small(house: House) -> Door:
    """A door on SQLite alone."""
    return Door(house)


async def test_an_upload_in_one_piece_becomes_the_file_as_it_is_stored(door: Door) -> None:
    data = noise(2 * MIB + 5)
    upload = await door.begin("input/a.bin", len(data), media_type="image/png")

    done = await door.send(upload, 0, data[:MIB], data[MIB:])

    assert done.offset == len(data)
    assert done.file is not None
    assert (done.file.version, done.file.digest) == (1, digest_of(data))
    assert await door.contents("input/a.bin") == data
    assert len(await door.objects()) == 1
    assert (await log(door.house))[-1]["type"] == "file.created"


async def test_pieces_are_put_together_and_leave_nothing_behind(door: Door) -> None:
    data = noise(3 * MIB)
    cuts = [0, 1, MIB, 2 * MIB + 77, len(data)]
    upload = await door.begin("input/a.bin", len(data))

    for begin, end in itertools.pairwise(cuts):
        upload = await door.send(upload, begin, data[begin:end])
        assert upload.offset == end

    assert upload.file is not None
    assert upload.file.digest == digest_of(data)
    assert await door.contents("input/a.bin") == data
    assert len(await door.objects()) == 1


@pytest.mark.parametrize("size", [0, 1, 16384, 16385])
async def test_small_ones_lie_where_a_put_would_lay_them(small: Door, size: int) -> None:
    data = noise(size)
    upload = await small.begin("input/a.bin", size)

    done = await small.send(upload, 0, *([data] if data else []))

    assert done.file is not None
    assert await small.contents("input/a.bin") == data
    opened = await small.house.ask(files.open_, DAN, files.ReadFile(path="input/a.bin"))
    assert opened.blob.is_inline == (size <= 16384)


async def test_what_came_before_the_line_broke_is_kept(door: Door) -> None:
    data = noise(MIB + 100)
    upload = await door.begin("input/a.bin", len(data))

    broken = await door.send(upload, 0, data[:70_000], broken=True)
    assert broken.offset == 70_000
    assert await names_in(door.house, "input") == []

    done = await door.send(upload, 70_000, data[70_000:])
    assert done.file is not None
    assert await door.contents("input/a.bin") == data


async def test_its_length_may_come_last(door: Door) -> None:
    upload = await door.begin("input/a.bin", None)
    upload = await door.send(upload, 0, b"abc")
    assert (upload.length, upload.offset, upload.file) == (None, 3, None)

    done = await door.send(upload, 3, length=3)

    assert done.file is not None
    assert await door.contents("input/a.bin") == b"abc"


async def test_more_than_its_length_is_refused_and_not_kept(door: Door) -> None:
    upload = await door.begin("input/a.bin", 5)

    with pytest.raises(TooLarge):
        await door.send(upload, 0, b"123456")
    with pytest.raises(TooLarge):
        await door.send(upload, 0, coming=6)

    assert (await door.look(upload)).offset == 0
    assert await door.objects() == []


async def test_only_who_began_it_sees_it(door: Door) -> None:
    upload = await door.begin("input/a.bin", 5)

    for ask in (
        door.look(upload, by=CLERK),
        door.send(upload, 0, b"12345", by=CLERK),
        door.cancel(upload, by=CLERK),
    ):
        with pytest.raises(NotFound):
            await ask

    assert (await door.look(upload)).offset == 0


async def test_who_may_not_write_there_is_told_before_the_first_byte(small: Door) -> None:
    with pytest.raises(Forbidden):
        await small.begin("input/a.bin", 5, by=RITA)
    with pytest.raises(Refusal):
        await small.begin("approved/a.bin", 5)
    await put(small.house, DAN, "shared/there.csv")
    with pytest.raises(Unconditional):
        await small.begin("shared/there.csv", 5)
    with pytest.raises(Stale):
        await small.begin("shared/there.csv", 5, if_none_match=("*",))


async def test_a_condition_is_held_again_at_the_end(door: Door) -> None:
    first = await put(door.house, DAN, "shared/a.csv", "one")
    upload = await door.begin("shared/a.csv", 5, if_match=(first.etag,))
    second = await put(door.house, DAN, "shared/a.csv", "two")

    with pytest.raises(Stale):
        await door.send(upload, 0, b"three")

    waiting = await door.look(upload)
    assert (waiting.offset, waiting.file) == (4, None)
    done = await door.send(upload, 5, if_match=(second.etag,))
    assert done.file is not None
    assert done.file.version == 3
    assert await door.contents("shared/a.csv") == b"three"


async def test_a_client_that_goes_on_by_the_offset_alone_tries_to_name_it_again(
    door: Door,
) -> None:
    await put(door.house, DAN, "shared/a.csv")
    upload = await door.begin("shared/a.csv", 5, by=DAN)
    lock = await do(door.house, locks.take, ADA, locks.TakeLock(path="shared/a.csv"))
    assert isinstance(lock, LockView)
    assert isinstance(lock.token, str)
    with pytest.raises(Held):
        await door.send(upload, 0, b"three", by=DAN)
    at = (await door.look(upload, by=DAN)).offset
    await do(door.house, locks.release, ADA, locks.OneLock(token=lock.token))

    with pytest.raises(Conflict):
        await door.send(upload, at, b"x", by=DAN)
    done = await door.send(upload, at, b"e", by=DAN)

    assert done.file is not None
    assert await door.contents("shared/a.csv") == b"three"


async def test_what_is_named_answers_the_same_again(small: Door) -> None:
    upload = await small.begin("input/a.bin", 3)
    done = await small.send(upload, 0, b"abc")
    entries = len(await log(small.house))

    again = await small.send(upload, 3)

    assert again.file == done.file
    assert (await small.look(upload)).file == done.file
    assert len(await log(small.house)) == entries


async def test_bytes_that_were_not_announced_end_the_upload(small: Door) -> None:
    upload = await small.begin("input/a.bin", 3, digest=digest_of(b"abc"))

    with pytest.raises(Invalid) as refused:
        await small.send(upload, 0, b"abd")

    assert refused.value.code is Code.DIGEST_MISMATCH
    with pytest.raises(NotFound):
        await small.look(upload)
    assert await names_in(small.house, "input") == []


async def test_bytes_that_were_announced_are_taken(small: Door) -> None:
    upload = await small.begin("input/a.bin", 3, digest=digest_of(b"abc"))

    assert (await small.send(upload, 0, b"abc")).file is not None


async def test_a_wrong_checksum_discards_the_piece(small: Door) -> None:
    upload = await small.begin("input/a.bin", 6)
    await small.send(upload, 0, b"abc")
    sum_ = ("md5", hashlib.md5(b"def", usedforsecurity=False).digest())

    with pytest.raises(Invalid) as refused:
        await small.send(upload, 3, b"deg", checksum=sum_)
    assert refused.value.code is Code.CHECKSUM_MISMATCH
    with pytest.raises(Invalid):
        await small.send(upload, 3, b"de", checksum=sum_, broken=True)
    assert (await small.look(upload)).offset == 3

    assert (await small.send(upload, 3, b"def", checksum=sum_)).file is not None


class Line:
    """A line on which bytes come when they are put there."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[bytes] = asyncio.Queue()
        self.taken = asyncio.Event()

    async def chunks(self) -> AsyncIterator[bytes]:
        while True:
            chunk = await self.queue.get()
            yield chunk
            self.taken.set()  # it was asked for more: the chunk is stored

    async def put(self, chunk: bytes) -> None:
        self.taken.clear()
        self.queue.put_nowait(chunk)
        await self.taken.wait()


async def _hanging(door: Door, upload: UploadView, data: bytes) -> "asyncio.Task[Any]":
    """Have somebody send, and then say nothing more."""
    line = Line()
    sent = Sent(upload=upload.id, offset=upload.offset)
    task = asyncio.create_task(door.receiving.append(sender(SCRIBE), sent, line.chunks()))
    await line.put(data)
    return task


async def test_who_asks_how_far_it_is_ends_a_request_that_hangs(door: Door) -> None:
    upload = await door.begin("input/a.bin", 10)
    hanging = await _hanging(door, upload, b"12345")

    assert (await door.look(upload)).offset == 5

    with pytest.raises(Held) as ended:
        await hanging
    assert ended.value.code is Code.UPLOAD_BUSY
    assert (await door.send(upload, 5, b"67890")).file is not None


async def test_the_newest_request_takes_over(door: Door) -> None:
    upload = await door.begin("input/a.bin", 10)
    hanging = await _hanging(door, upload, b"12345")

    with pytest.raises(Conflict) as refused:
        await door.send(upload, 0, b"1234567890")

    assert refused.value.facts["offset"] == 5
    with pytest.raises(Held):
        await hanging
    assert (await door.send(upload, 5, b"67890")).file is not None


async def test_another_node_takes_over_and_the_older_adds_nothing(door: Door) -> None:
    other = Door(door.house)
    upload = await door.begin("input/a.bin", 10)
    hanging = await _hanging(door, upload, b"12345")

    done = await other.send(upload, 0, b"abcdefghij")

    assert done.file is not None
    door.closing.set()
    with pytest.raises(Held):
        await hanging
    assert await door.contents("input/a.bin") == b"abcdefghij"


async def test_a_server_that_stops_keeps_what_came(small: Door) -> None:
    upload = await small.begin("input/a.bin", 10)
    hanging = await _hanging(small, upload, b"12345")

    small.closing.set()

    with pytest.raises(Busy):
        await hanging
    assert (await Door(small.house).look(upload)).offset == 5


async def test_a_request_from_which_nothing_comes_ends_and_keeps_what_came(
    small: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("signoff.actions.turns.IDLE", 0.1)
    upload = await small.begin("input/a.bin", 10)

    hanging = await _hanging(small, upload, b"12345")

    with pytest.raises(Busy):
        await hanging
    assert (await small.look(upload)).offset == 5


async def test_a_request_that_is_cancelled_is_not_taken_for_stopped(small: Door) -> None:
    upload = await small.begin("input/a.bin", 10)
    hanging = await _hanging(small, upload, b"12345")

    hanging.cancel()

    with pytest.raises(asyncio.CancelledError):
        await hanging
    assert (await small.look(upload)).offset == 0


async def test_somebody_else_ends_nobodys_request(small: Door) -> None:
    upload = await small.begin("input/a.bin", 10)
    hanging = await _hanging(small, upload, b"12345")

    with pytest.raises(NotFound):
        await small.look(upload, by=CLERK)
    with pytest.raises(NotFound):
        await small.send(upload, 0, b"x", by=CLERK)

    assert not hanging.done()
    await small.look(upload)
    with pytest.raises(Held):
        await hanging


async def test_what_is_marked_survives_a_crash(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("signoff.actions.receiving.MARK_BYTES", MIB)
    data = noise(4 * MIB)
    upload = await door.begin("input/a.bin", len(data))
    hanging = await _hanging(door, upload, data[: 2 * MIB + 9])

    hanging.cancel()  # as if the process were gone: nothing is finished
    await asyncio.gather(hanging, return_exceptions=True)

    after = Door(door.house)
    assert (await after.look(upload)).offset == 2 * MIB
    done = await after.send(upload, 2 * MIB, data[2 * MIB :])
    assert done.file is not None
    assert done.file.digest == digest_of(data)
    assert await after.contents("input/a.bin") == data
    assert len(await after.objects()) == 1


async def test_a_key_that_was_revoked_meanwhile_adds_nothing_more(
    small: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("signoff.actions.receiving.MARK_BYTES", MIB)
    upload = await small.begin("input/a.bin", 3 * MIB)

    async def gone() -> Caller:
        raise Unauthenticated("The key was revoked")

    sent = Sent(upload=upload.id, offset=0)
    revoked = Sender(SCRIBE, frozenset(), gone)
    with pytest.raises(Unauthenticated):
        await small.receiving.append(revoked, sent, body(noise(3 * MIB)))

    assert (await small.look(upload)).offset == 0
    assert await names_in(small.house, "input") == []


async def test_a_full_store_keeps_what_was_acknowledged(
    small: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("signoff.actions.receiving.MARK_BYTES", MIB)
    data = noise(3 * MIB)
    upload = await small.begin("input/a.bin", len(data))

    async def filling() -> AsyncIterator[bytes]:
        yield data[: MIB + 3]
        yield data[MIB + 3 : 2 * MIB]
        raise StorageFull("There is no room")

    with pytest.raises(StorageFull):
        await small.receiving.append(
            sender(SCRIBE), Sent(upload=upload.id, offset=0), filling()
        )

    at = (await small.look(upload)).offset
    assert at == MIB
    assert (await small.send(upload, at, data[at:])).file is not None
    assert await small.contents("input/a.bin") == data


async def test_an_actor_has_so_many_open_uploads_at_most(
    small: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert MOST_OPEN == 100
    monkeypatch.setattr("signoff.domain.uploads.MOST_OPEN", 2)
    first = await small.begin("input/1.bin", 3)
    await small.begin("input/2.bin", 3)
    await small.begin("input/2.bin", 3, by=CLERK)

    with pytest.raises(Busy) as refused:
        await small.begin("input/3.bin", 3)
    assert refused.value.code is Code.TOO_MANY_UPLOADS

    await small.send(first, 0, b"abc")
    third = await small.begin("input/3.bin", 3)
    await small.cancel(third)
    await small.begin("input/4.bin", 3)


def room_for(door: Door, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    async def free() -> int:
        return size

    monkeypatch.setattr(door.house.blobs, "free", free)


async def test_a_file_larger_than_there_is_room_for_is_refused_at_once(
    small: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    room_for(small, 10, monkeypatch)

    with pytest.raises(StorageFull):
        await small.begin("input/a.bin", 11)
    await small.begin("input/a.bin", 10)


async def test_uploads_together_are_promised_no_more_than_there_is_room_for(
    small: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    room_for(small, 10, monkeypatch)
    first = await small.begin("input/a.bin", 6)

    with pytest.raises(StorageFull) as refused:
        await small.begin("input/b.bin", 5, by=CLERK)
    assert refused.value.facts == {"left": 4}
    assert "have ended" in refused.value.hint
    await small.begin("input/c.bin", 4, by=CLERK)

    await small.cancel(first)
    await small.begin("input/b.bin", 6, by=CLERK)


async def test_of_many_begun_at_once_only_those_pass_that_fit(
    small: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    room_for(small, 10, monkeypatch)

    begun = await asyncio.gather(
        *(small.begin(f"input/{number}.bin", 3) for number in range(8)),
        return_exceptions=True,
    )

    assert sum(isinstance(each, UploadView) for each in begun) == 3
    assert sum(isinstance(each, StorageFull) for each in begun) == 5


async def test_what_has_come_of_an_upload_is_counted_by_the_disk_alone(
    small: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    room_for(small, 10, monkeypatch)
    first = await small.begin("input/a.bin", 8)
    await small.send(first, 0, b"12345")
    room_for(small, 5, monkeypatch)

    with pytest.raises(StorageFull):
        await small.begin("input/b.bin", 3)
    await small.begin("input/b.bin", 2)


async def test_a_length_that_is_said_later_is_held_against_the_room_then(
    small: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    room_for(small, 10, monkeypatch)
    open_ended = await small.begin("input/a.bin", None)
    await small.begin("input/b.bin", 8)

    with pytest.raises(StorageFull):
        await small.send(open_ended, 0, b"123", length=3)
    view = await small.send(open_ended, 0, b"12", length=2)
    assert view.file is not None


async def test_uploads_that_nobody_goes_on_with_keep_no_room_after_their_day(
    small: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    room_for(small, 10, monkeypatch)
    await small.begin("input/a.bin", 10)
    later(small.house, 25 * HOUR)

    await small.begin("input/b.bin", 10)


# Time.


async def test_a_stale_upload_is_given_up_and_its_bytes_go(small: Door) -> None:
    stale = await small.begin("input/a.bin", 10)
    await small.send(stale, 0, b"12345")
    later(small.house, 20 * HOUR)
    fresh = await small.begin("input/b.bin", 10)
    await small.send(fresh, 0, b"12345")
    later(small.house, 5 * HOUR)

    with pytest.raises(Gone):
        await small.look(stale)
    with pytest.raises(Gone):
        await small.send(stale, 5, b"67890")
    await duties.give_up_uploads(small.house)
    await sweep.remove_doomed(small.house, ACME)

    with pytest.raises(NotFound):
        await small.look(stale)
    assert len(await small.objects()) == 1
    assert (await small.send(fresh, 5, b"67890")).file is not None


async def test_what_is_sent_keeps_an_upload_for_longer_than_any_part_would_last(
    small: Door,
) -> None:
    upload = await small.begin("input/a.bin", 10)
    for at in range(9):
        upload = await small.send(upload, at, b"x")
        later(small.house, 20 * HOUR)
        await duties.give_up_uploads(small.house)
        await duties.remove_blobs(small.house)
        await sweep.remove_strays(small.house)

    assert (await small.send(upload, 9, b"x")).file is not None
    assert await small.contents("input/a.bin") == b"x" * 10


async def test_what_is_given_up_leaves_no_bytes(small: Door) -> None:
    upload = await small.begin("input/a.bin", 10)
    await small.send(upload, 0, b"12345")

    await small.cancel(upload)
    await sweep.remove_doomed(small.house, ACME)

    with pytest.raises(NotFound):
        await small.look(upload)
    assert await small.objects() == []


async def test_the_lease_of_a_claim_lasts_while_more_comes(small: Door) -> None:
    await put(small.house, DAN, "input/a.csv")
    claim = await do(small.house, claims.take, SCRIBE, TakeClaim(lease_seconds=60))
    assert claim is not None
    path = f"{claim.folder}/big.bin"
    asked = CreateUpload(path=path, length=10)
    token = LockToken(claim.lock_token or "")
    done = await small.receiving.create(sender(SCRIBE, token), asked)
    assert done.result is not None
    upload = done.result

    for at in range(10):
        upload = await small.send(upload, at, b"x", tokens=(token,))
        later(small.house, 40 * SECOND)

    assert upload.file is not None
    assert await small.contents(path) == b"x" * 10


# Others, meanwhile.


async def test_nothing_is_opened_while_some_of_it_is_being_uploaded(small: Door) -> None:
    upload = await small.begin("needs-review/june/big.bin", 10)
    await put(small.house, SCRIBE, "needs-review/june/small.csv")
    await small.send(upload, 0, b"12345")
    later(small.house, 60 * SECOND)

    await duties.settle_arrivals(small.house)
    assert await handoffs(small.house) == []

    await small.send(upload, 5, b"67890")
    later(small.house, 60 * SECOND)
    await duties.settle_arrivals(small.house)
    opened = await handoffs(small.house)
    assert [each.submitted_path for each in opened] == ["needs-review/june"]


async def test_an_upload_that_is_given_up_holds_nothing_back(small: Door) -> None:
    upload = await small.begin("needs-review/june/big.bin", 10)
    await put(small.house, SCRIBE, "needs-review/june/small.csv")
    await small.cancel(upload)
    later(small.house, 60 * SECOND)

    await duties.settle_arrivals(small.house)

    assert len(await handoffs(small.house)) == 1


async def test_nobody_holds_up_what_another_hands_over(small: Door) -> None:
    await small.begin("needs-review/june/big.bin", 10, by=CLERK)
    await put(small.house, SCRIBE, "needs-review/june/small.csv")
    later(small.house, 60 * SECOND)

    await duties.settle_arrivals(small.house)

    assert len(await handoffs(small.house)) == 1


async def test_an_upload_into_review_opens_its_handoff_when_it_has_settled(
    small: Door,
) -> None:
    upload = await small.begin("needs-review/big.bin", 5)
    await small.send(upload, 0, b"12345")
    later(small.house, 60 * SECOND)

    await duties.settle_arrivals(small.house)

    assert [each.submitted_path for each in await handoffs(small.house)] == [
        "needs-review/big.bin"
    ]


async def test_a_sidecar_beside_it_opens_it_at_once(small: Door) -> None:
    await put(small.house, SCRIBE, "needs-review/big.bin.handoff.json", '{"title": "Big"}')
    upload = await small.begin("needs-review/big.bin", 5)

    await small.send(upload, 0, b"12345")

    assert [each.title for each in await handoffs(small.house)] == ["Big"]


async def test_a_folder_is_not_claimed_while_another_uploads_into_it(door: Door) -> None:
    await put(door.house, DAN, "input/june/a.csv")
    upload = await door.begin("input/june/b.csv", 5, by=DAN)

    with pytest.raises(Held):
        await do(door.house, claims.take, SCRIBE, TakeClaim(path="input/june"))

    await door.send(upload, 0, b"12345", by=DAN)
    claim = await do(door.house, claims.take, SCRIBE, TakeClaim(path="input/june"))
    assert claim is not None


async def test_a_file_is_not_offered_while_its_next_version_is_being_uploaded(
    door: Door,
) -> None:
    await put(door.house, DAN, "input/a.csv")
    await put(door.house, DAN, "input/ab.csv")
    upload = await door.begin("input/a.csv", 5, by=DAN)

    claim = await do(door.house, claims.take, SCRIBE, TakeClaim())
    assert claim is not None
    assert claim.path.endswith("/ab.csv")
    nothing = await door.house.do(claims.take, SCRIBE, TakeClaim())
    assert nothing.result is None

    await door.send(upload, 0, b"12345", by=DAN)
    claim = await do(door.house, claims.take, SCRIBE, TakeClaim())
    assert claim is not None
    assert claim.path.endswith("/a.csv")
