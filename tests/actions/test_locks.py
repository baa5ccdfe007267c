import asyncio

import msgspec
import pytest
from msgspec import UNSET

from signoff.actions import claims, files, locks, submitting
from signoff.actions.claims import TakeClaim
from signoff.actions.files import ReadFile
from signoff.actions.lines import TicketView
from signoff.actions.locks import (
    BreakLock,
    FindLocks,
    LeaveLine,
    OneLock,
    RefreshLock,
    TakeLock,
)
from signoff.actions.submitting import Submit
from signoff.domain.actors import Door, system
from signoff.domain.errors import Code, Conflict, Forbidden, Held, Invalid, NotFound, Stale
from signoff.domain.ids import HOUR, MINUTE, SECOND
from tests.actions.cast import ACME, ADA, BEN, CLERK, DAN, MAY, RITA, SCRIBE, do, last, log
from tests.actions.tree import folder
from tests.actions.works import later, names_in, put, since, text_of

SYSTEM = system(ACME)


async def lock(house, caller, path, **how):
    return await do(house, locks.take, caller, TakeLock(path=path, **how))


async def claim(house):
    taken = (await house.do(claims.take, SCRIBE, TakeClaim())).result
    assert taken is not None
    return taken


# Taking.


async def test_a_lock_keeps_others_from_writing(house):
    await put(house, DAN, "shared/a.txt", "first")

    held = await lock(house, DAN, "shared/a.txt")

    with pytest.raises(Held) as refused:
        await put(house, BEN, "shared/a.txt", "second")
    facts = refused.value.facts
    assert (refused.value.code, facts["holder"], facts["holder_name"], facts["kind"]) == (
        Code.LOCKED,
        "pe_dan",
        "Dan",
        "exclusive",
    )
    assert 1790 <= facts["seconds_left"] <= 1800
    assert held.token not in str(facts)
    await put(house, DAN, "shared/a.txt", "mine", held.token)


async def test_whoever_forgot_the_token_of_their_own_lock_is_told_to_send_it(house):
    await put(house, DAN, "shared/a.txt", "first")
    await lock(house, DAN, "shared/a.txt")

    with pytest.raises(Held) as refused:
        await put(house, DAN, "shared/a.txt", "second")

    assert refused.value.hint == "It is your own: send its token along, as `Lock-Token`."


async def test_taking_a_lock_is_on_the_record_without_its_token(house):
    await put(house, DAN, "shared/a.txt")

    held = await lock(house, DAN, "shared/a.txt")

    entry = await last(house)
    assert (entry["type"], entry["id"], entry["codes"]) == (
        "lock.taken",
        held.event,
        {"mode": "exclusive", "depth": "infinity", "holder": "pe_dan"},
    )
    assert held.token not in str(entry)


async def test_a_second_exclusive_lock_is_refused(house):
    await put(house, DAN, "shared/a.txt")
    await lock(house, DAN, "shared/a.txt")

    with pytest.raises(Held):
        await lock(house, BEN, "shared/a.txt")
    with pytest.raises(Held):
        await lock(house, BEN, "shared")


async def test_shared_locks_stand_together(house):
    await put(house, DAN, "shared/a.txt")
    await lock(house, DAN, "shared/a.txt", mode="shared")

    other = await lock(house, BEN, "shared/a.txt", mode="shared")

    assert other.mode == "shared"
    with pytest.raises(Held):
        await lock(house, ADA, "shared/a.txt")


async def test_a_deep_lock_on_a_folder_holds_all_below(house):
    await put(house, DAN, "shared/deep/a.txt")

    held = await lock(house, DAN, "shared")

    with pytest.raises(Held):
        await put(house, BEN, "shared/deep/b.txt")
    await put(house, DAN, "shared/deep/b.txt", "mine", held.token)


async def test_an_agent_locks_as_people_do(house):
    await put(house, SCRIBE, "shared/a.txt")

    held = await lock(house, SCRIBE, "shared/a.txt", timeout_seconds=1)

    left = held.expires_at.timestamp() - house.engine.now() / 1e6
    assert 175 < left <= 180


