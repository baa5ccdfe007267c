"""What time asks for, done once each: ended, purged, removed, counted."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from msgspec.structs import replace

from signoff.actions import (
    claims,
    files,
    folder_views,
    folders,
    litter,
    locks,
    names,
)
from signoff.actions.house import House
from signoff.actions.lock_views import LockView
from signoff.domain.accounts import AppPassword, Session
from signoff.domain.actors import system
from signoff.domain.errors import Forbidden
from signoff.domain.events import Event, Type
from signoff.domain.files import Node, NodeKind, Version
from signoff.domain.ids import (
    DAY,
    HOUR,
    INSTANCE,
    BlobId,
    ClaimId,
    CredentialId,
    Digest,
    Instant,
    LockToken,
    NodeId,
    Path,
)
from signoff.store.blobs import BlobRow
from signoff.store.books import Answer
from signoff.store.files import TRASH
from signoff.store.transaction import Transaction
from signoff.store.trash import Deletion
from signoff.worker import duties, sweep
from signoff.worker.loop import Worker
from signoff.worker.seal import seal_all
from tests.actions.cast import ACME, BEN, DAN, RITA, SCRIBE, by_drive, do, last, log

ABC = Digest("sha256:" + "ab" * 32)


async def once(text: bytes) -> AsyncIterator[bytes]:
    yield text


async def put(house: House, path: str, text: bytes = b"a,b\n1,2\n") -> None:
    arrived = await house.bytes.take_in(DAN, once(text))
    asked = files.WriteFile(
        path=path,
        blob=arrived.blob,
        digest=arrived.digest,
        size=arrived.size,
        inline=arrived.inline,
    )
    await house.do(files.write, DAN, asked)


async def later(house: House, table: str, column: str, by: int = 40 * DAY) -> None:
    """Let time pass, as rows tell it."""
    await house.engine.write(
        lambda tx: (
            tx.run(f"UPDATE {table} SET {column} = {column} - :by", by=by)
            if table not in ("trash", "sessions")
            else _late_record(tx, table, column, by)
        ),
        workspace=ACME,
    )


def _late_record(tx: Transaction, table: str, column: str, by: int) -> None:
    tx.run(f"UPDATE {table} SET {column} = {column} - :by", by=by)
    tx.record(Event(type=Type.WORKSPACE_CREATED), caller=system(ACME))


async def count(house: House, table: str) -> int:
    rows = await house.engine.read(
        lambda tx: tx.all(f"SELECT count(*) FROM {table}"), workspace=ACME
    )
    return int(rows[0][0])


async def test_a_lapsed_claim_returns_its_work(house: House) -> None:
    await put(house, "input/a.csv")
    claim = await do(house, claims.take, SCRIBE, claims.TakeClaim())
    assert claim is not None
    name = ClaimId(claim.id)

    def expire(tx: Transaction) -> None:
        stored = tx.claims.by_id(name)
        assert stored is not None
        tx.claims.save(replace(stored, expires_at=Instant(tx.now - 1)))
        tx.record(Event(type=Type.CLAIM_TAKEN), caller=system(ACME))

    await house.engine.write(expire, workspace=ACME)

    await duties.lapse_claims(house)

    entry = await last(house)
    assert entry["type"] == "claim.lapsed"
    assert entry["actor"] == "system"
    assert await count(house, "claims") == 0
    listed = await house.ask(folders.list_folder, BEN, folders.ListFolder(path="input"))
    assert [item.name for item in listed.items] == ["a.csv"]


async def test_the_worker_sleeps_until_the_next_lease_ends(house: House) -> None:
    await put(house, "input/a.csv")
    await do(house, claims.take, SCRIBE, claims.TakeClaim())

    soon = await duties.lapse_claims(house)

    assert soon is not None
    assert 590 < soon <= 600


async def test_an_expired_lock_ends_on_the_record(house: House) -> None:
    await put(house, "input/a.csv")
    lock = await do(house, locks.take, DAN, locks.TakeLock(path="input/a.csv"))
    assert isinstance(lock, LockView)
    token = str(lock.token)

    def expire(tx: Transaction) -> None:
        stored = tx.locks.by_token(LockToken(token))
        assert stored is not None
        tx.locks.remove(stored.token)
        tx.locks.add(replace(stored, expires_at=Instant(tx.now - 1)))
        tx.record(Event(type=Type.LOCK_TAKEN), caller=system(ACME))

    await house.engine.write(expire, workspace=ACME)

    await duties.expire_locks(house)

    assert (await last(house))["type"] == "lock.expired"
    assert await count(house, "locks") == 0
    assert await count(house, "holds") == 0


async def test_a_session_whose_time_is_over_ends(house: House) -> None:
    def sign_in(tx: Transaction) -> None:
        for number, expires_at in enumerate((tx.now - 1, tx.now + HOUR)):
            session = Session(
                id=CredentialId(f"se_{number}"),
                person=BEN.actor.id,
                created_at=tx.now,
                expires_at=Instant(expires_at),
                seen_at=tx.now,
            )
            tx.accounts.add_session(session, hash_=bytes([number]))
        tx.record(Event(type=Type.SESSION_STARTED), caller=BEN)

    await house.engine.write(sign_in, workspace=ACME)

    await duties.end_sessions(house)

    ended = [e for e in await log(house, INSTANCE) if e["type"] == "session.ended"]
    assert [(e["subject"], e["codes"]["by"]) for e in ended] == [("se_0", "time")]


def throw_away(tx: Transaction, *, files_in_it: int) -> None:
    """Put a folder with files into the trash."""
    name = tx.new_id("tr")
    hidden, folder = NodeId(name), NodeId(tx.new_id("nd"))
    tx.files.add(Node(id=hidden, parent=TRASH, name=name, kind=NodeKind.FOLDER))
    tx.files.add(Node(id=folder, parent=hidden, name="old", kind=NodeKind.FOLDER))
    for number in range(files_in_it):
        node, blob = NodeId(f"nd_{name}_{number}"), BlobId(f"bl_{name}_{number}")
        tx.blobs.add(BlobRow(id=blob, digest=ABC, size=1, is_inline=True))
        tx.blobs.keep_inline(blob, b"x")
        tx.files.add(Node(id=node, parent=folder, name=f"{number}", kind=NodeKind.FILE))
        tx.versions.add(
            Version(
                node=node,
                number=1,
                blob=blob,
                digest=ABC,
                size=1,
                media_type="text/csv",
                author=DAN.actor.id,
                at=tx.now,
            )
        )
    tx.trash.add(
        Deletion(
            id=name,
            node=folder,
            from_path=Path("input/old"),
            by=DAN.actor.id,
            at=tx.now,
            expires_at=Instant(tx.now + 30 * DAY),
        )
    )
    tx.record(Event(type=Type.FILE_DELETED, path="input/old"), caller=DAN)


async def test_the_trash_is_emptied_after_its_time_in_chunks(house: House) -> None:
    before = await count(house, "nodes")
    await house.engine.write(lambda tx: throw_away(tx, files_in_it=1200), workspace=ACME)
    await duties.sweep_trash(house)
    untouched = await count(house, "nodes")
    await later(house, "trash", "expires_at")

    await duties.sweep_trash(house)

    purged = [e for e in await log(house) if e["type"] == "file.purged"]
    assert untouched == before + 1202
    assert await count(house, "nodes") == before
    assert await count(house, "trash") == 0
    assert sum(entry["codes"]["nodes"] for entry in purged) == 1201
    assert len(purged) > 1
    assert purged[-1]["codes"]["more"] is False


async def test_given_up_blobs_go_after_a_week(house: House) -> None:
    await house.engine.write(lambda tx: throw_away(tx, files_in_it=3), workspace=ACME)
    await later(house, "trash", "expires_at")
    await duties.sweep_trash(house)
    await duties.remove_blobs(house)
    kept = await count(house, "inline_bytes")
    await later(house, "blobs", "doomed_at", 8 * DAY)

    await duties.remove_blobs(house)

    assert kept == 3
    assert await count(house, "blobs") == 0
    assert await count(house, "inline_bytes") == 0


async def test_the_object_of_a_given_up_blob_is_removed(house: House) -> None:
    large = b"x" * 100_000
    await put(house, "input/large.bin", large)

    def give_up(tx: Transaction) -> None:
        tx.run("DELETE FROM versions")
        tx.run("UPDATE blobs SET doomed_at = :at", at=tx.now - 8 * DAY)
        tx.record(Event(type=Type.FILE_PURGED), caller=system(ACME))

    await house.engine.write(give_up, workspace=ACME)
    names = [found.name async for found in house.blobs.store.walk("blobs")]

    await duties.remove_blobs(house)

    assert len(names) == 1
    assert [found.name async for found in house.blobs.store.walk("blobs")] == []
    assert await count(house, "blobs") == 0


async def test_bytes_that_never_came_are_given_up(house: House) -> None:
    store = house.blobs.store
    await house.engine.write(
        lambda tx: tx.blobs.expect(
            BlobId("bl_lost"), by=DAN.actor.id, until=Instant(tx.now - 2 * DAY)
        ),
        workspace=ACME,
    )
    await store.put("blobs/acme/bl_lost", b"half")

    await duties.remove_blobs(house)

    assert await count(house, "expected") == 0
    assert [found.name async for found in store.walk("blobs")] == []


async def test_only_old_objects_without_a_row_are_removed(house: House) -> None:
    await put(house, "input/kept.bin", b"k" * 100_000)
    store = house.blobs.store
    for name in ("bl_old", "bl_young"):
        await store.put(f"blobs/acme/{name}", b"stray")
    objects = store._objects  # type: ignore[attr-defined]
    for name, (data, at) in list(objects.items()):
        if not name.endswith("bl_young"):
            objects[name] = (data, Instant(at - 3 * DAY))

    removed = await sweep.remove_strays(house)

    names = {found.name.rpartition("/")[2] async for found in store.walk("blobs")}
    assert removed == 1
    assert "bl_young" in names
    assert "bl_old" not in names
    assert len(names) == 2


async def test_what_was_dropped_into_review_is_opened_once_it_has_settled(
    house: House,
) -> None:
    drive = by_drive(DAN, decides=False)
    arrived = await house.bytes.take_in(drive, once(b"a report"))
    asked = files.WriteFile(
        path="needs-review/report.txt",
        blob=arrived.blob,
        digest=arrived.digest,
        size=arrived.size,
        inline=arrived.inline,
    )
    await house.do(files.write, drive, asked)
    soon = await duties.settle_arrivals(house)
    unsettled = await count(house, "handoffs")
    await later(house, "arrivals", "touched_at", 60_000_000)

    await duties.settle_arrivals(house)

    opened = [e for e in await log(house) if e["type"] == "handoff.opened"]
    assert unsettled == 0
    assert soon is not None
    assert soon <= 5
    assert await count(house, "handoffs") == 1
    assert len(opened) == 1


async def test_old_answers_and_failures_are_forgotten(house: House) -> None:
    def keep(tx: Transaction) -> None:
        answer = Answer(body_hash=b"", status=200, body=b"{}")
        tx.books.keep_answer(CredentialId("ky_scribe"), "POST x", "old", answer)
        tx.books.failed_signin("ben", attempt="a")

    await house.engine.write(keep, workspace=ACME)
    await later(house, "idempotency", "at", 2 * DAY)
    await later(house, "signin_failures", "at", 2 * DAY)
    await house.engine.write(
        lambda tx: tx.books.keep_answer(
            CredentialId("ky_scribe"),
            "POST x",
            "new",
            Answer(body_hash=b"", status=1, body=b""),
        ),
        workspace=ACME,
    )

    await duties.forget_retries(house)

    assert await count(house, "idempotency") == 1
    assert await count(house, "signin_failures") == 0


async def test_repeated_refusals_become_one_entry_with_their_count(house: House) -> None:
    for _ in range(5):
        with pytest.raises(Forbidden):
            await put_as_reader(house)
    await later(house, "denials", "since", 2 * 60_000_000)

    await duties.flush_denials(house)

    denied = [e for e in await log(house) if e["type"] == "access.denied"]
    assert [(e["actor"], e["codes"]["count"]) for e in denied] == [
        ("pe_rita", 1),
        ("pe_rita", 4),
    ]


async def put_as_reader(house: House) -> None:
    asked = folder_views.PathOnly(path="input/x")
    await house.do(folders.make_folder, RITA, asked)


async def test_a_quiet_minute_ends_the_counting(house: House) -> None:
    with pytest.raises(Forbidden):
        await put_as_reader(house)
    await later(house, "denials", "since", 2 * 60_000_000)

    await duties.flush_denials(house)

    assert await count(house, "denials") == 0


async def test_what_a_desktop_left_goes_after_a_week_and_with_its_password(
    house: House,
) -> None:
    mac = by_drive(DAN, decides=False)
    phone = replace(mac, credential=replace(mac.credential, id=CredentialId("ap_phone")))

    def let_in(tx: Transaction) -> None:
        for one in (mac, phone):
            password = AppPassword(
                id=one.credential.id,
                person=DAN.actor.id,
                name="drive",
                decides=False,
                created_at=tx.now,
            )
            tx.accounts.add_app_password(password, hash_=one.credential.id.encode())
        tx.record(Event(type=Type.APP_PASSWORD_CREATED), caller=DAN)

    def revoke(tx: Transaction) -> None:
        tx.accounts.revoke_app_password(phone.credential.id, person=DAN.actor.id)
        tx.record(Event(type=Type.APP_PASSWORD_REVOKED), caller=DAN)

    await house.engine.write(let_in, workspace=ACME)
    for path in ("input/.DS_Store", "._old"):
        for one in (mac, phone):
            await house.do(litter.write, one, litter.WriteLitter(path=path, data=b"x"))
    await later(house, "litter", "modified_at", 6 * DAY)
    await house.do(litter.write, mac, litter.WriteLitter(path=".DS_Store", data=b"x"))

    await duties.forget_litter(house)
    assert await count(house, "litter") == 5

    await house.engine.write(revoke, workspace=ACME)
    await duties.forget_litter(house)
    assert await count(house, "litter") == 3

    await later(house, "litter", "modified_at", DAY)
    before = await log(house)
    await duties.forget_litter(house)
    assert await count(house, "litter") == 1
    assert await log(house) == before


async def test_every_log_that_grew_is_sealed(house: House) -> None:
    await seal_all(house)

    sizes = {
        workspace: await house.engine.read(lambda tx: tx.trees.edge()[0], workspace=workspace)
        for workspace in (ACME, INSTANCE)
    }
    heads = {
        workspace: await house.engine.read(lambda tx: tx.audit.head()[0], workspace=workspace)
        for workspace in (ACME, INSTANCE)
    }
    assert sizes == heads
    assert sizes[ACME] > 0


def test_each_duty_has_a_name_of_its_own_and_is_told_in_the_table() -> None:
    called = [duty.name for duty in duties.DUTIES]

    assert len(called) == len(set(called))
    for name in called:
        assert f"| {name} " in (duties.__doc__ or "")


async def test_a_file_is_found_by_its_name_once_the_log_was_followed(house: House) -> None:
    await put(house, "input/quarterly-report.csv")

    worker = Worker(house, duties=())
    await worker.take_leases()
    await worker.follow()
    await worker.close()
    found = await house.ask(names.find, SCRIBE, names.Find(q="quarterly rep"))

    assert [item.path for item in found.items] == ["input/quarterly-report.csv"]


async def test_nothing_to_do_is_done_quickly(house: House) -> None:
    async with asyncio.timeout(5):
        for duty in duties.DUTIES:
            await duty.run(house)
