"""What desktops leave behind in a mounted drive: kept for who made it, seen by nobody else."""

import asyncio

import pytest
from msgspec.structs import replace

from signoff.actions import folders, litter, workspaces
from signoff.actions.folder_views import PathOnly
from signoff.actions.folders import ListFolder
from signoff.actions.grants import Set as SetGrant
from signoff.actions.grants import set as set_grant
from signoff.actions.house import House
from signoff.actions.litter import HeldLitter, LitterFile, LockLitter, MoveLitter, WriteLitter
from signoff.actions.scratch import LitterItem
from signoff.domain.actors import Caller
from signoff.domain.errors import Code, Damaged
from signoff.domain.ids import MINUTE, CredentialId
from signoff.domain.permissions import Access
from signoff.store.transaction import Transaction
from tests.actions.cast import ACME, ADA, DAN, MAY, RITA, SCRIBE, by_drive, do, log
from tests.actions.desk import refused
from tests.actions.tree import delete, move, rows
from tests.actions.works import later, names_in, put

MAC = by_drive(RITA, decides=False)
"""A reader's drive: she may write nothing that others see."""
PHONE = replace(MAC, credential=replace(MAC.credential, id=CredentialId("ap_phone")))


async def write(
    house: House, path: str, data: bytes = b"x", caller: Caller = MAC
) -> LitterItem:
    return await do(house, litter.write, caller, WriteLitter(path=path, data=data))


async def read(house: House, path: str, caller: Caller = MAC) -> LitterFile:
    return await house.ask(litter.read, caller, PathOnly(path=path))


async def listed(house: House, path: str = "", caller: Caller = MAC) -> list[str]:
    page = await house.ask(litter.list_, caller, PathOnly(path=path))
    return [item.name for item in page.items]


async def folder(house: House, path: str) -> LitterItem:
    return await do(house, litter.make_folder, MAC, PathOnly(path=path))


async def remove(house: House, path: str) -> None:
    await house.do(litter.remove, MAC, PathOnly(path=path))


async def moved(house: House, from_: str, to: str, *, overwrite: bool = False) -> LitterItem:
    asked = MoveLitter(from_=from_, to=to, overwrite=overwrite)
    return await do(house, litter.move, MAC, asked)


async def copied(house: House, from_: str, to: str, *, overwrite: bool = False) -> LitterItem:
    asked = MoveLitter(from_=from_, to=to, overwrite=overwrite)
    return await do(house, litter.copy, MAC, asked)


# Writing and reading.


async def test_what_a_desktop_writes_it_reads_again(acme: House) -> None:
    written = await write(acme, "input/.DS_Store", b"icons here")

    found = await read(acme, "input/.DS_Store")

    assert found.data == b"icons here"
    assert found.item == replace(written, created=False)
    assert (written.path, written.size, written.created) == ("input/.DS_Store", 10, True)
    assert await listed(acme, "input") == [".DS_Store"]


async def test_no_event_and_no_entry_tell_of_it(acme: House) -> None:
    before = await log(acme)

    await write(acme, "needs-review/._report.pdf")
    await folder(acme, ".Trashes")
    await moved(acme, "needs-review/._report.pdf", ".Trashes/report.pdf")
    await copied(acme, ".Trashes/report.pdf", "._copy")
    await do(acme, litter.lock, MAC, LockLitter(path="._copy"))
    await remove(acme, ".Trashes")

    assert await log(acme) == before


async def test_nobody_else_sees_it(acme: House) -> None:
    await write(acme, "input/._a.csv", b"mine")

    for caller in (PHONE, by_drive(ADA, decides=True), MAY, SCRIBE):
        other = replace(caller, credential=replace(caller.credential, id=CredentialId("o")))
        assert await listed(acme, "input", other) == []
        with refused(Code.NOT_FOUND):
            await read(acme, "input/._a.csv", other)
        with refused(Code.NOT_FOUND):
            await acme.ask(litter.stat, other, PathOnly(path="input/._a.csv"))
    await write(acme, "input/._a.csv", b"theirs", PHONE)
    assert (await read(acme, "input/._a.csv")).data == b"mine"