async def test_a_stage_is_never_locked_to_infinity(house):
    for path in ("input", "needs-review", ""):
        with pytest.raises(Forbidden) as refused:
            await lock(house, MAY, path)
        assert refused.value.code is Code.STAGE_FIXED


async def test_a_mode_or_depth_that_is_none_is_refused(house):
    await put(house, DAN, "shared/a.txt")

    for how in ({"mode": "secret"}, {"depth": "7"}):
        with pytest.raises(Invalid):
            await lock(house, DAN, "shared/a.txt", **how)


async def test_who_may_not_write_may_not_lock(house):
    await put(house, DAN, "shared/a.txt")

    with pytest.raises(Forbidden):
        await lock(house, RITA, "shared/a.txt")
    assert (await last(house))["type"] == "access.denied"


async def test_an_agent_cannot_lock_what_people_look_at(house):
    await put(house, SCRIBE, "work/a.txt")
    await do(house, submitting.submit, SCRIBE, Submit(paths=("work/a.txt",)))

    for path in ("needs-review/work/a.txt", "needs-review/work"):
        with pytest.raises(Held) as refused:
            await lock(house, SCRIBE, path)
        assert refused.value.code is Code.FROZEN
    assert (await lock(house, BEN, "needs-review/work/a.txt")).holder.name == "Ben"


async def test_a_folder_in_which_an_agent_is_at_work_is_not_locked(house):
    await put(house, DAN, "input/a.txt")
    taken = await claim(house)

    with pytest.raises(Held) as refused:
        await lock(house, MAY, taken.folder)
    assert (refused.value.code, refused.value.facts["holder_name"]) == (Code.CLAIMED, "Scribe")


# A name that is not there yet.


async def test_a_name_that_is_not_there_yet_is_kept_by_a_lock(house):
    held = await lock(house, DAN, "shared/new/a.txt")

    with pytest.raises(Held):
        await put(house, BEN, "shared/new/a.txt")
    with pytest.raises(NotFound):
        await house.ask(files.open_, BEN, ReadFile(path="shared/new/a.txt"))
    written = await put(house, DAN, "shared/new/a.txt", "mine", held.token)
    await do(house, locks.release, DAN, OneLock(token=held.token))
    assert written.version == 1
    assert await text_of(house, BEN, "shared/new/a.txt") == "mine"


async def test_a_name_that_was_locked_and_never_written_goes_with_its_lock(house):
    held = await lock(house, DAN, "shared/a.txt")

    await do(house, locks.release, DAN, OneLock(token=held.token))

    assert await names_in(house, "shared") == []


async def test_a_locked_name_in_input_is_not_offered_before_it_is_written(house):
    held = await lock(house, DAN, "input/a.txt")

    assert (await house.do(claims.take, SCRIBE, TakeClaim())).result is None
    await put(house, DAN, "input/a.txt", "now", held.token)
    assert (await house.do(claims.take, SCRIBE, TakeClaim())).result is None
    await do(house, locks.release, DAN, OneLock(token=held.token))
    taken = await claim(house)
    assert taken.from_path == "input/a.txt"


async def test_a_drive_does_not_lock_below_a_folder_that_is_missing(house):
    drive = msgspec.structs.replace(DAN, door=Door.DAV)

    with pytest.raises(Conflict) as refused:
        await do(house, locks.take, drive, TakeLock(path="shared/none/a.txt"))
    assert refused.value.code is Code.PARENT_MISSING


async def test_a_reader_keeps_no_names(house):
    with pytest.raises(Forbidden):
        await lock(house, RITA, "shared/a.txt")
    with pytest.raises(Forbidden):
        await lock(house, DAN, "approved/a.txt")


# Drafts.


