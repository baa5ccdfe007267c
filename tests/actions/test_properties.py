"""Properties of files and folders: set, found, carried along, and gone with their node."""

from typing import Any

import pytest

from signoff.actions import (
    arrivals,
    claims,
    deciding,
    files,
    folders,
    handoffs,
    locks,
    properties,
    submitting,
    trash,
    versions,
)
from signoff.actions.arrivals import Settle
from signoff.actions.claim_views import ClaimView
from signoff.actions.claims import TakeClaim
from signoff.actions.deciding import Decide
from signoff.actions.files import ReadFile
from signoff.actions.folder_views import PathOnly
from signoff.actions.handoffs import One
from signoff.actions.house import House
from signoff.actions.locks import TakeLock
from signoff.actions.properties import (
    FindProperties,
    PatchedView,
    PatchProperties,
    PropertiesView,
)
from signoff.actions.submitting import Submit
from signoff.actions.trash import Purge, Restore
from signoff.actions.versions import RestoreVersion
from signoff.domain.actors import Caller, system
from signoff.domain.errors import Code, Conflict, Forbidden, Held, Invalid, NotFound, Stale
from signoff.domain.ids import SECOND, LockToken
from signoff.domain.properties import Change
from tests.actions.cast import (
    ACME,
    ADA,
    BEN,
    CLERK,
    DAN,
    MAY,
    RITA,
    SCRIBE,
    by_drive,
    do,
    last,
    log,
)
from tests.actions.cast import held as token_of
from tests.actions.tree import copy, delete, folder, move, rows
from tests.actions.works import later, many, node_at, put, since

NS = "https://acme.example/"
WINDOWS = "urn:schemas-microsoft-com:"
MTIME = 1605607200
DATE = "Tue, 17 Nov 2020 10:00:00 GMT"
CLOCK = system(ACME)
KEPT = "SELECT node FROM properties WHERE ws = :ws"


async def note(
    house: House, caller: Caller, path: str, *tokens: str | None, **values: str | None
) -> PatchedView:
    """Set properties by name, and remove those that are None."""
    changes = tuple(Change(namespace=NS, name=k, value=v) for k, v in values.items())
    return await patch(house, caller, path, *changes, tokens=tokens)


async def windows(
    house: House, caller: Caller, path: str, *tokens: str | None, date: str = DATE
) -> PatchedView:
    """Send what Windows sends after a save."""
    values = {"Win32LastModifiedTime": date, "Win32FileAttributes": "00000020"}
    changes = tuple(Change(namespace=WINDOWS, name=k, value=v) for k, v in values.items())
    return await patch(house, caller, path, *changes, tokens=tokens)


async def patch(
    house: House, caller: Caller, path: str, *changes: Change, tokens: Any = (), **how: Any
) -> PatchedView:
    asked = PatchProperties(path=path, changes=changes, **how)
    held = frozenset(LockToken(token) for token in tokens if token)
    return await do(house, properties.patch, caller, asked, tokens=held)


async def look(house: House, path: str, caller: Caller = ADA) -> PropertiesView:
    page = await house.ask(properties.find, caller, FindProperties(path=path))
    found = page.items[0]
    assert isinstance(found, PropertiesView)
    return found


async def values(house: House, path: str, caller: Caller = ADA) -> dict[str, str]:
    found = await look(house, path, caller)
    return {each.name: each.value for each in found.properties}


async def given(house: House, path: str, caller: Caller = ADA) -> tuple[int | None, str]:
    found = await look(house, path, caller)
    return found.mtime_seconds, found.checksum


async def taken(house: House) -> ClaimView:
    claim = await do(house, claims.take, SCRIBE, TakeClaim(stage="input"))
    assert claim is not None
    return claim


# Noting and finding.


