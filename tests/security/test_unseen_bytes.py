"""Nothing that no digest covers is approved along with what was seen."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.actions.cast import ADA, SCRIBE
from tests.actions.desk import Desk, opened_desk

LITTER = ("._run.sh", "~$macro.docm", "__macosx/run.sh", ".ds_store/run.sh", "x.crdownload")


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    opened = await opened_desk(tmp_path)
    yield opened
    await opened.house.close()


@pytest.mark.parametrize("name", LITTER)
async def test_what_the_digest_leaves_out_does_not_reach_approved(
    desk: Desk, name: str
) -> None:
    await desk.put(SCRIBE, "input/pack/report.txt", "report")
    await desk.put(SCRIBE, f"input/pack/{name}", "unseen")
    handoff = await desk.submit(SCRIBE, "input/pack")

    decided = await desk.decide(ADA, handoff, "approve")

    assert decided.state == "approved"
    approved = {path for path in await desk.paths() if path.startswith("approved/")}
    seen = {f"approved/pack/{each.path}" for each in decided.files}
    assert approved == seen