async def test_others_see_the_version_before_a_draft_until_it_is_published(house):
    await put(house, DAN, "shared/a.txt", "first")
    held = await lock(house, DAN, "shared/a.txt", mode="draft")
    await put(house, DAN, "shared/a.txt", "second", held.token)

    before = await text_of(house, BEN, "shared/a.txt")
    own = await text_of(house, DAN, "shared/a.txt")
    await do(house, locks.release, DAN, OneLock(token=held.token))

    assert (before, own) == ("first", "second")
    assert await text_of(house, BEN, "shared/a.txt") == "second"
    entry = await last(house)
    assert (entry["type"], entry["version"], entry["codes"]["mode"]) == (
        "lock.released",
        2,
        "draft",
    )


async def test_a_draft_that_ends_by_itself_is_not_published(house):
    await put(house, DAN, "shared/a.txt", "first")
    held = await lock(house, DAN, "shared/a.txt", mode="draft")
    await put(house, DAN, "shared/a.txt", "second", held.token)
    before = len(await log(house))
    later(house, HOUR)

    await do(house, locks.expire, SYSTEM, OneLock(token=held.token))

    assert await text_of(house, BEN, "shared/a.txt") == "first"
    assert await text_of(house, DAN, "shared/a.txt") == "first"
    opened = await house.ask(files.open_, DAN, ReadFile(path="shared/a.txt", version=2))
    assert opened.version == 2
    entries = await since(house, before)
    assert [(entry["type"], entry["actor"]) for entry in entries] == [
        ("lock.expired", "system"),
        ("file.restored", "system"),
    ]
    again = await put(house, DAN, "shared/a.txt", "third")
    assert again.version == 3


async def test_a_first_draft_that_is_broken_goes_to_the_trash(house):
    held = await lock(house, DAN, "shared/a.txt", mode="draft")
    await put(house, DAN, "shared/a.txt", "unfinished", held.token)
    hidden = await names_in(house, "shared", BEN)

    await do(house, locks.break_, MAY, BreakLock(path="shared/a.txt", reason="On holiday"))

    assert hidden == []
    assert await names_in(house, "shared") == []
    trash = await house.engine.read(
        lambda tx: tx.trash.page(before="tr_z", limit=10), workspace=ACME
    )
    assert [deletion.from_path for deletion in trash] == ["shared/a.txt"]


async def test_a_draft_of_a_folder_puts_back_every_file(house):
    await put(house, DAN, "shared/f/a.txt", "first")
    held = await lock(house, DAN, "shared/f", mode="draft")
    await put(house, DAN, "shared/f/a.txt", "second", held.token)
    await put(house, DAN, "shared/f/b.txt", "new", held.token)
    later(house, HOUR)

    await do(house, locks.expire, SYSTEM, OneLock(token=held.token))

    assert await text_of(house, BEN, "shared/f/a.txt") == "first"
    assert await names_in(house, "shared/f") == ["a.txt"]


async def test_what_people_look_at_cannot_be_a_draft(house):
    await put(house, SCRIBE, "work/a.txt")
    await do(house, submitting.submit, SCRIBE, Submit(paths=("work/a.txt",)))

    with pytest.raises(Invalid):
        await lock(house, BEN, "needs-review/work/a.txt", mode="draft")


# Holding and ending.


async def test_refreshing_is_no_entry(house):
    await put(house, DAN, "shared/a.txt")
    held = await lock(house, DAN, "shared/a.txt")
    before = len(await log(house))
    later(house, 20 * MINUTE)

    again = await do(house, locks.refresh, DAN, RefreshLock(token=held.token))

    assert (again.expires_at - held.expires_at).total_seconds() >= 20 * 60
    assert len(await log(house)) == before


async def test_a_lock_that_has_ended_is_not_refreshed(house):
    await put(house, DAN, "shared/a.txt")
    held = await lock(house, DAN, "shared/a.txt")
    later(house, HOUR)

    with pytest.raises(Stale):
        await do(house, locks.refresh, DAN, RefreshLock(token=held.token))
    with pytest.raises(Stale):
        await do(house, locks.release, DAN, OneLock(token="opaquelocktoken:none"))