async def test_it_is_in_no_listing_of_the_tree(house: House) -> None:
    await write(house, "input/.DS_Store")

    assert await names_in(house, "input", MAC) == []
    with refused(Code.NOT_FOUND):
        await house.ask(folders.stat, MAC, PathOnly(path="input/.DS_Store"))


async def test_every_write_has_an_etag_of_its_own(house: House) -> None:
    first = await write(house, ".DS_Store", b"a")
    second = await write(house, ".DS_Store", b"a")
    await remove(house, ".DS_Store")
    third = await write(house, ".DS_Store", b"a")

    assert len({first.etag, second.etag, third.etag}) == 3
    assert (second.created, third.created) == (False, True)


async def test_names_are_the_same_whatever_their_case_and_form(acme: House) -> None:
    await write(acme, "._e\u0301.txt", b"one")

    again = await write(acme, "._\u00c9.TXT", b"two")

    assert again.created is False
    assert await listed(acme) == ["._\u00e9.txt"]
    assert (await read(acme, "._e\u0301.txt")).data == b"two"


async def test_a_large_file_is_refused_and_one_at_the_limit_is_not(acme: House) -> None:
    await write(acme, "._a", b"x" * 1_048_576)

    with refused(Code.TOO_LARGE):
        await write(acme, "._a", b"x" * 1_048_577)

    assert (await read(acme, "._a")).item.size == 1_048_576


async def test_bytes_are_encrypted_and_bound_to_their_row(acme: House) -> None:
    await write(acme, "._a", b"a secret of the desktop")
    await write(acme, "._b", b"another")

    def swap(tx: Transaction) -> None:
        sql = "UPDATE litter SET bytes = :bytes WHERE ws = :ws AND name = '._b'"
        tx.run(sql, ws=ACME, bytes=stored[0][0])

    stored = await rows(acme, "SELECT bytes FROM litter WHERE ws = :ws AND name = '._a'")
    assert b"secret" not in bytes(stored[0][0])
    await acme.engine.write(swap, workspace=ACME)
    with pytest.raises(Damaged):
        await read(acme, "._b")


# Where it lies.


async def test_it_goes_where_its_folder_goes(acme: House) -> None:
    await put(acme, DAN, "shared/a/x.csv")
    await write(acme, "shared/a/.DS_Store", b"layout")

    await move(acme, DAN, "shared/a", "shared/b")

    assert (await read(acme, "shared/b/.DS_Store")).data == b"layout"
    with refused(Code.NOT_FOUND):
        await read(acme, "shared/a/.DS_Store")


async def test_a_folder_made_anew_has_none_of_the_old_ones(house: House) -> None:
    await put(house, DAN, "shared/a/x.csv")
    await write(house, "shared/a/.DS_Store")
    await delete(house, DAN, "shared/a")

    await put(house, DAN, "shared/a/x.csv")

    assert await listed(house, "shared/a") == []


async def test_its_folder_must_be_there(acme: House) -> None:
    with refused(Code.PARENT_MISSING):
        await write(acme, "nowhere/.DS_Store")
    with refused(Code.PARENT_MISSING):
        await write(acme, ".Trashes/501/a")
    with refused(Code.NOT_FOUND):
        await read(acme, "nowhere/.DS_Store")
    with refused(Code.NOT_FOUND):
        await listed(acme, "nowhere")


async def test_it_does_not_lie_in_a_file(house: House) -> None:
    await put(house, DAN, "shared/a.csv")
    await write(house, "._b")

    with refused(Code.NOT_A_FOLDER):
        await write(house, "shared/a.csv/.DS_Store")
    with refused(Code.NOT_A_FOLDER):
        await write(house, "._b/.DS_Store")
    with refused(Code.NOT_A_FOLDER):
        await listed(house, "._b")


async def test_a_folder_that_is_hidden_from_somebody_holds_nothing_of_theirs(
    house: House,
) -> None:
    await put(house, DAN, "secret/a.csv")
    grant = SetGrant(subject=RITA.actor.id, path="secret", access=Access.NONE)
    await do(house, set_grant, ADA, grant)

    for act in (write(house, "secret/.DS_Store"), listed(house, "secret")):
        with refused(Code.NOT_FOUND):
            await act


