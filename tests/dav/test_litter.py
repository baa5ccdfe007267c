"""What desktops leave behind works for who left it, and is seen by nobody else."""

import pytest

from tests.actions.cast import log
from tests.actions.works import names_in
from tests.dav.drive import Town

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize(
    "name", ["._report.pdf", ".DS_Store", "~$report.docx", ".~lock.a.odt#"]
)
async def test_litter_is_its_makers_own_and_on_no_record(town: Town, name: str):
    dan, ben = town["dan"], town["ben"]
    folder = f"needs-review/{abs(hash(name))}"
    await dan.make(folder)
    before = len(await log(town.house))
    path = f"{folder}/{name}"

    assert (await dan.put(path, "mine")).status == 201
    assert (await dan.put(path, "again")).status == 204

    assert await dan.get(path) == b"again"
    assert await dan.names(folder) == [name]
    assert (await ben("GET", path)).status == 404
    assert await ben.names(folder) == []
    assert await names_in(town.house, folder) == []
    assert (await ben.put(path, "theirs")).status == 201
    assert await dan.get(path) == b"again"
    taken = await dan.lock(path, depth="0")
    assert taken.status in (200, 201)
    assert (await dan.put(path, "locked", If=f"(<{taken.token}>)")).status == 204
    assert (await dan.unlock(path, taken.token)).status == 204
    assert (await dan("DELETE", path)).status == 204
    assert (await dan("GET", path)).status == 404
    assert len(await log(town.house)) == before


async def test_litter_in_front_of_people_neither_is_frozen_nor_changes_what_they_see(
    fresh: Town,
):
    dan, ben = fresh["dan"], fresh["ben"]
    await dan.make("work", "work/set")
    await dan.put("work/set/a.csv", "a")
    await dan("MOVE", "work/set", dan.to("needs-review/set"))
    before = await log(fresh.house)

    put = await ben.put("needs-review/set/.DS_Store", "x")
    agent = await fresh["scribe"].put("needs-review/set/._a.csv", "x")

    assert (put.status, agent.status) == (201, 201)
    assert await log(fresh.house) == before
    assert await dan.names("needs-review/set") == ["a.csv"]
