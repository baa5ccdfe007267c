"""A large body is asked for only of whom it will be taken from."""

import pytest
from msgspec.structs import replace

from signoff.actions import files, locks
from signoff.actions.files import WriteFile
from signoff.actions.locks import FindLocks, TakeLock
from signoff.domain.actors import Door
from signoff.domain.errors import Code, Conflict, Forbidden, Held
from tests.actions.cast import BEN, DAN, SCRIBE, do, log
from tests.actions.works import put

MOUNTED = replace(DAN, door=Door.DAV)


def _large(path: str) -> WriteFile:
    return WriteFile(path=path, blob="", digest="", size=0)


async def test_what_is_locked_is_refused_with_the_name_of_who_holds_it(house):
    await put(house, DAN, "shared/a.txt", "one")
    await do(house, locks.take, BEN, TakeLock(path="shared/a.txt"))

    with pytest.raises(Held) as refused:
        await house.ask(files.may_write, DAN, _large("shared/a.txt"))

    assert refused.value.facts["holder_name"] == "Ben"


async def test_a_drive_is_told_that_a_folder_is_missing(house):
    with pytest.raises(Conflict) as refused:
        await house.ask(files.may_write, MOUNTED, _large("shared/no/such/a.txt"))

    assert refused.value.code is Code.PARENT_MISSING


async def test_a_place_that_only_decisions_lead_to_is_refused_on_the_record(house):
    with pytest.raises(Forbidden) as refused:
        await house.ask(files.may_write, SCRIBE, _large("approved/a.txt"))

    assert refused.value.code is Code.BY_DECISION_ONLY
    assert (await log(house))[-1]["type"] == "access.denied"


async def test_a_checkout_that_will_yield_is_still_there_until_the_bytes_are(house):
    await put(house, DAN, "shared/a.txt", "one")
    page = replace(DAN, door=Door.WEB)
    await do(house, locks.take, page, TakeLock(path="shared/a.txt"))

    await house.ask(files.may_write, MOUNTED, _large("shared/a.txt"))

    held = await house.ask(locks.find, DAN, FindLocks(path="shared/a.txt"))
    assert [each.holder.name for each in held.items] == ["Dan"]