async def test_properties_are_set_and_removed_in_order_and_found(acme):
    await put(acme, DAN, "shared/a.txt")
    await note(acme, DAN, "shared/a.txt", colour="red", size="<big xmlns=''/>")

    done = await patch(
        acme,
        DAN,
        "shared/a.txt",
        Change(namespace=NS, name="colour", value=None),
        Change(namespace=NS, name="colour", value="blue", lang="en"),
        Change(namespace=NS, name="size", value=None),
        Change(namespace="", name="colour", value="green"),
    )

    assert (done.path, done.set, done.removed) == ("shared/a.txt", 2, 1)
    found = await look(acme, "shared/a.txt", RITA)
    assert [
        (each.namespace, each.name, each.value, each.lang) for each in found.properties
    ] == [
        ("", "colour", "green", ""),
        (NS, "colour", "blue", "en"),
    ]


async def test_a_patch_is_one_event_that_tells_how_many(house):
    written = await put(house, DAN, "shared/a.txt")
    before = len(await log(house))

    done = await note(house, DAN, "shared/a.txt", colour="red", size="1")

    (entry,) = await since(house, before)
    assert (entry["type"], entry["id"]) == ("properties.changed", done.event)
    assert entry["codes"] == {"set": 2, "removed": 0}
    assert entry["private"] == {"path": "shared/a.txt"}
    assert entry["version"] == written.version


async def test_a_property_is_no_version_and_no_change_of_the_file(house):
    written = await put(house, DAN, "shared/a.txt")

    await note(house, DAN, "shared/a.txt", colour="red")

    opened = await house.ask(files.open_, DAN, ReadFile(path="shared/a.txt"))
    assert (opened.etag, opened.modified_at) == (written.etag, written.modified_at)


async def test_what_changes_nothing_is_no_event(house):
    await put(house, DAN, "shared/a.txt")
    await note(house, DAN, "shared/a.txt", colour="red")
    before = len(await log(house))

    done = await note(house, DAN, "shared/a.txt", colour="red", size=None)

    assert (done.set, done.removed, done.event) == (0, 0, "")
    assert await since(house, before) == []


async def test_a_patch_that_is_refused_changes_nothing(acme):
    await put(acme, DAN, "shared/a.txt")

    with pytest.raises(Invalid):
        await note(acme, DAN, "shared/a.txt", colour="red", size="<open>")

    assert await values(acme, "shared/a.txt") == {}


async def test_a_folder_and_the_root_have_properties_too(acme):
    await folder(acme, DAN, "shared/x")

    await note(acme, DAN, "shared/x", colour="red")
    await note(acme, MAY, "", colour="white")
    await note(acme, DAN, "input", colour="green")

    assert await values(acme, "shared/x") == {"colour": "red"}
    assert await values(acme, "") == {"colour": "white"}
    assert await values(acme, "input") == {"colour": "green"}


async def test_a_page_of_members_shows_those_of_which_something_is_noted(acme):
    for name in "abcd":
        await put(acme, DAN, f"shared/{name}.txt")
    await note(acme, DAN, "shared/a.txt", colour="red")
    await note(acme, DAN, "shared/c.txt", colour="blue")

    async def page(cursor: str = "") -> tuple[list[str], str | None]:
        asked = FindProperties(path="shared", members=True, limit=2, cursor=cursor)
        found = await acme.ask(properties.find, DAN, asked)
        return [each.path for each in found.items], found.next

    first, cursor = await page()
    second, end = await page(str(cursor))

    assert (first, second, end) == (["shared/a.txt"], ["shared/c.txt"], None)


async def test_a_file_has_no_members(house):
    await put(house, DAN, "shared/a.txt")

    with pytest.raises(Conflict) as refused:
        await house.ask(properties.find, DAN, FindProperties(path="shared/a.txt", members=True))

    assert refused.value.code is Code.NOT_A_FOLDER


async def test_properties_of_a_first_draft_are_nobody_elses_to_see(house):
    lock = await do(house, locks.take, DAN, TakeLock(path="shared/a.txt", mode="draft"))
    await put(house, DAN, "shared/a.txt", "unfinished", token_of(lock))
    await note(house, DAN, "shared/a.txt", token_of(lock), colour="red")
    members = FindProperties(path="shared", members=True)

    with pytest.raises(NotFound):
        await look(house, "shared/a.txt", BEN)
    others = await house.ask(properties.find, BEN, members)
    own = await house.ask(properties.find, DAN, members)

    assert (len(others.items), len(own.items)) == (0, 1)


