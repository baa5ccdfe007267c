"""However many locks a folder holds, each of them counts: none hides behind a hundred others."""

import pytest

from signoff.actions import locks
from signoff.actions.lock_views import LockView
from signoff.actions.locks import TakeLock
from tests.actions.cast import DAN, held
from tests.dav.drive import Town

pytestmark = pytest.mark.asyncio(loop_scope="module")

MANY = 110


async def full_of_locks(town: Town, folder: str) -> str:
    """Lock very many files of a folder for Dan; return an If header that says their tokens."""
    dan = town["dan"]
    await dan.make(folder)
    tokens = []
    for n in range(MANY):
        await dan.put(f"{folder}/{n:03}.txt", "x")
        asked = TakeLock(path=f"{folder}/{n:03}.txt", mode="shared")
        taken = (await town.house.do(locks.take, DAN, asked)).result
        assert isinstance(taken, LockView)
        tokens.append(held(taken))
    return "(Not <DAV:no-lock>) " + " ".join(f"(<{token}>)" for token in tokens)


@pytest.mark.parametrize("method", ["DELETE", "MOVE"])
async def test_a_folder_is_not_taken_away_from_over_one_lock_behind_a_hundred(
    town: Town, method: str
):
    dan, ben = town["dan"], town["ben"]
    folder = f"full-{method}"
    said = await full_of_locks(town, folder)
    await ben.put(f"{folder}/zzz.txt", "mine")
    await ben.lock(f"{folder}/zzz.txt")

    refused = await dan(method, folder, dan.to(f"away-{method}", If=said))

    assert refused.status in (409, 423)
    assert await ben.get(f"{folder}/zzz.txt") == b"mine"


async def test_a_folder_is_not_locked_over_one_lock_behind_a_hundred(town: Town):
    dan, ben = town["dan"], town["ben"]
    await full_of_locks(town, "shared")
    await ben.put("shared/zzz.txt", "mine")
    await ben.lock("shared/zzz.txt")

    refused = await dan.lock("shared", scope="shared")

    assert refused.status == 423
    assert refused.condition == "no-conflicting-lock"


async def test_all_locks_in_a_folder_end_with_it(town: Town):
    dan = town["dan"]
    said = await full_of_locks(town, "ends")

    moved = await dan("MOVE", "ends", dan.to("ended", If=said))

    assert moved.status == 201
    found = await dan("PROPFIND", "ended", {"Depth": "1"})
    assert b"activelock" not in found.body
