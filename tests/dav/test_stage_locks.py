"""Nobody holds the house up: a lock on a stage would keep everybody from handing over."""

import pytest

from tests.dav.drive import Town

pytestmark = pytest.mark.asyncio(loop_scope="module")

HOUSE = (
    "input",
    "processing",
    "needs-review",
    "feedback",
    "approved",
    "rejected",
    "archive",
    "",
)


@pytest.mark.parametrize("depth", ["0", "infinity"])
@pytest.mark.parametrize("name", ["scribe", "dan", "ada"])
async def test_a_stage_is_locked_by_nobody_at_no_depth(town: Town, name: str, depth: str):
    for stage in HOUSE:
        refused = await town[name].lock(stage, depth=depth)
        assert refused.status == 403, stage

    clerk, mine = town["clerk"], f"{name}-{depth}.txt"
    ben = await town.drive_of("ben", decides=True)
    await clerk.put(f"input/{mine}", "x")
    for drive, come, go in (
        (clerk, "input", "needs-review"),
        (ben, "needs-review", "approved"),
    ):
        moved = await drive("MOVE", f"{come}/{mine}", drive.to(f"{go}/{mine}"))
        assert moved.status == 201


@pytest.mark.parametrize("depth", ["0", "infinity"])
async def test_an_agent_keeps_nobody_from_deciding_with_a_lock_on_the_folder_above(
    town: Town, depth: str
):
    scribe, clerk = town["scribe"], town["clerk"]
    ben = await town.drive_of("ben", decides=True)
    folder = f"team-{depth}"
    await clerk.put(f"input/{folder}.txt", "x")
    paths = f"needs-review/{folder}/a.txt", f"approved/{folder}.txt"
    moves = {"from": f"input/{folder}.txt", "to": paths[0]}  # which makes the folder
    status, _ = await town.rest("clerk", "POST", "moves", moves)
    assert status in (200, 201)

    refused = await scribe.lock(f"needs-review/{folder}", depth=depth)

    assert refused.status in (403, 423)
    assert (await ben("MOVE", paths[0], ben.to(paths[1]))).status == 201