async def test_nothing_is_noted_of_what_is_not_there(house):
    with pytest.raises(NotFound):
        await note(house, DAN, "shared/none.txt", colour="red")
    with pytest.raises(NotFound):
        await look(house, "shared/none.txt")


# Who may, and what stands in the way: as for a write.


async def test_a_reader_notes_nothing(house):
    await put(house, DAN, "shared/a.txt")

    with pytest.raises(Forbidden):
        await note(house, RITA, "shared/a.txt", colour="red")


async def test_a_lock_of_another_is_in_the_way_and_ones_own_wants_its_token(house):
    await put(house, DAN, "shared/a.txt")
    lock = await do(
        house, locks.take, by_drive(DAN, decides=False), TakeLock(path="shared/a.txt")
    )

    for caller in (DAN, BEN):
        with pytest.raises(Held) as refused:
            await note(house, caller, "shared/a.txt", colour="red")
        assert refused.value.code is Code.LOCKED
    await note(house, DAN, "shared/a.txt", token_of(lock), colour="red")

    assert await values(house, "shared/a.txt") == {"colour": "red"}


async def test_a_dead_token_notes_nothing(house):
    await put(house, DAN, "shared/a.txt")

    with pytest.raises(Stale):
        await note(house, DAN, "shared/a.txt", "opaquelocktoken:none", colour="red")


async def test_if_match_is_honoured_and_nobody_needs_it(house):
    written = await put(house, SCRIBE, "shared/a.txt", "one")
    change = Change(namespace=NS, name="colour", value="red")

    await patch(house, SCRIBE, "shared/a.txt", change)
    await patch(house, SCRIBE, "shared/a.txt", change, if_match=(written.etag,))
    with pytest.raises(Stale):
        await patch(house, SCRIBE, "shared/a.txt", change, if_match=('"other"',))


async def test_a_frozen_package_is_noted_by_people_alone_and_its_digest_stays(house):
    await put(house, SCRIBE, "input/r.pdf", "text")
    shown = await do(house, submitting.submit, SCRIBE, Submit(paths=("input/r.pdf",)))
    before = len(await log(house))

    with pytest.raises(Held) as refused:
        await note(house, SCRIBE, "needs-review/r.pdf", colour="red")
    await note(house, BEN, "needs-review/r.pdf", colour="red")

    assert refused.value.code is Code.FROZEN
    after = await house.ask(handoffs.read, BEN, One(handoff=shown.id))
    assert after.digest == shown.digest
    (entry,) = await since(house, before)
    assert (entry["type"], entry["handoff"]) == ("properties.changed", shown.id)
    decision = Decide(handoff=shown.id, verdict="approve", digest=shown.digest, round=1)
    await do(house, deciding.decide, BEN, decision)
    assert await values(house, "approved/r.pdf") == {"colour": "red"}
    with pytest.raises(Held):
        await note(house, BEN, "approved/r.pdf", colour="blue")


async def test_what_is_claimed_is_noted_by_its_holder_whose_lease_begins_anew(house):
    await put(house, DAN, "input/a.csv")
    claim = await taken(house)
    later(house, 60 * SECOND)

    with pytest.raises(Held) as refused:
        await note(house, CLERK, claim.path, colour="red")
    await note(house, SCRIBE, claim.path, claim.lock_token, colour="red")

    assert refused.value.code is Code.CLAIMED
    (renewed,) = await rows(house, "SELECT expires_at FROM claims WHERE ws = :ws")
    assert renewed[0] > claim.expires_at.timestamp() * SECOND + 50 * SECOND


async def test_the_holder_of_a_claim_may_note_what_leaves_no_event(house):
    await put(house, DAN, "input/a.csv")
    claim = await taken(house)
    await note(house, SCRIBE, claim.path, claim.lock_token, colour="red")
    before = len(await log(house))

    again = await note(house, SCRIBE, claim.path, claim.lock_token, colour="red")
    await windows(house, SCRIBE, claim.path, claim.lock_token)

    assert again.set == 0
    assert await since(house, before) == []
    assert await given(house, claim.path) == (MTIME, "")