async def test_work_is_not_kept_here(house: House) -> None:
    with refused(Code.CONFLICT):
        await write(house, "input/report.pdf")
    await write(house, "input/._report.pdf")
    with refused(Code.CONFLICT):
        await moved(house, "input/._report.pdf", "input/report.pdf")


async def test_a_closed_workspace_takes_no_more(house: House) -> None:
    await write(house, ".DS_Store", b"old")
    await do(house, workspaces.close, ADA, workspaces.Close(slug=ACME))
    late = replace(MAC, closed=True)

    with refused(Code.WORKSPACE_CLOSED):
        await write(house, ".DS_Store", b"new", late)

    assert (await read(house, ".DS_Store", late)).data == b"old"


async def test_over_rest_such_a_name_is_an_ordinary_one(house: House) -> None:
    await put(house, DAN, "shared/.DS_Store")

    page = await house.ask(folders.list_folder, DAN, ListFolder(path="shared"))

    assert [item.name for item in page.items] == [".DS_Store"]
    assert await listed(house, "shared") == []


# Folders.


async def test_a_folder_holds_what_is_put_into_it(acme: House) -> None:
    made = await folder(acme, ".Trashes")
    await folder(acme, ".Trashes/501")
    await write(acme, ".Trashes/501/report.pdf", b"%PDF")

    assert (made.type, made.created) == ("folder", True)
    assert await listed(acme) == [".Trashes"]
    assert await listed(acme, ".Trashes/501") == ["report.pdf"]
    await remove(acme, ".Trashes")
    assert await listed(acme) == []
    assert await rows(acme, "SELECT count(*) FROM litter WHERE ws = :ws") == [(0,)]


async def test_a_folder_is_made_once_and_is_no_file(house: House) -> None:
    await folder(house, ".Trashes")

    with refused(Code.EXISTS):
        await folder(house, ".trashes")
    with refused(Code.IS_FOLDER):
        await write(house, ".Trashes")
    with refused(Code.IS_FOLDER):
        await read(house, ".Trashes")


async def test_what_is_not_there_is_not_removed(house: House) -> None:
    with refused(Code.NOT_FOUND):
        await remove(house, ".DS_Store")


# Moving and copying.


async def test_a_move_takes_all_with_it(acme: House) -> None:
    await folder(acme, ".Trashes")
    await write(acme, ".Trashes/a", b"deep")

    gone = await moved(acme, ".Trashes", "input/.Trashes")

    assert (gone.path, gone.created) == ("input/.Trashes", True)
    assert await listed(acme) == []
    assert (await read(acme, "input/.Trashes/a")).data == b"deep"


async def test_a_name_may_change_its_case(house: House) -> None:
    await write(house, ".ds_store", b"one")

    again = await moved(house, ".ds_store", ".DS_Store")

    assert (again.name, again.created) == (".DS_Store", False)
    assert (await read(house, ".DS_Store")).data == b"one"


async def test_what_is_there_is_replaced_when_that_is_wanted(acme: House) -> None:
    await write(acme, "._a", b"new")
    await write(acme, "._b", b"old")

    with refused(Code.EXISTS):
        await moved(acme, "._a", "._b")
    replaced = await moved(acme, "._a", "._b", overwrite=True)

    assert replaced.created is False
    assert (await read(acme, "._b")).data == b"new"
    assert await listed(acme) == ["._b"]


async def test_a_copy_is_whole_and_apart(acme: House) -> None:
    await folder(acme, ".Trashes")
    await write(acme, ".Trashes/a", b"deep")

    made = await copied(acme, ".Trashes", "input/.Trashes")
    await write(acme, ".Trashes/a", b"changed")

    assert made.created is True
    assert (await read(acme, "input/.Trashes/a")).data == b"deep"
    with refused(Code.EXISTS):
        await copied(acme, ".Trashes", "input/.Trashes")
    await copied(acme, ".Trashes", "input/.Trashes", overwrite=True)
    assert (await read(acme, "input/.Trashes/a")).data == b"changed"


async def test_nothing_is_put_into_itself(house: House) -> None:
    await folder(house, ".Trashes")
    await folder(house, ".Trashes/a")

    for act in (moved, copied):
        with refused(Code.CONFLICT):
            await act(house, ".Trashes", ".Trashes/a/b")
        with refused(Code.CONFLICT):
            await act(house, ".Trashes", ".Trashes")
        with refused(Code.CONFLICT):
            await act(house, ".Trashes/a", ".Trashes", overwrite=True)
    with refused(Code.CONFLICT):
        await copied(house, ".Trashes", ".TRASHES", overwrite=True)