async def test_nobody_releases_anothers_lock(house):
    await put(house, DAN, "shared/a.txt")
    held = await lock(house, DAN, "shared/a.txt")

    with pytest.raises(Conflict):
        await do(house, locks.release, BEN, OneLock(token=held.token))


async def test_whoever_meets_an_expired_lock_ends_it(house):
    await put(house, DAN, "shared/a.txt")
    await lock(house, DAN, "shared/a.txt")
    before = len(await log(house))
    later(house, HOUR)

    await lock(house, BEN, "shared/a.txt")

    assert [(one["type"], one["actor"]) for one in await since(house, before)] == [
        ("lock.expired", "system"),
        ("lock.taken", "pe_ben"),
    ]


async def test_a_lock_that_lives_does_not_expire(house):
    await put(house, DAN, "shared/a.txt")
    held = await lock(house, DAN, "shared/a.txt")

    with pytest.raises(Conflict) as refused:
        await do(house, locks.expire, SYSTEM, OneLock(token=held.token))
    assert refused.value.code is Code.WRONG_STATE


async def test_a_manager_breaks_a_lock_with_a_reason(house):
    await put(house, DAN, "shared/a.txt")
    await lock(house, DAN, "shared/a.txt")

    with pytest.raises(Invalid) as refused:
        await do(house, locks.break_, MAY, BreakLock(path="shared/a.txt", reason=" "))
    broken = await do(
        house, locks.break_, MAY, BreakLock(path="shared/a.txt", reason="On holiday")
    )

    entry = await last(house)
    assert refused.value.code is Code.REASON_REQUIRED
    assert [(one.holder.name, one.token) for one in broken.items] == [("Dan", UNSET)]
    assert (entry["type"], entry["actor"], entry["private"]["reason"]) == (
        "lock.broken",
        "pe_may",
        "On holiday",
    )
    await put(house, BEN, "shared/a.txt", "free")


async def test_only_a_manager_breaks_locks(house):
    await put(house, DAN, "shared/a.txt")
    await lock(house, DAN, "shared/a.txt")

    for caller in (BEN, SCRIBE):
        with pytest.raises(Forbidden):
            await do(house, locks.break_, caller, BreakLock(path="shared/a.txt", reason="x"))


async def test_a_token_is_shown_to_its_holder_alone(house):
    await put(house, DAN, "shared/a.txt")
    held = await lock(house, DAN, "shared/a.txt")

    (own,) = (await house.ask(locks.find, DAN, FindLocks(path="shared"))).items
    (other,) = (await house.ask(locks.find, BEN, FindLocks(path="shared/a.txt"))).items

    assert (own.token, own.path) == (held.token, "shared/a.txt")
    assert (other.token, other.holder.name) == (UNSET, "Dan")


# Waiting in order.


async def test_who_waits_is_given_the_lock_in_order(house):
    await put(house, DAN, "shared/a.txt")
    held = await lock(house, DAN, "shared/a.txt")
    first = await lock(house, BEN, "shared/a.txt", wait=30)
    second = await lock(house, CLERK, "shared/a.txt", wait=30)

    await do(house, locks.release, DAN, OneLock(token=held.token))

    assert isinstance(first, TicketView)
    assert (first.position, second.position, first.retry_after) == (1, 2, 10)
    waits = await lock(house, CLERK, "shared/a.txt", ticket=second.ticket)
    assert waits.position == 2
    with pytest.raises(Held):
        await lock(house, ADA, "shared/a.txt")
    given = await lock(house, BEN, "shared/a.txt", ticket=first.ticket)
    assert given.holder.name == "Ben"
    moved_up = await lock(house, CLERK, "shared/a.txt", ticket=second.ticket)
    assert moved_up.position == 1