async def test_what_arrives_settles_anew_when_its_writer_notes_something(house):
    await put(house, DAN, "needs-review/a.txt", "one")
    later(house, 4 * SECOND)
    with pytest.raises(Conflict):
        await note(house, SCRIBE, "needs-review/a.txt", colour="red")

    await windows(house, DAN, "needs-review/a.txt")

    later(house, 3 * SECOND)
    await house.do(arrivals.settle, CLOCK, Settle())
    assert await rows(house, "SELECT count(*) FROM handoffs WHERE ws = :ws") == [(0,)]
    later(house, 3 * SECOND)
    await house.do(arrivals.settle, CLOCK, Settle())
    assert await rows(house, "SELECT count(*) FROM handoffs WHERE ws = :ws") == [(1,)]
    assert (await given(house, "needs-review/a.txt"))[0] == MTIME


# What Windows notes unasked.


async def test_what_windows_notes_unasked_is_kept_and_no_event(acme):
    await put(acme, DAN, "shared/a.txt")
    before = len(await log(acme))

    done = await windows(acme, DAN, "shared/a.txt")

    assert (done.set, done.event) == (2, "")
    assert await since(acme, before) == []
    assert await values(acme, "shared/a.txt") == {
        "Win32LastModifiedTime": DATE,
        "Win32FileAttributes": "00000020",
    }
    assert await given(acme, "shared/a.txt") == (MTIME, "")


async def test_the_holder_of_a_lock_notes_it_without_the_token_and_nobody_else(house):
    await put(house, DAN, "shared/a.txt")
    await do(house, locks.take, by_drive(DAN, decides=False), TakeLock(path="shared/a.txt"))

    await windows(house, DAN, "shared/a.txt")
    with pytest.raises(Held):
        await windows(house, BEN, "shared/a.txt")


async def test_a_checkout_on_a_page_does_not_end_by_what_windows_notes(house):
    await put(house, DAN, "shared/a.txt")
    await do(house, locks.take, DAN, TakeLock(path="shared/a.txt"))

    await windows(house, by_drive(DAN, decides=False), "shared/a.txt")

    assert await rows(house, "SELECT count(*) FROM locks WHERE ws = :ws") == [(1,)]


async def test_a_date_that_cannot_be_read_is_kept_as_it_came(house):
    await put(house, DAN, "shared/a.txt", mtime_seconds=7)

    await windows(house, DAN, "shared/a.txt", date="soon")

    assert (await values(house, "shared/a.txt"))["Win32LastModifiedTime"] == "soon"
    assert await given(house, "shared/a.txt") == (7, "")


async def test_a_folder_has_no_version_of_which_windows_could_say_a_time(house):
    await folder(house, DAN, "shared/x")

    await windows(house, DAN, "shared/x")

    assert await given(house, "shared/x") == (None, "")


# What a client says of a version.


async def test_a_time_and_a_checksum_hold_until_the_next_version(acme):
    await put(acme, DAN, "shared/a.txt", "one", mtime_seconds=MTIME, checksum="SHA1:2fd4")
    first = await given(acme, "shared/a.txt")

    await put(acme, DAN, "shared/a.txt", "two")
    second = await given(acme, "shared/a.txt")
    await put(acme, DAN, "shared/a.txt", "three", mtime_seconds=-5)

    assert (first, second) == ((MTIME, "SHA1:2fd4"), (None, ""))
    assert await given(acme, "shared/a.txt") == (-5, "")


async def test_listings_show_the_true_time_and_webdav_is_told_what_was_said(house):
    written = await put(house, DAN, "shared/a.txt", "one", mtime_seconds=MTIME)
    asked = ReadFile(path="shared/a.txt")

    item = await house.ask(folders.stat, DAN, PathOnly(path="shared/a.txt"))
    opened = await house.ask(files.open_, DAN, asked)
    by_dav = await house.ask(files.open_, by_drive(DAN, decides=False), asked)

    assert item.modified_at == written.modified_at == by_dav.modified_at
    assert (opened.given.mtime_seconds, by_dav.given.mtime_seconds) == (None, MTIME)


