"""Rows of uploads: found by path, counted, kept with their parts, forgotten when they are over."""

import pytest

from signoff.domain.ids import ActorId, BlobId, Digest, Instant, Path, UploadId
from signoff.domain.uploads import Upload, Written
from signoff.store.engine import Engine
from signoff.store.transaction import Transaction
from signoff.store.uploads import Part
from tests.store.scenes import ACME

NEVER = Instant(2**61)
ME, OTHER = ActorId("ag_me"), ActorId("ag_other")
FILE = Written(version=1, digest=Digest("sha256:00"), etag='"nd-1"', created=True)


def upload(
    name: str, path: str = "input/a.csv", *, by: ActorId = ME, until: Instant = NEVER
) -> Upload:
    return Upload(id=UploadId(name), by=by, path=Path(path), length=9, expires_at=until)


def part(blob: str, start: int, size: int) -> Part:
    return Part(blob=BlobId(blob), start=start, size=size, digest=None)


async def test_an_upload_is_found_as_it_was_saved(store: Engine) -> None:
    def work(tx: Transaction) -> Upload | None:
        tx.uploads.add(upload("up_1"))
        tx.uploads.save(upload("up_1", until=Instant(7)))
        return tx.uploads.by_id(UploadId("up_1"))

    found, _ = await store.write(work, workspace=ACME)

    assert found == upload("up_1", until=Instant(7))


@pytest.mark.parametrize(
    ("path", "below"),
    [
        ("input/june/a.csv", True),
        ("input/june", True),
        ("Input/JUNE", True),
        ("input", True),
        ("input/june/a", False),
        ("input/jun", False),
        ("input/june/a.csv/b", False),
        ("input/june0", False),
        ("input/june.", False),
        ("shared", False),
    ],
)
async def test_what_is_being_uploaded_is_found_by_every_folder_above(
    store: Engine, path: str, *, below: bool
) -> None:
    def work(tx: Transaction) -> bool:
        tx.uploads.add(upload("up_1", "input/June/a.csv"))
        return tx.uploads.ask_below(Path(path))()

    found, _ = await store.write(work, workspace=ACME)

    assert found is below


async def test_long_paths_are_found_to_their_end(store: Engine) -> None:
    deep = "input/" + "/".join(["ä" * 100] * 15)

    def work(tx: Transaction) -> tuple[bool, bool, bool]:
        tx.uploads.add(upload("up_1", f"{deep}/a.csv"))
        return (
            tx.uploads.ask_below(Path(deep))(),
            tx.uploads.ask_below(Path(f"{deep}/a.csv"))(),
            tx.uploads.ask_below(Path(f"{deep}/b.csv"))(),
        )

    found, _ = await store.write(work, workspace=ACME)

    assert found == (True, True, False)


async def test_whose_uploads_count_can_be_said(store: Engine) -> None:
    def work(tx: Transaction) -> tuple[bool, ...]:
        tx.uploads.add(upload("up_1"))
        at = Path("input")
        return (
            tx.uploads.ask_below(at, by=ME)(),
            tx.uploads.ask_below(at, by=OTHER)(),
            tx.uploads.ask_below(at, but=ME)(),
            tx.uploads.ask_below(at, but=OTHER)(),
        )

    found, _ = await store.write(work, workspace=ACME)

    assert found == (True, False, False, True)


async def test_neither_what_is_over_nor_what_is_a_file_is_under_way(store: Engine) -> None:
    def work(tx: Transaction) -> tuple[bool, int]:
        tx.uploads.add(upload("up_1", until=Instant(1)))
        done = upload("up_2")
        tx.uploads.add(done)
        tx.uploads.close(done.id)
        third = upload("up_3")
        tx.uploads.add(third)
        tx.uploads.save(
            Upload(
                id=third.id, by=ME, path=third.path, length=9, expires_at=NEVER, written=FILE
            )
        )
        return tx.uploads.ask_below(Path("input"))(), tx.uploads.open_of(ME)

    found, _ = await store.write(work, workspace=ACME)

    assert found == (False, 1)


async def test_parts_are_told_in_their_order_and_only_what_was_kept(store: Engine) -> None:
    one = UploadId("up_1")

    def work(tx: Transaction) -> tuple[tuple[Part, ...], int, bool]:
        for blob, start in (("bl_2", 5), ("bl_1", 0), ("bl_3", 9)):
            tx.uploads.expect(part(blob, start, 0), upload=one, by=ME, until=NEVER)
        tx.uploads.keep(part("bl_2", 5, 4), upload=one)
        tx.uploads.keep(part("bl_1", 0, 5), upload=one)
        unknown = tx.uploads.keep(part("bl_9", 0, 5), upload=one)
        return tx.uploads.parts(one), tx.uploads.count_parts(one), unknown

    (parts, count, unknown), _ = await store.write(work, workspace=ACME)

    assert parts == (part("bl_1", 0, 5), part("bl_2", 5, 4))
    assert count == 2
    assert not unknown


async def test_what_is_over_is_forgotten_and_its_parts_are_left_to_the_sweep(
    store: Engine,
) -> None:
    def work(tx: Transaction) -> list[BlobId]:
        tx.uploads.add(upload("up_1", until=Instant(1)))
        tx.uploads.add(upload("up_2"))
        for name, blob in (("up_1", "bl_1"), ("up_2", "bl_2")):
            tx.uploads.expect(part(blob, 0, 0), upload=UploadId(name), by=ME, until=NEVER)
            tx.uploads.keep(part(blob, 0, 5), upload=UploadId(name))
        assert tx.uploads.remove_over(limit=10) == 1
        assert tx.uploads.remove_over(limit=10) == 0
        assert tx.uploads.by_id(UploadId("up_1")) is None
        assert tx.uploads.by_id(UploadId("up_2")) is not None
        return tx.blobs.overdue(before=tx.now, limit=10)

    overdue, _ = await store.write(work, workspace=ACME)

    assert overdue == ["bl_1"]