async def test_a_grant_that_is_not_confirmed_passes_on(house):
    await put(house, DAN, "shared/a.txt")
    held = await lock(house, DAN, "shared/a.txt")
    await lock(house, BEN, "shared/a.txt", wait=30)
    second = await lock(house, CLERK, "shared/a.txt", wait=30)
    await do(house, locks.release, DAN, OneLock(token=held.token))

    later(house, 16 * SECOND)
    given = await lock(house, CLERK, "shared/a.txt", ticket=second.ticket)

    assert given.holder.name == "Clerk"


async def test_one_waits_for_a_name_that_is_not_there_yet(house):
    await folder(house, DAN, "shared")
    held = await lock(house, DAN, "shared")
    with pytest.raises(Held):
        await lock(house, BEN, "shared/new.txt")
    first = await lock(house, BEN, "shared/new.txt", wait=30)
    second = await lock(house, CLERK, "shared/New.txt", wait=30)

    await do(house, locks.release, DAN, OneLock(token=held.token))

    assert (first.position, second.position) == (1, 2)
    with pytest.raises(Held):
        await lock(house, ADA, "shared/new.txt")
    given = await lock(house, BEN, "shared/new.txt", ticket=first.ticket)
    assert (given.holder.name, given.path) == ("Ben", "shared/new.txt")
    waits = await lock(house, CLERK, "shared/new.txt", ticket=second.ticket)
    assert waits.position == 1


async def test_a_name_that_goes_with_its_lock_is_kept_for_who_waits(house):
    held = await lock(house, DAN, "shared/new.txt")
    first = await lock(house, BEN, "shared/new.txt", wait=30)

    await do(house, locks.release, DAN, OneLock(token=held.token))

    assert await names_in(house, "shared") == []
    with pytest.raises(Held):
        await lock(house, ADA, "shared/new.txt")
    given = await lock(house, BEN, "shared/new.txt", ticket=first.ticket)
    assert given.holder.name == "Ben"


async def test_a_line_for_a_name_that_is_not_there_is_left(house):
    held = await lock(house, DAN, "shared/new.txt")
    first = await lock(house, BEN, "shared/new.txt", wait=30)
    await do(house, locks.release, DAN, OneLock(token=held.token))

    leave = LeaveLine(path="shared/new.txt", ticket=first.ticket)
    await do(house, locks.leave_line, BEN, leave)

    assert (await lock(house, ADA, "shared/new.txt")).holder.name == "Ada"


async def test_who_stopped_waiting_holds_nobody_up(house):
    await put(house, DAN, "shared/a.txt")
    held = await lock(house, DAN, "shared/a.txt")
    first = await lock(house, BEN, "shared/a.txt", wait=30)
    await do(house, locks.leave_line, BEN, LeaveLine(path="shared/a.txt", ticket=first.ticket))
    await do(house, locks.release, DAN, OneLock(token=held.token))

    assert (await lock(house, ADA, "shared/a.txt")).holder.name == "Ada"


async def test_standing_in_line_is_no_entry(house):
    await put(house, DAN, "shared/a.txt")
    await lock(house, DAN, "shared/a.txt")
    before = len(await log(house))

    await lock(house, BEN, "shared/a.txt", wait=30)

    assert len(await log(house)) == before


async def test_of_many_who_race_one_holds_the_lock(house):
    await put(house, DAN, "shared/a.txt")
    asked = TakeLock(path="shared/a.txt")

    results = await asyncio.gather(
        *(house.do(locks.take, caller, asked) for caller in (DAN, BEN, ADA, MAY, SCRIBE)),
        return_exceptions=True,
    )

    assert sum(isinstance(one, Held) for one in results) == 4


async def test_a_claim_ends_the_locks_of_its_agent(house):
    await put(house, DAN, "input/a.txt")
    held = await lock(house, SCRIBE, "input/a.txt")
    before = len(await log(house))

    await do(house, claims.take, SCRIBE, TakeClaim())

    assert [one["type"] for one in await since(house, before)] == [
        "lock.released",
        "claim.taken",
    ]
    with pytest.raises(Stale):
        await do(house, locks.refresh, SCRIBE, RefreshLock(token=held.token))