async def test_an_older_version_is_told_without_what_was_said_of_the_newest(house):
    await put(house, DAN, "shared/a.txt", "one")
    await put(house, DAN, "shared/a.txt", "two", mtime_seconds=MTIME)
    drive = by_drive(DAN, decides=False)

    old = await house.ask(files.open_, drive, ReadFile(path="shared/a.txt", version=1))

    assert old.given.mtime_seconds is None


async def test_others_are_not_told_what_was_said_of_a_draft(house):
    await put(house, DAN, "shared/a.txt", "one")
    lock = await do(house, locks.take, DAN, TakeLock(path="shared/a.txt", mode="draft"))
    await put(house, DAN, "shared/a.txt", "two", token_of(lock), mtime_seconds=MTIME)

    assert await given(house, "shared/a.txt", BEN) == (None, "")
    assert await given(house, "shared/a.txt", DAN) == (MTIME, "")


async def test_nonsense_about_a_version_is_refused_and_nothing_written(house):
    with pytest.raises(Invalid):
        await put(house, DAN, "shared/a.txt", "one", mtime_seconds=2**60)

    assert await rows(house, KEPT) == []


async def test_an_ordinary_write_keeps_nothing_beside(house):
    await put(house, DAN, "shared/a.txt", "one")

    assert await rows(house, KEPT) == []


# What goes along.


async def test_a_file_that_moves_keeps_its_properties(acme):
    await put(acme, DAN, "shared/a.txt", "one", mtime_seconds=MTIME)
    await note(acme, DAN, "shared/a.txt", colour="red")

    await move(acme, DAN, "shared/a.txt", "shared/b.txt")

    assert await values(acme, "shared/b.txt") == {"colour": "red"}
    assert await given(acme, "shared/b.txt") == (MTIME, "")


async def test_a_copy_has_the_properties_of_its_source(acme):
    await put(acme, DAN, "shared/a.txt", "one")
    await put(acme, DAN, "shared/a.txt", "two", mtime_seconds=MTIME, checksum="SHA1:2fd4")
    await note(acme, DAN, "shared/a.txt", colour="red")

    await copy(acme, DAN, "shared/a.txt", "shared/b.txt")
    await note(acme, DAN, "shared/a.txt", colour="blue")

    assert await values(acme, "shared/b.txt") == {"colour": "red"}
    assert await given(acme, "shared/b.txt") == (MTIME, "SHA1:2fd4")


@pytest.mark.parametrize("act", [move, copy])
async def test_a_file_that_is_overwritten_has_the_properties_of_what_came(acme, act):
    await put(acme, DAN, "shared/a.txt", "one", mtime_seconds=MTIME)
    await put(acme, DAN, "shared/b.txt", "two", checksum="SHA1:2fd4")
    await note(acme, DAN, "shared/a.txt", colour="red")
    await note(acme, DAN, "shared/b.txt", colour="blue", size="1")

    await act(acme, DAN, "shared/a.txt", "shared/b.txt", overwrite=True)

    assert await values(acme, "shared/b.txt") == {"colour": "red"}
    assert await given(acme, "shared/b.txt") == (MTIME, "")


async def test_a_folder_is_copied_with_the_properties_of_all_that_is_below(acme):
    await put(acme, DAN, "shared/x/y/a.txt", "one", mtime_seconds=MTIME)
    for path in ("shared/x", "shared/x/y", "shared/x/y/a.txt"):
        await note(acme, DAN, path, colour=path)

    await copy(acme, DAN, "shared/x", "shared/z")
    await copy(acme, DAN, "shared/x", "shared/w", shallow=True)

    assert await values(acme, "shared/z") == {"colour": "shared/x"}
    assert await values(acme, "shared/z/y") == {"colour": "shared/x/y"}
    assert await values(acme, "shared/z/y/a.txt") == {"colour": "shared/x/y/a.txt"}
    assert await given(acme, "shared/z/y/a.txt") == (MTIME, "")
    assert await values(acme, "shared/w") == {"colour": "shared/x"}


