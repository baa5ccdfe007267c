"""Where bytes lie: kept once, given up for good, healed by a whole copy."""

from signoff.domain.files import Version
from signoff.domain.ids import ActorId, BlobId, Digest, Instant, NodeId
from signoff.store.blobs import BlobRow
from signoff.store.engine import Engine
from signoff.store.transaction import Transaction
from tests.store.scenes import ACME, add, add_root, happened

ABC = Digest("sha256:" + "ab" * 32)
ONE, TWO = BlobId("bl_1"), BlobId("bl_2")


def keep(tx: Transaction, blob: BlobId, *, digest: Digest = ABC) -> None:
    tx.blobs.add(BlobRow(id=blob, digest=digest, size=3, is_inline=True))
    tx.blobs.keep_inline(blob, b"\x00\x01\xff")


def name_it(tx: Transaction, blob: BlobId, name: str = "a.txt") -> NodeId:
    """Give a blob to a file's first version."""
    node = add(tx, name)
    version = Version(
        node=node,
        number=1,
        blob=blob,
        digest=ABC,
        size=3,
        media_type="text/plain",
        author=ActorId("pe_dan"),
        at=Instant(1),
    )
    tx.versions.add(version)
    tx.files.point_to(version)
    return node


def begin(tx: Transaction) -> NodeId:
    add_root(tx)
    keep(tx, ONE)
    return name_it(tx, ONE)


async def test_known_bytes_are_found_by_their_digest(store: Engine) -> None:
    await store.write(begin, workspace=ACME)

    found, inline = await store.read(
        lambda tx: (tx.blobs.by_digest(ABC), tx.blobs.inline(ONE)), workspace=ACME
    )

    assert found == BlobRow(id=ONE, digest=ABC, size=3, is_inline=True)
    assert inline == b"\x00\x01\xff"


async def test_bytes_of_one_workspace_are_unknown_to_another(store: Engine) -> None:
    await store.write(begin, workspace=ACME)

    found = await store.read(lambda tx: tx.blobs.by_digest(ABC), workspace=type(ACME)("other"))

    assert found is None


async def test_a_blob_that_a_version_names_is_not_given_up(store: Engine) -> None:
    await store.write(begin, workspace=ACME)

    await store.write(lambda tx: tx.blobs.doom_if_unused(ONE), workspace=ACME)

    found = await store.read(lambda tx: tx.blobs.by_digest(ABC), workspace=ACME)
    assert found is not None


async def test_a_blob_that_was_given_up_is_never_revived(store: Engine) -> None:
    node, _ = await store.write(begin, workspace=ACME)

    def give_up(tx: Transaction) -> None:
        for blob in tx.versions.remove_all(node):
            tx.blobs.doom_if_unused(blob)
        happened(tx)

    await store.write(give_up, workspace=ACME)

    found, doomed = await store.read(
        lambda tx: (
            tx.blobs.by_digest(ABC),
            tx.blobs.doomed(before=Instant(2**60), limit=10),
        ),
        workspace=ACME,
    )
    assert found is None
    assert [blob.id for blob in doomed] == [ONE]


async def test_a_blob_that_is_forgotten_leaves_no_bytes(store: Engine) -> None:
    await store.write(begin, workspace=ACME)

    await store.write(lambda tx: tx.blobs.forget(ONE), workspace=ACME)

    left = await store.read(
        lambda tx: (tx.blobs.by_id(ONE), tx.blobs.inline(ONE)), workspace=ACME
    )
    assert left == (None, None)


async def test_damage_is_remembered_once_and_told_with_the_blob(store: Engine) -> None:
    await store.write(begin, workspace=ACME)

    first, _ = await store.write(lambda tx: tx.blobs.mark_damaged(ONE), workspace=ACME)
    again, _ = await store.write(lambda tx: tx.blobs.mark_damaged(ONE), workspace=ACME)

    found = await store.read(lambda tx: tx.blobs.by_digest(ABC), workspace=ACME)
    assert (first, again) == (True, False)
    assert found is not None
    assert found.damaged


async def test_a_whole_copy_heals_every_version_of_the_damaged_one(store: Engine) -> None:
    node, _ = await store.write(begin, workspace=ACME)
    await store.write(lambda tx: tx.blobs.mark_damaged(ONE), workspace=ACME)

    def upload(tx: Transaction) -> int:
        keep(tx, TWO)
        happened(tx)
        return tx.blobs.heal(ABC, by=TWO)

    healed, _ = await store.write(upload, workspace=ACME)

    file, version, doomed = await store.read(
        lambda tx: (
            tx.files.by_id(node),
            tx.versions.by_number(node, 1),
            tx.blobs.doomed(before=Instant(2**60), limit=10),
        ),
        workspace=ACME,
    )
    assert healed == 1
    assert file is not None
    assert version is not None
    assert (file.blob, version.blob) == (TWO, TWO)
    assert [blob.id for blob in doomed] == [ONE]


async def test_an_upload_is_expected_until_it_arrived(store: Engine) -> None:
    await store.write(
        lambda tx: tx.blobs.expect(ONE, by=ActorId("pe_dan"), until=Instant(5)),
        workspace=ACME,
    )

    overdue = await store.read(
        lambda tx: tx.blobs.overdue(before=Instant(6), limit=10), workspace=ACME
    )
    first, _ = await store.write(lambda tx: tx.blobs.arrived(ONE), workspace=ACME)
    second, _ = await store.write(lambda tx: tx.blobs.arrived(ONE), workspace=ACME)

    assert overdue == [ONE]
    assert (first, second) == (True, False)


async def test_what_has_a_row_or_an_upload_is_known(store: Engine) -> None:
    def work(tx: Transaction) -> None:
        begin(tx)
        tx.blobs.expect(TWO, by=ActorId("pe_dan"), until=Instant(5))

    await store.write(work, workspace=ACME)

    known = await store.read(
        lambda tx: tx.blobs.known([ONE, TWO, BlobId("bl_stray")]), workspace=ACME
    )
    assert known == {ONE, TWO}


async def test_a_blob_that_was_named_while_it_was_given_up_stays(store: Engine) -> None:
    def race(tx: Transaction) -> None:
        add_root(tx)
        keep(tx, ONE)
        tx.blobs.doom_if_unused(ONE)
        name_it(tx, ONE)  # as an act that had found it before, and commits after

    await store.write(race, workspace=ACME)

    doomed = await store.read(
        lambda tx: tx.blobs.doomed(before=Instant(2**60), limit=10), workspace=ACME
    )
    assert doomed == []