async def test_a_copy_has_its_limit(house: House) -> None:
    await folder(house, ".Trashes")
    for n in range(100):
        await write(house, f".Trashes/{n}")

    with refused(Code.TOO_LARGE):
        await copied(house, ".Trashes", "input/.Trashes")

    assert await listed(house, "input") == []


# Locks.


async def test_a_client_that_locks_before_it_writes_is_content(acme: House) -> None:
    locked = await do(acme, litter.lock, MAC, LockLitter(path="._a"))
    assert isinstance(locked.lock_token, str)

    written = await write(acme, "._a", b"fork")
    await acme.do(litter.unlock, MAC, HeldLitter(path="._a", token=locked.lock_token))

    assert (locked.created, locked.size) == (True, 0)
    assert written.lock_token == locked.lock_token
    found = await read(acme, "._a")
    assert found.data == b"fork"
    assert not isinstance(found.item.lock_token, str)


async def test_a_second_lock_waits_for_the_first_to_end(house: House) -> None:
    asked = LockLitter(path="._a", timeout_seconds=600)
    first = await do(house, litter.lock, MAC, asked)

    with refused(Code.LOCKED):
        await do(house, litter.lock, MAC, asked)
    later(house, 11 * MINUTE)
    second = await do(house, litter.lock, MAC, asked)

    assert second.created is False
    assert second.lock_token != first.lock_token


async def test_a_lock_is_refreshed_by_its_token_alone(house: House) -> None:
    first = await do(house, litter.lock, MAC, LockLitter(path="._a", timeout_seconds=600))
    assert isinstance(first.lock_token, str)
    held = HeldLitter(path="._a", token=first.lock_token, timeout_seconds=3600)

    again = await do(house, litter.refresh, MAC, held)

    assert again.lock_token == first.lock_token
    assert again.locked_until > first.locked_until  # type: ignore[operator]
    for act in (litter.refresh, litter.unlock):
        with refused(Code.PRECONDITION_FAILED):
            await house.do(act, MAC, replace(held, token="opaquelocktoken:none"))


# Room.


def crowd(tx: Transaction) -> None:
    """Fill a drive to its last entry, each a second younger than the one before."""
    tx.run(
        """WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 2000)
        INSERT INTO litter (ws, id, credential, parent, name, name_key, is_folder, version,
        size, media_type, created_at, modified_at, bytes) SELECT 'acme', 'li_' || i, :drive,
        'root', '._' || i, '._' || i, 0, 1, 0, '', i * 1000000, i * 1000000, NULL FROM c""",
        drive=MAC.credential.id,
    )


async def test_the_oldest_entries_make_room(acme: House) -> None:
    await acme.engine.write(crowd, workspace=ACME)
    await write(acme, "._other", caller=PHONE)

    await write(acme, "._7")
    assert len(await listed(acme)) == 2000
    await write(acme, "input/._new")
    await folder(acme, "input/.Trashes")

    names = await listed(acme)
    assert len(names) == 1998
    assert not {"._1", "._2"} & set(names)
    assert await listed(acme, "input") == ["._new", ".Trashes"]
    assert await listed(acme, caller=PHONE) == ["._other"]


async def test_the_oldest_bytes_make_room(acme: House) -> None:
    for n in range(16):
        await write(acme, f"._{n:02}", b"x" * 1_048_576)
    await write(acme, "._00", b"y" * 1_048_576)

    await write(acme, "._16", b"z")

    names = await listed(acme)
    assert len(names) == 16
    assert "._01" not in names
    assert (await read(acme, "._00")).data[:1] == b"y"


async def test_many_writes_at_once_stay_within_the_bounds(acme: House) -> None:
    await acme.engine.write(crowd, workspace=ACME)

    await asyncio.gather(*(write(acme, f"input/._{n}") for n in range(20)))

    assert await rows(acme, "SELECT count(*) FROM litter WHERE ws = :ws") == [(2000,)]
    assert len(await listed(acme, "input")) == 20