async def test_a_folder_of_several_chunks_is_copied_with_its_properties(acme):
    await many(acme, "shared/x", folders=3, files=60)
    await note(acme, DAN, "shared/x/f000/000.txt", colour="first")
    await note(acme, DAN, "shared/x/f002/059.txt", colour="last")

    await copy(acme, DAN, "shared/x", "shared/z")

    assert await values(acme, "shared/z/f000/000.txt") == {"colour": "first"}
    assert await values(acme, "shared/z/f002/059.txt") == {"colour": "last"}
    assert len(await rows(acme, KEPT)) == 4


async def test_a_copy_of_a_draft_says_nothing_of_the_version_that_is_hidden(house):
    await put(house, DAN, "shared/a.txt", "one")
    lock = await do(house, locks.take, DAN, TakeLock(path="shared/a.txt", mode="draft"))
    await put(house, DAN, "shared/a.txt", "two", token_of(lock), mtime_seconds=MTIME)

    await copy(house, BEN, "shared/a.txt", "shared/b.txt")

    assert await given(house, "shared/b.txt") == (None, "")


async def test_an_earlier_version_written_again_keeps_the_properties(house):
    await put(house, DAN, "shared/a.txt", "one")
    await put(house, DAN, "shared/a.txt", "two", mtime_seconds=MTIME)
    await note(house, DAN, "shared/a.txt", colour="red")

    await do(house, versions.restore, DAN, RestoreVersion(path="shared/a.txt", version=1))

    assert await values(house, "shared/a.txt") == {"colour": "red"}
    assert await given(house, "shared/a.txt") == (None, "")


async def test_an_editor_that_saves_by_renaming_leaves_its_backup_what_was_noted(house):
    await put(house, DAN, "shared/a.docx", "one", mtime_seconds=MTIME)
    await note(house, DAN, "shared/a.docx", colour="red")
    await move(house, DAN, "shared/a.docx", "shared/a.bak")

    await put(house, DAN, "shared/a.docx", "two")

    assert await values(house, "shared/a.bak") == {"colour": "red"}
    assert await given(house, "shared/a.bak") == (MTIME, "")
    assert await given(house, "shared/a.docx") == (None, "")


async def test_what_arrives_as_the_next_round_brings_what_was_said_of_it(house):
    await put(house, SCRIBE, "input/r.pdf", "one")
    shown = await do(house, submitting.submit, SCRIBE, Submit(paths=("input/r.pdf",)))
    await note(house, BEN, "needs-review/r.pdf", colour="red", size="1")
    sent_back = Decide(
        handoff=shown.id,
        verdict="request_changes",
        digest=shown.digest,
        round=1,
        reason="Again.",
    )
    await do(house, deciding.decide, BEN, sent_back)
    await put(house, SCRIBE, "needs-review/r.pdf", "two", mtime_seconds=MTIME)
    await note(house, SCRIBE, "needs-review/r.pdf", colour="blue")
    later(house, 10 * SECOND)

    await house.do(arrivals.settle, CLOCK, Settle())

    after = await house.ask(handoffs.read, BEN, One(handoff=shown.id))
    assert after.round == 2
    assert await values(house, "needs-review/r.pdf") == {"colour": "blue", "size": "1"}
    assert await given(house, "needs-review/r.pdf") == (MTIME, "")
    assert {row[0] for row in await rows(house, KEPT)} == {
        await node_at(house, "needs-review/r.pdf")
    }


# What goes.


async def test_what_is_restored_from_the_trash_has_its_properties(house):
    await put(house, DAN, "shared/a.txt")
    await note(house, DAN, "shared/a.txt", colour="red")
    gone = await delete(house, DAN, "shared/a.txt")

    await do(house, trash.restore, DAN, Restore(id=gone.id))

    assert await values(house, "shared/a.txt") == {"colour": "red"}


async def test_what_is_purged_takes_its_properties_along(acme):
    await put(acme, DAN, "shared/x/a.txt", mtime_seconds=MTIME)
    await note(acme, DAN, "shared/x/a.txt", colour="red")
    await note(acme, DAN, "shared/x", colour="red")
    gone = await delete(acme, DAN, "shared/x")

    await do(acme, trash.purge, MAY, Purge(id=gone.id))

    assert await rows(acme, KEPT) == []
    assert (await last(acme))["type"] == "file.purged"
